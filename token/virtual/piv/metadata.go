package piv

import (
	"bytes"
	"context"

	"holdfast/token/virtual/body"
)

// Tags of YubiKey's GET METADATA.
const (
	metaAlgorithm = 0x01
	metaPolicy    = 0x02
	metaOrigin    = 0x03
	metaPublic    = 0x04
	metaDefault   = 0x05
	metaRetries   = 0x06
)

// metaPIN stands for PIN and PUK where metadata names an algorithm.
const metaPIN = 0xFF

// metadata answers YubiKey's GET METADATA: what is known of a PIN, of the
// management key, or of the key in a slot. Tag 05 is 1 while a value is the
// factory's.
func (c *Card) metadata(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if cmd.P1 != 0 || len(cmd.Data) > 0 {
		return nil, statusBadParameters
	}
	switch cmd.P2 {
	case refPIN:
		return referenceMetadata(c.state.PIN, factoryPIN), nil
	case refPUK:
		return referenceMetadata(c.state.PUK, factoryPUK), nil
	case refManagement:
		return c.managementMetadata(), nil
	}
	if !c.hasSlot(cmd.P2) {
		return nil, statusNoReference
	}
	return c.slotMetadata(cmd.P2)
}

func referenceMetadata(r reference, factory []byte) []byte {
	b := appendElement(nil, metaAlgorithm, []byte{metaPIN})
	b = appendElement(b, metaDefault, flag(bytes.Equal(r.Value, factory)))
	return appendElement(b, metaRetries, []byte{byte(r.Total), byte(r.Left)}) // #nosec G115 -- at most 255
}

func (c *Card) managementMetadata() []byte {
	k := c.state.Management
	b := appendElement(nil, metaAlgorithm, []byte{k.Algorithm})
	b = appendElement(b, metaPolicy, []byte{0, k.Touch})
	return appendElement(b, metaDefault, flag(bytes.Equal(k.Key, factoryKey)))
}

func (c *Card) slotMetadata(slot byte) ([]byte, error) {
	k, err := c.key(slot, statusNoReference)
	if err != nil {
		return nil, err
	}
	private, err := k.private()
	if err != nil {
		return nil, err
	}
	public, err := publicTemplate(private)
	if err != nil {
		return nil, err
	}
	b := appendElement(nil, metaAlgorithm, []byte{k.Algorithm})
	b = appendElement(b, metaPolicy, []byte{k.PINPolicy, k.TouchPolicy})
	b = appendElement(b, metaOrigin, []byte{k.Origin})
	return appendElement(b, metaPublic, public), nil
}

func flag(on bool) []byte {
	if on {
		return []byte{1}
	}
	return []byte{0}
}
