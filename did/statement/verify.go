package statement

import (
	"fmt"

	"holdfast/did"
	"holdfast/did/key"
	"holdfast/did/peer"
)

// Verify reads a signed statement and checks it: it is of the wanted type; its signer's document, which resolve
// returns for exactly the DID in the header, lists the named key under the relationship that this type demands;
// the algorithm belongs to that key; the signature fits. ErrSignature means that all held but the last.
func Verify(jws string, resolve func(did.DID) (did.Document, error), want Type) (Signed, error) {
	signed, err := Parse(jws)
	if err != nil {
		return Signed{}, err
	}
	if signed.Header.Type != want {
		return Signed{}, fmt.Errorf("the statement is of type %q, not %q", signed.Header.Type, want)
	}
	signer := signed.Header.KeyID.DID
	doc, err := resolve(signer)
	if err != nil {
		return Signed{}, fmt.Errorf("resolve the signer: %w", err)
	}
	if doc.ID != signer {
		return Signed{}, fmt.Errorf("the document found for the signer is that of %+q", clip(doc.ID.String()))
	}
	method, err := doc.Authorized(signed.Statement.Purpose(), signed.Header.KeyID)
	if err != nil {
		return Signed{}, err
	}
	public, err := method.PublicKey()
	if err != nil {
		return Signed{}, err
	}
	if err := signed.Header.Algorithm.verify(public, signed.input, signed.Signature); err != nil {
		return Signed{}, err
	}
	return signed, nil
}

// ResolveOffline returns the documents of DIDs that carry them: did:key and the long form of did:peer:4.
func ResolveOffline(id did.DID) (did.Document, error) {
	switch id.Method() {
	case "key":
		return key.Resolve(id)
	case "peer":
		return peer.Resolve(id)
	}
	return did.Document{}, fmt.Errorf("the document of a did:%s is not in the identifier", clip(id.Method()))
}
