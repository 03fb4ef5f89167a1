package derive

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secpecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"holdfast/internal/secret"
)

// Curve names the tree a key comes from, as SLIP-0010 writes it.
type Curve string

// The curves.
const (
	Ed25519   Curve = "ed25519"
	X25519    Curve = "curve25519"
	P256      Curve = "nist256p1"
	Secp256k1 Curve = "secp256k1"
)

// family is what SLIP-0010 and the signers need to know of one curve.
type family struct {
	curve   Curve
	seedKey string                                    // the HMAC key of the master node
	order   *scalar                                   // nil where any 32 bytes are a key
	public  func(key []byte) ([]byte, error)          // 32 bytes of key
	sign    func(key, message []byte) ([]byte, error) // nil where keys do not sign
}

// familyOf is the table of curves.
func familyOf(c Curve) (*family, error) {
	switch c {
	case Ed25519:
		return &family{c, "ed25519 seed", nil, publicEd25519, signEd25519}, nil
	case X25519:
		return &family{c, "curve25519 seed", nil, publicX25519, nil}, nil
	case P256:
		return &family{c, "Nist256p1 seed", &orderP256, publicP256, signP256}, nil
	case Secp256k1:
		return &family{c, "Bitcoin seed", &orderSecp256k1, publicSecp256k1, signSecp256k1}, nil
	}
	return nil, fmt.Errorf("curve %q has no tree", string(c))
}

func publicEd25519(key []byte) ([]byte, error) {
	private := ed25519.NewKeyFromSeed(key)
	defer clear(private)
	return append([]byte(nil), private[ed25519.SeedSize:]...), nil
}

func signEd25519(key, message []byte) ([]byte, error) {
	private := ed25519.NewKeyFromSeed(key)
	defer clear(private)
	return ed25519.Sign(private, message), nil
}

func publicX25519(key []byte) ([]byte, error) {
	private, err := ecdh.X25519().NewPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("making the public key: %w", err)
	}
	return private.PublicKey().Bytes(), nil
}

func agreeX25519(key, peer []byte) (*secret.Bytes, error) {
	public, err := ecdh.X25519().NewPublicKey(peer)
	if err != nil {
		return nil, fmt.Errorf("the peer's public key of %d bytes: %w", len(peer), err)
	}
	private, err := ecdh.X25519().NewPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("agreeing on a secret: %w", err)
	}
	shared, err := private.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("agreeing on a secret: %w", err)
	}
	return secret.Move(shared)
}

func publicP256(key []byte) ([]byte, error) {
	private, err := ecdh.P256().NewPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("making the public key: %w", err)
	}
	// 4, x, y becomes 2 or 3 by whether y is even or odd, x (SEC 1 section 2.3.3).
	point := private.PublicKey().Bytes()
	return append([]byte{2 | point[2*keySize]&1}, point[1:1+keySize]...), nil
}

func signP256(key, message []byte) ([]byte, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	hash := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, private, hash[:])
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	signature := make([]byte, 2*keySize)
	r.FillBytes(signature[:keySize])
	s.FillBytes(signature[keySize:])
	return signature, nil
}

// publicSecp256k1 is not constant time, and signSecp256k1 is not either: the module multiplies the base point only in a time that depends on the
// number. Every other curve here, and the arithmetic of derivation on this one (scalar.go), is constant time.
func publicSecp256k1(key []byte) ([]byte, error) {
	private := secp256k1.PrivKeyFromBytes(key)
	defer private.Zero()
	return private.PubKey().SerializeCompressed(), nil
}

func signSecp256k1(key, message []byte) ([]byte, error) {
	private := secp256k1.PrivKeyFromBytes(key)
	defer private.Zero()
	hash := sha256.Sum256(message)
	made := secpecdsa.Sign(private, hash[:])
	r, s := made.R(), made.S()
	signature := make([]byte, 2*keySize)
	r.PutBytesUnchecked(signature[:keySize])
	s.PutBytesUnchecked(signature[keySize:])
	return signature, nil
}
