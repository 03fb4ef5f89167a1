package statement

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secp256k1ecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"holdfast/did"
)

// Algorithm is a signature algorithm by its JOSE name.
type Algorithm string

// The algorithms. All have raw signatures of 64 bytes: R || S of RFC 8032 for EdDSA, and of RFC 7518 section 3.4
// for the other two, big-endian, over SHA-256 of the signing input.
const (
	EdDSA  Algorithm = "EdDSA"  // RFC 8037, with Ed25519
	ES256  Algorithm = "ES256"  // RFC 7518, with P-256
	ES256K Algorithm = "ES256K" // RFC 8812, with secp256k1; S in its lower half, as its users demand
)

const signatureSize = 64

// ErrSignature says that a signature does not fit the statement and the key.
var ErrSignature = errors.New("the signature does not fit the statement and the key")

// AlgorithmFor returns the one algorithm of the keys on a curve.
func AlgorithmFor(curve did.Curve) (Algorithm, error) {
	switch curve {
	case did.Ed25519:
		return EdDSA, nil
	case did.P256:
		return ES256, nil
	case did.Secp256k1:
		return ES256K, nil
	case did.X25519:
	}
	return "", fmt.Errorf("keys on curve %q do not sign", curve)
}

// known reports an error for other algorithms, "none" among them.
func (a Algorithm) known() error {
	switch a {
	case EdDSA, ES256, ES256K:
		return nil
	}
	return fmt.Errorf("unknown signature algorithm %+q", clip(string(a)))
}

// checkSignature checks what can be said of a raw signature without the key.
func (a Algorithm) checkSignature(signature []byte) error {
	if err := a.known(); err != nil {
		return err
	}
	if len(signature) != signatureSize {
		return fmt.Errorf("signature has %d bytes, not %d", len(signature), signatureSize)
	}
	if a == ES256K {
		_, err := parseES256K(signature)
		return err
	}
	return nil
}

// verify checks a raw signature over input. The key must be on the curve of the algorithm.
func (a Algorithm) verify(key did.PublicKey, input, signature []byte) error {
	if want, err := AlgorithmFor(key.Curve); err != nil || want != a {
		return fmt.Errorf("algorithm %s does not belong to a key on curve %q", a, key.Curve)
	}
	if err := key.Validate(); err != nil {
		return err
	}
	if err := a.checkSignature(signature); err != nil {
		return err
	}
	fits, err := false, error(nil)
	switch a {
	case EdDSA:
		fits = ed25519.Verify(ed25519.PublicKey(key.Bytes), input, signature)
	case ES256:
		fits, err = verifyES256(key, input, signature)
	case ES256K:
		fits, err = verifyES256K(key, input, signature)
	}
	if err == nil && !fits {
		err = ErrSignature
	}
	return err
}

func verifyES256(key did.PublicKey, input, signature []byte) (bool, error) {
	point, err := key.Uncompressed()
	if err != nil {
		return false, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return false, fmt.Errorf("P-256 public key: %w", err)
	}
	hash := sha256.Sum256(input)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(public, hash[:], r, s), nil
}

func verifyES256K(key did.PublicKey, input, signature []byte) (bool, error) {
	public, err := secp256k1.ParsePubKey(key.Bytes)
	if err != nil {
		return false, fmt.Errorf("secp256k1 public key: %w", err)
	}
	parsed, err := parseES256K(signature)
	if err != nil {
		return false, err
	}
	hash := sha256.Sum256(input)
	return parsed.Verify(hash[:], public), nil
}

// parseES256K reads R || S, both from 1 to the order of the curve, S at most half of it: of the two signatures
// that anybody can make of one, only this is taken.
func parseES256K(signature []byte) (*secp256k1ecdsa.Signature, error) {
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || r.IsZero() || s.IsZero() {
		return nil, errors.New("signature is out of range of secp256k1")
	}
	if s.IsOverHalfOrder() {
		return nil, errors.New("signature has the upper of its two forms (high S)")
	}
	return secp256k1ecdsa.NewSignature(&r, &s), nil
}
