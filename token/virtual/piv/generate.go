package piv

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"

	"holdfast/token/virtual/body"
)

// Algorithms of keys in slots: NIST SP 800-78-4 table 6-2, and YubiKey's own
// octets for RSA above 2048 bits, Ed25519 and X25519 (firmware 5.7).
const (
	algRSA1024 = 0x06
	algRSA2048 = 0x07
	algRSA3072 = 0x05
	algRSA4096 = 0x16
	algP256    = 0x11
	algP384    = 0x14
	algEd25519 = 0xE0
	algX25519  = 0xE1
)

// Tags of the commands that make keys.
const (
	tagGenerate    = 0xAC
	tagAlgorithm   = 0x80
	tagPINPolicy   = 0xAA
	tagTouchPolicy = 0xAB
	tagPublicKey   = 0x7F49
	tagModulus     = 0x81
	tagExponent    = 0x82
	tagPoint       = 0x86
)

// has tells whether the firmware knows an algorithm.
func (c *Card) has(algorithm byte) bool {
	switch algorithm {
	case algRSA1024, algRSA2048, algP256, algP384:
		return true
	case algRSA3072, algRSA4096, algEd25519, algX25519:
		return c.body.AtLeast(5, 7, 0)
	}
	return false
}

// rsaBits is the length of the modulus, 0 for what is not RSA.
func rsaBits(algorithm byte) int {
	switch algorithm {
	case algRSA1024:
		return 1024
	case algRSA2048:
		return 2048
	case algRSA3072:
		return 3072
	case algRSA4096:
		return 4096
	}
	return 0
}

// curve is the NIST curve of an algorithm, nil for others.
func curve(algorithm byte) elliptic.Curve {
	switch algorithm {
	case algP256:
		return elliptic.P256()
	case algP384:
		return elliptic.P384()
	}
	return nil
}

// generate answers GENERATE ASYMMETRIC KEY PAIR, NIST SP 800-73-4 part 2
// section 3.3.2, with YubiKey's tags for the policies.
func (c *Card) generate(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if !c.session.managed {
		return nil, statusNotSatisfied
	}
	if cmd.P1 != 0 || !c.hasSlot(cmd.P2) {
		return nil, statusBadParameters
	}
	inner, err := readOnly(cmd.Data, tagGenerate)
	if err != nil {
		return nil, err
	}
	fields, err := readElements(inner)
	if err != nil {
		return nil, err
	}
	algorithm, err := oneOctet(fields, tagAlgorithm)
	if err != nil || !c.has(algorithm) {
		return nil, statusBadData
	}
	private, err := newPrivateKey(algorithm)
	if err != nil {
		return nil, err
	}
	return c.install(cmd.P2, algorithm, private, originGenerated, fields)
}

// install puts a key into a slot with the policies in fields, and answers its
// public half.
func (c *Card) install(slot, algorithm byte, private any, origin byte, fields map[uint32][]byte) ([]byte, error) {
	pin, err := oneOctet(fields, tagPINPolicy)
	if err != nil {
		return nil, err
	}
	touch, err := oneOctet(fields, tagTouchPolicy)
	if err != nil {
		return nil, err
	}
	k := slotKey{Algorithm: algorithm, Origin: origin}
	if k.PINPolicy, k.TouchPolicy, err = policies(slot, pin, touch); err != nil {
		return nil, err
	}
	if k.PKCS8, err = x509.MarshalPKCS8PrivateKey(private); err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	public, err := publicTemplate(private)
	if err != nil {
		return nil, err
	}
	c.state.Slots[slotName(slot)] = k
	return appendElement(nil, tagPublicKey, public), c.save()
}

// oneOctet is the octet under a tag, 0 when the tag is missing.
func oneOctet(fields map[uint32][]byte, tag uint32) (byte, error) {
	v, found := fields[tag]
	if !found {
		return 0, nil
	}
	if len(v) != 1 {
		return 0, statusBadData
	}
	return v[0], nil
}

// newPrivateKey makes a key pair. It takes its randomness from the operating
// system: Go's generators accept no other.
func newPrivateKey(algorithm byte) (any, error) {
	if bits := rsaBits(algorithm); bits > 0 {
		return rsa.GenerateKey(rand.Reader, bits) // #nosec G403 -- 1024 bits when a client asks for them, as on a YubiKey
	}
	if curve := curve(algorithm); curve != nil {
		return ecdsa.GenerateKey(curve, rand.Reader)
	}
	switch algorithm {
	case algEd25519:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case algX25519:
		return ecdh.X25519().GenerateKey(rand.Reader)
	}
	return nil, statusBadData
}

// publicTemplate is the public half of a private key as NIST SP 800-73-4 part 2
// table 11 has it, without the tag around: modulus and exponent, or the point.
func publicTemplate(private any) ([]byte, error) {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		b := appendElement(nil, tagModulus, k.N.Bytes())
		return appendElement(b, tagExponent, big.NewInt(int64(k.E)).Bytes()), nil
	case *ecdsa.PrivateKey:
		point, err := k.PublicKey.Bytes()
		return appendElement(nil, tagPoint, point), err
	case ed25519.PrivateKey:
		return appendElement(nil, tagPoint, k[ed25519.SeedSize:]), nil
	case *ecdh.PrivateKey:
		return appendElement(nil, tagPoint, k.PublicKey().Bytes()), nil
	}
	return nil, fmt.Errorf("no template for a key of type %T", private)
}
