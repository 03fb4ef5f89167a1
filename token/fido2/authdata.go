package fido2

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"holdfast/token"
)

// Flags of authenticator data (WebAuthn level 2 section 6.1).
const (
	flagUserPresent  = 0x01
	flagUserVerified = 0x04
	flagAttested     = 0x40
	flagExtensions   = 0x80
)

// credProtectRequired is credProtect's third level: the credential is used with user verification alone (CTAP 2.1 section 12.1).
const credProtectRequired = 3

// authData is authenticator data, as far as it is used here.
type authData struct {
	flags      byte
	aaguid     []byte // of attested data: 16 bytes
	credential []byte // of attested data
	extensions extensionOutputs
}

// extensionOutputs are what a token says about the extensions of a new credential.
type extensionOutputs struct {
	HMACSecret  bool `cbor:"hmac-secret"`
	CredProtect int  `cbor:"credProtect"`
}

// parseAuthData reads authenticator data wrapped in a CBOR byte string, the form libfido2 hands out, and checks that it is of our relying
// party.
func parseAuthData(wrapped []byte) (authData, error) {
	var raw []byte
	if err := decode(wrapped, &raw); err != nil {
		return authData{}, err
	}
	if len(raw) < 37 {
		return authData{}, short(raw)
	}
	if party := sha256.Sum256([]byte(relyingParty)); string(raw[:32]) != string(party[:]) {
		return authData{}, token.NewError(token.Malformed, token.FIDO2, "the answer is for another relying party")
	}
	d := authData{flags: raw[32]}
	if d.flags&flagAttested == 0 {
		return d, nil // extensions of an assertion are libfido2's matter
	}
	return d, d.parseAttested(raw[37:])
}

func (d *authData) parseAttested(b []byte) error {
	if len(b) < 18 {
		return short(b)
	}
	d.aaguid = b[:16]
	size := int(binary.BigEndian.Uint16(b[16:18]))
	if b = b[18:]; len(b) < size {
		return short(b)
	}
	d.credential = b[:size]
	var key cbor.RawMessage
	rest, err := cbor.UnmarshalFirst(b[size:], &key)
	if err != nil {
		return token.NewError(token.Malformed, token.FIDO2, "a credential's public key: "+err.Error())
	}
	if d.flags&flagExtensions == 0 {
		return nil
	}
	return decode(rest, &d.extensions)
}

func (d authData) require(flags byte) error {
	if d.flags&flags != flags {
		return token.NewError(token.Refused, token.FIDO2, fmt.Sprintf("the token answered with flags %02x, need %02x", d.flags, flags))
	}
	return nil
}

func short(b []byte) error {
	return token.NewError(token.Malformed, token.FIDO2, fmt.Sprintf("authenticator data of %d bytes", len(b)))
}
