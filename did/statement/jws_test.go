package statement_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secp256k1ecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"holdfast/did"
	"holdfast/did/key"
	"holdfast/did/peer"
	"holdfast/did/statement"
)

// signer is a key with its place in a document, and a function that signs raw.
type signer struct {
	keyID  did.URL
	public did.PublicKey
	sign   func(input []byte) []byte
}

// signers returns one signer for each algorithm as did:key, and one with the assertion key of a did:peer:4.
func signers(tb testing.TB) map[string]signer {
	tb.Helper()
	all := map[string]signer{"EdDSA": ed25519Signer(1), "ES256": p256Signer(tb), "ES256K": secp256k1Signer()}
	for name, s := range all {
		id, err := key.Create(s.public)
		if err != nil {
			tb.Fatal(err)
		}
		s.keyID = id.URL(id.ID())
		all[name] = s
	}
	_, assertion := peerSigner(tb)
	all["did:peer:4"] = assertion
	return all
}

func ed25519Signer(n byte) signer {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	public := did.PublicKey{Curve: did.Ed25519, Bytes: private[32:]}
	return signer{public: public, sign: func(input []byte) []byte { return ed25519.Sign(private, input) }}
}

func p256Signer(tb testing.TB) signer {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	public, err := did.NewPublicKey(did.P256, point)
	if err != nil {
		tb.Fatal(err)
	}
	return signer{public: public, sign: func(input []byte) []byte {
		hash := sha256.Sum256(input)
		r, s, err := ecdsa.Sign(rand.Reader, private, hash[:])
		if err != nil {
			tb.Fatal(err)
		}
		raw := make([]byte, 64)
		r.FillBytes(raw[:32])
		s.FillBytes(raw[32:])
		return raw
	}}
}

func secp256k1Signer() signer {
	private := secp256k1.PrivKeyFromBytes(bytes.Repeat([]byte{7}, 32))
	public := did.PublicKey{Curve: did.Secp256k1, Bytes: private.PubKey().SerializeCompressed()}
	return signer{public: public, sign: func(input []byte) []byte {
		hash := sha256.Sum256(input)
		sig := secp256k1ecdsa.Sign(private, hash[:])
		r, s := sig.R(), sig.S()
		rb, sb := r.Bytes(), s.Bytes()
		return append(rb[:], sb[:]...)
	}}
}

// peerSigner returns the keys of one relationship: that for authentication and that for assertion.
func peerSigner(tb testing.TB) (authentication, assertion signer) {
	tb.Helper()
	authentication, assertion = ed25519Signer(1), ed25519Signer(2)
	agreement, err := ed25519Signer(3).public.Montgomery()
	if err != nil {
		tb.Fatal(err)
	}
	long, _, err := peer.CreateFor(peer.Keys{Authentication: authentication.public, Assertion: assertion.public, Agreement: agreement, Succession: ed25519Signer(4).public})
	if err != nil {
		tb.Fatal(err)
	}
	authentication.keyID, assertion.keyID = long.URL(peer.AuthenticationKey), long.URL(peer.AssertionKey)
	return authentication, assertion
}

func signed(tb testing.TB, s statement.Statement, by signer) string {
	tb.Helper()
	header, err := statement.NewHeader(s, by.keyID, by.public)
	if err != nil {
		tb.Fatal(err)
	}
	input, err := statement.SigningInput(s, header)
	if err != nil {
		tb.Fatal(err)
	}
	jws, err := statement.Assemble(input, by.sign(input))
	if err != nil {
		tb.Fatal(err)
	}
	return jws
}

func statements(tb testing.TB) []statement.Statement {
	tb.Helper()
	f, err := statement.NewFile(tb.Context(), strings.NewReader("abc"), "a.txt", nil)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := statement.NewText("I agree.\n<b>\u2028\U0001f600")
	if err != nil {
		tb.Fatal(err)
	}
	return []statement.Statement{f, text}
}

func TestSignAndVerify(t *testing.T) {
	for name, by := range signers(t) {
		for _, s := range statements(t) {
			jws := signed(t, s, by)
			got, err := statement.Verify(jws, statement.ResolveOffline, s.Type())
			if err != nil {
				t.Errorf("%s, %s: %v", name, s.Type(), err)
				continue
			}
			if got.Statement != s || got.Header.KeyID != by.keyID || got.String() != jws {
				t.Errorf("%s, %s: read %+v", name, s.Type(), got)
			}
		}
	}
}

func TestHeaderBytes(t *testing.T) {
	by := signers(t)["EdDSA"]
	jws := signed(t, statement.Text{Text: "x"}, by)
	header, err := base64.RawURLEncoding.DecodeString(jws[:strings.IndexByte(jws, '.')])
	want := `{"alg":"EdDSA","kid":"` + by.keyID.String() + `","typ":"holdfast-text+jws"}`
	if err != nil || string(header) != want {
		t.Errorf("got %s, %v, want %s", header, err, want)
	}
}

// TestEveryBitCounts changes each character of a statement to others.
func TestEveryBitCounts(t *testing.T) {
	for name, by := range signers(t) {
		jws := signed(t, statement.Text{Text: "x"}, by)
		for i := range jws {
			for _, c := range []byte{'A', 'B', 'g', '.', '=', '\n'} {
				if jws[i] == c {
					continue
				}
				changed := jws[:i] + string(c) + jws[i+1:]
				if got, err := statement.Verify(changed, statement.ResolveOffline, statement.TypeText); err == nil {
					t.Fatalf("%s: character %d changed to %q, still verified as %+v", name, i, c, got)
				}
			}
		}
	}
}

// TestRelationship signs with keys that stand in the document, but not for this.
func TestRelationship(t *testing.T) {
	authentication, assertion := peerSigner(t)
	text := statement.Text{Text: "x"}
	if _, err := statement.Verify(signed(t, text, authentication), statement.ResolveOffline, statement.TypeText); err == nil {
		t.Error("the authentication key signed a text")
	}
	swapped := authentication
	swapped.keyID = assertion.keyID
	if _, err := statement.Verify(signed(t, text, swapped), statement.ResolveOffline, statement.TypeText); !errors.Is(err, statement.ErrSignature) {
		t.Errorf("the authentication key signed in the name of the assertion key: %v", err)
	}
	missing := assertion
	missing.keyID = assertion.keyID.DID.URL("nothing")
	if _, err := statement.Verify(signed(t, text, missing), statement.ResolveOffline, statement.TypeText); err == nil {
		t.Error("a key that the document does not have signed a text")
	}
}

func TestWantedType(t *testing.T) {
	by := signers(t)["EdDSA"]
	all := statements(t)
	for i, s := range all {
		if _, err := statement.Verify(signed(t, s, by), statement.ResolveOffline, all[1-i].Type()); err == nil || errors.Is(err, statement.ErrSignature) {
			t.Errorf("%s passed as %s: %v", s.Type(), all[1-i].Type(), err)
		}
	}
}

func TestResolver(t *testing.T) {
	by := signers(t)["EdDSA"]
	jws := signed(t, statement.Text{Text: "x"}, by)
	failed := errors.New("no network")
	if _, err := statement.Verify(jws, func(did.DID) (did.Document, error) { return did.Document{}, failed }, statement.TypeText); !errors.Is(err, failed) {
		t.Errorf("resolver that fails: %v", err)
	}
	other, err := key.Create(ed25519Signer(9).public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := statement.Verify(jws, func(did.DID) (did.Document, error) { return key.Resolve(other) }, statement.TypeText); err == nil {
		t.Error("the document of somebody else was taken")
	}
	foreign := func(id did.DID) (did.Document, error) {
		doc, err := key.Resolve(id)
		if err == nil {
			doc.VerificationMethod[0].Controller = other.String()
		}
		return doc, err
	}
	if _, err := statement.Verify(jws, foreign, statement.TypeText); err == nil {
		t.Error("a key that another DID controls signed")
	}
	web, err := did.Parse("did:web:example.com")
	if err != nil {
		t.Fatal(err)
	}
	if doc, err := statement.ResolveOffline(web); err == nil {
		t.Errorf("did:web was resolved offline: %+v", doc)
	}
}

// TestAlgorithmBelongsToKey changes alg in an otherwise consistent statement.
func TestAlgorithmBelongsToKey(t *testing.T) {
	all := signers(t)
	for name, by := range all {
		for _, alg := range []statement.Algorithm{statement.EdDSA, statement.ES256, statement.ES256K} {
			if own, err := statement.AlgorithmFor(by.public.Curve); err != nil || own == alg {
				continue
			}
			input, err := statement.SigningInput(statement.Text{Text: "x"}, statement.Header{Algorithm: alg, KeyID: by.keyID, Type: statement.TypeText})
			if err != nil {
				t.Fatal(err)
			}
			jws, err := statement.Assemble(input, all["ES256K"].sign(input)) // its form fits every algorithm
			if err != nil {
				t.Fatal(err)
			}
			if _, err := statement.Verify(jws, statement.ResolveOffline, statement.TypeText); err == nil {
				t.Errorf("%s verified under %s", name, alg)
			}
		}
	}
}

func TestSigningInputRefused(t *testing.T) {
	by := signers(t)["EdDSA"]
	good := statement.Header{Algorithm: statement.EdDSA, KeyID: by.keyID, Type: statement.TypeText}
	_, short, err := peer.Create([]byte(`{"hello":"world"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*statement.Header){
		"other type":        func(h *statement.Header) { h.Type = statement.TypeFile },
		"no type":           func(h *statement.Header) { h.Type = "" },
		"no algorithm":      func(h *statement.Header) { h.Algorithm = "none" },
		"no key":            func(h *statement.Header) { h.KeyID = did.URL{} },
		"no fragment":       func(h *statement.Header) { h.KeyID.Fragment = "" },
		"query":             func(h *statement.Header) { h.KeyID.Query = "versionId=1" },
		"path":              func(h *statement.Header) { h.KeyID.Path = "/a" },
		"short form of did": func(h *statement.Header) { h.KeyID.DID = short },
	} {
		h := good
		change(&h)
		if input, err := statement.SigningInput(statement.Text{Text: "x"}, h); err == nil {
			t.Errorf("%s: %s", name, input)
		}
	}
	for _, text := range []string{"", "\xff", strings.Repeat("a", statement.MaxText+1)} {
		if input, err := statement.SigningInput(statement.Text{Text: text}, good); err == nil {
			t.Errorf("text of %d bytes: %s", len(text), input)
		}
		if _, err := statement.NewText(text); err == nil {
			t.Errorf("text of %d bytes was taken", len(text))
		}
	}
	if _, err := statement.NewHeader(statement.Text{Text: "x"}, by.keyID, did.PublicKey{Curve: did.X25519, Bytes: make([]byte, 32)}); err == nil {
		t.Error("a key for key agreement got a header")
	}
	input, err := statement.SigningInput(statement.Text{Text: "x"}, good)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 63, 65, 72} {
		if jws, err := statement.Assemble(input, make([]byte, n)); err == nil {
			t.Errorf("a signature of %d bytes became %s", n, jws)
		}
	}
	if jws, err := statement.Assemble([]byte("bytes of somebody"), make([]byte, 64)); err == nil {
		t.Errorf("bytes that are no statement became %s", jws)
	}
	// The largest text, at six bytes a character in JSON, must come back.
	worst := statement.Text{Text: strings.Repeat("\x01", statement.MaxText)}
	if got, err := statement.Verify(signed(t, worst, by), statement.ResolveOffline, statement.TypeText); err != nil || got.Statement != worst {
		t.Errorf("largest text: %v", err)
	}
}
