package piv

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"math/big"

	"holdfast/token/virtual/body"
)

// authenticate answers GENERAL AUTHENTICATE, NIST SP 800-73-4 part 2 section
// 3.2.4: with the management key, or with the key of a slot.
func (c *Card) authenticate(ctx context.Context, cmd Command, op *body.Operation) ([]byte, error) {
	inner, err := readOnly(cmd.Data, tagTemplate)
	if err != nil {
		return nil, err
	}
	template, err := readElements(inner)
	if err != nil {
		return nil, err
	}
	if cmd.P2 == refManagement {
		return c.authenticateManagement(ctx, cmd, template, op)
	}
	if !c.hasSlot(cmd.P2) {
		return nil, statusBadParameters
	}
	return c.useKey(ctx, cmd, template, op)
}

// useKey signs, decrypts or agrees with the key of a slot (NIST SP 800-73-4
// part 2 appendices A.2 to A.5). The request is checked before the owner is
// asked for anything.
func (c *Card) useKey(ctx context.Context, cmd Command, template map[uint32][]byte, op *body.Operation) ([]byte, error) {
	k, err := c.key(cmd.P2, statusBadData)
	if err != nil {
		return nil, err
	}
	response, asked := template[tagResponse]
	if k.Algorithm != cmd.P1 || !asked || len(response) > 0 {
		return nil, statusBadData
	}
	private, err := k.private()
	if err != nil {
		return nil, err
	}
	use, err := prepare(private, template)
	if err != nil {
		return nil, err
	}
	if err := c.allow(ctx, k, op); err != nil {
		return nil, err
	}
	result, err := use()
	if err != nil {
		return nil, err
	}
	return appendElement(nil, tagTemplate, appendElement(nil, tagResponse, result)), nil
}

// prepare checks a request and gives the step that carries it out.
func prepare(private any, template map[uint32][]byte) (func() ([]byte, error), error) {
	challenge, sign := template[tagChallenge]
	peer, agree := template[tagExponentiation]
	if sign == agree {
		return nil, statusBadData
	}
	switch k := private.(type) {
	case *ecdsa.PrivateKey:
		if agree {
			return prepareECDH(k, peer)
		}
		if n := (k.Params().BitSize + 7) / 8; len(challenge) == 0 || len(challenge) > n {
			return nil, statusBadData
		}
		return func() ([]byte, error) { return ecdsa.SignASN1(rand.Reader, k, challenge) }, nil
	case *ecdh.PrivateKey:
		if !agree {
			return nil, statusBadData
		}
		return prepareAgreement(k, peer)
	case ed25519.PrivateKey:
		if agree {
			return nil, statusBadData
		}
		return func() ([]byte, error) { return ed25519.Sign(k, challenge), nil }, nil
	case *rsa.PrivateKey:
		if agree {
			return nil, statusBadData
		}
		return prepareRSA(k, challenge)
	}
	return nil, statusInternal
}

// prepareECDH is elliptic-curve Diffie-Hellman on a NIST curve: the peer's
// point uncompressed, the answer its X coordinate.
func prepareECDH(k *ecdsa.PrivateKey, peer []byte) (func() ([]byte, error), error) {
	own, err := k.ECDH()
	if err != nil {
		return nil, err
	}
	return prepareAgreement(own, peer)
}

// prepareAgreement refuses a peer's key that is no point of the curve. The
// neutral element of X25519 fails in the step itself.
func prepareAgreement(k *ecdh.PrivateKey, peer []byte) (func() ([]byte, error), error) {
	public, err := k.Curve().NewPublicKey(peer)
	if err != nil {
		return nil, statusBadData
	}
	return func() ([]byte, error) {
		shared, err := k.ECDH(public)
		if err != nil {
			return nil, statusBadData
		}
		return shared, nil
	}, nil
}

// prepareRSA is the bare RSA operation on a block as long as the modulus; the
// client pads.
func prepareRSA(k *rsa.PrivateKey, block []byte) (func() ([]byte, error), error) {
	m := new(big.Int).SetBytes(block)
	if len(block) != k.Size() || m.Cmp(k.N) >= 0 {
		return nil, statusBadData
	}
	return func() ([]byte, error) {
		return m.Exp(m, k.D, k.N).FillBytes(make([]byte, k.Size())), nil
	}, nil
}
