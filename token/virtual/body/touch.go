package body

import (
	"context"
	"slices"
)

// touch is the button.
type touch struct {
	automatic bool
	waiting   []chan struct{} // oldest first; closed when touched
	arrived   []chan struct{} // closed at the next waiter
}

// WaitTouch waits for the owner's finger. It returns nil when the key was
// touched (at once under automatic touch), ErrUnplugged, or the error of ctx,
// which carries the time that the side allows. One touch serves one waiter, the
// one that has waited longest.
func (b *Body) WaitTouch(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	gone := b.plug.gone()
	if b.touch.automatic && b.plug.in {
		b.mu.Unlock()
		return nil
	}
	touched := make(chan struct{})
	b.touch.waiting = append(b.touch.waiting, touched)
	for _, c := range b.touch.arrived {
		close(c)
	}
	b.touch.arrived = nil
	b.mu.Unlock()

	select {
	case <-touched:
		return nil
	case <-gone:
		return b.giveUp(touched, ErrUnplugged)
	case <-ctx.Done():
		return b.giveUp(touched, ctx.Err())
	}
}

// giveUp takes a waiter out of the row. A touch that came first wins.
func (b *Body) giveUp(touched chan struct{}, err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.touch.waiting, touched)
	if i < 0 {
		return nil
	}
	b.touch.waiting = slices.Delete(b.touch.waiting, i, i+1)
	return err
}

// Touch touches the key. It returns false when nothing waited for it: such a
// touch is lost, as it is on a real key.
func (b *Body) Touch() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.touchOne()
}

func (b *Body) touchOne() bool {
	if len(b.touch.waiting) == 0 {
		return false
	}
	close(b.touch.waiting[0])
	b.touch.waiting = b.touch.waiting[1:]
	return true
}

// TouchNext touches the key as soon as something waits for it.
func (b *Body) TouchNext(ctx context.Context) error {
	for {
		b.mu.Lock()
		if b.touchOne() {
			b.mu.Unlock()
			return nil
		}
		arrived := make(chan struct{})
		b.touch.arrived = append(b.touch.arrived, arrived)
		b.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// AutomaticTouch makes every touch come by itself, or not. Switched on, it
// also serves those that wait already.
func (b *Body) AutomaticTouch(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.touch.automatic = on
	for on && b.touchOne() {
		continue
	}
}

// WaitingForTouch counts those who wait for a touch now.
func (b *Body) WaitingForTouch() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.touch.waiting)
}
