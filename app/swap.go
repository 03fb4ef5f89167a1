package app

import (
	"context"
	"time"

	"holdfast/token"
)

// swapTime is how long a vault stays open without the token that opened it, from when that left: long enough to find a key in a drawer and to choose
// its PIN and PUK.
const swapTime = 5 * time.Minute

// swapSlack is how much later than an arrival the departure before it may be told: each side of a token is watched on its own.
const swapSlack = 3 * time.Second

// LockWithToken locks the session when its token leaves, until ctx ends. While another token is asked for it may leave (see Swap).
func (s *Session) LockWithToken(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	events := s.app.devices.Watch(ctx)
	go func() {
		defer stop()
		defer s.found()
		for {
			select {
			case <-s.ctx.Done():
				return
			case e, ok := <-events:
				if !ok {
					return
				}
				if ctx.Err() == nil && s.left(e) {
					s.report(s.Lock(LockedByToken))
					return
				}
			}
		}
	}()
}

// Swap says that another token is asked for, until ctx ends. There may be one port only: meanwhile the token that opened the vault may leave, and
// the vault stays open for swapTime. It locks then, unless that token has come back.
func (s *Session) Swap(ctx context.Context) {
	s.ask(1)
	context.AfterFunc(ctx, func() { time.AfterFunc(swapSlack, func() { s.ask(-1) }) })
}

// Away tells when the vault locks because the token that opened it has left, unless that comes back; zero while it is there. changed closes when
// this is no longer so.
func (s *Session) Away() (locks time.Time, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locks, s.moved
}

func (s *Session) ask(more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking += more
}

// swaps is the waiting of an act that may ask for another token: from then on until ctx ends the session's own may leave.
func (s *Session) swaps(ctx context.Context, say WaitFor) WaitFor {
	if say == nil {
		return nil
	}
	return func(want error) {
		s.Swap(ctx)
		say(want)
	}
}

// left takes note of what happened to the session's token, and reports whether the vault must lock by it.
func (s *Session) left(e token.Event) bool {
	if same, known := token.SamePhysical(e.Token, s.token); !same || !known {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case (e.Kind == token.Arrived || e.Kind == token.Changed) && e.Token.Physical == s.token.Physical: // not another one in its port
		s.back()
	case e.Kind != token.Left || s.away != nil: // news of it, or its other side
	case s.asking == 0:
		return true
	default:
		s.away = time.AfterFunc(s.spare, func() { s.report(s.Lock(LockedByToken)) })
		s.move(time.Now().Add(s.spare))
	}
	return false
}

// found is back for one that does not hold mu.
func (s *Session) found() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.back()
}

// back forgets that the token was away; mu is held.
func (s *Session) back() {
	if s.away != nil {
		s.away.Stop()
		s.away = nil
		s.move(time.Time{})
	}
}

// move notes when the vault locks, and tells whoever asked; mu is held.
func (s *Session) move(locks time.Time) {
	s.locks = locks
	close(s.moved)
	s.moved = make(chan struct{})
}
