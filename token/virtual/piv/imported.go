package piv

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"math/big"

	"holdfast/token/virtual/body"
)

// Tags of YubiKey's IMPORT KEY.
const (
	importP       = 0x01
	importQ       = 0x02
	importScalar  = 0x06
	importEd25519 = 0x07
	importX25519  = 0x08
)

// importKey answers YubiKey's IMPORT KEY: the algorithm in P1, the slot in P2,
// the parts of the private key and the policies as data objects.
func (c *Card) importKey(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if !c.session.managed {
		return nil, statusNotSatisfied
	}
	if !c.hasSlot(cmd.P2) {
		return nil, statusBadParameters
	}
	if !c.has(cmd.P1) {
		return nil, statusBadData
	}
	fields, err := readElements(cmd.Data)
	if err != nil {
		return nil, err
	}
	private, err := readPrivateKey(cmd.P1, fields)
	if err != nil {
		return nil, statusBadData
	}
	_, err = c.install(cmd.P2, cmd.P1, private, originImported, fields)
	return nil, err
}

// readPrivateKey puts a private key together from its parts.
func readPrivateKey(algorithm byte, fields map[uint32][]byte) (any, error) {
	if bits := rsaBits(algorithm); bits > 0 {
		return readRSA(bits, fields[importP], fields[importQ])
	}
	if curve := curve(algorithm); curve != nil {
		return ecdsa.ParseRawPrivateKey(curve, fields[importScalar])
	}
	switch algorithm {
	case algEd25519:
		if seed := fields[importEd25519]; len(seed) == ed25519.SeedSize {
			return ed25519.NewKeyFromSeed(seed), nil
		}
	case algX25519:
		return ecdh.X25519().NewPrivateKey(fields[importX25519])
	}
	return nil, statusBadData
}

// rsaExponent is the one public exponent that YubiKeys know.
const rsaExponent = 65537

// readRSA computes an RSA key from its two primes and checks it.
func readRSA(bits int, p, q []byte) (*rsa.PrivateKey, error) {
	if len(p) != bits/16 || len(q) != bits/16 {
		return nil, statusBadData
	}
	one := big.NewInt(1)
	primes := []*big.Int{new(big.Int).SetBytes(p), new(big.Int).SetBytes(q)}
	n := new(big.Int).Mul(primes[0], primes[1])
	phi := new(big.Int).Mul(new(big.Int).Sub(primes[0], one), new(big.Int).Sub(primes[1], one))
	d := new(big.Int).ModInverse(big.NewInt(rsaExponent), phi)
	if d == nil || n.BitLen() != bits {
		return nil, statusBadData
	}
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: rsaExponent}, D: d, Primes: primes}
	if err := k.Validate(); err != nil {
		return nil, statusBadData
	}
	k.Precompute()
	return k, nil
}

// deleteTarget in place of a slot makes MOVE KEY delete the key.
const deleteTarget = 0xFF

// moveKey answers YubiKey's MOVE KEY (firmware 5.7): the key goes from the slot
// in P2 to the empty slot in P1, or away. Certificates stay where they are.
func (c *Card) moveKey(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if !c.session.managed {
		return nil, statusNotSatisfied
	}
	from, to := cmd.P2, cmd.P1
	if !c.hasSlot(from) || from == slotAttestation && to != deleteTarget {
		return nil, statusBadParameters
	}
	if to != deleteTarget && (!c.holdsKey(to) || to == from) {
		return nil, statusBadParameters
	}
	k, err := c.key(from, statusNoReference)
	if err != nil {
		return nil, err
	}
	if to != deleteTarget {
		if _, taken := c.state.Slots[slotName(to)]; taken {
			return nil, statusBadData
		}
		c.state.Slots[slotName(to)] = k
	}
	delete(c.state.Slots, slotName(from))
	return nil, c.save()
}
