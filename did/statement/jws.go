package statement

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"holdfast/did"
	"holdfast/did/peer"
	"holdfast/internal/jcs"
)

// MaxLength is the longest signed statement that is read, in bytes.
const MaxLength = 1 << 20

// Header is the protected header of a signed statement. It has these three members and no others, so there is
// nothing in it (jwk, x5c, crit) that could bring a key or a rule of its own.
type Header struct {
	Algorithm Algorithm
	KeyID     did.URL // the signing key in its DID's document; for did:peer:4 in the long form, so that a stranger can verify
	Type      Type
}

type headerMembers struct {
	Algorithm Algorithm `json:"alg"`
	KeyID     string    `json:"kid"`
	Type      Type      `json:"typ"`
}

// NewHeader returns the header for a statement signed by a key with this public half.
func NewHeader(s Statement, keyID did.URL, public did.PublicKey) (Header, error) {
	algorithm, err := AlgorithmFor(public.Curve)
	if err != nil {
		return Header{}, err
	}
	return Header{Algorithm: algorithm, KeyID: keyID, Type: s.Type()}, nil
}

// SigningInput returns the bytes to sign for a statement under a header (RFC 7515 section 5.1, step 8): EdDSA
// signs them as they are, ES256 and ES256K sign their SHA-256.
func SigningInput(s Statement, h Header) ([]byte, error) {
	if s.Type() != h.Type {
		return nil, fmt.Errorf("a statement of type %q does not go under a header of type %+q", s.Type(), clip(string(h.Type)))
	}
	if peer.IsShort(h.KeyID.DID) {
		return nil, errors.New("the short form of a did:peer:4 cannot be resolved by a stranger")
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	header, err := jcs.Marshal(headerMembers{Algorithm: h.Algorithm, KeyID: h.KeyID.String(), Type: h.Type})
	if err != nil {
		return nil, err
	}
	payload, err := s.Payload()
	if err != nil {
		return nil, err
	}
	enc := base64.RawURLEncoding
	input := enc.AppendEncode(nil, header)
	return enc.AppendEncode(append(input, '.'), payload), nil
}

// Assemble joins a signing input and its raw signature of 64 bytes to a signed statement. It checks the form of
// all parts, but not the signature, since it has no key.
func Assemble(input, signature []byte) (string, error) {
	jws := string(input) + "." + base64.RawURLEncoding.EncodeToString(signature)
	if _, err := Parse(jws); err != nil {
		return "", fmt.Errorf("assemble statement: %w", err)
	}
	return jws, nil
}

// Signed is a statement with its header and raw signature. One that Parse returns is well-formed, no more; one
// that Verify returns is signed by the key its header names.
type Signed struct {
	Header    Header
	Statement Statement
	Signature []byte

	input []byte
}

// String returns the compact form, as it was read.
func (s Signed) String() string {
	return string(s.input) + "." + base64.RawURLEncoding.EncodeToString(s.Signature)
}

// Parse reads a signed statement strictly: three parts in base64url in its one spelling, header and payload
// canonical JSON with exactly their members, known type and algorithm. Re-encoding gives the same text.
// It does not check the signature; see Verify.
func Parse(jws string) (Signed, error) {
	if len(jws) > MaxLength {
		return Signed{}, fmt.Errorf("signed statement has %d bytes, at most %d", len(jws), MaxLength)
	}
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return Signed{}, errors.New("signed statement does not have three parts")
	}
	var raw [3][]byte
	for i, name := range []string{"header", "payload", "signature"} {
		var err error
		if raw[i], err = decodePart(parts[i]); err != nil {
			return Signed{}, fmt.Errorf("%s of the signed statement: %w", name, err)
		}
	}
	header, err := parseHeader(raw[0])
	if err != nil {
		return Signed{}, fmt.Errorf("header of the signed statement: %w", err)
	}
	s, err := parseCanonical(header.Type, raw[1])
	if err != nil {
		return Signed{}, fmt.Errorf("payload of the signed statement: %w", err)
	}
	if err := header.Algorithm.checkSignature(raw[2]); err != nil {
		return Signed{}, err
	}
	return Signed{Header: header, Statement: s, Signature: raw[2], input: []byte(parts[0] + "." + parts[1])}, nil
}

func parseHeader(text []byte) (Header, error) {
	if err := jcs.RequireCanonical(text, 2*did.MaxLength); err != nil {
		return Header{}, err
	}
	var m headerMembers
	if err := jcs.Unmarshal(text, &m, 2*did.MaxLength); err != nil {
		return Header{}, err
	}
	keyID, err := did.ParseURL(m.KeyID)
	if err != nil {
		return Header{}, fmt.Errorf("kid: %w", err)
	}
	h := Header{Algorithm: m.Algorithm, KeyID: keyID, Type: m.Type}
	return h, h.check()
}

func (h Header) check() error {
	if err := h.Algorithm.known(); err != nil {
		return err
	}
	if h.KeyID.DID.IsZero() || h.KeyID.Fragment == "" || h.KeyID.Path != "" || h.KeyID.Query != "" {
		return errors.New("kid does not name a key in a did document")
	}
	return nil
}

// parseCanonical reads a payload that must be the very bytes its statement encodes to.
func parseCanonical(kind Type, payload []byte) (Statement, error) {
	s, err := parsePayload(kind, payload)
	if err != nil {
		return nil, err
	}
	again, err := s.Payload()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, payload) {
		return nil, jcs.ErrNotCanonical
	}
	return s, nil
}

// decodePart reads base64url without padding. The decoder skips line breaks, so the result is compared.
func decodePart(part string) ([]byte, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || base64.RawURLEncoding.EncodeToString(data) != part {
		return nil, errors.New("not base64url without padding")
	}
	return data, nil
}
