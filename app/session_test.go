package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/keystore"
	"holdfast/token"
)

func both() []Tier { return []Tier{TierVault, TierMaster} }

// set makes a vault with one token.
func set(t *testing.T, d *softDevices, a *App) (*softCard, *Session) {
	t.Helper()
	c := d.plug(newCard("1"))
	s, err := a.SetUp(t.Context(), NewVault{Label: "blue", Role: RoleEveryday, Tiers: both()}, person(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, s
}

func ids(list []Notice) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.ID+"/"+n.Why)
	}
	return out
}

func TestNoticesFollowTheVaultAndAreRemembered(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	list, err := s.Notices(t.Context())
	if err != nil || !slices.Equal(ids(list), []string{"not-armed/second-token", "not-backed-up/words-and-backup"}) {
		t.Fatalf("%v, %v", ids(list), err)
	}
	d.plug(newCard("2"))
	if _, err := s.Enrol(t.Context(), NewKeyslot{Token: "2", Label: "bank", Role: RoleRecovery, Tiers: both()}, Ceremony{}, person(t), nil); err != nil {
		t.Fatal(err)
	}
	list, err = s.Notices(t.Context())
	if err != nil || !slices.Equal(ids(list), []string{"not-backed-up/words-and-backup"}) {
		t.Fatalf("%v, %v", ids(list), err)
	}
	again, err := a.Remembered(s.Place())
	if err != nil || !slices.Equal(ids(again), ids(list)) {
		t.Errorf("remembered: %v, %v", ids(again), err)
	}
}

func TestLockRefusesEverythingAndCancelsWhatIsUnderWay(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.do(t.Context(), func(ctx context.Context, _ *keystore.Vault) error {
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	<-begun
	if err := s.Lock(LockedByOwner); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrLocked) {
		t.Errorf("what was under way ends with %v", err)
	}
	if _, err := s.Identities(t.Context(), Query{}); !errors.Is(err, ErrLocked) {
		t.Errorf("after the lock: %v", err)
	}
	if why, locked := s.Locked(); !locked || why != LockedByOwner {
		t.Errorf("locked %v, %q", locked, why)
	}
	if err := s.Lock(LockedByIdle); err != nil {
		t.Error(err)
	}
	if why, _ := s.Locked(); why != LockedByOwner {
		t.Errorf("the first reason stays: %q", why)
	}
}

func TestSessionLocksOnIdleButNotDuringAnAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		_, s := set(t, d, a)
		const idle = time.Minute
		s.LockOnIdle(idle)
		err := s.do(t.Context(), func(ctx context.Context, _ *keystore.Vault) error {
			timer := time.NewTimer(4 * idle)
			defer timer.Stop()
			select {
			case <-timer.C:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
		if err != nil {
			t.Fatalf("an act under way was ended: %v", err)
		}
		ended := time.Now()
		<-s.Done()
		if after := time.Since(ended); after != idle {
			t.Errorf("it locks %v after the act", after)
		}
		if why, locked := s.Locked(); !locked || why != LockedByIdle {
			t.Errorf("locked %v, %q", locked, why)
		}
	})
}

func TestSessionLocksWhenItsTokenLeavesAndOnlyThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newSoft(t)
		a := home(t, d)
		c, s := set(t, d, a)
		s.LockWithToken(t.Context())
		other := d.plug(newCard("9"))
		d.unplug(other)
		if _, err := s.CountIdentities(t.Context()); err != nil {
			t.Fatalf("another token left: %v", err)
		}
		d.unplug(c)
		if !locked(s, 0) {
			t.Fatal("it does not lock")
		}
		if _, err := s.CountIdentities(t.Context()); !errors.Is(err, ErrLocked) {
			t.Errorf("after the token left: %v", err)
		}
	})
}

func TestUnlockChoosesAndRefuses(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	c, s := set(t, d, a)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.plug(newCard("7")) // a stranger beside it is never asked
	open, err := a.Unlock(t.Context(), Unlock{}, person(t))
	if err != nil || open.Token().ID != c.token.ID {
		t.Fatalf("%v", err)
	}
	if err := open.Close(); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]error{"7": keystore.ErrNoKeyslotForToken, "nothing": &NoTokenError{}} {
		_, err := a.Unlock(t.Context(), Unlock{Token: ref}, nobody())
		var none *NoTokenError
		if ok := errors.Is(err, want) || errors.As(want, &none) && errors.As(err, &none); !ok {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if _, err := a.Unlock(t.Context(), Unlock{Token: "blue"}, nobody()); !errors.Is(err, errNobody) {
		t.Errorf("a cancelled prompt: %v", err)
	}
}

func TestUnlockWaitsForItsToken(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	c, s := set(t, d, a)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.unplug(c)
	waited := false
	open, err := a.Unlock(t.Context(), Unlock{Wait: func(want error) {
		waited = true
		var none *NoTokenError
		if !errors.As(want, &none) {
			t.Errorf("it waits for %v", want)
		}
		d.plug(c)
	}}, person(t))
	if err != nil || !waited {
		t.Fatalf("waited %v, %v", waited, err)
	}
	if err := open.Close(); err != nil {
		t.Error(err)
	}
	d.unplug(c)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = a.Unlock(ctx, Unlock{Wait: func(error) { cancel() }}, person(t))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was cancelled: %v", err)
	}
}

func TestCreateSaysTheCountThatIsThere(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	ctx, cancel := context.WithCancel(t.Context())
	made, first, err := s.Create(ctx, NewIdentities{Method: MethodKey, Label: "n", Count: 1000}, func(done int) {
		if done >= 300 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || made < 300 || made >= 1000 || len(first) == 0 {
		t.Fatalf("made %d, first %d, %v", made, len(first), err)
	}
	there, err := s.CountIdentities(t.Context())
	if err != nil || there != made {
		t.Errorf("%d said, %d there, %v", made, there, err)
	}
}

func TestChoosingTokens(t *testing.T) {
	piv := func(n string) token.Token {
		return token.Token{ID: "piv:" + n, Kind: token.PIV, Physical: "yubikey:" + n, Name: "YubiKey " + n}
	}
	fido := func(n string) token.Token {
		return token.Token{ID: "fido2:" + n, Kind: token.FIDO2, Physical: "yubikey:" + n, Name: "YubiKey " + n}
	}
	slot := func(n, label string, kind keystore.Kind, role keystore.Role) known {
		return known{Label: label, Physical: "yubikey:" + n, Kind: kind, Role: role, Master: true}
	}
	slots := []known{slot("1", "blue", "piv", RoleEveryday), slot("1", "blue passkey", "fido2", RoleEveryday), slot("2", "bank", "piv", RoleRecovery)}
	all := []token.Token{fido("1"), piv("2"), piv("1"), fido("2"), piv("3")}
	stranger := []known{{Kind: "piv", Role: RoleEveryday}, {Kind: "fido2", Role: RoleRecovery}} // a machine that remembers nothing
	for _, c := range []struct {
		name   string
		choose func([]token.Token, string, []known) (token.Token, error)
		list   []token.Token
		ref    string
		slots  []known
		want   string
		err    error
	}{
		{"everyday before recovery, smart card before passkey", opener, all, "", slots, "piv:1", nil},
		{"a kind", opener, all, "fido2", slots, "fido2:1", nil},
		{"a label", opener, all, "bank", slots, "piv:2", nil},
		{"a label and a kind", opener, all, "blue/piv", slots, "piv:1", nil},
		{"a serial number", opener, all, "2", slots, "piv:2", nil},
		{"a serial number and a kind", opener, all, "1/fido2", slots, "fido2:1", nil},
		{"not enrolled, but named: the keystore says why", opener, all, "3", slots, "piv:3", nil},
		{"not here", opener, all, "4", slots, "", &NoTokenError{}},
		{"nobody knows, one smart card", opener, []token.Token{fido("1"), piv("1")}, "", stranger, "piv:1", nil},
		{"nobody knows, two smart cards", opener, []token.Token{piv("1"), piv("2")}, "", stranger, "", &ChooseTokenError{}},
		{"new: the only key without a keyslot", newcomer, all, "", slots, "piv:3", nil},
		{"new: a free side", newcomer, []token.Token{piv("1"), fido("1")}, "fido2", []known{slots[0]}, "fido2:1", nil},
		{"new: any of a kind, all taken", newcomer, []token.Token{piv("1"), piv("2")}, "piv", slots, "", &NoTokenError{}},
		{"new: taken", newcomer, all, "1/piv", slots, "", keystore.ErrVaultHasToken},
		{"new: both sides of one key", newcomer, []token.Token{piv("5"), fido("5")}, "", slots, "piv:5", nil},
		{"new: two keys", newcomer, []token.Token{piv("5"), piv("6")}, "", slots, "", &ChooseTokenError{}},
	} {
		got, err := c.choose(slices.Clone(c.list), c.ref, c.slots)
		if got.ID != c.want || !sameError(err, c.err) {
			t.Errorf("%s: %q, %v", c.name, got.ID, err)
		}
	}
}

func sameError(got, want error) bool {
	var none *NoTokenError
	var choose *ChooseTokenError
	switch {
	case errors.As(want, &none):
		return errors.As(got, &none)
	case errors.As(want, &choose):
		return errors.As(got, &choose)
	default:
		return errors.Is(got, want)
	}
}
