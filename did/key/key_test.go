package key_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"holdfast/did"
	"holdfast/did/key"
)

// oldMethod is a key as the published vectors write it: in the formats of 2018 to 2021.
type oldMethod struct {
	ID        string   `json:"id"`
	Type      string   `json:"type"`
	PublicB58 string   `json:"publicKeyBase58"`
	PublicJWK *did.JWK `json:"publicKeyJwk"`
	SecretB58 string   `json:"privateKeyBase58"`
}

type oldDocument struct {
	ID                   string      `json:"id"`
	VerificationMethod   []oldMethod `json:"verificationMethod"`
	Authentication       []string    `json:"authentication"`
	AssertionMethod      []string    `json:"assertionMethod"`
	KeyAgreement         []string    `json:"keyAgreement"`
	CapabilityInvocation []string    `json:"capabilityInvocation"`
	CapabilityDelegation []string    `json:"capabilityDelegation"`
}

type vector struct {
	Seed        string      `json:"seed"`
	Agreement   *oldMethod  `json:"keyAgreementKeyPair"`
	DIDDocument oldDocument `json:"didDocument"`
}

// TestPublishedVectors compares every vector on a curve we know: the DID, the keys, their ids, and what each key
// may do. What differs, on purpose, is the format: the vectors predate Multikey and spell keys as
// publicKeyBase58 or publicKeyJwk under types of their time, with the JSON-LD contexts of these types.
func TestPublishedVectors(t *testing.T) {
	tested := 0
	for name, v := range vectors(t) {
		if strings.HasPrefix(name, "did:key:z82") || strings.HasPrefix(name, "did:key:z2J") {
			// P-384 and P-521, which this program does not use: they must be refused, not misread.
			if doc, err := key.Resolve(parse(t, name)); err == nil {
				t.Errorf("%s was resolved: %+v", name, doc)
			}
			continue
		}
		tested++
		t.Run(name, func(t *testing.T) { testVector(t, parse(t, name), v) })
	}
	if tested != 5+3+6+4 {
		t.Errorf("found %d vectors on known curves, want 18", tested)
	}
}

func testVector(t *testing.T, id did.DID, v vector) {
	public, err := key.PublicKey(id)
	if err != nil {
		t.Fatal(err)
	}
	if made, err := key.Create(public); err != nil || made != id {
		t.Errorf("created %s, %v", made, err)
	}
	if v.Seed != "" {
		if want := publicOf(t, public.Curve, v.Seed); !public.Equal(want) {
			t.Errorf("key is %x, the seed gives %x", public.Bytes, want.Bytes)
		}
	}
	doc, err := key.ResolveWithAgreement(id)
	if err != nil {
		t.Fatal(err)
	}
	compareMethods(t, doc, v.DIDDocument)
	for relationship, want := range map[did.Relationship][]string{
		did.Authentication:       v.DIDDocument.Authentication,
		did.AssertionMethod:      v.DIDDocument.AssertionMethod,
		did.CapabilityInvocation: v.DIDDocument.CapabilityInvocation,
		did.CapabilityDelegation: v.DIDDocument.CapabilityDelegation,
		did.KeyAgreement:         v.DIDDocument.KeyAgreement,
	} {
		if relationship == did.KeyAgreement && (public.Curve == did.P256 || public.Curve == did.Secp256k1) {
			// The old generators listed these signing keys for key agreement too. The specification since
			// gives keyAgreement to X25519 keys alone ("Encryption Method Creation Algorithm"), and a key
			// should not both sign and decrypt.
			if len(doc.KeyAgreement) != 0 {
				t.Errorf("signing key serves key agreement: %+v", doc.KeyAgreement)
			}
			continue
		}
		got := doc.Relationship(relationship)
		if len(got) != len(want) {
			t.Errorf("%s: got %+v, want %s", relationship, got, want)
			continue
		}
		for i := range got {
			if got[i].ID != want[i] {
				t.Errorf("%s: got %s, want %s", relationship, got[i].ID, want[i])
			}
		}
	}
	checkIdentity(t, doc)
}

func compareMethods(t *testing.T, doc did.Document, want oldDocument) {
	t.Helper()
	if doc.ID.String() != want.ID || len(doc.VerificationMethod) != len(want.VerificationMethod) {
		t.Fatalf("document of %s has %d keys, want %s and %d", doc.ID, len(doc.VerificationMethod), want.ID, len(want.VerificationMethod))
	}
	for i, m := range doc.VerificationMethod {
		old := want.VerificationMethod[i]
		public, err := m.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		if m.ID != old.ID || m.Controller != want.ID {
			t.Errorf("key %d: id %s, controller %s, want %s", i, m.ID, m.Controller, old.ID)
		}
		if old.PublicJWK != nil {
			if j, err := public.JWK(); err != nil || j != *old.PublicJWK {
				t.Errorf("%s: got %+v, %v, want %+v", m.ID, j, err, old.PublicJWK)
			}
			continue
		}
		if raw := base58(t, old.PublicB58); !bytes.Equal(raw, public.Bytes) {
			t.Errorf("%s: got %x, want %x", m.ID, public.Bytes, raw)
		}
	}
}

// TestPrivateHalf checks that the derived X25519 keys belong to the private keys in the vectors.
func TestPrivateHalf(t *testing.T) {
	tested := 0
	for name, v := range vectors(t) {
		if v.Agreement == nil || v.Agreement.SecretB58 == "" {
			continue
		}
		tested++
		private, err := ecdh.X25519().NewPrivateKey(base58(t, v.Agreement.SecretB58))
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey(parse(t, name))
		if err != nil {
			t.Fatal(err)
		}
		agreement, err := public.Montgomery()
		if err != nil || !bytes.Equal(agreement.Bytes, private.PublicKey().Bytes()) {
			t.Errorf("%s: derived %x, want %x, %v", name, agreement.Bytes, private.PublicKey().Bytes(), err)
		}
	}
	if tested != 4 { // the fifth spells its private key as a JSON Web Key
		t.Errorf("found %d private keys, want 4", tested)
	}
}

func TestResolveDerivesNothingUnasked(t *testing.T) {
	doc, err := key.Resolve(parse(t, "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.VerificationMethod) != 1 || doc.KeyAgreement != nil {
		t.Errorf("a second key was derived: %+v", doc)
	}
	if _, err := doc.Authorized(did.AssertionMethod, doc.ID.URL(doc.ID.ID())); err != nil {
		t.Error(err)
	}
	checkIdentity(t, doc)
}

func TestRefused(t *testing.T) {
	for _, s := range []string{
		"did:example:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "did:key:abc", "did:key:z", "did:key:z6Mk", "did:key:1:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWq", "did:key:z16MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"did:key:zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY",
	} {
		if doc, err := key.Resolve(parse(t, s)); err == nil {
			t.Errorf("%s was resolved: %+v", s, doc)
		}
	}
	if id, err := key.Create(did.PublicKey{Curve: did.P256, Bytes: make([]byte, 32)}); err == nil {
		t.Errorf("a short key became %s", id)
	}
	if doc, err := key.Resolve(did.DID{}); err == nil {
		t.Errorf("the zero did was resolved: %+v", doc)
	}
}

func FuzzResolve(f *testing.F) {
	seeds := vectors(f)
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for name := range seeds {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := did.Parse(s)
		if err != nil {
			return
		}
		doc, err := key.ResolveWithAgreement(id)
		if err != nil {
			return
		}
		public, err := key.PublicKey(id)
		if err != nil {
			t.Fatal(err)
		}
		if made, err := key.Create(public); err != nil || made != id {
			t.Fatalf("%s became %s, %v", id, made, err)
		}
		checkIdentity(t, doc)
	})
}

// checkIdentity reads back what was written.
func checkIdentity(t *testing.T, doc did.Document) {
	t.Helper()
	text, err := doc.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	back, err := did.ParseDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Canonical(); err != nil || !bytes.Equal(text, again) {
		t.Errorf("%s became %s, %v", text, again, err)
	}
}

// vectors reads the four published files: each maps a DID to its vector, the one for X25519 to its document.
func vectors(tb testing.TB) map[string]vector {
	tb.Helper()
	all := make(map[string]vector)
	for _, name := range []string{"ed25519-x25519", "nist-curves", "secp256k1"} {
		readJSON(tb, name, &all)
	}
	var x25519 struct {
		DIDDocument map[string]oldDocument `json:"didDocument"`
	}
	readJSON(tb, "x25519", &x25519)
	for name, doc := range x25519.DIDDocument {
		all[name] = vector{DIDDocument: doc}
	}
	return all
}

func readJSON(tb testing.TB, name string, v any) {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		tb.Fatal(err)
	}
}

func publicOf(t *testing.T, curve did.Curve, seedHex string) did.PublicKey {
	t.Helper()
	seed, err := hex.DecodeString(seedHex)
	if err != nil {
		t.Fatal(err)
	}
	switch curve {
	case did.Ed25519:
		return did.PublicKey{Curve: curve, Bytes: ed25519.NewKeyFromSeed(seed)[32:]}
	case did.Secp256k1:
		return did.PublicKey{Curve: curve, Bytes: secp256k1.PrivKeyFromBytes(seed).PubKey().SerializeCompressed()}
	case did.P256, did.X25519:
	}
	t.Fatalf("no seeds for %s", curve)
	return did.PublicKey{}
}

func base58(t *testing.T, s string) []byte {
	t.Helper()
	raw, _, err := did.DecodeMultibase("z" + s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func parse(tb testing.TB, s string) did.DID {
	tb.Helper()
	id, err := did.Parse(s)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}
