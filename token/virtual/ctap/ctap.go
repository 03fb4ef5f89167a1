// Package ctap is the FIDO2 side of an emulated security key: an authenticator
// after the Client to Authenticator Protocol (CTAP) 2.1, Proposed Standard of
// 15 June 2021. It has ES256 and EdDSA credentials, resident or not, a client
// PIN under PIN/UV auth protocols 1 and 2, and the extensions credProtect and
// hmac-secret. It has no sensor for fingers and no U2F.
//
// The package speaks messages; package hid carries them. What the owner does to
// the key (touch, unplug, freeze) comes from package body.
package ctap

import (
	"context"
	"errors"
	"sync"
	"time"

	"holdfast/token/virtual/body"
)

// The commands of section 6 of the standard.
const (
	cmdMakeCredential   = 0x01
	cmdGetAssertion     = 0x02
	cmdGetInfo          = 0x04
	cmdClientPIN        = 0x06
	cmdReset            = 0x07
	cmdGetNextAssertion = 0x08
	cmdSelection        = 0x0b
)

// The states that a keepalive message tells (section 11.2.9.2.1).
const (
	KeepaliveProcessing = 0x01
	KeepaliveUPNeeded   = 0x02
)

// DefaultTouchTimeout is how long a touch is waited for, as on the keys that
// this one resembles.
const DefaultTouchTimeout = 30 * time.Second

// maxMessage is the longest request, command byte and all, as getInfo tells.
const maxMessage = 1200

// Authenticator is one FIDO2 authenticator. Its methods may be called from
// several goroutines; requests are carried out one at a time.
type Authenticator struct {
	body *body.Body

	mu      sync.Mutex // held for the whole of a request, all below; state has the body's lock, too
	timeout time.Duration
	state   state
	cycle   uint64 // the body's power cycle that power belongs to
	power   power
}

// power is what the key forgets when it is unplugged.
type power struct {
	since     time.Time
	protocols [2]*pinProtocol // PIN/UV auth protocols 1 and 2
	grant     *grant          // the PIN/UV auth token in use, if any
	misses    int             // wrong PINs in a row
	next      *assertionQueue // what getNextAssertion goes on with
}

// New opens the FIDO2 side of a key, whose state is kept by its body under the
// name "fido2". A new key gets an attestation key and certificate of its own, if
// its make has them.
func New(b *body.Body) (*Authenticator, error) {
	a := &Authenticator{body: b, timeout: DefaultTouchTimeout}
	if err := a.open(); err != nil {
		return nil, err
	}
	return a, a.startPower()
}

// SetTouchTimeout changes how long a touch is waited for.
func (a *Authenticator) SetTouchTimeout(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.timeout = d
}

// PowerUp tells the authenticator that the key was plugged in just now. A
// transport calls it when it attaches; a power cycle that nobody told of is
// noticed at the next request.
func (a *Authenticator) PowerUp() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.startPower()
}

// startPower forgets what is held only under power.
func (a *Authenticator) startPower() error {
	one, err := newPINProtocol(1, a.body.Random())
	if err != nil {
		return err
	}
	two, err := newPINProtocol(2, a.body.Random())
	if err != nil {
		return err
	}
	a.cycle = a.body.PowerCycle()
	a.power = power{since: time.Now(), protocols: [2]*pinProtocol{one, two}}
	return nil
}

// request is one command on its way.
type request struct {
	ctx       context.Context
	params    []byte // the CBOR after the command byte
	keepalive func(status byte)
	op        body.Operation
}

// Handle carries out one CTAP2 message: a command byte followed by its CBOR
// parameters. It returns the status byte followed by the CBOR response, or nil
// when the key was unplugged meanwhile and there is nobody left to answer.
// keepalive is called with a KeepaliveUPNeeded or KeepaliveProcessing whenever
// the state changes. Ending ctx cancels the request (CTAP2_ERR_KEEPALIVE_CANCEL).
func (a *Authenticator) Handle(ctx context.Context, message []byte, keepalive func(status byte)) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cycle != a.body.PowerCycle() {
		if err := a.startPower(); err != nil {
			return []byte{byte(ErrOther)}
		}
	}
	if len(message) == 0 {
		return []byte{byte(ErrInvalidLength)}
	}
	r := &request{ctx: ctx, params: message[1:], keepalive: keepalive}
	r.op = body.Operation{Side: body.FIDO2, Name: commandName(message[0])}
	response, err := a.answer(r, message)
	if errors.Is(err, body.ErrUnplugged) {
		r.op.Result = "unplugged"
		a.body.Record(r.op)
		return nil
	}
	status := statusOf(err)
	r.op.Result = status.hex()
	a.body.Record(r.op)
	if status != OK {
		return []byte{byte(status)}
	}
	return append([]byte{byte(OK)}, response...)
}

// answer gives the encoded response of a command, or its error.
func (a *Authenticator) answer(r *request, message []byte) ([]byte, error) {
	if status, yes := a.body.Injected(body.FIDO2, message[0]); yes {
		return nil, Status(status) // #nosec G115 -- one byte by its documentation
	}
	if len(message) > maxMessage {
		return nil, ErrRequestTooLarge
	}
	if message[0] != cmdGetNextAssertion {
		a.power.next = nil
	}
	a.body.Lock()
	defer a.body.Unlock()
	response, err := a.dispatch(r, message[0])
	if err != nil || response == nil {
		return nil, err
	}
	return encode(response)
}

// dispatch runs the command. The body's lock is held, except during touches.
func (a *Authenticator) dispatch(r *request, command byte) (any, error) {
	switch command {
	case cmdMakeCredential:
		return a.makeCredential(r)
	case cmdGetAssertion:
		return a.getAssertion(r)
	case cmdGetNextAssertion:
		return a.getNextAssertion(r)
	case cmdClientPIN:
		return a.clientPIN(r)
	case cmdGetInfo:
		return a.withoutParams(r, a.info)
	case cmdReset:
		return a.withoutParams(r, func() (any, error) { return nil, a.reset(r) })
	case cmdSelection:
		return a.withoutParams(r, func() (any, error) { return nil, a.touch(r) })
	}
	return nil, ErrInvalidCommand
}

// withoutParams runs a command that takes no parameters.
func (a *Authenticator) withoutParams(r *request, do func() (any, error)) (any, error) {
	if len(r.params) != 0 {
		return nil, ErrInvalidLength
	}
	return do()
}

// touch waits for the owner's finger and tells the platform so meanwhile.
func (a *Authenticator) touch(r *request) error {
	a.body.Unlock()
	defer a.body.Lock()
	ctx, stop := context.WithTimeout(r.ctx, a.timeout)
	defer stop()
	r.keepalive(KeepaliveUPNeeded)
	err := a.body.WaitTouch(ctx)
	r.keepalive(KeepaliveProcessing)
	switch {
	case err == nil:
		r.op.Touch = true
		return nil
	case r.ctx.Err() != nil:
		return ErrKeepaliveCancel
	case errors.Is(err, context.DeadlineExceeded):
		return ErrUserActionTimeout
	default:
		return err
	}
}

// commandName is how a command stands in the record of operations.
func commandName(command byte) string {
	switch command {
	case cmdMakeCredential:
		return "makeCredential"
	case cmdGetAssertion:
		return "getAssertion"
	case cmdGetNextAssertion:
		return "getNextAssertion"
	case cmdGetInfo:
		return "getInfo"
	case cmdClientPIN:
		return "clientPIN"
	case cmdReset:
		return "reset"
	case cmdSelection:
		return "selection"
	}
	return "unknown " + Status(command).hex()
}
