package hid

import "context"

// transaction is a CBOR command on its way.
type transaction struct {
	channel  uint32
	cancel   context.CancelFunc
	statuses chan byte   // a new state, to be told
	done     chan []byte // the response
	status   byte        // the state told last
}

// start carries out a CBOR command beside the engine.
func (e *engine) start(ctx context.Context, m message) error {
	if len(m.payload) == 0 {
		return e.fail(m.channel, errInvalidLength)
	}
	ctx, cancel := context.WithCancel(ctx)
	t := &transaction{channel: m.channel, cancel: cancel, statuses: make(chan byte), done: make(chan []byte, 1)}
	t.status = keepaliveProcessing
	e.running = t
	e.work.Go(func() {
		t.done <- e.auth.Handle(ctx, m.payload, func(status byte) {
			select {
			case t.statuses <- status:
			case <-ctx.Done():
			}
		})
	})
	return nil
}

// keepaliveProcessing is the state of a command until it says otherwise.
const keepaliveProcessing = 0x01

// beat tells the platform what the running command waits for.
func (e *engine) beat() error {
	if e.running == nil {
		return nil
	}
	return e.send(message{e.running.channel, cmdKeepalive, []byte{e.running.status}})
}

// finish sends the response of the running command.
func (e *engine) finish(response []byte) error {
	channel := e.running.channel
	e.abandon()
	if response == nil {
		return nil // unplugged: nobody is left to answer
	}
	return e.send(message{channel, cmdCBOR, response})
}

// cancel asks a channel's running command to end; it still answers.
func (e *engine) cancel(channel uint32) {
	if e.running != nil && e.running.channel == channel {
		e.running.cancel()
	}
}

// abandon forgets the running command, and its answer.
func (e *engine) abandon() {
	if e.running != nil {
		e.running.cancel()
		e.running = nil
	}
}
