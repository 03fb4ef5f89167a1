package ctap

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// COSE algorithm numbers (RFC 9053).
const (
	algES256 = -7
	algEdDSA = -8
	algECDH  = -25 // ECDH-ES + HKDF-256, the label that the PIN protocols use
)

// coseKey is a public key as a COSE_Key map (RFC 9052 section 7).
type coseKey struct {
	Type      int    `cbor:"1,keyasint"`
	Algorithm int    `cbor:"3,keyasint"`
	Curve     int    `cbor:"-1,keyasint"`
	X         octets `cbor:"-2,keyasint"`
	Y         octets `cbor:"-3,keyasint,omitempty"`
}

// COSE key types and curves (RFC 9053 section 7).
const (
	coseOKP     = 1
	coseEC2     = 2
	coseP256    = 1
	coseEd25519 = 6
)

// ec2Key is a P-256 key from its uncompressed point (04, X, Y).
func ec2Key(algorithm int, point []byte) coseKey {
	return coseKey{Type: coseEC2, Algorithm: algorithm, Curve: coseP256, X: point[1:33], Y: point[33:65]}
}

// agreementKey reads the platform's half of a key agreement.
func (k coseKey) agreementKey() (*ecdh.PublicKey, error) {
	if k.Type != coseEC2 || k.Algorithm != algECDH || k.Curve != coseP256 || len(k.X) != 32 || len(k.Y) != 32 {
		return nil, ErrInvalidParameter
	}
	point := append(append([]byte{4}, k.X...), k.Y...)
	key, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, ErrInvalidParameter
	}
	return key, nil
}

// signingKey is the private key of a credential.
type signingKey interface {
	// sign gives the signature as section 6.2 asks: ASN.1 for ES256, raw for EdDSA.
	sign(message []byte) ([]byte, error)
	public() (coseKey, error)
	// raw is 32 bytes: the scalar, or the seed.
	raw() ([]byte, error)
}

// newSigningKey makes a key of a COSE algorithm.
func newSigningKey(algorithm int) (signingKey, error) {
	switch algorithm {
	case algES256:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return es256Key{k}, err
	case algEdDSA:
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return eddsaKey{k}, err
	}
	return nil, ErrUnsupportedAlgorithm
}

// parseSigningKey reads back what raw gave.
func parseSigningKey(algorithm int, raw []byte) (signingKey, error) {
	switch {
	case algorithm == algES256:
		k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
		return es256Key{k}, err
	case algorithm == algEdDSA && len(raw) == ed25519.SeedSize:
		return eddsaKey{ed25519.NewKeyFromSeed(raw)}, nil
	}
	return nil, fmt.Errorf("no key of algorithm %d in %d bytes", algorithm, len(raw))
}

type es256Key struct{ key *ecdsa.PrivateKey }

func (k es256Key) sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	return ecdsa.SignASN1(rand.Reader, k.key, digest[:])
}

func (k es256Key) public() (coseKey, error) {
	point, err := k.key.PublicKey.Bytes()
	if err != nil {
		return coseKey{}, err
	}
	return ec2Key(algES256, point), nil
}

func (k es256Key) raw() ([]byte, error) { return k.key.Bytes() }

type eddsaKey struct{ key ed25519.PrivateKey }

func (k eddsaKey) sign(message []byte) ([]byte, error) { return ed25519.Sign(k.key, message), nil }

func (k eddsaKey) public() (coseKey, error) {
	public, ok := k.key.Public().(ed25519.PublicKey)
	if !ok {
		return coseKey{}, errors.New("an Ed25519 key without public half")
	}
	return coseKey{Type: coseOKP, Algorithm: algEdDSA, Curve: coseEd25519, X: octets(public)}, nil
}

func (k eddsaKey) raw() ([]byte, error) { return k.key.Seed(), nil }
