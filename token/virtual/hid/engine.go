package hid

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"holdfast/token/virtual/body"
)

// The times of CTAPHID: how long the packets of one message may lie apart
// (section 11.2.5.4) and how often a waiting platform hears of it (11.2.9.2.1).
const (
	packetTimeout = 500 * time.Millisecond
	keepaliveTime = 100 * time.Millisecond
)

// The capabilities in the answer to INIT (section 11.2.9.1.3).
const (
	canWink = 0x01
	canCBOR = 0x04
	noMsg   = 0x08
)

// protocolVersion is that of CTAPHID itself.
const protocolVersion = 2

// Authenticator carries out CTAP messages; see ctap.Authenticator.
type Authenticator interface {
	Handle(ctx context.Context, message []byte, keepalive func(status byte)) []byte
	PowerUp() error
}

// wire is where an engine's packets go.
type wire interface {
	write(f *frame) error
	flush() error // drops packets that nobody has read
}

// engine is the CTAPHID layer of one key while it is plugged in. It belongs to
// the goroutine that runs it.
type engine struct {
	body *body.Body
	auth Authenticator
	wire wire
	tracer

	last    uint32       // the channel given out last; they are numbered from 1
	partial *assembly    // a message being received
	patient *time.Timer  // until when its next packet must be there
	running *transaction // a CBOR command being carried out
	lock    lock
	work    sync.WaitGroup // commands being carried out, abandoned ones too
}

// lock is CTAPHID_LOCK in force.
type lock struct {
	channel uint32
	until   time.Time
}

// Why an engine ends by itself.
var (
	errGone   = errors.New("the key is gone")
	errClosed = errors.New("the pseudo-terminal was closed from outside")
)

func newEngine(b *body.Body, a Authenticator, w wire, t tracer) *engine {
	e := &engine{body: b, auth: a, wire: w, tracer: t, patient: time.NewTimer(time.Hour)}
	e.patient.Stop()
	return e
}

// run serves packets until ctx ends or the key is gone. A frozen key stops
// here, with all that waits for it.
func (e *engine) run(ctx context.Context, frames <-chan frame) error {
	defer e.work.Wait()
	defer e.abandon()
	beat := time.NewTicker(keepaliveTime)
	defer beat.Stop()
	for {
		statuses, done := e.waiting()
		var act func() error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case f, open := <-frames:
			if !open {
				return errClosed
			}
			act = func() error { return e.receive(ctx, &f) }
		case <-e.patient.C:
			act = e.expire
		case status := <-statuses:
			act = func() error { e.running.status = status; return e.beat() }
		case response := <-done:
			act = func() error { return e.finish(response) }
		case <-beat.C:
			act = e.beat
		}
		if err := e.body.Frozen(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil { // the command that ran was ended by the same: a key that is gone says nothing of that
			return err
		}
		if err := act(); err != nil {
			return err
		}
	}
}

// waiting gives the channels of the running command; nil ones block for ever.
func (e *engine) waiting() (<-chan byte, <-chan []byte) {
	if e.running == nil {
		return nil, nil
	}
	return e.running.statuses, e.running.done
}

// receive acts on one packet.
func (e *engine) receive(ctx context.Context, f *frame) error {
	if !e.body.Count(body.Frame) {
		return errGone
	}
	if err := e.note(">", f); err != nil {
		return err
	}
	if f.initial() {
		return e.receiveInitial(ctx, f)
	}
	p := e.partial
	switch {
	case p == nil || p.channel != f.channel():
		return nil // section 11.2.4: spurious continuation packets are ignored
	case !p.next(f):
		e.drop()
		return e.fail(f.channel(), errInvalidSequence)
	}
	e.patient.Reset(packetTimeout)
	return e.complete(ctx)
}

// receiveInitial acts on the first packet of a message.
func (e *engine) receiveInitial(ctx context.Context, f *frame) error {
	channel := f.channel()
	switch {
	case channel == 0, channel == broadcast && f.command() != cmdInit, channel != broadcast && channel > e.last:
		return e.fail(channel, errInvalidChannel)
	case f.length() > maxPayload:
		return e.fail(channel, errInvalidLength)
	case f.command() == cmdInit:
		return e.initialize(f)
	case e.partial != nil && e.partial.channel == channel:
		e.drop()
		return e.fail(channel, errInvalidSequence)
	case f.command() == cmdCancel:
		e.cancel(channel)
		return nil
	case e.partial != nil, e.running != nil, e.lockedOut(channel):
		return e.fail(channel, errChannelBusy)
	}
	e.partial = begin(f)
	e.patient.Reset(packetTimeout)
	return e.complete(ctx)
}

// complete acts on the message once all of it is there.
func (e *engine) complete(ctx context.Context) error {
	if !e.partial.complete() {
		return nil
	}
	m := e.partial.message
	e.drop()
	switch m.command {
	case cmdPing:
		return e.send(m)
	case cmdCBOR:
		return e.start(ctx, m)
	case cmdWink:
		return e.wink(m)
	case cmdLock:
		return e.takeLock(m)
	case cmdReadConfig:
		return e.readConfig(m)
	case cmdMsg:
		return e.fail(m.channel, errInvalidCommand) // U2F, which this key says it has not
	}
	return e.fail(m.channel, errInvalidCommand)
}

// initialize gives out a channel, or brings one back to a known state.
func (e *engine) initialize(f *frame) error {
	if f.length() != 8 {
		return e.fail(f.channel(), errInvalidLength)
	}
	given := f.channel()
	if given == broadcast {
		e.last++
		given = e.last
		// What an earlier program left unread would be taken for answers by the next.
		if err := e.wire.flush(); err != nil {
			return err
		}
	} else {
		e.resync(given)
	}
	major, minor, patch := e.body.Firmware()
	payload := bytes.Clone(f.payload()[:8])
	payload = binary.BigEndian.AppendUint32(payload, given)
	payload = append(payload, protocolVersion, major, minor, patch, canWink|canCBOR|noMsg)
	return e.send(message{f.channel(), cmdInit, payload})
}

// resync aborts what a channel has begun.
func (e *engine) resync(channel uint32) {
	if e.partial != nil && e.partial.channel == channel {
		e.drop()
	}
	if e.running != nil && e.running.channel == channel {
		e.abandon()
	}
}

// expire gives up a message whose next packet did not come.
func (e *engine) expire() error {
	if e.partial == nil {
		return nil
	}
	channel := e.partial.channel
	e.drop()
	return e.fail(channel, errTimeout)
}

// drop forgets the message being received.
func (e *engine) drop() {
	e.partial = nil
	e.patient.Stop()
}

func (e *engine) fail(channel uint32, code byte) error {
	return e.send(message{channel, cmdError, []byte{code}})
}

func (e *engine) send(m message) error {
	for _, f := range m.frames() {
		if err := errors.Join(e.note("<", &f), e.wire.write(&f)); err != nil {
			return err
		}
	}
	return nil
}
