package hid

import (
	"context"
	"errors"
	"sync"

	"holdfast/token/virtual/body"
)

// Serve attaches the FIDO2 side of a key whenever the key is plugged in: there
// is then a pseudo-terminal, and link is a symbolic link to it. Unplugged, both
// are gone. Serve returns when ctx ends (nil), or when the key cannot be attached.
func Serve(ctx context.Context, b *body.Body, a Authenticator, link string) error {
	for ctx.Err() == nil {
		in, changed := b.Plugged()
		if in {
			if err := attach(ctx, b, a, link, changed); err != nil {
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
func attach(ctx context.Context, b *body.Body, a Authenticator, link string, unplugged <-chan struct{}) error {
	if err := a.PowerUp(); err != nil {
		return err
	}
	p, err := openPort(link)
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
	served := newEngine(b, a, p).run(ctx, frames)
	stop()
	closed := p.close()
	all.Wait()
	if errors.Is(served, errGone) || errors.Is(served, body.ErrUnplugged) || errors.Is(served, context.Canceled) {
		served = nil
	}
	return errors.Join(served, closed)
}
