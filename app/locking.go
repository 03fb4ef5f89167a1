package app

import (
	"context"
	"errors"
	"time"

	"holdfast/keystore"
	"holdfast/token"
)

// Locking says when an open vault locks by itself: the owner's settings, kept in the vault.
type Locking = keystore.Locking

// DefaultLocking is in force until the owner chooses.
func DefaultLocking() Locking { return keystore.DefaultLocking() }

// Hold locks the session by the owner's settings from now on, until ctx ends, and gives them; most tightens the time without an act for this session,
// 0 does not. Where the settings cannot be read the defaults hold, and the error says why.
func (s *Session) Hold(ctx context.Context, most time.Duration) (Locking, error) {
	s.mu.Lock()
	s.holds, s.most = ctx, most
	s.mu.Unlock()
	s.keep(DefaultLocking())
	l, err := s.Locking(ctx)
	s.keep(l)
	return l, err
}

// Locking gives the owner's settings of locking.
func (s *Session) Locking(ctx context.Context) (Locking, error) {
	l := DefaultLocking()
	err := s.do(ctx, func(ctx context.Context, v *keystore.Vault) (err error) {
		l, err = v.Locking(ctx)
		return err
	})
	return l, err
}

// SetLocking changes the owner's settings of locking, and keeps them at once where Hold does. What loosens them takes a touch of a token that opens
// the vault: the one that opened it when it is there, else the best that is plugged in.
func (s *Session) SetLocking(ctx context.Context, next Locking, wait WaitFor, p Prompts) error {
	err := s.do(ctx, func(ctx context.Context, v *keystore.Vault) error {
		err := v.SetLocking(ctx, next, nil, p)
		if !errors.Is(err, keystore.ErrNeedsTouch) {
			return err
		}
		slots, err := v.Keyslots(ctx)
		if err != nil {
			return err
		}
		t, err := s.app.await(ctx, s.swaps(ctx, wait), func(list []token.Token) (token.Token, error) { return s.toucher(list, openSlots(slots)) })
		if err != nil {
			return err
		}
		present, err := s.app.present(t)
		if err != nil {
			return err
		}
		return v.SetLocking(ctx, next, &present, p)
	})
	if err == nil {
		s.keep(next)
	}
	return err
}

// toucher chooses the token that confirms: the one that opened the vault, else the best.
func (s *Session) toucher(list []token.Token, slots []known) (token.Token, error) {
	for _, t := range list {
		if s.opened(t) {
			return t, nil
		}
	}
	var alive []known
	for _, k := range slots {
		if !k.Revoked {
			alive = append(alive, k)
		}
	}
	return opener(list, "", alive)
}

// keep applies settings, unless Hold was never asked for: a command that opens the vault for one act has its own end.
func (s *Session) keep(l Locking) {
	s.mu.Lock()
	ctx := s.holds
	if ctx == nil {
		s.mu.Unlock()
		return
	}
	unpin := s.unpin
	pin := l.WithToken && unpin == nil
	if !l.WithToken {
		s.unpin = nil
	}
	if pin {
		ctx, s.unpin = context.WithCancel(ctx)
	}
	idle := l.Idle
	if s.most > 0 && (idle == 0 || s.most < idle) {
		idle = s.most
	}
	s.mu.Unlock()
	s.LockOnIdle(idle)
	switch {
	case pin:
		s.LockWithToken(ctx)
	case !l.WithToken && unpin != nil:
		unpin()
	}
}

// stirEvery is how often a sign of the person is taken note of: keys and mouse come far more often than a timer need be set.
const stirEvery = time.Second

// Stir says that the person is here: types, or moves the mouse. It puts off locking on idle, and may be called as often as there is a sign.
func (s *Session) Stir() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.stirs) >= stirEvery {
		s.stirs = now
		s.rest()
	}
}
