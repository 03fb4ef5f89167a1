package keystore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"holdfast/internal/secret"
)

func newPlace(t *testing.T, state string) Place {
	t.Helper()
	return Place{Dir: filepath.Join(t.TempDir(), "me.vault"), State: state}
}

func create(t *testing.T, place Place, p *paperToken) (*Vault, error) {
	t.Helper()
	var who person
	return Create(t.Context(), place, newKeyslot(p.piv(), "blue", RoleEveryday), who.prompts(), nil)
}

func mustCreate(t *testing.T, place Place, p *paperToken) {
	t.Helper()
	v, err := create(t, place, p)
	if err == nil {
		err = v.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func opensWith(t *testing.T, place Place, p *paperToken) {
	t.Helper()
	var who person
	v, err := Open(t.Context(), place, OpenRequest{Token: p.piv()}, who.prompts())
	if err == nil {
		err = v.Close()
	}
	if err != nil {
		t.Errorf("%s: %v", place.Dir, err)
	}
}

func TestInterruptedEnrolmentsBurnNoSlots(t *testing.T) {
	state, p := t.TempDir(), newPaper(t, "1001")
	place := newPlace(t, state)
	for range 5 {
		p.pulled = true
		if _, err := create(t, place, p); !errors.Is(err, errAbsent) {
			t.Fatal(err)
		}
		if len(p.slots) != 2 {
			t.Fatalf("%d slots hold keys", len(p.slots))
		}
	}
	p.pulled = false
	mustCreate(t, place, p)
	if len(p.slots) != 2 {
		t.Errorf("%d slots hold keys", len(p.slots))
	}
	if _, err := os.Stat(place.unfinishedPath()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the list of a finished enrolment: %v", err)
	}
	other := newPlace(t, state) // another vault on the same token and machine
	p.pulled = true
	for range 3 {
		if _, err := create(t, other, p); !errors.Is(err, errAbsent) {
			t.Fatal(err)
		}
	}
	p.pulled = false
	mustCreate(t, other, p)
	if len(p.slots) != 4 {
		t.Errorf("%d slots hold keys", len(p.slots))
	}
	opensWith(t, place, p)
	opensWith(t, other, p)
}

// TestKeysInUseAreNotTakenAgain: a crash between the commit and the end of an enrolment leaves keys in the list that a vault stands on.
func TestKeysInUseAreNotTakenAgain(t *testing.T) {
	for name, then := range map[string]func(t *testing.T, place Place) Place{
		"where it was": func(_ *testing.T, place Place) Place { return place },
		"moved": func(t *testing.T, place Place) Place {
			away := place
			away.Dir = filepath.Join(t.TempDir(), "moved.vault")
			if err := os.Rename(place.Dir, away.Dir); err != nil {
				t.Fatal(err)
			}
			return away
		},
		"its envelope cannot be read": func(t *testing.T, place Place) Place {
			if err := os.Chmod(place.Dir, 0); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(place.Dir, 0o700) })
			return Place{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "its envelope cannot be read" && os.Getuid() == 0 {
				t.Skip("root reads everything")
			}
			state, p := t.TempDir(), newPaper(t, "1002")
			place := newPlace(t, state)
			v, err := create(t, place, p)
			if err != nil {
				t.Fatal(err)
			}
			k := &v.env.Core.Keyslots[0]
			made := PIVKeys{}
			for tier, key := range k.PIV {
				made[tier] = PIVKey{Slot: key.Slot, Curve: key.Curve, Public: key.Public}
			}
			if err := v.noteMade(&v.env.Core, &enrolment{slot: k}, "paper:1002", made); err != nil {
				t.Fatal(err)
			}
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			place = then(t, place)
			mustCreate(t, newPlace(t, state), p)
			if len(p.slots) != 4 {
				t.Errorf("%d slots hold keys", len(p.slots))
			}
			if place.Dir != "" {
				opensWith(t, place, p)
			}
		})
	}
}

func TestTheListOfUnfinishedEnrolmentsMayBeDamaged(t *testing.T) {
	state, p := t.TempDir(), newPaper(t, "1003")
	place := newPlace(t, state)
	if err := os.WriteFile(place.unfinishedPath(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, place, p)
	if err := os.WriteFile(place.unfinishedPath(), []byte(`{"format":"holdfast-unfinished/9","keys":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := create(t, newPlace(t, state), p); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("a newer list: %v", err)
	}
}

func TestTheNewPINIsSaid(t *testing.T) {
	p := newPaper(t, "1004")
	p.first = true
	var who person
	prompts := who.prompts()
	ask := prompts.PIN
	prompts.PIN = func(ctx context.Context, r PINRequest) (*secret.Bytes, error) {
		if r.Which == PINPIV { // the proof: the token is pulled before it
			return nil, errAbsent
		}
		return ask(ctx, r)
	}
	_, err := Create(t.Context(), newPlace(t, t.TempDir()), newKeyslot(p.piv(), "blue", RoleEveryday), prompts, nil)
	var said *PINReplacedError
	if !errors.As(err, &said) || said.Side != KindPIV || said.PIN != Changed || said.PUK != Unchanged || !errors.Is(err, errAbsent) {
		t.Errorf("%v", err)
	}
	who = person{}
	p.pulled, p.first = true, false
	if _, err := create(t, newPlace(t, t.TempDir()), p); errors.As(err, &said) {
		t.Errorf("no PIN was chosen: %v", err)
	}
}
