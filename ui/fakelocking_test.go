package ui

import (
	"context"
	"time"

	"holdfast/app"
)

// fakeLocking are the settings of locking of the fake vault.
type fakeLocking struct {
	set    bool
	is     app.Locking
	held   bool              // somebody keeps them
	swaps  []context.Context // as long as each lasts, the key may be unplugged
	locks  time.Time         // when the vault locks because the key is away; zero while it is there
	moved  chan struct{}     // closed when locks changes
	stirs  int               // signs of the person
	stuck  chan struct{}     // when not nil, Lock waits for it: a use case that does not listen
	refuse error             // what SetLocking answers
}

func (f *fake) SaveWindowSettings(s app.WindowSettings) error {
	f.called("save window settings")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.saved = s
	return nil
}

func (s *fakeSession) Hold(ctx context.Context, _ time.Duration) (app.Locking, error) {
	s.mu.Lock()
	s.locking.held = true
	s.mu.Unlock()
	return s.Locking(ctx)
}

func (s *fakeSession) Swap(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locking.swaps = append(s.locking.swaps, ctx)
}

func (s *fakeSession) Away() (locks time.Time, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locking.locks, s.locking.moved
}

// leave plays that the key that opened the vault left; with zero that it is back.
func (s *fakeSession) leave(locks time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locking.locks = locks
	close(s.locking.moved)
	s.locking.moved = make(chan struct{})
}

func (s *fakeSession) Stir() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locking.stirs++
}

func (s *fakeSession) Locking(context.Context) (app.Locking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.locking.set {
		return app.DefaultLocking(), s.open()
	}
	return s.locking.is, s.open()
}

func (s *fakeSession) SetLocking(ctx context.Context, next app.Locking, _ app.WaitFor, p app.Prompts) error {
	now, err := s.Locking(ctx)
	if err != nil {
		return err
	}
	if now.Loosens(next) {
		if err := s.ceremony(ctx, p, "loosen locking"); err != nil {
			return err
		}
	}
	s.f.called("set locking %v %v", next.Idle, next.WithToken)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locking.refuse != nil {
		return s.locking.refuse
	}
	s.locking.set, s.locking.is = true, next
	return nil
}
