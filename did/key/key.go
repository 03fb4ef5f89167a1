// Package key implements the DID method did:key (W3C CCG, The did:key Method v0.9): the identifier is the public
// key, so the document follows from it alone. It cannot be updated or deactivated.
//
// Of the formats the specification allows for keys it writes Multikey, and it knows Ed25519, X25519, P-256 and
// secp256k1.
package key

import (
	"encoding/json"
	"fmt"

	"holdfast/did"
)

const method = "key"

// Create returns the DID of a public key.
func Create(public did.PublicKey) (did.DID, error) {
	multikey, err := public.Multikey()
	if err != nil {
		return did.DID{}, fmt.Errorf("did:key: %w", err)
	}
	return did.Parse("did:" + method + ":" + multikey)
}

// PublicKey returns the key that a did:key is, checked to be a point on its curve.
func PublicKey(id did.DID) (did.PublicKey, error) {
	if id.Method() != method {
		return did.PublicKey{}, fmt.Errorf("method %q is not did:key", id.Method())
	}
	public, err := did.ParseMultikey(id.ID())
	if err != nil {
		return did.PublicKey{}, fmt.Errorf("did:key: %w", err)
	}
	return public, nil
}

// Resolve returns the document of a did:key. A signing key gets the four relationships that sign; an X25519 key
// gets keyAgreement alone. No second key is derived (the specification's default), because a key should serve
// one purpose.
func Resolve(id did.DID) (did.Document, error) { return resolve(id, false) }

// ResolveWithAgreement is Resolve with the specification's option enableEncryptionKeyDerivation: the document of
// an Ed25519 key also lists its X25519 form for key agreement, as other software may expect.
func ResolveWithAgreement(id did.DID) (did.Document, error) { return resolve(id, true) }

func resolve(id did.DID, derive bool) (did.Document, error) {
	public, err := PublicKey(id)
	if err != nil {
		return did.Document{}, err
	}
	doc := did.Document{ID: id, Context: json.RawMessage(`["` + did.ContextDID + `","` + did.ContextMultikey + `"]`)}
	ref, err := declare(&doc, public)
	if err != nil {
		return did.Document{}, err
	}
	if public.Curve == did.X25519 {
		doc.KeyAgreement = ref
		return doc, nil
	}
	doc.Authentication, doc.AssertionMethod, doc.CapabilityInvocation, doc.CapabilityDelegation = ref, ref, ref, ref
	if derive && public.Curve == did.Ed25519 {
		agreement, err := public.Montgomery()
		if err != nil {
			return did.Document{}, fmt.Errorf("did:key: %w", err)
		}
		if doc.KeyAgreement, err = declare(&doc, agreement); err != nil {
			return did.Document{}, err
		}
	}
	return doc, nil
}

// declare adds a key to the document's methods, under its own multikey, and returns a list that refers to it.
func declare(doc *did.Document, public did.PublicKey) ([]did.MethodReference, error) {
	multikey, err := public.Multikey()
	if err != nil {
		return nil, fmt.Errorf("did:key: %w", err)
	}
	id := doc.ID.URL(multikey).String()
	m, err := did.NewMultikey(id, doc.ID.String(), public)
	if err != nil {
		return nil, fmt.Errorf("did:key: %w", err)
	}
	doc.VerificationMethod = append(doc.VerificationMethod, m)
	return []did.MethodReference{{ID: id}}, nil
}
