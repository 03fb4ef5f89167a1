package piv

import (
	"bytes"
	"context"
	"crypto/subtle"

	"holdfast/token/virtual/body"
)

// Key references of NIST SP 800-73-4 part 1 table 4.
const (
	refPIN = 0x80
	refPUK = 0x81
)

// pinLength is that of a PIN or PUK on the wire, padded with octets FF.
const pinLength = 8

// shortestPIN is the least that a new PIN or PUK may have.
const shortestPIN = 6

// reference is a PIN or PUK with its counter.
type reference struct {
	Value []byte `json:"value"` // 8 octets, padded
	Left  int    `json:"left"`
	Total int    `json:"total"`
}

// The factory's values.
var (
	factoryPIN = []byte("123456\xff\xff")
	factoryPUK = []byte("12345678")
)

const factoryTries = 3

// try compares a value given by the client. The counter goes down, and is kept,
// before anything is compared; so pulling the key out wins no further try.
func (c *Card) try(r *reference, value []byte) error {
	if r.Left == 0 {
		return statusBlocked
	}
	r.Left--
	if err := c.save(); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(r.Value, value) != 1 {
		return triesLeft(r.Left)
	}
	r.Left = r.Total
	return c.save()
}

// wellFormed tells whether a new PIN or PUK has 6 to 8 octets and padding after
// them only.
func wellFormed(value []byte) bool {
	kept := bytes.TrimRight(value, "\xff")
	return len(value) == pinLength && len(kept) >= shortestPIN && !bytes.Contains(kept, []byte{0xFF})
}

// verify answers VERIFY, NIST SP 800-73-4 part 2 section 3.2.1.
func (c *Card) verify(_ context.Context, cmd Command, op *body.Operation) ([]byte, error) {
	if cmd.P2 != refPIN {
		return nil, statusNoReference
	}
	if cmd.P1 == 0xFF && len(cmd.Data) == 0 {
		c.session.pin, c.session.pinFresh = false, false
		return nil, nil
	}
	if cmd.P1 != 0 {
		return nil, statusBadParameters
	}
	if len(cmd.Data) == 0 {
		return nil, c.verified()
	}
	if len(cmd.Data) != pinLength {
		return nil, statusBadData
	}
	c.session.pin, c.session.pinFresh = false, false
	if err := c.try(&c.state.PIN, cmd.Data); err != nil {
		return nil, err
	}
	c.session.pin, c.session.pinFresh, op.PIN = true, true, true
	return nil, nil
}

// verified tells by status word whether the PIN is verified, or the tries left.
func (c *Card) verified() error {
	switch {
	case c.session.pin:
		return nil
	case c.state.PIN.Left == 0:
		return statusBlocked
	default:
		return triesLeft(c.state.PIN.Left)
	}
}

// changeReference answers CHANGE REFERENCE DATA, NIST SP 800-73-4 part 2
// section 3.2.2: the old value and the new one, 8 octets each.
func (c *Card) changeReference(_ context.Context, cmd Command, op *body.Operation) ([]byte, error) {
	if cmd.P1 != 0 {
		return nil, statusBadParameters
	}
	var r *reference
	switch cmd.P2 {
	case refPIN:
		r = &c.state.PIN
		c.session.pin, c.session.pinFresh = false, false
	case refPUK:
		r = &c.state.PUK
	default:
		return nil, statusNoReference
	}
	if err := c.replace(r, r, cmd.Data); err != nil {
		return nil, err
	}
	if cmd.P2 == refPIN {
		c.session.pin, op.PIN = true, true
	}
	return nil, nil
}

// resetRetry answers RESET RETRY COUNTER, NIST SP 800-73-4 part 2 section
// 3.2.3: the PUK and a new PIN, 8 octets each.
func (c *Card) resetRetry(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if cmd.P1 != 0 {
		return nil, statusBadParameters
	}
	if cmd.P2 != refPIN {
		return nil, statusNoReference
	}
	c.session.pin, c.session.pinFresh = false, false
	return nil, c.replace(&c.state.PUK, &c.state.PIN, cmd.Data)
}

// replace proves one reference by the first half of data and gives the target
// the second half, with all its tries.
func (c *Card) replace(proof, target *reference, data []byte) error {
	if len(data) != 2*pinLength {
		return statusBadData
	}
	if err := c.try(proof, data[:pinLength]); err != nil {
		return err
	}
	if !wellFormed(data[pinLength:]) {
		return statusBadData
	}
	target.Value = bytes.Clone(data[pinLength:])
	target.Left = target.Total
	return c.save()
}

// setPINRetries answers YubiKey's SET PIN RETRIES: new totals in P1 and P2,
// after the management key and the PIN. PIN and PUK become the factory's.
func (c *Card) setPINRetries(_ context.Context, cmd Command, op *body.Operation) ([]byte, error) {
	if !c.session.managed || !c.session.pin {
		return nil, statusNotSatisfied
	}
	if cmd.P1 == 0 || cmd.P2 == 0 || len(cmd.Data) > 0 {
		return nil, statusBadData
	}
	op.PIN = true
	c.state.PIN = reference{factoryPIN, int(cmd.P1), int(cmd.P1)}
	c.state.PUK = reference{factoryPUK, int(cmd.P2), int(cmd.P2)}
	c.session.pin, c.session.pinFresh = false, false
	return nil, c.save()
}

// reset answers YubiKey's RESET: everything but the attestation key becomes the
// factory's, when PIN and PUK are both blocked.
func (c *Card) reset(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if cmd.P1 != 0 || cmd.P2 != 0 {
		return nil, statusBadParameters
	}
	if c.state.PIN.Left > 0 || c.state.PUK.Left > 0 {
		return nil, statusNotAllowed
	}
	c.state = c.factoryState(c.state)
	c.session = session{selected: pivApplication}
	return nil, c.save()
}
