package did

import (
	"bytes"
	"crypto/elliptic"
	"errors"
	"fmt"

	"filippo.io/edwards25519"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// Curve names the curve of a public key.
type Curve string

// The curves this package knows, by the names JSON Web Keys use for them.
const (
	Ed25519   Curve = "Ed25519"
	X25519    Curve = "X25519"
	P256      Curve = "P-256"
	Secp256k1 Curve = "secp256k1"
)

// curveFacts are what formats say about a curve.
type curveFacts struct {
	codec  uint64 // multicodec table: ed25519-pub, x25519-pub, p256-pub, secp256k1-pub
	length int    // bytes of the compressed form
}

func (c Curve) facts() (curveFacts, error) {
	switch c {
	case Ed25519:
		return curveFacts{codec: 0xed, length: 32}, nil
	case X25519:
		return curveFacts{codec: 0xec, length: 32}, nil
	case P256:
		return curveFacts{codec: 0x1200, length: 33}, nil
	case Secp256k1:
		return curveFacts{codec: 0xe7, length: 33}, nil
	}
	return curveFacts{}, fmt.Errorf("unknown curve %+q", string(c))
}

// PublicKey is a public key in its shortest form: 32 bytes for Ed25519 (RFC 8032) and X25519 (RFC 7748), 33 for
// P-256 and secp256k1 (SEC 1 section 2.3.3, compressed).
//
// A key made as a literal is checked for its length where it is used, not for being a point on its curve: that
// is for keys we derived ourselves. Keys of others come through NewPublicKey or ParseMultikey.
type PublicKey struct {
	Curve Curve
	Bytes []byte
}

// NewPublicKey checks a key and copies it. P-256 and secp256k1 keys may come uncompressed (65 bytes).
func NewPublicKey(curve Curve, key []byte) (PublicKey, error) {
	if len(key) == 65 && (curve == P256 || curve == Secp256k1) {
		if key[0] != 4 {
			return PublicKey{}, fmt.Errorf("%s public key of 65 bytes does not start with 04", curve)
		}
		compressed := append([]byte{2 + key[64]&1}, key[1:33]...)
		k := PublicKey{Curve: curve, Bytes: compressed}
		if full, err := k.Uncompressed(); err != nil || !bytes.Equal(full, key) {
			return PublicKey{}, fmt.Errorf("%s public key is not a point on its curve", curve)
		}
		return k, nil
	}
	return NewCompressed(curve, key)
}

// Validate checks that the key is the one encoding of a usable point. For Ed25519 it also refuses points of
// small order, under which one signature can fit many messages. X25519 takes any 32 bytes by design; a key
// agreement must itself refuse an all-zero result.
func (k PublicKey) Validate() error {
	if err := k.checkLength(); err != nil {
		return err
	}
	switch k.Curve {
	case Ed25519:
		_, err := k.edwards()
		return err
	case P256, Secp256k1:
		_, err := k.Uncompressed()
		return err
	case X25519:
	}
	return nil
}

// Equal reports whether two keys are the same.
func (k PublicKey) Equal(other PublicKey) bool {
	return k.Curve == other.Curve && bytes.Equal(k.Bytes, other.Bytes)
}

// Uncompressed returns 04 || X || Y (65 bytes) of a P-256 or secp256k1 key.
func (k PublicKey) Uncompressed() ([]byte, error) {
	if err := k.checkLength(); err != nil {
		return nil, err
	}
	switch k.Curve {
	case P256:
		x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k.Bytes)
		if x == nil {
			return nil, errors.New("P-256 public key is not a point on its curve")
		}
		full := make([]byte, 65)
		full[0] = 4
		x.FillBytes(full[1:33])
		y.FillBytes(full[33:])
		return full, nil
	case Secp256k1:
		point, err := secp256k1.ParsePubKey(k.Bytes)
		if err != nil {
			return nil, errors.New("secp256k1 public key is not a point on its curve")
		}
		return point.SerializeUncompressed(), nil
	case Ed25519, X25519:
	}
	return nil, fmt.Errorf("%s public keys have no uncompressed form", k.Curve)
}

// Montgomery returns the X25519 key of an Ed25519 key: the same point in the other coordinates (RFC 7748
// section 4.1). An owner of the Ed25519 key holds its private half.
func (k PublicKey) Montgomery() (PublicKey, error) {
	if err := k.checkLength(); err != nil {
		return PublicKey{}, err
	}
	if k.Curve != Ed25519 {
		return PublicKey{}, fmt.Errorf("%s public keys have no X25519 form", k.Curve)
	}
	point, err := k.edwards()
	if err != nil {
		return PublicKey{}, err
	}
	return PublicKey{Curve: X25519, Bytes: point.BytesMontgomery()}, nil
}

func (k PublicKey) edwards() (*edwards25519.Point, error) {
	point, err := new(edwards25519.Point).SetBytes(k.Bytes)
	if err != nil {
		return nil, errors.New("Ed25519 public key is not a point on its curve")
	}
	if !bytes.Equal(point.Bytes(), k.Bytes) {
		return nil, errors.New("Ed25519 public key is not in its canonical encoding")
	}
	if new(edwards25519.Point).MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return nil, errors.New("Ed25519 public key is a point of small order")
	}
	return point, nil
}

func (k PublicKey) checkLength() error {
	facts, err := k.Curve.facts()
	if err != nil {
		return err
	}
	if len(k.Bytes) != facts.length {
		return fmt.Errorf("%s public key has %d bytes, not %d", k.Curve, len(k.Bytes), facts.length)
	}
	return nil
}

// Multikey returns the key as publicKeyMultibase of a Multikey (Controlled Identifiers v1.0 section 2.2.2):
// base58btc of multicodec and key, such as "z6Mk...".
func (k PublicKey) Multikey() (string, error) {
	if err := k.checkLength(); err != nil {
		return "", err
	}
	facts, err := k.Curve.facts()
	if err != nil {
		return "", err
	}
	return EncodeMultibase(Base58BTC, append(AppendCodec(nil, facts.codec), k.Bytes...))
}

// ParseMultikey reads what Multikey writes, and checks the key.
func ParseMultikey(s string) (PublicKey, error) {
	data, base, err := DecodeMultibase(s)
	if err != nil {
		return PublicKey{}, fmt.Errorf("multikey: %w", err)
	}
	if base != Base58BTC {
		return PublicKey{}, errors.New("multikey is not in base58btc")
	}
	codec, key, err := CutCodec(data)
	if err != nil {
		return PublicKey{}, fmt.Errorf("multikey: %w", err)
	}
	for _, curve := range []Curve{Ed25519, X25519, P256, Secp256k1} {
		if facts, err := curve.facts(); err == nil && facts.codec == codec {
			return NewCompressed(curve, key)
		}
	}
	return PublicKey{}, fmt.Errorf("multikey has the unknown multicodec 0x%x", codec)
}

// NewCompressed is NewPublicKey for formats that allow the shortest form alone.
func NewCompressed(curve Curve, key []byte) (PublicKey, error) {
	k := PublicKey{Curve: curve, Bytes: bytes.Clone(key)}
	if err := k.Validate(); err != nil {
		return PublicKey{}, err
	}
	return k, nil
}
