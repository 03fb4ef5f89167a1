package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast/keystore"
	"holdfast/token"
)

// lockWait is how long Lock waits for an act under way to notice that it has been cancelled.
const lockWait = 2 * time.Second

// Session is one vault while it is open, and the token that opened it. It locks itself when nothing happens for a while, when its token leaves,
// and when it is closed; whatever is under way is cancelled then.
type Session struct {
	app   *App
	place Place
	id    string // the vault's
	token token.Token

	mu     sync.Mutex
	vault  *keystore.Vault // nil once locked; guarded by mu
	why    LockReason      // guarded by mu
	busy   int             // acts under way; guarded by mu
	idle   *time.Timer     // guarded by mu; nil when the session does not lock on idle
	after  time.Duration   // guarded by mu
	quiet  chan struct{}   // closed when busy is 0 again; guarded by mu
	ctx    context.Context // ends when the session locks
	cancel context.CancelFunc
}

// LockReason says why a session is locked.
type LockReason string

// The reasons.
const (
	LockedByOwner LockReason = "owner"      // the person asked for it, or the program ends
	LockedByIdle  LockReason = "idle"       // nothing happened for a while
	LockedByToken LockReason = "token-left" // the token that opened the vault was unplugged
)

// LockWords says in words why a vault was locked.
func LockWords(r LockReason) string {
	switch r {
	case LockedByIdle:
		return "Locked: nothing happened for a while."
	case LockedByToken:
		return "Locked: the token that opened the vault was unplugged."
	case LockedByOwner:
		return "Locked."
	default:
		return "Locked (" + string(r) + ")."
	}
}

func (a *App) session(place Place, vault string, t token.Token, v *keystore.Vault) *Session {
	s := &Session{app: a, place: place, id: vault, token: t, vault: v}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Token is the token that opened the session.
func (s *Session) Token() token.Token { return s.token }

// Place says where the vault lives.
func (s *Session) Place() Place { return s.place }

// Done is closed when the session locks.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }

// Locked reports whether and why the session is locked.
func (s *Session) Locked() (LockReason, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why, s.why != ""
}

// LockOnIdle locks the session when no act is under way for d; zero never does.
func (s *Session) LockOnIdle(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = d
	s.rest()
}

// rest starts the idle timer when nothing is under way; mu is held.
func (s *Session) rest() {
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
	if s.after > 0 && s.busy == 0 && s.vault != nil {
		s.idle = time.AfterFunc(s.after, func() { s.lockIdle() })
	}
}

// lockIdle locks when nothing has begun since the timer ran out.
func (s *Session) lockIdle() {
	s.mu.Lock()
	begun := s.busy > 0
	s.mu.Unlock()
	if !begun {
		s.report(s.Lock(LockedByIdle))
	}
}

// report is where an error of a lock that nobody waits for goes: it ends in the session's reason, so that the next act tells it.
func (s *Session) report(err error) {
	if err != nil {
		s.mu.Lock()
		s.why = LockReason(string(s.why) + "; " + firstLine(err.Error()))
		s.mu.Unlock()
	}
}

// LockWithToken locks the session when its token leaves, until ctx ends.
func (s *Session) LockWithToken(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	events := s.app.devices.Watch(ctx)
	go func() {
		defer stop()
		for {
			select {
			case <-s.ctx.Done():
				return
			case e, ok := <-events:
				if !ok {
					return
				}
				if same, known := token.SamePhysical(e.Token, s.token); e.Kind == token.Left && same && known {
					s.report(s.Lock(LockedByToken))
					return
				}
			}
		}
	}()
}

// Lock cancels what is under way, closes the vault and wipes what it held. It may be called again.
func (s *Session) Lock(why LockReason) error {
	s.mu.Lock()
	v := s.vault
	if v == nil {
		s.mu.Unlock()
		return nil
	}
	s.vault, s.why = nil, why
	s.rest()
	s.cancel()
	quiet := s.quiet
	s.mu.Unlock()
	if quiet != nil {
		wait := time.NewTimer(lockWait)
		defer wait.Stop()
		select {
		case <-quiet:
		case <-wait.C: // the vault is closed under an act that does not listen: lock wins
		}
	}
	return v.Close()
}

// Close locks the session.
func (s *Session) Close() error { return s.Lock(LockedByOwner) }

// use begins an act on the open vault: the context ends with the caller's and with the session. end must be called.
func (s *Session) use(ctx context.Context) (context.Context, *keystore.Vault, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vault == nil {
		return nil, nil, nil, fmt.Errorf("%w: %s", ErrLocked, LockWords(s.why))
	}
	if s.busy == 0 {
		s.quiet = make(chan struct{})
	}
	s.busy++
	s.rest()
	ctx, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(s.ctx, func() { cancel(ErrLocked) })
	return ctx, s.vault, func() {
		unhook()
		cancel(nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy--
		if s.busy == 0 {
			close(s.quiet)
			s.quiet = nil
		}
		s.rest()
	}, nil
}

// do runs one act on the open vault and remembers what the owner must be told afterwards.
func (s *Session) do(ctx context.Context, act func(ctx context.Context, v *keystore.Vault) error) error {
	ctx, v, end, err := s.use(ctx)
	if err != nil {
		return err
	}
	defer end()
	err = act(ctx, v)
	if why := context.Cause(ctx); err != nil && why != nil && !errors.Is(err, why) {
		return fmt.Errorf("%w (%w)", why, err) // whatever it was called below: the act was ended from outside
	}
	return err
}

// value is do for an act that gives something.
func value[T any](ctx context.Context, s *Session, act func(ctx context.Context, v *keystore.Vault) (T, error)) (T, error) {
	var out T
	err := s.do(ctx, func(ctx context.Context, v *keystore.Vault) error {
		var err error
		out, err = act(ctx, v)
		return err
	})
	return out, err
}
