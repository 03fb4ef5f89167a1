package did

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// JWK is a public key as JSON Web Key (RFC 7517; RFC 7518 section 6.2 for EC, RFC 8037 for OKP, RFC 8812 for
// secp256k1). It has no place for a private key.
type JWK struct {
	KeyType string `json:"kty"`
	Curve   string `json:"crv"`
	X       string `json:"x"`
	Y       string `json:"y,omitempty"`
}

// JWK returns the key as JSON Web Key.
func (k PublicKey) JWK() (JWK, error) {
	if err := k.checkLength(); err != nil {
		return JWK{}, err
	}
	enc := base64.RawURLEncoding
	if k.Curve == Ed25519 || k.Curve == X25519 {
		return JWK{KeyType: "OKP", Curve: string(k.Curve), X: enc.EncodeToString(k.Bytes)}, nil
	}
	full, err := k.Uncompressed()
	if err != nil {
		return JWK{}, err
	}
	return JWK{KeyType: "EC", Curve: string(k.Curve), X: enc.EncodeToString(full[1:33]), Y: enc.EncodeToString(full[33:])}, nil
}

// PublicKey reads and checks the key.
func (j JWK) PublicKey() (PublicKey, error) {
	x, err := decodeCoordinate(j.X)
	if err != nil {
		return PublicKey{}, err
	}
	switch curve := Curve(j.Curve); curve {
	case Ed25519, X25519:
		if j.KeyType != "OKP" || j.Y != "" {
			return PublicKey{}, fmt.Errorf("json web key for %s is not of type OKP", curve)
		}
		return NewCompressed(curve, x)
	case P256, Secp256k1:
		y, err := decodeCoordinate(j.Y)
		if err != nil {
			return PublicKey{}, err
		}
		if j.KeyType != "EC" {
			return PublicKey{}, fmt.Errorf("json web key for %s is not of type EC", curve)
		}
		return NewPublicKey(curve, append(append([]byte{4}, x...), y...))
	}
	return PublicKey{}, fmt.Errorf("json web key has the unknown curve %s", quote(j.Curve))
}

// parseJWK reads a JSON Web Key that may have other members (kid, alg, use), but no private key.
func parseJWK(data []byte) (JWK, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return JWK{}, errors.New("json web key is not an object")
	}
	if _, private := members["d"]; private {
		return JWK{}, errors.New("json web key carries a private key")
	}
	var j JWK
	for name, field := range map[string]*string{"kty": &j.KeyType, "crv": &j.Curve, "x": &j.X, "y": &j.Y} {
		value, present := members[name]
		if !present {
			continue
		}
		if err := json.Unmarshal(value, field); err != nil || string(value) == "null" {
			return JWK{}, fmt.Errorf("member %q of a json web key is not a string", name)
		}
	}
	return j, nil
}

// decodeCoordinate reads 32 bytes of base64url without padding; every curve here has fields of that size.
func decodeCoordinate(s string) ([]byte, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(data) != 32 || base64.RawURLEncoding.EncodeToString(data) != s {
		return nil, fmt.Errorf("coordinate %s of a json web key is not 32 bytes in base64url", quote(s))
	}
	return data, nil
}
