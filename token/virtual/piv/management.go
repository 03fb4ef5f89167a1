package piv

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // #nosec G502 -- the standard's management key
	"crypto/subtle"
	"fmt"

	"holdfast/token/virtual/body"
)

// refManagement is the key reference of the management key.
const refManagement = 0x9B

// Algorithms of management keys, NIST SP 800-78-4 table 6-2.
const (
	alg3DES   = 0x03
	algAES128 = 0x08
	algAES192 = 0x0A
	algAES256 = 0x0C
)

// managementKey is the card management key.
type managementKey struct {
	Algorithm byte   `json:"algorithm"`
	Key       []byte `json:"key"`
	Touch     byte   `json:"touch"` // touch policy
}

// factoryKey is the management key that YubiKeys leave the factory with.
var factoryKey = bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 3)

// factoryManagementKey is the factory's key: 3DES, or AES-192 with the same
// octets from firmware 5.7 where the make has AES.
func (c *Card) factoryManagementKey() managementKey {
	k := managementKey{Algorithm: alg3DES, Key: factoryKey, Touch: touchNever}
	if c.body.AtLeast(5, 7, 0) && !c.body.Make().TripleDES {
		k.Algorithm = algAES192
	}
	return k
}

// block is the key's block cipher.
func (k managementKey) block() (cipher.Block, error) {
	switch {
	case k.Algorithm == alg3DES && len(k.Key) == 24:
		return des.NewTripleDESCipher(k.Key) // #nosec G405 -- the standard's management key
	case k.Algorithm == algAES128 && len(k.Key) == 16,
		k.Algorithm == algAES192 && len(k.Key) == 24,
		k.Algorithm == algAES256 && len(k.Key) == 32:
		return aes.NewCipher(k.Key)
	}
	return nil, fmt.Errorf("algorithm %#02x does not go with %d octets: %w", k.Algorithm, len(k.Key), statusBadData)
}

// Tags of the dynamic authentication template, NIST SP 800-73-4 part 2 table 7.
const (
	tagTemplate       = 0x7C
	tagWitness        = 0x80
	tagChallenge      = 0x81
	tagResponse       = 0x82
	tagExponentiation = 0x85
)

// authenticateManagement is GENERAL AUTHENTICATE for the management key, in the
// two ways of NIST SP 800-73-4 part 2 appendix A.1: single (the client answers
// the card's challenge) and mutual (both prove themselves). Each has two steps.
func (c *Card) authenticateManagement(ctx context.Context, cmd Command, t map[uint32][]byte, op *body.Operation) ([]byte, error) {
	key := c.state.Management
	if cmd.P1 != key.Algorithm && (cmd.P1 != 0 || key.Algorithm != alg3DES) {
		if c.body.Make().TripleDES {
			return nil, statusBadParameters // piv.c of canokey-core at 29305238
		}
		return nil, statusBadData
	}
	block, err := key.block()
	if err != nil {
		return nil, err
	}
	witness, challenge, response := t[tagWitness], t[tagChallenge], t[tagResponse]
	switch present(t) {
	case "W":
		if len(witness) > 0 {
			return nil, statusBadData
		}
		return c.offerWitness(block)
	case "WC", "WCR":
		if len(response) > 0 {
			return nil, statusBadData
		}
		return c.checkWitness(ctx, block, witness, challenge, op)
	case "C":
		if len(challenge) > 0 {
			return nil, statusBadData
		}
		return c.offerChallenge(block)
	case "R":
		return c.checkResponse(ctx, block, response, op)
	}
	return nil, statusBadData
}

// present tells which of witness, challenge and response a template has.
func present(t map[uint32][]byte) string {
	found := ""
	for _, part := range []struct {
		tag    uint32
		letter string
	}{{tagWitness, "W"}, {tagChallenge, "C"}, {tagResponse, "R"}} {
		if _, ok := t[part.tag]; ok {
			found += part.letter
		}
	}
	return found
}

// offerWitness begins a mutual authentication: random octets, enciphered.
func (c *Card) offerWitness(block cipher.Block) ([]byte, error) {
	plain, err := c.random(block.BlockSize())
	if err != nil {
		return nil, err
	}
	c.session.witness, c.session.challenge = plain, nil
	sealed := make([]byte, len(plain))
	block.Encrypt(sealed, plain)
	return appendElement(nil, tagTemplate, appendElement(nil, tagWitness, sealed)), nil
}

// checkWitness ends it: the client shows the deciphered witness, and the card
// enciphers the client's challenge.
func (c *Card) checkWitness(ctx context.Context, block cipher.Block, witness, challenge []byte, op *body.Operation) ([]byte, error) {
	want := c.session.witness
	c.session.witness = nil
	if len(challenge) != block.BlockSize() {
		return nil, statusBadData
	}
	if err := c.admit(ctx, want, witness, op); err != nil {
		return nil, err
	}
	sealed := make([]byte, len(challenge))
	block.Encrypt(sealed, challenge)
	return appendElement(nil, tagTemplate, appendElement(nil, tagResponse, sealed)), nil
}

// offerChallenge begins a single authentication: random octets in the clear.
func (c *Card) offerChallenge(block cipher.Block) ([]byte, error) {
	plain, err := c.random(block.BlockSize())
	if err != nil {
		return nil, err
	}
	c.session.challenge, c.session.witness = plain, nil
	return appendElement(nil, tagTemplate, appendElement(nil, tagChallenge, plain)), nil
}

// checkResponse ends it: the client shows the enciphered challenge.
func (c *Card) checkResponse(ctx context.Context, block cipher.Block, response []byte, op *body.Operation) ([]byte, error) {
	challenge := c.session.challenge
	c.session.challenge = nil
	if challenge == nil {
		return nil, statusNotSatisfied
	}
	want := make([]byte, len(challenge))
	block.Encrypt(want, challenge)
	return nil, c.admit(ctx, want, response, op)
}

// admit compares what was to be shown and, after a touch if the key wants one,
// notes that the management key is authenticated.
func (c *Card) admit(ctx context.Context, want, got []byte, op *body.Operation) error {
	c.session.managed = false
	if want == nil || subtle.ConstantTimeCompare(want, got) != 1 {
		return statusNotSatisfied
	}
	if err := c.touch(ctx, c.state.Management.Touch, op); err != nil {
		return err
	}
	c.session.managed = true
	return nil
}

// setManagementKey answers YubiKey's SET MANAGEMENT KEY: algorithm, key
// reference, length and key; P2 FE asks for a touch at each authentication.
// AES came with firmware 5.4. A make that knows 3DES alone first looks at the
// length, so that AES-192 alone gets as far as "bad data" (piv.c of canokey-core
// at 29305238).
func (c *Card) setManagementKey(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if !c.session.managed {
		return nil, statusNotSatisfied
	}
	if cmd.P1 != 0xFF {
		return nil, statusBadParameters
	}
	key := managementKey{}
	switch cmd.P2 {
	case 0xFF:
		key.Touch = touchNever
	case 0xFE:
		key.Touch = touchAlways
	case 0xFD:
		key.Touch = touchCached
	default:
		return nil, statusBadParameters
	}
	d := cmd.Data
	if c.body.Make().TripleDES && len(d) != 3+len(factoryKey) {
		return nil, statusWrongLength
	}
	if len(d) < 3 || d[1] != refManagement || int(d[2]) != len(d)-3 {
		return nil, statusBadData
	}
	key.Algorithm, key.Key = d[0], bytes.Clone(d[3:])
	if key.Algorithm != alg3DES && (!c.body.AtLeast(5, 4, 0) || c.body.Make().TripleDES) {
		return nil, statusBadData
	}
	if _, err := key.block(); err != nil {
		return nil, err
	}
	c.state.Management = key
	return nil, c.save()
}
