package hid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"holdfast/token/virtual/body"
)

// Device attaches the FIDO2 side of a key whenever the key is plugged in: there
// is then a pseudo-terminal, and Link is a symbolic link to it. Unplugged, both
// are gone.
type Device struct {
	Body *body.Body
	Auth Authenticator
	Link string

	// Trace gets each packet as a line of text: "> " and hex for one that a
	// program sent, "< " and hex for one that it got. Nil keeps no trace. A
	// packet that cannot be traced ends the device.
	Trace io.Writer

	attached atomic.Bool
}

// Attached tells whether programs can open the device now.
func (d *Device) Attached() bool { return d.attached.Load() }

// Serve runs the device until ctx ends (nil), or until it cannot be attached.
func (d *Device) Serve(ctx context.Context) error {
	for ctx.Err() == nil {
		in, changed := d.Body.Plugged()
		if in {
			if err := d.attach(ctx, changed); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return nil
}

// attach serves one time of being plugged in, until unplugged is closed.
func (d *Device) attach(ctx context.Context, unplugged <-chan struct{}) error {
	if err := d.Auth.PowerUp(); err != nil {
		return err
	}
	p, err := openPort(d.Link)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	frames := make(chan frame)
	all.Go(func() { p.read(frames, ctx.Done()) })
	all.Go(func() {
		select {
		case <-unplugged:
			stop()
		case <-ctx.Done():
		}
	})
	d.attached.Store(true)
	served := newEngine(d.Body, d.Auth, p, tracer{d.Trace}).run(ctx, frames)
	stop()
	closed := p.close()
	d.attached.Store(false)
	all.Wait()
	if errors.Is(served, errGone) || errors.Is(served, body.ErrUnplugged) || errors.Is(served, context.Canceled) {
		served = nil
	}
	return errors.Join(served, closed)
}

// tracer writes a trace, or none.
type tracer struct{ to io.Writer }

func (t tracer) note(direction string, f *frame) error {
	if t.to == nil {
		return nil
	}
	if _, err := fmt.Fprintf(t.to, "%s %x\n", direction, f[:]); err != nil {
		return fmt.Errorf("trace of packets: %w", err)
	}
	return nil
}
