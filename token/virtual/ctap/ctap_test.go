package ctap

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
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
	b, err := body.Open(body.Options{Dir: dir, Serial: 7})
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
	response := b.status(OK, cmdMakeCredential, params)
	data := field[[]byte](b.t, response, 2)
	n := int(binary.BigEndian.Uint16(data[53:55]))
	m := made{id: data[55 : 55+n], data: data}
	rest, err := cbor.UnmarshalFirst(data[55+n:], &m.public)
	if err != nil {
		b.t.Fatal(err)
	}
	if (data[32]&flagED != 0) != (len(rest) > 0) {
		b.t.Fatalf("flags %#x with %d bytes of extensions", data[32], len(rest))
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

func TestInfoBytes(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	if err := b.body.SetFirmware("5.4.3"); err != nil {
		t.Fatal(err)
	}
	got := b.auth.Handle(t.Context(), []byte{cmdGetInfo}, func(byte) {})
	equal(t, "getInfo", got, "00ad"+
		"0182684649444f5f325f30684649444f5f325f31"+ // FIDO_2_0, FIDO_2_1
		"02826b6372656450726f746563746b686d61632d736563726574"+ // credProtect, hmac-secret
		"0350686f6c6466617374207669727475616c"+ // AAGUID
		"04a562726bf5627570f564706c6174f469636c69656e7450696ef46e70696e557641757468546f6b656ef5"+
		"051904b0"+"06820201"+"0708"+"081880"+"0981"+"63757362"+
		"0a82a263616c672664747970656a7075626c69632d6b6579a263616c672764747970656a7075626c69632d6b6579"+
		"0d04"+"0e1a00050403"+"141819")
	b.status(ErrInvalidLength, cmdGetInfo, map[any]any{})
}

func TestCommandsThatCannotBe(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	for what, c := range map[string]struct {
		message []byte
		want    Status
	}{
		"nothing":           {nil, ErrInvalidLength},
		"unknown command":   {[]byte{0x55}, ErrInvalidCommand},
		"no parameters":     {[]byte{cmdMakeCredential}, ErrMissingParameter},
		"no CBOR":           {[]byte{cmdGetAssertion, 0xff}, ErrInvalidCBOR},
		"too long":          {append([]byte{cmdMakeCredential}, make([]byte, 1200)...), ErrRequestTooLarge},
		"unknown PIN order": {[]byte{cmdClientPIN, 0xa1, 0x02, 0x18, 0x63}, ErrInvalidSubcommand},
		"no PIN order":      {[]byte{cmdClientPIN, 0xa0}, ErrMissingParameter},
		"nothing to go on":  {[]byte{cmdGetNextAssertion}, ErrNotAllowed},
	} {
		if got := b.auth.Handle(t.Context(), c.message, func(byte) {}); len(got) != 1 || Status(got[0]) != c.want {
			t.Errorf("%s: %x, want %v", what, got, c.want)
		}
	}
}

func TestMakeCredentialChecks(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	for what, c := range map[string]struct {
		key   int
		value any // nil takes the parameter away
		want  Status
	}{
		"no client data hash":     {1, nil, ErrMissingParameter},
		"short client data hash":  {1, make([]byte, 31), ErrInvalidLength},
		"no relying party":        {2, nil, ErrMissingParameter},
		"no user":                 {3, nil, ErrMissingParameter},
		"user without id":         {3, map[string]any{"name": "Alice"}, ErrMissingParameter},
		"user with a long id":     {3, map[string]any{"id": make([]byte, 65)}, ErrInvalidLength},
		"no algorithm":            {4, nil, ErrMissingParameter},
		"an unknown algorithm":    {4, []any{map[string]any{"type": publicKey, "alg": -257}}, ErrUnsupportedAlgorithm},
		"an unknown type":         {4, []any{map[string]any{"type": "password", "alg": -7}}, ErrUnsupportedAlgorithm},
		"a long exclude list":     {5, list(slices.Repeat([][]byte{{1}}, 9)...), ErrLimitExceeded},
		"credProtect 0":           {6, map[string]any{"credProtect": 0}, ErrInvalidOption},
		"credProtect 4":           {6, map[string]any{"credProtect": 4}, ErrInvalidOption},
		"up false":                {7, map[string]any{"up": false}, ErrInvalidOption},
		"uv without token":        {7, map[string]any{"uv": true}, ErrInvalidOption},
		"token without protocol":  {8, make([]byte, 16), ErrMissingParameter},
		"enterprise attestation":  {10, 1, ErrInvalidParameter},
		"a list that is a map":    {5, map[string]any{}, ErrCBORUnexpectedType},
		"an unknown option":       {7, map[string]any{"xy": true}, OK},
		"an unknown extension":    {6, map[string]any{"xy": true}, OK},
		"both algorithms offered": {4, []any{map[string]any{"type": publicKey, "alg": -257}, map[string]any{"type": publicKey, "alg": -8}}, OK},
	} {
		t.Run(what, func(t *testing.T) {
			params := createParams(algES256)
			if params[c.key] = c.value; c.value == nil {
				delete(params, c.key)
			}
			if got, _ := b.send(t.Context(), cmdMakeCredential, params); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestGetAssertionChecks(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	m := b.create(createParams(algES256))
	for what, c := range map[string]struct {
		key   int
		value any
		want  Status
	}{
		"no relying party":       {1, nil, ErrMissingParameter},
		"another relying party":  {1, "other.invalid", ErrNoCredentials},
		"no client data hash":    {2, nil, ErrMissingParameter},
		"long client data hash":  {2, make([]byte, 33), ErrInvalidLength},
		"no list":                {3, nil, ErrNoCredentials},
		"an empty list":          {3, []any{}, ErrInvalidParameter},
		"another type":           {3, []any{map[string]any{"id": m.id, "type": "password"}}, ErrNoCredentials},
		"an id cut off":          {3, list(m.id[:63]), ErrNoCredentials},
		"an id changed":          {3, list(append(bytes.Clone(m.id[:63]), m.id[63]^1)), ErrNoCredentials},
		"no touch asked for":     {5, map[string]any{"up": false}, OK},
		"rk":                     {5, map[string]any{"rk": false}, ErrUnsupportedOption},
		"uv without token":       {5, map[string]any{"uv": true}, ErrInvalidOption},
		"token without protocol": {6, make([]byte, 16), ErrMissingParameter},
		"the second of two ids":  {3, list([]byte{1, 2, 3}, m.id), OK},
	} {
		t.Run(what, func(t *testing.T) {
			params := assertParams()
			params[3] = list(m.id)
			if params[c.key] = c.value; c.value == nil {
				delete(params, c.key)
			}
			if got, _ := b.send(t.Context(), cmdGetAssertion, params); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestSignaturesAndCounter(t *testing.T) {
	for _, algorithm := range []int{algES256, algEdDSA} {
		b := newBench(t, t.TempDir())
		m := b.create(createParams(algorithm))
		params := assertParams()
		params[3] = list(m.id)
		flags, first := m.verify(t, b.status(OK, cmdGetAssertion, params))
		params[5] = map[string]any{"up": false}
		silent, second := m.verify(t, b.status(OK, cmdGetAssertion, params))
		if flags != flagUP || silent != 0 || second != first+1 {
			t.Errorf("flags %#x, silent %#x; counters %d, %d", flags, silent, first, second)
		}
		b.close()
	}
}

func TestStateOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	params := createParams(algES256)
	params[6] = map[string]any{"hmac-secret": true}
	params[7] = map[string]any{"rk": true}
	m := b.create(params)
	b.setPIN(2, pad("2468"), OK)
	secret := b.hmacSecret(m, 2, make([]byte, 32), nil)
	b.getToken(2, "0000", 3, ErrPINInvalid)
	ask := assertParams()
	_, before := m.verify(t, b.status(OK, cmdGetAssertion, ask))
	root := b.auth.AttestationRoot()
	b.close()

	b = newBench(t, dir)
	defer b.close()
	_, after := m.verify(t, b.status(OK, cmdGetAssertion, ask))
	left, total := b.auth.Tries()
	if after != before+1 || left != 7 || total != 8 || !bytes.Equal(root, b.auth.AttestationRoot()) {
		t.Errorf("counters %d, %d; %d of %d tries", before, after, left, total)
	}
	if !bytes.Equal(secret, b.hmacSecret(m, 1, make([]byte, 32), nil)) {
		t.Error("the hmac-secret is another one")
	}
	b.status(OK, cmdReset, nil)
	b.status(ErrNoCredentials, cmdGetAssertion, ask)
	ask[3] = list(m.id)
	b.status(ErrNoCredentials, cmdGetAssertion, ask)
	b.getToken(2, "2468", 3, ErrPINNotSet)
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

func TestHMACSecret(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	params := createParams(algES256)
	params[6] = map[string]any{"hmac-secret": true}
	m, plain := b.create(params), b.create(createParams(algES256))
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	first := b.hmacSecret(m, 1, one, nil)
	switch both := b.hmacSecret(m, 2, slices.Concat(one, two), nil); {
	case len(first) != 32 || len(both) != 64 || !bytes.Equal(first, both[:32]) || bytes.Equal(first, both[32:]):
		t.Errorf("one salt %x, two %x", first, both)
	case !bytes.Equal(both[32:], b.hmacSecret(m, 2, two, nil)):
		t.Error("the second output differs from that salt's own")
	}
	if got := b.hmacSecret(plain, 2, one, nil); got != nil {
		t.Errorf("a credential without the extension gave %x", got)
	}
	b.setPIN(2, pad("2468"), OK)
	k := b.getToken(1, "2468", permitGetAssertion, OK)
	verified := b.hmacSecret(m, 2, one, &k)
	if len(verified) != 32 || bytes.Equal(verified, first) {
		t.Error("user verification makes no difference")
	}
	ops := b.body.Operations()
	last := ops[len(ops)-1]
	if want := []string{fingerprint(one)}; !slices.Equal(last.Salts, want) || last.Credential != fingerprint(m.id) || !last.PIN || !last.Touch {
		t.Errorf("recorded %+v", last)
	}
}

func TestHMACSecretRefusals(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	params := createParams(algES256)
	params[6] = map[string]any{"hmac-secret": true}
	m := b.create(params)
	for what, c := range map[string]struct {
		spoil func(input map[any]any, p *pinProtocol, secret []byte)
		want  Status
	}{
		"no key":      {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 1) }, ErrMissingParameter},
		"no salt":     {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 2) }, ErrMissingParameter},
		"no MAC":      {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 3) }, ErrMissingParameter},
		"a wrong MAC": {func(in map[any]any, _ *pinProtocol, _ []byte) { in[3] = make([]byte, 32) }, ErrPINAuthInvalid},
		"a short MAC": {func(in map[any]any, _ *pinProtocol, _ []byte) {
			tag, ok := in[3].([]byte)
			if !ok {
				t.Fatal("no MAC to shorten")
			}
			in[3] = tag[:16]
		}, ErrPINAuthInvalid},
		"another protocol": {func(in map[any]any, _ *pinProtocol, _ []byte) { in[4] = 3 }, ErrInvalidParameter},
		"protocol missing": {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 4) }, ErrPINAuthInvalid},
		"48 bytes of salt": {func(in map[any]any, p *pinProtocol, s []byte) {
			sealed, err := p.encrypt(s, make([]byte, 48))
			if err != nil {
				t.Error(err)
			}
			in[2], in[3] = sealed, p.authenticate(s, sealed)
		}, ErrInvalidLength},
	} {
		t.Run(what, func(t *testing.T) {
			p, mine, secret := b.agree(2)
			sealed := b.seal(p, secret, make([]byte, 32))
			input := map[any]any{1: mine, 2: sealed, 3: p.authenticate(secret, sealed), 4: 2}
			c.spoil(input, p, secret)
			ask := assertParams()
			ask[3], ask[4] = list(m.id), map[string]any{"hmac-secret": input}
			if got, _ := b.send(t.Context(), cmdGetAssertion, ask); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
			ask[5] = map[string]any{"up": false}
			if got, _ := b.send(t.Context(), cmdGetAssertion, ask); got != ErrUnsupportedOption {
				t.Errorf("without touch: %v", got)
			}
		})
	}
}

func TestInjectedStatus(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	b.body.Inject(body.Injection{Side: body.FIDO2, Command: cmdSelection, Status: 0x3c, Times: 1})
	b.status(OK, cmdGetInfo, nil)
	b.status(Status(0x3c), cmdSelection, nil)
	b.status(OK, cmdSelection, nil)
	ops := b.body.Operations()
	if got := ops[len(ops)-2]; got.Name != "selection" || got.Result != "0x3c" || got.Touch {
		t.Errorf("recorded %+v", got)
	}
}

func TestTouch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close()
		b.body.AutomaticTouch(false)
		start := time.Now()
		b.status(ErrUserActionTimeout, cmdSelection, nil)
		if waited := time.Since(start); waited != DefaultTouchTimeout {
			t.Errorf("waited %v for a touch", waited)
		}
		b.auth.SetTouchTimeout(time.Second)
		b.status(ErrUserActionTimeout, cmdMakeCredential, createParams(algES256))

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, cancel)
		if got, _ := b.send(ctx, cmdSelection, nil); got != ErrKeepaliveCancel {
			t.Errorf("cancelled: %v", got)
		}
		var told []byte
		time.AfterFunc(time.Second/2, func() { b.body.Touch() })
		if got := b.auth.Handle(t.Context(), []byte{cmdSelection}, func(s byte) { told = append(told, s) }); !bytes.Equal(got, []byte{0}) {
			t.Errorf("touched: %x", got)
		}
		if !bytes.Equal(told, []byte{KeepaliveUPNeeded, KeepaliveProcessing}) {
			t.Errorf("told %x meanwhile", told)
		}
		time.AfterFunc(time.Second/2, b.body.Unplug)
		if got := b.auth.Handle(t.Context(), []byte{cmdSelection}, func(byte) {}); got != nil {
			t.Errorf("unplugged, it answered %x", got)
		}
	})
}

func TestResetOnlyAfterPowerUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close()
		pass(resetWindow + time.Millisecond)
		b.status(ErrNotAllowed, cmdReset, nil)
		b.body.Unplug()
		b.body.Plug()
		if err := b.auth.PowerUp(); err != nil {
			t.Fatal(err)
		}
		pass(resetWindow)
		b.status(OK, cmdReset, nil)
		pass(time.Millisecond)
		b.status(ErrNotAllowed, cmdReset, nil) // a reset is no power-up
	})
}

func TestBrokenStateIsRefused(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	b.close()
	for what, spoil := range map[string]func(*state){
		"master":      func(s *state) { s.Master = s.Master[:31] },
		"retries":     func(s *state) { s.Retries = 9 },
		"PIN":         func(s *state) { s.PINHash = make([]byte, 15) },
		"attestation": func(s *state) { s.Attestation.Key[0] ^= 1 },
	} {
		k, err := body.Open(body.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		var good, bad state
		for _, s := range []*state{&good, &bad} {
			if _, err := k.Load(stateName, s); err != nil {
				t.Fatal(err)
			}
		}
		spoil(&bad)
		if err := k.Save(stateName, bad); err != nil {
			t.Fatal(err)
		}
		if _, err := New(k); err == nil {
			t.Errorf("a state with a broken %s was opened", what)
		}
		if err := errors.Join(k.Save(stateName, good), k.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
