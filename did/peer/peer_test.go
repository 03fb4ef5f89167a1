package peer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/did"
	"holdfast/did/peer"
	"holdfast/internal/jcs"
)

// The input documents of the README of decentralized-identity/did-peer-4, and the DIDs it gives for them: the
// usage example, the example with keys and services, and the one of its tutorial (as its resolved form shows it).
const (
	helloInput = `{"hello": "world"}`
	helloLong  = "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a"

	keysInput = `{
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
  "verificationMethod": [
    {"id": "#key-0", "type": "Multikey", "publicKeyMultibase": "z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V"},
    {"id": "#key-1", "type": "Multikey", "publicKeyMultibase": "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"}
  ],
  "authentication": ["#key-0"],
  "capabilityDelegation": ["#key-0"],
  "service": [{"id": "#didcomm-0", "type": "DIDCommMessaging", "serviceEndpoint": {"uri": "didcomm:transport/queue", "accept": ["didcomm/v2"]}}],
  "keyAgreement": ["#key-1"]
}`
	keysShort = "did:peer:4zQmQabhRUiFPAmn7CX6B8V6qmfrs7nQQyFb6zAD7EAWvW3c"

	tutorialInput = `{
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/x25519-2020/v1", "https://w3id.org/security/suites/ed25519-2020/v1"],
  "verificationMethod": [
    {"id": "#6LSqPZfn", "type": "X25519KeyAgreementKey2020", "publicKeyMultibase": "z6LSqPZfn9krvgXma2icTMKf2uVcYhKXsudCmPoUzqGYW24U"},
    {"id": "#6MkrCD1c", "type": "Ed25519VerificationKey2020", "publicKeyMultibase": "z6MkrCD1csqtgdj8sjrsu8jxcbeyP6m7LiK87NzhfWqio5yr"}
  ],
  "authentication": ["#6MkrCD1c"],
  "assertionMethod": ["#6MkrCD1c"],
  "keyAgreement": ["#6LSqPZfn"],
  "capabilityInvocation": ["#6MkrCD1c"],
  "capabilityDelegation": ["#6MkrCD1c"],
  "service": [{"id": "#didcommmessaging-0", "type": "DIDCommMessaging", "serviceEndpoint": {"uri": "didcomm:transport/queue", "accept": ["didcomm/v2"], "routingKeys": []}}]
}`
	tutorialShort = "did:peer:4zQmd8CpeFPci817KDsbSAKWcXAE2mjvCQSasRewvbSF54Bd"
)

// TestPublishedDIDs compares the short forms: being hashes of the long ones, they hold only if these are equal too.
func TestPublishedDIDs(t *testing.T) {
	for input, want := range map[string]string{
		helloInput: helloLong[:strings.LastIndexByte(helloLong, ':')], keysInput: keysShort, tutorialInput: tutorialShort,
	} {
		long, short, err := peer.Create([]byte(input))
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if short.String() != want || !strings.HasPrefix(long.String(), want+":z") {
			t.Errorf("got %s, want %s", short, want)
		}
		if of, err := peer.Short(long); err != nil || of != short {
			t.Errorf("short form of %s is %s, %v", long, of, err)
		}
		if !peer.IsShort(short) || peer.IsShort(long) {
			t.Errorf("%s and its long form are not told apart", short)
		}
	}
	if long, _, err := peer.Create([]byte(helloInput)); err != nil || long.String() != helloLong {
		t.Errorf("got %s, %v, want %s", long, err, helloLong)
	}
}

// TestPublishedResolution compares with the resolved documents of the same README.
func TestPublishedResolution(t *testing.T) {
	long, short := parse(t, helloLong), parse(t, helloLong[:strings.LastIndexByte(helloLong, ':')])
	doc, err := peer.Resolve(long)
	compare(t, doc, err, fmt.Sprintf(`{"hello":"world","id":"%s","alsoKnownAs":["%s"]}`, long, short))
	doc, err = peer.ResolveShort(short, long)
	compare(t, doc, err, fmt.Sprintf(`{"hello":"world","id":"%s","alsoKnownAs":["%s"]}`, short, long))

	long, short, err = peer.Create([]byte(keysInput))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(keysInput, "{", fmt.Sprintf(`{"id":"%s","alsoKnownAs":["%s"],`, short, long), 1)
	want = strings.ReplaceAll(want, `"type": "Multikey",`, fmt.Sprintf(`"type": "Multikey", "controller": "%s",`, short))
	doc, err = peer.ResolveShort(short, long)
	compare(t, doc, err, want)
}

// TestPublishedInputs resolves every published input document and compares it with the input, after undoing by
// hand what the specification says is added.
func TestPublishedInputs(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 6 {
		t.Fatalf("found %d input documents, want 6", len(files))
	}
	for _, file := range files {
		input, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		long, short, err := peer.Create(input)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for id, other := range map[did.DID]did.DID{long: short, short: long} {
			doc, err := peer.Resolve(long)
			if id == short {
				doc, err = peer.ResolveShort(short, long)
			}
			compare(t, doc, err, contextualized(t, input, id, other))
		}
	}
}

// contextualized adds id, alsoKnownAs and controllers to an input document in the plainest way.
func contextualized(t *testing.T, input []byte, id, other did.DID) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(input, &m); err != nil {
		t.Fatal(err)
	}
	m["id"], m["alsoKnownAs"] = id, []did.DID{other}
	for _, name := range []string{"verificationMethod", "authentication", "assertionMethod", "keyAgreement"} {
		list, _ := m[name].([]any)
		for _, entry := range list {
			if method, ok := entry.(map[string]any); ok {
				method["controller"] = id
			}
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestForeignControllerAndAliasStay(t *testing.T) {
	long, short, err := peer.Create([]byte(`{"alsoKnownAs":["https://example.com/me"],"authentication":[{"id":"#a","type":"T","controller":"did:example:1"}],
		"service":[{"id":"#s","type":["A","B"],"serviceEndpoint":"x"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := peer.Resolve(long)
	if err != nil {
		t.Fatal(err)
	}
	if c := doc.Authentication[0].Embedded.Controller; c != "did:example:1" {
		t.Errorf("controller became %s", c)
	}
	if len(doc.AlsoKnownAs) != 2 || doc.AlsoKnownAs[1] != short.String() {
		t.Errorf("alsoKnownAs is %s", doc.AlsoKnownAs)
	}
}

func TestCreateRefused(t *testing.T) {
	for name, input := range map[string]string{
		"empty": `{}`, "null": `null`, "list": `[]`, "no json": `x`, "twice": `{"a":1,"a":2}`, "id": `{"id":"did:example:1"}`,
		"absolute id":        `{"verificationMethod":[{"id":"did:example:1#a","type":"T"}]}`,
		"no id":              `{"authentication":[{"type":"T"}]}`,
		"no type":            `{"keyAgreement":[{"id":"#a"}]}`,
		"type of number":     `{"keyAgreement":[{"id":"#a","type":1}]}`,
		"id of number":       `{"service":[{"id":1,"type":"T","serviceEndpoint":"x"}]}`,
		"service not a list": `{"service":{}}`,
		"null list":          `{"authentication":null}`,
		"alias not a list":   `{"alsoKnownAs":"x"}`,
		"alias null":         `{"alsoKnownAs":null}`,
		"reference":          `{"authentication":["a b"]}`,
		"too long":           `{"a":"` + strings.Repeat("a", did.MaxLength) + `"}`,
	} {
		if long, short, err := peer.Create([]byte(input)); err == nil || !long.IsZero() || !short.IsZero() {
			t.Errorf("%s: created %s", name, long)
		}
	}
}

func TestResolveRefused(t *testing.T) {
	_, encoded, _ := strings.Cut(strings.TrimPrefix(helloLong, "did:peer:4"), ":")
	hash := strings.TrimSuffix(helloLong, ":"+encoded)
	for name, s := range map[string]string{
		"short form":       hash,
		"numalgo 2":        strings.Replace(helloLong, "peer:4", "peer:2", 1),
		"did:key":          "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"hash changed":     strings.Replace(helloLong, "zQmb7", "zQmb8", 1),
		"document changed": helloLong[:len(helloLong)-1] + "b",
		"part added":       helloLong + ":z1",
		"not base58":       withHash(t, "z0"),
		"base64url":        withHash(t, multibase(t, did.Base64URL, append(did.AppendCodec(nil, 0x200), helloInput...))),
		"other codec":      withHash(t, multibase(t, did.Base58BTC, append(did.AppendCodec(nil, 0x55), helloInput...))),
		"no codec":         withHash(t, "z"),
		"document with id": withHash(t, multibase(t, did.Base58BTC, append(did.AppendCodec(nil, 0x200), `{"id":"did:example:1"}`...))),
		"no document":      withHash(t, multibase(t, did.Base58BTC, did.AppendCodec(nil, 0x200))),
	} {
		id, err := did.Parse(s)
		if err != nil {
			t.Errorf("%s: not even a did: %v", name, err)
			continue
		}
		if doc, err := peer.Resolve(id); err == nil {
			t.Errorf("%s: resolved %+v", name, doc)
		}
	}
	other, _, err := peer.Create([]byte(keysInput))
	if err != nil {
		t.Fatal(err)
	}
	if doc, err := peer.ResolveShort(parse(t, hash), other); err == nil {
		t.Errorf("a short form was resolved with another's long form: %+v", doc)
	}
	for _, s := range []string{"did:peer:4z", "did:peer:4zQm", "did:peer:2" + hash[len("did:peer:4"):], hash + "1", "did:peer:4" + multibase(t, did.Base64URL, append([]byte{0x12, 32}, make([]byte, 32)...))} {
		if peer.IsShort(parse(t, s)) {
			t.Errorf("%s passes as a short form", s)
		}
	}
}

func FuzzResolve(f *testing.F) {
	for _, input := range []string{helloInput, keysInput, tutorialInput} {
		f.Add([]byte(input))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		long, short, err := peer.Create(input)
		if err != nil {
			return
		}
		doc, err := peer.Resolve(long)
		if err != nil {
			t.Fatalf("%q: created but not resolved: %v", input, err)
		}
		text, err := doc.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := did.ParseDocument(text); err != nil || again.ID != long {
			t.Fatalf("%q: document %s: %v", input, text, err)
		}
		if doc, err := peer.ResolveShort(short, long); err != nil || doc.ID != short {
			t.Fatalf("%q: short form: %v", input, err)
		}
	})
}

// withHash returns the long form of an encoded document, well-formed or not, under its right hash.
func withHash(t *testing.T, encoded string) string {
	t.Helper()
	return "did:peer:4" + multibase(t, did.Base58BTC, append([]byte{0x12, 32}, sha256Of(encoded)...)) + ":" + encoded
}

func multibase(t *testing.T, base did.Base, data []byte) string {
	t.Helper()
	s, err := did.EncodeMultibase(base, data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func compare(t *testing.T, doc did.Document, err error, want string) {
	t.Helper()
	if err != nil {
		t.Error(err)
		return
	}
	got, err := doc.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	wantText, err := jcs.Canonical([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, wantText) {
		t.Errorf("got  %s\nwant %s", got, wantText)
	}
}

func parse(tb testing.TB, s string) did.DID {
	tb.Helper()
	id, err := did.Parse(s)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}
