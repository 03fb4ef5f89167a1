package ctap

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"holdfast/token/virtual/body"
)

// pass lets time go by inside a bubble.
func pass(d time.Duration) { <-time.After(d) }

// bench is a key with a platform that speaks to it.
type bench struct {
	t    *testing.T
	body *body.Body
	auth *Authenticator
}

func newBench(t *testing.T, dir string) *bench {
	t.Helper()
	return newBenchOf(t, body.Options{Dir: dir, Serial: 7})
}

// newBenchOf makes a key with automatic touch, or opens it again.
func newBenchOf(t *testing.T, o body.Options) *bench {
	t.Helper()
	b, err := body.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(b)
	if err != nil {
		t.Fatal(err)
	}
	b.AutomaticTouch(true)
	return &bench{t: t, body: b, auth: a}
}

func (b *bench) close() {
	if err := b.body.Close(); err != nil {
		b.t.Error(err)
	}
}

// send gives the status and the response of a command.
func (b *bench) send(ctx context.Context, command byte, params map[any]any) (Status, map[int]cbor.RawMessage) {
	b.t.Helper()
	message := []byte{command}
	if params != nil {
		data, err := encode(params)
		if err != nil {
			b.t.Fatal(err)
		}
		message = append(message, data...)
	}
	answer := b.auth.Handle(ctx, message, func(byte) {})
	if len(answer) == 0 {
		return ErrOther, nil
	}
	if len(answer) == 1 {
		return Status(answer[0]), nil
	}
	if err := canonical(answer[1:]); err != nil {
		b.t.Fatalf("the answer %x is not canonical", answer)
	}
	var response map[int]cbor.RawMessage
	if err := cbor.Unmarshal(answer[1:], &response); err != nil {
		b.t.Fatal(err)
	}
	return Status(answer[0]), response
}

// status sends a command and checks its status.
func (b *bench) status(want Status, command byte, params map[any]any) map[int]cbor.RawMessage {
	b.t.Helper()
	got, response := b.send(b.t.Context(), command, params)
	if got != want {
		b.t.Fatalf("%s: %v, want %v", commandName(command), got, want)
	}
	return response
}

func field[T any](t *testing.T, response map[int]cbor.RawMessage, key int) T {
	t.Helper()
	var v T
	if err := cbor.Unmarshal(response[key], &v); err != nil {
		t.Fatalf("field %d of the response: %v", key, err)
	}
	return v
}

// agree makes a platform key and the shared secret.
func (b *bench) agree(version uint) (p *pinProtocol, mine coseKey, secret []byte) {
	b.t.Helper()
	p, err := newPINProtocol(version, rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	response := b.status(OK, cmdClientPIN, map[any]any{1: version, 2: subGetKeyAgreement})
	if secret, err = p.decapsulate(field[coseKey](b.t, response, 1)); err != nil {
		b.t.Fatal(err)
	}
	return p, p.public(), secret
}

func (b *bench) seal(p *pinProtocol, secret, plain []byte) []byte {
	b.t.Helper()
	sealed, err := p.encrypt(secret, plain)
	if err != nil {
		b.t.Fatal(err)
	}
	return sealed
}

func pad(pin string) []byte { return append([]byte(pin), make([]byte, 64-len(pin))...) }

func pinHash(pin string) []byte {
	sum := sha256.Sum256([]byte(pin))
	return sum[:16]
}

// setPIN sets the first PIN.
func (b *bench) setPIN(version uint, pin []byte, want Status) {
	b.t.Helper()
	p, mine, secret := b.agree(version)
	sealed := b.seal(p, secret, pin)
	b.status(want, cmdClientPIN, map[any]any{
		1: version, 2: subSetPIN, 3: mine, 4: p.authenticate(secret, sealed), 5: sealed,
	})
}

// changePIN replaces the PIN.
func (b *bench) changePIN(version uint, from, to string, want Status) {
	b.t.Helper()
	p, mine, secret := b.agree(version)
	sealed, hash := b.seal(p, secret, pad(to)), b.seal(p, secret, pinHash(from))
	b.status(want, cmdClientPIN, map[any]any{
		1: version, 2: subChangePIN, 3: mine, 5: sealed, 6: hash,
		4: p.authenticate(secret, slices.Concat(sealed, hash)),
	})
}

// token is a PIN/UV auth token on the platform's side.
type token struct {
	protocol *pinProtocol
	value    []byte
}

// getToken asks for a token with permissions, or with the older subcommand when
// they are 0.
func (b *bench) getToken(version uint, pin string, permissions uint, want Status) token {
	b.t.Helper()
	p, mine, secret := b.agree(version)
	params := map[any]any{1: version, 2: subGetPINToken, 3: mine, 6: b.seal(p, secret, pinHash(pin))}
	if permissions != 0 {
		params[2], params[9], params[10] = subGetPINTokenWith, permissions, rp
	}
	response := b.status(want, cmdClientPIN, params)
	if want != OK {
		return token{}
	}
	value, ok := p.decrypt(secret, field[[]byte](b.t, response, 2))
	if !ok || len(value) != tokenSize {
		b.t.Fatalf("token of %d bytes", len(value))
	}
	return token{p, value}
}

const rp = "holdfast.invalid"

func clientData() []byte {
	sum := sha256.Sum256([]byte("client data"))
	return sum[:]
}

func createParams(algorithm int) map[any]any {
	return map[any]any{
		1: clientData(), 2: map[string]any{"id": rp},
		3: map[string]any{"id": []byte("alice"), "name": "Alice"},
		4: []any{map[string]any{"type": publicKey, "alg": algorithm}},
	}
}

func assertParams() map[any]any { return map[any]any{1: rp, 2: clientData()} }

func list(ids ...[]byte) []any {
	var all []any
	for _, id := range ids {
		all = append(all, map[string]any{"id": id, "type": publicKey})
	}
	return all
}

// with adds a token to the parameters of makeCredential (8, 9) or getAssertion (6, 7).
func (k token) with(params map[any]any, at int) map[any]any {
	params[at] = k.protocol.authenticate(k.value, clientData())
	params[at+1] = k.protocol.version
	return params
}

// made is a new credential.
type made struct {
	id     []byte
	public coseKey
	data   []byte
}

func (b *bench) create(params map[any]any) made {
	b.t.Helper()
	return created(b.t, b.status(OK, cmdMakeCredential, params))
}

// created is the credential that a response of makeCredential tells of.
func created(t *testing.T, response map[int]cbor.RawMessage) made {
	t.Helper()
	data := field[[]byte](t, response, 2)
	n := int(binary.BigEndian.Uint16(data[53:55]))
	m := made{id: data[55 : 55+n], data: data}
	rest, err := cbor.UnmarshalFirst(data[55+n:], &m.public)
	if err != nil {
		t.Fatal(err)
	}
	if (data[32]&flagED != 0) != (len(rest) > 0) {
		t.Fatalf("flags %#x with %d bytes of extensions", data[32], len(rest))
	}
	return m
}

// verify checks an assertion's signature.
func (m made) verify(t *testing.T, response map[int]cbor.RawMessage) (flags byte, counter uint32) {
	t.Helper()
	data, signature := field[[]byte](t, response, 2), field[[]byte](t, response, 3)
	signed := slices.Concat(data, clientData())
	digest := sha256.Sum256(signed)
	switch m.public.Algorithm {
	case algES256:
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, m.public.X, m.public.Y))
		if err != nil || !ecdsa.VerifyASN1(key, digest[:], signature) {
			t.Fatalf("the ES256 signature does not verify (%v)", err)
		}
	case algEdDSA:
		if !ed25519.Verify(ed25519.PublicKey(m.public.X), signed, signature) {
			t.Fatal("the EdDSA signature does not verify")
		}
	default:
		t.Fatalf("algorithm %d", m.public.Algorithm)
	}
	return data[32], binary.BigEndian.Uint32(data[33:37])
}

// hmacSecret gets the outputs for one salt or two, with a token when there is one.
func (b *bench) hmacSecret(m made, version uint, salts []byte, k *token) []byte {
	b.t.Helper()
	p, mine, secret := b.agree(version)
	sealed := b.seal(p, secret, salts)
	params := assertParams()
	params[3] = list(m.id)
	params[4] = map[string]any{"hmac-secret": map[any]any{
		1: mine, 2: sealed, 3: p.authenticate(secret, sealed), 4: version,
	}}
	if k != nil {
		k.with(params, 6)
	}
	response := b.status(OK, cmdGetAssertion, params)
	m.verify(b.t, response)
	data := field[[]byte](b.t, response, 2)
	if data[32]&flagED == 0 {
		return nil
	}
	var extensions map[string][]byte
	if err := cbor.Unmarshal(data[37:], &extensions); err != nil {
		b.t.Fatal(err)
	}
	out, ok := p.decrypt(secret, extensions["hmac-secret"])
	if !ok {
		b.t.Fatalf("an hmac-secret of %d bytes", len(extensions["hmac-secret"]))
	}
	return out
}
