package piv

import (
	"bytes"
	"context"
	"fmt"

	"holdfast/token/virtual/body"
)

// Tags of GET DATA and PUT DATA.
const (
	tagList  = 0x5C
	tagValue = 0x53
)

// Data objects with rules of their own, NIST SP 800-73-4 part 1 table 3.
const (
	objectDiscovery   = 0x7E
	objectBiometric   = 0x7F61
	objectFingers     = 0x5FC103
	objectFace        = 0x5FC108
	objectRetired     = 0x5FC10D // the certificate of slot 82, and so on to that of 95
	objectPrinted     = 0x5FC109
	objectIris        = 0x5FC121
	objectAttestation = 0x5FFF01 // YubiKey's own: the certificate of slot F9
)

// Limits of a YubiKey's data objects, in octets.
const (
	maxObject  = 3063
	maxObjects = 51200
)

// discovery says that PIN is the card application's own, NIST SP 800-73-4
// part 1 section 3.3.2.
var discovery = []byte{
	0x7E, 0x12,
	0x4F, 0x0B, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
	0x5F, 0x2F, 0x02, 0x40, 0x00,
}

// objectName is how the state names a data object.
func objectName(tag uint32) string { return fmt.Sprintf("%06x", tag) }

// isPrivate tells whether a data object is read under the PIN only.
func isPrivate(tag uint32) bool {
	switch tag {
	case objectFingers, objectFace, objectPrinted, objectIris:
		return true
	}
	return false
}

// readTagList reads "5C length tag" at the beginning of data.
func readTagList(data []byte) (tag uint32, rest []byte, err error) {
	e, rest, err := readElement(data)
	if err != nil || e.tag != tagList || len(e.value) < 1 || len(e.value) > 3 {
		return 0, nil, statusBadData
	}
	for _, b := range e.value {
		tag = tag<<8 | uint32(b)
	}
	return tag, rest, nil
}

// getData answers GET DATA, NIST SP 800-73-4 part 2 section 3.1.2.
func (c *Card) getData(_ context.Context, cmd Command, op *body.Operation) ([]byte, error) {
	if cmd.P1 != 0x3F || cmd.P2 != 0xFF {
		return nil, statusBadParameters
	}
	tag, rest, err := readTagList(cmd.Data)
	if err != nil || len(rest) > 0 {
		return nil, statusBadData
	}
	if tag == objectDiscovery {
		return discovery, nil
	}
	if isPrivate(tag) {
		if !c.session.pin {
			return nil, statusNotSatisfied
		}
		op.PIN = true
	}
	value, found := c.state.Objects[objectName(tag)]
	if !found {
		return nil, statusNotFound
	}
	return appendElement(nil, tagValue, value), nil
}

// putData answers PUT DATA, NIST SP 800-73-4 part 2 section 3.3.1. As on a
// YubiKey every tag 5Fxxxx may be written, and an empty value deletes; but not the
// certificate of a slot that is not there.
func (c *Card) putData(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if cmd.P1 != 0x3F || cmd.P2 != 0xFF {
		return nil, statusBadParameters
	}
	if !c.session.managed {
		return nil, statusNotSatisfied
	}
	tag, rest, err := readTagList(cmd.Data)
	if err != nil {
		return nil, err
	}
	if tag>>16 != 0x5F && tag != objectBiometric || !c.hasPlace(tag) {
		return nil, statusNotFound
	}
	value, err := readOnly(rest, tagValue)
	if err != nil {
		return nil, err
	}
	if len(value) == 0 {
		delete(c.state.Objects, objectName(tag))
		return nil, c.save()
	}
	if len(value) > maxObject || c.stored(tag)+len(value) > maxObjects {
		return nil, statusNoSpace
	}
	c.state.Objects[objectName(tag)] = bytes.Clone(value)
	return nil, c.save()
}

// hasPlace tells whether a data object is none of a slot that the card has not.
func (c *Card) hasPlace(tag uint32) bool {
	if tag < objectRetired || tag > objectRetired+slotRetiredLast-slotRetiredFirst {
		return true
	}
	return c.holdsKey(slotRetiredFirst + byte(tag-objectRetired)) // #nosec G115 -- at most 19
}

// stored counts the octets of all data objects but one.
func (c *Card) stored(but uint32) int {
	n := 0
	for name, value := range c.state.Objects {
		if name != objectName(but) {
			n += len(value)
		}
	}
	return n
}
