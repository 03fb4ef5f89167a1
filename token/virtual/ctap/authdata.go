package ctap

import (
	"crypto/sha256"
	"encoding/binary"
)

// publicKey is the only credential type there is.
const publicKey = "public-key"

// descriptor names a credential (WebAuthn section 5.8.3).
type descriptor struct {
	ID   octets `cbor:"id"`
	Type string `cbor:"type"`
}

// parameter names a credential type with an algorithm.
type parameter struct {
	Type      string `cbor:"type"`
	Algorithm int    `cbor:"alg"`
}

// user is whom a credential is for.
type user struct {
	ID          octets `cbor:"id" json:"id"`
	Name        string `cbor:"name,omitempty" json:"name,omitempty"`
	DisplayName string `cbor:"displayName,omitempty" json:"displayName,omitempty"`
}

// The flags of authenticator data (WebAuthn section 6.1).
const (
	flagUP = 0x01
	flagUV = 0x04
	flagAT = 0x40
	flagED = 0x80
)

// authData is authenticator data on its way to bytes.
type authData struct {
	rpID       string
	present    bool // the user was
	verified   bool
	counter    uint32
	credential *credential // attested credential data, when not nil
	extensions map[string]any
}

// bytes gives authenticator data as WebAuthn section 6.1 lays it out.
func (d authData) bytes() ([]byte, error) {
	hash := sha256.Sum256([]byte(d.rpID))
	var flags byte
	for _, f := range []struct {
		set bool
		bit byte
	}{{d.present, flagUP}, {d.verified, flagUV}, {d.credential != nil, flagAT}, {len(d.extensions) > 0, flagED}} {
		if f.set {
			flags |= f.bit
		}
	}
	out := append(hash[:], flags)
	out = binary.BigEndian.AppendUint32(out, d.counter)
	if d.credential != nil {
		attested, err := d.credential.attested()
		if err != nil {
			return nil, err
		}
		out = append(out, attested...)
	}
	if len(d.extensions) == 0 {
		return out, nil
	}
	extensions, err := encode(d.extensions)
	return append(out, extensions...), err
}

// attested gives attested credential data (WebAuthn section 6.5.1).
func (c *credential) attested() ([]byte, error) {
	public, err := c.key.public()
	if err != nil {
		return nil, err
	}
	key, err := encode(public)
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint16(aaguid(), uint16(len(c.id))) // #nosec G115 -- 64
	return append(append(out, c.id...), key...), nil
}

// count raises the signature counter and gives the new value.
func (a *Authenticator) count() (uint32, error) {
	err := a.change(func(s *state) { s.Counter++ })
	return a.state.Counter, err
}
