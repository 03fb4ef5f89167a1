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

// Session is one vault while it is open, and the token that opened it. It locks itself when nothing happens for a while, when its token leaves
// (see Swap), and when it is closed; whatever is under way is cancelled then.
type Session struct {
	app   *App
	place Place
	id    string // the vault's
	token token.Token
	spare time.Duration // how long it may be away in a swap; swapTime but in tests

	mu     sync.Mutex
	vault  *keystore.Vault // nil once locked; guarded by mu
	why    LockReason      // guarded by mu
	busy   int             // acts under way; guarded by mu
	idle   *time.Timer     // guarded by mu; nil when the session does not lock on idle
	after  time.Duration   // guarded by mu
	stirs  time.Time       // when the person was noticed last; guarded by mu
	holds  context.Context // how long the owner's settings are kept; nil before Hold; guarded by mu
	most   time.Duration   // the longest time without an act that this session takes; 0 is the owner's setting; guarded by mu
	unpin  func()          // ends LockWithToken; nil when the vault does not lock with its token; guarded by mu
	asking int             // who asks for another token now; guarded by mu
	away   *time.Timer     // locks when it runs out; nil while the session's token is there; guarded by mu
	locks  time.Time       // when that is; zero while away is nil; guarded by mu
	moved  chan struct{}   // closed, and another one made, when locks changes; guarded by mu
	quiet  chan struct{}   // closed when busy is 0 again; guarded by mu
	shut   chan struct{}   // closed when the vault is closed, which comes after ctx has ended
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

	LockedBySuspend LockReason = "suspend" // the machine goes to sleep, or ends
	LockedBySession LockReason = "session" // the person's screen was locked
)

// LockWords says in words why a vault was locked.
func LockWords(r LockReason) string {
	switch r {
	case LockedByIdle:
		return "Locked: nothing happened for a while."
	case LockedByToken:
		return "Locked: the key that opened the vault was unplugged."
	case LockedBySuspend:
		return "Locked: the computer went to sleep."
	case LockedBySession:
		return "Locked: the screen was locked."
	case LockedByOwner:
		return "Locked."
	default:
		return "Locked (" + string(r) + ")."
	}
}

func (a *App) session(place Place, vault string, t token.Token, v *keystore.Vault) *Session {
	s := &Session{app: a, place: place, id: vault, token: t, spare: swapTime, vault: v, moved: make(chan struct{}), shut: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// opened reports whether a token is the very side that opened the session, and not another one in its port.
func (s *Session) opened(t token.Token) bool {
	return t.ID == s.token.ID && t.Physical == s.token.Physical
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

// Lock cancels what is under way, closes the vault and wipes what it held. It may be called again, and waits for the first to end.
func (s *Session) Lock(why LockReason) error {
	s.mu.Lock()
	v := s.vault
	if v == nil {
		s.mu.Unlock()
		<-s.shut
		return nil
	}
	defer close(s.shut)
	s.vault, s.why = nil, why
	s.rest()
	s.back()
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
