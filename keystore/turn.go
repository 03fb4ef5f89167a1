package keystore

import (
	"context"
	"errors"
	"fmt"
)

// What an act does to the vault: those that change it are refused while it is open to read only.
const (
	reads   = false
	changes = true
)

// during runs fn as one act of the vault: it waits for its turn, and its context ends with the caller's and when the vault is closed.
func during[T any](ctx context.Context, v *Vault, changing bool, fn func(ctx context.Context) (T, error)) (T, error) {
	var out T
	err := v.turnOf(ctx, func(ctx context.Context) error {
		if err := v.usable(changing); err != nil {
			return err
		}
		var err error
		out, err = fn(ctx)
		return err
	})
	return out, err
}

// turnOf waits until no other act and no ceremony is under way and runs fn.
func (v *Vault) turnOf(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := v.take(ctx); err != nil {
		return err
	}
	defer v.release()
	return v.run(ctx, fn)
}

// take waits for the turn, which an act holds while it runs and a ceremony from its touch to its Close.
func (v *Vault) take(ctx context.Context) error {
	select {
	case v.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-v.life.Done():
		return ErrClosed
	}
}

func (v *Vault) release() { <-v.turn }

// run runs a stretch of an act or a ceremony. Close ends its context, waits for it and for nothing else: a ceremony between two stretches, whose
// owner is reading or typing, is not waited for.
func (v *Vault) run(ctx context.Context, fn func(ctx context.Context) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || v.life.Err() != nil {
		return ErrClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(v.life, cancel)()
	err := fn(ctx)
	if err != nil && v.life.Err() != nil && !errors.Is(err, ErrClosed) {
		return fmt.Errorf("%w (%w)", ErrClosed, err)
	}
	return err
}

// run runs a stretch of the ceremony.
func (c *Ceremony) run(ctx context.Context, fn func(ctx context.Context) error) error {
	return c.v.run(ctx, func(ctx context.Context) error {
		if c.closed {
			return ErrClosed
		}
		return fn(ctx)
	})
}

// Done is closed when the vault is being locked: whoever waits for the owner within the ceremony then takes what it shows away and returns.
func (c *Ceremony) Done() <-chan struct{} { return c.v.life.Done() }
