package peer

import (
	"fmt"

	"holdfast/did"
	"holdfast/internal/jcs"
)

// Fragments of the keys in a document that Build4 makes.
const (
	AuthenticationKey = "authentication"
	AssertionKey      = "assertion"
	AgreementKey      = "agreement"
	SuccessionKey     = "succession"
)

// Keys are the keys of a did:peer:4 that is made for one relationship. Each serves one purpose and no other, and
// none may occur in another DID.
type Keys struct {
	Authentication did.PublicKey // Ed25519: signs in
	Assertion      did.PublicKey // Ed25519: signs files and texts
	Agreement      did.PublicKey // X25519: receives encrypted messages
	Succession     did.PublicKey // Ed25519, from the control branch: names a successor of this DID
}

// Build4 returns the input document of a DID for one relationship, as canonical JSON.
//
// The succession key has a method of its own, #succession, and stands under capabilityInvocation alone. DID core
// section 5.3.4 describes that relationship as the authority to change the DID document itself. A did:peer:4
// cannot be changed, so naming the DID that follows it is the one such act there is, and a reader who knows
// nothing of this program still sees that the key neither signs in, nor asserts, nor decrypts. No other key
// stands under capabilityInvocation, so none of those that an open vault holds can name a successor.
//
// Nothing in the document links two of an owner's DIDs: the keys are its only variable part, and it has no label,
// date, service or number. The fixed names of the keys tell which software made it, not who.
func Build4(keys Keys) ([]byte, error) {
	doc := document{Context: []string{did.ContextDID, did.ContextMultikey}}
	seen := make(map[string]bool)
	for _, k := range []struct {
		fragment string
		curve    did.Curve
		key      did.PublicKey
		list     *[]string
	}{
		{AuthenticationKey, did.Ed25519, keys.Authentication, &doc.Authentication},
		{AssertionKey, did.Ed25519, keys.Assertion, &doc.AssertionMethod},
		{AgreementKey, did.X25519, keys.Agreement, &doc.KeyAgreement},
		{SuccessionKey, did.Ed25519, keys.Succession, &doc.CapabilityInvocation},
	} {
		if k.key.Curve != k.curve {
			return nil, fmt.Errorf("%s key is on curve %q, not %s", k.fragment, k.key.Curve, k.curve)
		}
		if seen[string(k.key.Bytes)] {
			return nil, fmt.Errorf("%s key serves another purpose too", k.fragment)
		}
		seen[string(k.key.Bytes)] = true
		m, err := did.NewMultikey("#"+k.fragment, "", k.key)
		if err != nil {
			return nil, fmt.Errorf("%s key: %w", k.fragment, err)
		}
		doc.VerificationMethod = append(doc.VerificationMethod, m)
		*k.list = []string{"#" + k.fragment}
	}
	return jcs.Marshal(doc)
}

// document is the input document of Build4.
type document struct {
	Context              []string                 `json:"@context"`
	VerificationMethod   []did.VerificationMethod `json:"verificationMethod"`
	Authentication       []string                 `json:"authentication"`
	AssertionMethod      []string                 `json:"assertionMethod"`
	KeyAgreement         []string                 `json:"keyAgreement"`
	CapabilityInvocation []string                 `json:"capabilityInvocation"`
}
