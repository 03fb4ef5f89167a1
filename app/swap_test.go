package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/token"
)

// onePort is a machine with room for one key: whatever is asked for is plugged in where the other one was.
type onePort struct {
	d     *softDevices
	in    *softCard
	asked []string
}

func (o *onePort) swap(next *softCard) WaitFor {
	return func(want error) {
		o.asked = append(o.asked, want.Error())
		o.d.unplug(o.in)
		o.in = o.d.plug(next)
	}
}

// held makes a vault that keeps its settings of locking, with one token.
func held(t *testing.T) (*softDevices, *softCard, *Session) {
	t.Helper()
	d := newSoft(t)
	blue, s := set(t, d, home(t, d))
	if _, err := s.Hold(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	return d, blue, s
}

// inThePortOf gives a card the id of another, as real ones have it that stand in the same port one after the other.
func inThePortOf(o, c *softCard) *softCard {
	c.token.ID = o.token.ID
	return c
}

func TestEnrolWithOnePort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, blue, s := held(t)
		green := inThePortOf(blue, newCard("2"))
		port := &onePort{d: d, in: blue}
		id, err := s.Enrol(t.Context(), NewKeyslot{Label: "green", Role: RoleRecovery, Tiers: both(), Wait: port.swap(green)},
			Ceremony{Wait: port.swap(blue)}, person(t), nil)
		if err != nil {
			t.Fatalf("%v; asked for: %q", err, port.asked)
		}
		if len(port.asked) != 3 || port.asked[2] != "Soft 2 is not plugged in" {
			t.Errorf("asked for: %q", port.asked)
		}
		slots, err := s.Keyslots(t.Context())
		if err != nil {
			t.Fatalf("after the swaps: %v", err)
		}
		for _, k := range slots {
			if k.ID == id && k.ProvenMaster.IsZero() {
				t.Error("the new key was not proven")
			}
		}
		if status, err := s.Status(t.Context()); err != nil || !status.Armed {
			t.Errorf("armed %v, %v", status.Armed, err)
		}
	})
}

func TestEnrolWithoutWaitingSaysWhichKeyIsMissing(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	blue, s := set(t, d, a)
	green := d.plug(newCard("2"))
	port := &onePort{d: d, in: green}
	d.unplug(blue)
	_, err := s.Enrol(t.Context(), NewKeyslot{Label: "green", Role: RoleRecovery, Tiers: both()}, Ceremony{Wait: port.swap(blue)}, person(t), nil)
	var none *NoTokenError
	if !errors.As(err, &none) || none.Name != "Soft 2" || Explain(err).What != "Soft 2 is not plugged in." {
		t.Errorf("%v", err)
	}
}

// hasLeft holds, in a bubble, that the session has noticed at once that its token is away, or is back.
func hasLeft(t *testing.T, s *Session, away bool) {
	t.Helper()
	synctest.Wait()
	if locks, _ := s.Away(); locks.IsZero() == away {
		t.Fatalf("the token is away: %v; noticed: %v", away, !away)
	}
}

func TestProveWithOnePort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, blue, s := held(t)
		green := d.plug(newCard("2"))
		id, err := s.Enrol(t.Context(), NewKeyslot{Token: "2", Label: "green", Role: RoleRecovery, Tiers: both()}, Ceremony{}, person(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		d.unplug(green)
		port := &onePort{d: d, in: blue}
		if _, err := s.Prove(t.Context(), id, TierVault, port.swap(green), person(t)); err != nil || len(port.asked) != 1 || port.asked[0] != "green is not plugged in" {
			t.Errorf("%v; asked for: %q", err, port.asked)
		}
		hasLeft(t, s, true)
		if _, err := s.Keyslots(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestTheTokenMayLeaveOnlyWhileAnotherIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		blue, s := set(t, d, a)
		s.LockWithToken(t.Context())
		s.Swap(t.Context())
		for range 2 {
			d.unplug(blue)
			hasLeft(t, s, true)
			d.plug(blue)
			hasLeft(t, s, false)
		}
		if why, locked := s.Locked(); locked {
			t.Fatalf("it locks while another token is asked for: %q", why)
		}
		d.unplug(blue)
		if locked(s, swapTime-1) {
			t.Fatal("it does not wait for its token")
		}
		if !locked(s, 1) {
			t.Fatal("it stays open without its token for ever")
		}
		if why, _ := s.Locked(); why != LockedByToken {
			t.Errorf("locked by %q", why)
		}
	})
}

// TestAnotherTokenInItsPortIsNotTheToken holds that the time runs on while another token stands in the port of the one that left, and that asking
// anew does not prolong it.
func TestAnotherTokenInItsPortIsNotTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		blue, s := set(t, d, home(t, d))
		s.LockWithToken(t.Context())
		s.Swap(t.Context())
		d.unplug(blue)
		hasLeft(t, s, true)
		d.plug(inThePortOf(blue, newCard("9")))
		for range swapTime/time.Second - 1 {
			s.Swap(t.Context())
			if locked(s, time.Second) {
				t.Fatal("it does not wait for its token")
			}
		}
		s.Swap(t.Context())
		if !locked(s, time.Second) {
			t.Fatal("it stays open with another token in the port")
		}
	})
}

// TestANamelessTokenInItsPortIsNotTheToken: one that does not say which it is may be any, and the time runs on.
func TestANamelessTokenInItsPortIsNotTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		blue, s := set(t, d, home(t, d))
		s.LockWithToken(t.Context())
		s.Swap(t.Context())
		d.unplug(blue)
		hasLeft(t, s, true)
		locks, _ := s.Away()
		nameless := inThePortOf(blue, newCard("9"))
		nameless.token.Physical = ""
		if s.left(token.Event{Kind: token.Arrived, Token: nameless.token}) {
			t.Error("what arrives is taken for what leaves")
		}
		if now, _ := s.Away(); !now.Equal(locks) {
			t.Errorf("it locks at %v, and before at %v", now, locks)
		}
	})
}

// TestATokenWithoutASerialNumberIsNotTakenForAnother unplugs the new token, which nothing tells from the next in its port. Each leaves only once
// another one is asked for.
func TestATokenWithoutASerialNumberIsNotTakenForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, blue, s := held(t)
		nameless := newCard("2")
		nameless.token.Physical = ""
		port := &onePort{d: d, in: blue}
		_, err := s.Enrol(t.Context(), NewKeyslot{Label: "green", Role: RoleRecovery, Tiers: both(), Wait: port.swap(nameless)},
			Ceremony{Token: "blue", Wait: func(want error) {
				port.swap(blue)(want)
				d.plug(nameless)
			}}, person(t), nil)
		if !errors.Is(err, ErrNotKnownAgain) {
			t.Errorf("%v; asked for: %q", err, port.asked)
		}
	})
}

func TestTheTokenMayNotLeaveOnceTheOtherHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		blue, s := set(t, d, a)
		s.LockWithToken(t.Context())
		asking, asked := context.WithCancel(t.Context())
		s.Swap(asking)
		asked()
		counts := func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.asking > 0
		}
		if locked(s, swapSlack-1) || !counts() {
			t.Fatal("a question that has just ended does not count, though a departure may be told later than an arrival")
		}
		if locked(s, 1) || counts() {
			t.Fatal("a question that has ended counts still")
		}
		d.unplug(blue)
		if !locked(s, 0) {
			t.Fatal("it does not lock")
		}
	})
}

func TestALockEndsTheTimeOfASwap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		blue, s := set(t, d, a)
		s.LockWithToken(t.Context())
		s.Swap(t.Context())
		d.unplug(blue)
		hasLeft(t, s, true)
		if err := s.Lock(LockedByOwner); err != nil {
			t.Fatal(err)
		}
		if locks, _ := s.Away(); !locks.IsZero() {
			t.Error("a timer is left")
		}
	})
}
