package app

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/journal"
	"holdfast/keystore"
)

// locked reports, in a bubble, whether a session is locked once this much time has passed and everything that begins by then has run.
func locked(s *Session, within time.Duration) bool {
	<-time.After(within)
	synctest.Wait()
	_, locked := s.Locked()
	return locked
}

// TestSettingsOfLockingAreKept holds that what is set is kept at once, in this session and in the next, and that loosening asks the token.
func TestSettingsOfLockingAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		c, s := set(t, d, a)
		if l, err := s.Hold(t.Context(), 0); err != nil || l != DefaultLocking() {
			t.Fatalf("%+v, %v", l, err)
		}
		if err := s.SetLocking(t.Context(), Locking{Idle: time.Minute, WithToken: true}, nil, nobody()); err != nil {
			t.Fatalf("tightening asked somebody: %v", err)
		}
		if err := s.SetLocking(t.Context(), Locking{Idle: time.Minute}, nil, nobody()); !errors.Is(err, errNobody) {
			t.Fatalf("loosening asked nobody: %v", err)
		}
		d.unplug(c)
		if err := s.SetLocking(t.Context(), Locking{Idle: time.Minute}, nil, person(t)); err == nil {
			t.Error("loosened without a token")
		}
		if !locked(s, 0) {
			t.Fatal("the key left and the vault is open")
		}
		if err := s.Close(); err != nil { // waits for the vault to be closed
			t.Fatal(err)
		}
		d.plug(c)
		s, err := a.Unlock(t.Context(), Unlock{}, person(t))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if l, err := s.Hold(t.Context(), 0); err != nil || l.Idle != time.Minute {
			t.Fatalf("%+v, %v", l, err)
		}
		if err := s.SetLocking(t.Context(), Locking{Idle: time.Minute}, nil, person(t)); err != nil {
			t.Fatal(err)
		}
		d.unplug(c)
		if locked(s, time.Minute-1) {
			t.Fatal("locked when the key left, though the owner chose otherwise")
		}
		d.plug(c)
		if err := s.SetLocking(t.Context(), Locking{Idle: time.Minute, WithToken: true}, nil, nobody()); err != nil {
			t.Fatal(err)
		}
		lines, err := s.JournalLines(t.Context(), journal.Filter{Act: journal.ActSetting})
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, l := range lines {
			words = append(words, l.Words)
		}
		if want := []string{
			"The vault locks when its key is unplugged now", "The vault no longer locks when its key is unplugged (confirmed with \u201cblue\u201d)",
			"The vault locks after 1 minute now; before, it did after 5 minutes",
		}; !slices.Equal(words, want) {
			t.Errorf("%q", words)
		}
		d.unplug(c)
		if !locked(s, 0) {
			t.Error("the key left and the vault is open")
		}
	})
}

// TestStirPutsOffLocking holds that a person who reads is not idle, and one who left is.
func TestStirPutsOffLocking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		_, s := set(t, d, a)
		const idle = 4 * time.Second
		if _, err := s.Hold(t.Context(), idle); err != nil {
			t.Fatal(err)
		}
		var stirred time.Time
		for range 60 {
			stirred = time.Now()
			s.Stir()
			if locked(s, 100*time.Millisecond) {
				t.Fatal("locked under the person's hands")
			}
		}
		<-s.Done()
		if after := time.Since(stirred); after > idle || after <= idle-stirEvery {
			t.Errorf("locked %v after the person left", after)
		}
		s.Stir()
		if why, _ := s.Locked(); why != LockedByIdle {
			t.Error(why)
		}
	})
}

func TestDurationsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{time.Minute: "1 minute", 90 * time.Second: "90 seconds", 2 * time.Hour: "2 hours", time.Second: "1 second", 10 * time.Minute: "10 minutes"} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
	for _, r := range []LockReason{LockedBySuspend, LockedBySession, LockedByIdle, LockedByToken} {
		if LockWords(r) == "Locked ("+string(r)+")." {
			t.Errorf("%s has no words", r)
		}
	}
	whole(t, "a time", Explain(&keystore.LockingError{Idle: time.Second}))
}
