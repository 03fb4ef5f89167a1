package did_test

import (
	"bytes"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"holdfast/did"
	"holdfast/internal/jcs"
)

// fullDocument has every known member, unknown ones on each level, and each alternative spelling.
const fullDocument = `{
 "@context": ["https://www.w3.org/ns/did/v1", {"@vocab": "https://example.com/\ufffd"}],
 "id": "did:example:123", "alsoKnownAs": ["did:example:456", "https://example.com/me"], "controller": "did:example:456",
 "verificationMethod": [
  {"id": "#a", "type": "Multikey", "controller": "did:example:123", "publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "note": {"b": 1, "a": 1.50}},
  {"id": "did:example:123#b", "type": "JsonWebKey2020", "controller": "did:example:123", "publicKeyJwk": {"kty": "EC", "crv": "secp256k1",
   "x": "TEIJN9vnTq1EXMkqzo7yN_867-foKc2pREv45Fw_QA8", "y": "9yiymlzdxKCiRbYq7p-ArRB-C1ytjHE-eb7RDTi6rVc", "kid": "#b"}},
  {"id": "#foreign", "type": "Multikey", "controller": "did:example:456", "publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"},
  {"id": "#future", "type": "SomethingNew", "controller": "did:example:123"}
 ],
 "authentication": ["#a", {"id": "#c", "type": "X25519KeyAgreementKey2020", "controller": "did:example:123", "publicKeyMultibase": "z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW"}],
 "assertionMethod": ["did:example:123#b", "#foreign", "#missing"], "keyAgreement": [], "capabilityInvocation": ["did:example:456#x"], "capabilityDelegation": ["#a"],
 "service": [{"id": "#s", "type": ["A", "B"], "serviceEndpoint": {"uri": "https://example.com"}, "priority": 0}, {"id": "#t", "type": "C", "serviceEndpoint": "https://example.com"}],
 "created": null, "tags": ["x"]
}`

func TestDocumentKeepsEverything(t *testing.T) {
	d, err := did.ParseDocument([]byte(fullDocument))
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	want, err := jcs.Canonical([]byte(fullDocument))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(d.Extra) != 2 || len(d.VerificationMethod[0].Extra) != 1 || len(d.Service[0].Extra) != 1 {
		t.Errorf("unknown members were not kept apart: %+v", d)
	}
}

func TestAuthorized(t *testing.T) {
	d, err := did.ParseDocument([]byte(fullDocument))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		relationship did.Relationship
		fragment     string
		curve        did.Curve // "" when refused
	}{
		{did.Authentication, "a", did.Ed25519},
		{did.Authentication, "c", did.X25519},
		{did.Authentication, "b", ""},
		{did.AssertionMethod, "b", did.Secp256k1},
		{did.AssertionMethod, "a", ""},
		{did.AssertionMethod, "c", ""},
		{did.AssertionMethod, "foreign", ""},
		{did.AssertionMethod, "missing", ""},
		{did.KeyAgreement, "c", ""},
		{did.CapabilityInvocation, "x", ""},
		{did.CapabilityDelegation, "a", did.Ed25519},
		{"unknown", "a", ""},
	} {
		m, err := d.Authorized(c.relationship, d.ID.URL(c.fragment))
		if c.curve == "" {
			if err == nil {
				t.Errorf("%s may do %s", c.fragment, c.relationship)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s, %s: %v", c.fragment, c.relationship, err)
			continue
		}
		if key, err := m.PublicKey(); err != nil || key.Curve != c.curve {
			t.Errorf("%s: got %+v, %v", c.fragment, key, err)
		}
	}
	m, found := d.Method(d.ID.URL("future"))
	if !found {
		t.Fatal("a method of unknown type was lost")
	}
	if key, err := m.PublicKey(); err == nil {
		t.Errorf("a method of unknown type has the key %+v", key)
	}
}

func TestMethodKeyRefused(t *testing.T) {
	for name, m := range map[string]did.VerificationMethod{
		"private key":      {Type: "JsonWebKey", PublicKeyJWK: json.RawMessage(`{"kty":"OKP","crv":"Ed25519","x":"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik","d":"AA"}`)},
		"null coordinate":  {Type: "JsonWebKey", PublicKeyJWK: json.RawMessage(`{"kty":"OKP","crv":"Ed25519","x":null}`)},
		"jwk of no object": {Type: "JsonWebKey", PublicKeyJWK: json.RawMessage(`[]`)},
		"jwk missing":      {Type: "JsonWebKey2020", PublicKeyMultibase: "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"},
		"multikey missing": {Type: "Multikey"},
		"other curve":      {Type: "Ed25519VerificationKey2020", PublicKeyMultibase: "z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW"},
		"old type":         {Type: "Ed25519VerificationKey2018"},
	} {
		if key, err := m.PublicKey(); err == nil {
			t.Errorf("%s: read %+v", name, key)
		}
	}
}

func TestDocumentRefused(t *testing.T) {
	method := `{"id":"#a","type":"T","controller":"did:example:1"}`
	for name, text := range map[string]string{
		"not an object":         `[]`,
		"null":                  `null`,
		"no id":                 `{}`,
		"bad id":                `{"id":"example"}`,
		"id twice":              `{"id":"did:example:1","id":"did:example:1"}`,
		"trailing text":         `{"id":"did:example:1"}{}`,
		"null member":           `{"id":"did:example:1","service":null}`,
		"member twice, deep":    `{"id":"did:example:1","x":{"a":1,"a":2}}`,
		"alsoKnownAs string":    `{"id":"did:example:1","alsoKnownAs":"x"}`,
		"alsoKnownAs empty":     `{"id":"did:example:1","alsoKnownAs":[""]}`,
		"alsoKnownAs null":      `{"id":"did:example:1","alsoKnownAs":[null]}`,
		"bad controller":        `{"id":"did:example:1","controller":["x"]}`,
		"controller null":       `{"id":"did:example:1","controller":[null]}`,
		"methods not a list":    `{"id":"did:example:1","verificationMethod":{}}`,
		"null method":           `{"id":"did:example:1","verificationMethod":[null]}`,
		"method twice":          `{"id":"did:example:1","verificationMethod":[` + method + `,` + method + `]}`,
		"method twice, spelled": `{"id":"did:example:1","verificationMethod":[` + method + `,` + strings.Replace(method, "#a", "did:example:1#a", 1) + `]}`,
		"method embedded twice": `{"id":"did:example:1","verificationMethod":[` + method + `],"authentication":[` + method + `]}`,
		"method without id":     `{"id":"did:example:1","verificationMethod":[{"type":"T","controller":"did:example:1"}]}`,
		"method without type":   `{"id":"did:example:1","verificationMethod":[{"id":"#a","controller":"did:example:1"}]}`,
		"method no controller":  `{"id":"did:example:1","verificationMethod":[{"id":"#a","type":"T"}]}`,
		"method with two keys":  `{"id":"did:example:1","verificationMethod":[{"id":"#a","type":"T","controller":"did:example:1","publicKeyMultibase":"z","publicKeyJwk":{}}]}`,
		"empty key":             `{"id":"did:example:1","verificationMethod":[{"id":"#a","type":"T","controller":"did:example:1","publicKeyMultibase":""}]}`,
		"key of wrong kind":     `{"id":"did:example:1","verificationMethod":[{"id":"#a","type":"T","controller":"did:example:1","publicKeyMultibase":1}]}`,
		"bad reference":         `{"id":"did:example:1","authentication":["a"]}`,
		"reference of number":   `{"id":"did:example:1","authentication":[1]}`,
		"null reference":        `{"id":"did:example:1","authentication":[null]}`,
		"service twice":         `{"id":"did:example:1","service":[{"id":"#s","type":"T","serviceEndpoint":"x"},{"id":"#s","type":"T","serviceEndpoint":"x"}]}`,
		"service without type":  `{"id":"did:example:1","service":[{"id":"#s","serviceEndpoint":"x"}]}`,
		"service no endpoint":   `{"id":"did:example:1","service":[{"id":"#s","type":"T"}]}`,
		"service type null":     `{"id":"did:example:1","service":[{"id":"#s","type":null,"serviceEndpoint":"x"}]}`,
		"too large":             `{"id":"did:example:1","x":"` + strings.Repeat("a", did.MaxDocument) + `"}`,
		"too deep":              `{"id":"did:example:1","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
	} {
		if d, err := did.ParseDocument([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", name, d)
		}
	}
}

func TestExtraCannotShadow(t *testing.T) {
	d := did.Document{ID: mustParse(t, "did:example:1"), Extra: map[string]json.RawMessage{"id": json.RawMessage(`"did:example:2"`)}}
	if text, err := d.Canonical(); err == nil {
		t.Errorf("a document with two ids was written: %s", text)
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(fullDocument))
	f.Add([]byte(`{"id":"did:example:1","authentication":[{"id":"#a","type":"T","controller":"did:example:1"}],"service":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := did.ParseDocument(data)
		if err != nil {
			return
		}
		got, err := d.Canonical()
		if err != nil {
			t.Fatalf("%q was read but not written: %v", data, err)
		}
		want, err := jcs.Canonical(data)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q was written as %q, want %q, %v", data, got, want, err)
		}
		for _, m := range d.VerificationMethod {
			if key, err := m.PublicKey(); err == nil && key.Validate() != nil {
				t.Fatal(fmt.Errorf("method %s has an invalid key", m.ID))
			}
		}
	})
}

// sha512Half is the private scalar of an Ed25519 seed (RFC 8032 section 5.1.5), before clamping.
func sha512Half(seed []byte) []byte {
	sum := sha512.Sum512(seed)
	return sum[:32]
}
