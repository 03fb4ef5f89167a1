package keystore

import (
	"encoding/hex"
	"fmt"

	"holdfast/keystore/derive"
)

// plainIdentity asks for one key and makes a DID-like name of it: the methods themselves are did's business.
func plainIdentity(label string) NewIdentity {
	return NewIdentity{Method: "key", Label: label, Keys: []KeySpec{{derive.Assertion, derive.Ed25519}}, Build: buildPlain}
}

func buildPlain(keys []MadeKey) (BuiltIdentity, error) {
	name := "did:key:test-" + hex.EncodeToString(keys[0].Public)
	return BuiltIdentity{DID: name, Document: fmt.Appendf(nil, `{"id":%q}`, name)}, nil
}
