package peer_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"holdfast/did"
	"holdfast/did/peer"
	"holdfast/internal/jcs"
)

// keysOf returns fixed keys that differ with n.
func keysOf(tb testing.TB, n byte) peer.Keys {
	tb.Helper()
	sign := func(i byte) did.PublicKey {
		private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n, i}, 16))
		return did.PublicKey{Curve: did.Ed25519, Bytes: private[32:]}
	}
	private, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{n, 9}, 16))
	if err != nil {
		tb.Fatal(err)
	}
	return peer.Keys{
		Authentication: sign(1), Assertion: sign(2), Succession: sign(3),
		Agreement: did.PublicKey{Curve: did.X25519, Bytes: private.PublicKey().Bytes()},
	}
}

// TestEachKeyOnePurpose reads the whole table of keys and relationships from the resolved document.
func TestEachKeyOnePurpose(t *testing.T) {
	keys := keysOf(t, 1)
	input, err := peer.Build4(keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := jcs.RequireCanonical(input, did.MaxDocument); err != nil {
		t.Error(err)
	}
	long, short, err := peer.Create(input)
	if err != nil {
		t.Fatal(err)
	}
	if forLong, forShort, err := peer.CreateFor(keys); err != nil || forLong != long || forShort != short {
		t.Errorf("CreateFor made %s, %v, want %s", forLong, err, long)
	}
	for _, resolve := range []func() (did.Document, error){
		func() (did.Document, error) { return peer.Resolve(long) },
		func() (did.Document, error) { return peer.ResolveShort(short, long) },
	} {
		doc, err := resolve()
		if err != nil {
			t.Fatal(err)
		}
		for fragment, want := range map[string]struct {
			relationship did.Relationship
			key          did.PublicKey
		}{
			peer.AuthenticationKey: {did.Authentication, keys.Authentication},
			peer.AssertionKey:      {did.AssertionMethod, keys.Assertion},
			peer.AgreementKey:      {did.KeyAgreement, keys.Agreement},
			peer.SuccessionKey:     {did.CapabilityInvocation, keys.Succession},
		} {
			for _, r := range []did.Relationship{did.Authentication, did.AssertionMethod, did.KeyAgreement, did.CapabilityInvocation, did.CapabilityDelegation} {
				m, err := doc.Authorized(r, doc.ID.URL(fragment))
				if (err == nil) != (r == want.relationship) {
					t.Errorf("%s under %s: %v", fragment, r, err)
				}
				if err != nil {
					continue
				}
				if key, err := m.PublicKey(); err != nil || !key.Equal(want.key) {
					t.Errorf("%s: key %+v, %v", fragment, key, err)
				}
			}
		}
	}
}

// TestNothingLinks compares the documents of two identities: apart from the keys they must be the same bytes.
func TestNothingLinks(t *testing.T) {
	var stripped []string
	var multikeys []string
	for n := range byte(2) {
		input, err := peer.Build4(keysOf(t, n))
		if err != nil {
			t.Fatal(err)
		}
		text := string(input)
		for _, key := range []did.PublicKey{keysOf(t, n).Authentication, keysOf(t, n).Assertion, keysOf(t, n).Agreement, keysOf(t, n).Succession} {
			multikey, err := key.Multikey()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(text, multikey) != 1 || slices.Contains(multikeys, multikey) {
				t.Errorf("key %s does not stand once", multikey)
			}
			multikeys = append(multikeys, multikey)
			text = strings.Replace(text, multikey, "", 1)
		}
		stripped = append(stripped, text)
	}
	if stripped[0] != stripped[1] {
		t.Errorf("documents differ in more than keys:\n%s\n%s", stripped[0], stripped[1])
	}
}

func TestBuild4Refused(t *testing.T) {
	for name, change := range map[string]func(*peer.Keys){
		"missing key":      func(k *peer.Keys) { k.Succession = did.PublicKey{} },
		"other curve":      func(k *peer.Keys) { k.Authentication = k.Agreement },
		"agreement curve":  func(k *peer.Keys) { k.Agreement = k.Assertion },
		"shared key":       func(k *peer.Keys) { k.Assertion = k.Authentication },
		"shared authority": func(k *peer.Keys) { k.Succession = k.Assertion },
		"short key":        func(k *peer.Keys) { k.Assertion.Bytes = k.Assertion.Bytes[1:] },
	} {
		keys := keysOf(t, 1)
		change(&keys)
		if input, err := peer.Build4(keys); err == nil {
			t.Errorf("%s: built %s", name, input)
		}
		if long, _, err := peer.CreateFor(keys); err == nil {
			t.Errorf("%s: created %s", name, long)
		}
	}
}

func BenchmarkCreateFor(b *testing.B) {
	keys := keysOf(b, 1)
	for b.Loop() {
		if _, _, err := peer.CreateFor(keys); err != nil {
			b.Fatal(err)
		}
	}
}

func sha256Of(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
