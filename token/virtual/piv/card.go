// Package piv is the smart-card side of the emulated security key: the PIV card
// application of NIST SP 800-73-4 part 2 with the extensions that YubiKeys have
// (generate with policies, metadata, attestation, AES management keys, import,
// move, reset), and as much of YubiKey's management application as clients need
// to tell which key they see.
//
// The firmware that the body reports decides which of it is there, and the
// body's make which of it this maker's keys have.
package piv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"holdfast/token/virtual/body"
)

// Card is the smart card inside one key. Its methods are called by one
// transport, one after the other; Tries, SetTries and SetTouchTimeout by anybody.
type Card struct {
	body *body.Body
	ca   string // folder of the attestation authority

	// All below is guarded by the body's lock.
	state   state
	session session
	chain   []byte  // data of a command chain so far
	chained Command // the header that the chain began with
	pending []byte  // answer that GET RESPONSE goes on with
	now     func() time.Time
	touched time.Time // last touch, for the policy "cached"

	patience time.Duration // how long a touch is waited for
}

// session is what the card forgets when it loses power or is reset.
type session struct {
	selected  application
	pin       bool   // PIN verified
	pinFresh  bool   // PIN verified and not yet used by a key that asks always
	managed   bool   // management key authenticated
	witness   []byte // plain witness of a mutual authentication under way
	challenge []byte // challenge of a single authentication under way
}

// application is which card application takes commands.
type application int

const (
	none application = iota
	pivApplication
	managementApplication
)

// New makes the smart card of a key. Its state is kept by the body; a new key
// gets the factory's PIN, PUK and management key. The folder ca holds the
// authority that signs attestation keys, and is filled when it is empty; keys
// may share it. An empty name means the key's own state folder.
func New(b *body.Body, ca string) (*Card, error) {
	if ca == "" {
		ca = b.Dir()
	}
	c := &Card{body: b, ca: ca, now: time.Now, patience: b.Make().TouchTime}
	found, err := b.Load(stateName, &c.state)
	if err != nil {
		return nil, err
	}
	if !found {
		if err := c.manufacture(); err != nil {
			return nil, err
		}
	}
	if err := c.state.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// SetTouchTimeout changes how long a touch is waited for.
func (c *Card) SetTouchTimeout(d time.Duration) {
	c.body.Lock()
	defer c.body.Unlock()
	c.patience = d
}

// atr is that of a YubiKey 5 on USB.
var atr = []byte{
	0x3B, 0xFD, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15, 0x80, 0x73, 0xC0, 0x21, 0xC0,
	'W', 'Y', 'u', 'b', 'i', 'K', 'e', 'y', 0x40,
}

// ATR is the answer to reset (ISO/IEC 7816-3 section 8).
func (c *Card) ATR() []byte { return slices.Clone(atr) }

// Reset forgets the session, as a card does when it gets power or is reset.
func (c *Card) Reset() {
	c.body.Lock()
	defer c.body.Unlock()
	c.session, c.chain, c.chained, c.pending = session{}, nil, Command{}, nil
}

// Transmit carries out one command APDU and returns the answer with its status
// word. The error is that of ctx or body.ErrUnplugged: then there is no answer.
func (c *Card) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if err := c.body.Frozen(ctx); err != nil {
		return nil, err
	}
	c.body.Lock()
	defer c.body.Unlock()
	cmd, err := ParseCommand(apdu)
	if err != nil {
		return answer(nil, statusOf(err)), nil
	}
	if s, yes := c.body.Injected(body.PIV, cmd.Instruction); yes {
		c.body.Record(body.Operation{Side: body.PIV, Name: "ordered fault", Result: fmt.Sprintf("%04x", s)})
		return answer(nil, status(s)), nil
	}
	data, err := c.receive(ctx, cmd)
	if silent(err) {
		return nil, err
	}
	if err != nil {
		return answer(nil, statusOf(err)), nil
	}
	return c.give(data, cmd.room()), nil
}

// receive gathers a command chain (ISO/IEC 7816-4 section 5.3.3) and carries
// out complete commands.
func (c *Card) receive(ctx context.Context, cmd Command) ([]byte, error) {
	switch {
	case cmd.Class&0x0C != 0:
		return nil, statusNoSecureMessage
	case cmd.Class&^0x10 != 0:
		return nil, statusNoClass
	}
	if cmd.Instruction == insGetResponse {
		return c.pending, c.stillPending()
	}
	c.pending = nil
	if !c.continues(cmd) {
		c.chain, c.chained = nil, cmd
	}
	if len(c.chain)+len(cmd.Data) > maxChain {
		c.chain = nil
		return nil, statusWrongLength
	}
	if cmd.Class&0x10 != 0 {
		c.chain = append(c.chain, cmd.Data...)
		c.chained = cmd
		return nil, nil
	}
	if c.chain != nil {
		cmd.Data = append(c.chain, cmd.Data...)
		c.chain = nil
	}
	return c.execute(ctx, cmd)
}

// stillPending refuses GET RESPONSE when no answer is left to fetch.
func (c *Card) stillPending() error {
	if len(c.pending) == 0 {
		return statusNotAllowed
	}
	return nil
}

// maxChain limits the data of one command: the largest object and its frame.
const maxChain = 4096

// continues tells whether cmd goes on with the chain under way.
func (c *Card) continues(cmd Command) bool {
	return c.chain != nil && cmd.Instruction == c.chained.Instruction &&
		cmd.P1 == c.chained.P1 && cmd.P2 == c.chained.P2
}

// give answers with as much data as there is room for; GET RESPONSE fetches the rest.
func (c *Card) give(data []byte, room int) []byte {
	if len(data) <= room {
		c.pending = nil
		return answer(data, statusOK)
	}
	c.pending = data[room:]
	more := statusMore
	if left := len(c.pending); left < 256 {
		more |= status(left) // #nosec G115 -- below 256
	}
	return answer(data[:room], more)
}

func answer(data []byte, s status) []byte {
	return append(slices.Clone(data), byte(s>>8), byte(s))
}

// statusOf is the status word of an error. What is no status word is a failure
// of the emulator itself, such as a state folder that cannot be written.
func statusOf(err error) status {
	if err == nil {
		return statusOK
	}
	if s, ok := errors.AsType[status](err); ok {
		return s
	}
	return statusInternal
}

// silent tells whether an error means that the key is gone and gives no answer.
func silent(err error) bool {
	return errors.Is(err, body.ErrUnplugged) || errors.Is(err, context.Canceled)
}

// random gives n random octets.
func (c *Card) random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(c.body.Random(), b); err != nil {
		return nil, fmt.Errorf("random octets: %w", err)
	}
	return b, nil
}
