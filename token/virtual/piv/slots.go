package piv

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"holdfast/token/virtual/body"
)

// Slots with a meaning of their own, NIST SP 800-73-4 part 1 table 4b.
const (
	slotAuthentication     = 0x9A
	slotSignature          = 0x9C
	slotKeyManagement      = 0x9D
	slotCardAuthentication = 0x9E
	slotRetiredFirst       = 0x82
	slotRetiredLast        = 0x95
	slotAttestation        = 0xF9 // YubiKey's own
)

// PIN policies, with the octets that YubiKeys use.
const (
	pinNever  = 0x01
	pinOnce   = 0x02
	pinAlways = 0x03
)

// Touch policies, likewise.
const (
	touchNever  = 0x01
	touchAlways = 0x02
	touchCached = 0x03
)

// touchTime is how long the policy "cached" lets one touch count.
const touchTime = 15 * time.Second

// Origins of a key, as metadata tells them.
const (
	originGenerated = 0x01
	originImported  = 0x02
)

// slotKey is the key in a slot.
type slotKey struct {
	Algorithm   byte   `json:"algorithm"`
	PKCS8       []byte `json:"pkcs8"`
	Origin      byte   `json:"origin"`
	PINPolicy   byte   `json:"pin_policy"`
	TouchPolicy byte   `json:"touch_policy"`
}

// private is the private key: *ecdsa.PrivateKey, ed25519.PrivateKey,
// *ecdh.PrivateKey (X25519) or *rsa.PrivateKey.
func (k slotKey) private() (any, error) {
	key, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return key, nil
}

// slotName is how the state and the record name a slot.
func slotName(slot byte) string { return fmt.Sprintf("%02x", slot) }

// holdsKey tells whether a slot may hold a key of the owner.
func (c *Card) holdsKey(slot byte) bool {
	switch slot {
	case slotAuthentication, slotSignature, slotKeyManagement, slotCardAuthentication:
		return true
	}
	return slot >= slotRetiredFirst && int(slot) < slotRetiredFirst+c.body.Make().Retired
}

// hasSlot tells whether a slot may hold a key: one of the owner, or the
// attestation key on a card that has one.
func (c *Card) hasSlot(slot byte) bool {
	return c.holdsKey(slot) || slot == slotAttestation && attests(c.body.Make())
}

// key is the key in a slot. An empty slot gives the status word asked for:
// commands differ in it.
func (c *Card) key(slot byte, missing status) (slotKey, error) {
	k, found := c.state.Slots[slotName(slot)]
	if !found {
		return slotKey{}, missing
	}
	return k, nil
}

// policies settles which policies a new key gets: those asked for, or those of
// its slot where nothing or the default (0) was.
func policies(slot, pin, touch byte) (pinPolicy, touchPolicy byte, err error) {
	if pin > pinAlways || touch > touchCached {
		return 0, 0, statusBadData
	}
	if pin == 0 {
		pin = defaultPINPolicy(slot)
	}
	if touch == 0 {
		touch = touchNever
	}
	return pin, touch, nil
}

// defaultPINPolicy follows NIST SP 800-73-4 part 1 table 4b.
func defaultPINPolicy(slot byte) byte {
	switch slot {
	case slotSignature:
		return pinAlways
	case slotCardAuthentication:
		return pinNever
	default:
		return pinOnce
	}
}

// allow enforces the policies of a key for one use of it.
func (c *Card) allow(ctx context.Context, k slotKey, op *body.Operation) error {
	switch k.PINPolicy {
	case pinNever:
	case pinAlways:
		if !c.session.pinFresh {
			return statusNotSatisfied
		}
		c.session.pinFresh, op.PIN = false, true
	default:
		if !c.session.pin {
			return statusNotSatisfied
		}
		op.PIN = true
	}
	return c.touch(ctx, k.TouchPolicy, op)
}

// touch waits for a touch where a policy wants one. The body's lock is free
// meanwhile. A touch that does not come in time is the status word of the make.
func (c *Card) touch(ctx context.Context, policy byte, op *body.Operation) error {
	switch policy {
	case touchAlways:
	case touchCached:
		if !c.touched.IsZero() && c.now().Sub(c.touched) < touchTime {
			return nil
		}
	default:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	c.body.Unlock()
	err := c.body.WaitTouch(ctx)
	c.body.Lock()
	if errors.Is(err, context.DeadlineExceeded) {
		return status(c.body.Make().NoTouch)
	}
	if err != nil {
		return err
	}
	c.touched, op.Touch = c.now(), true
	return nil
}
