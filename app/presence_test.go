package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// says is a system that says what the test sends.
type says chan Presence

// Watch implements Presences. It says nothing more once ctx has ended.
func (c says) Watch(ctx context.Context) <-chan Presence {
	out := make(chan Presence)
	go func() {
		defer close(out)
		for {
			select {
			case p := <-c:
				select {
				case out <- p:
				case <-ctx.Done():
					p.Locked()
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// TestSessionLocksWhenTheMachineSleeps holds that sleep waits until the vault is closed, also while an act is under way.
func TestSessionLocksWhenTheMachineSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		_, s := set(t, d, a)
		system := make(says)
		s.LockWithPresence(t.Context(), system)
		system <- Presence{Told: true, Locked: func() {}}
		if locked(s, time.Hour) {
			t.Fatal("locked by news that are none")
		}
		closed := make(chan bool, 1)
		system <- Presence{Told: true, Why: LockedBySuspend, Locked: func() {
			_, err := a.Locked(s.Place())
			again, openErr := a.Unlock(context.Background(), Unlock{}, person(t))
			if openErr == nil {
				openErr = again.Close()
			}
			closed <- err == nil && openErr == nil
		}}
		if !<-closed {
			t.Error("sleep was let go while the vault was open")
		}
		if why, _ := s.Locked(); why != LockedBySuspend {
			t.Error(why)
		}
	})
}

// TestLockDoesNotWaitForTheDeaf holds that an act which ignores its end holds the lock up for two seconds and no longer.
func TestLockDoesNotWaitForTheDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		_, s := set(t, d, a)
		_, _, end, err := s.use(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		start := time.Now()
		if err := s.Lock(LockedBySession); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != lockWait {
			t.Errorf("a deaf act holds the lock up for %v", took)
		}
	})
}
