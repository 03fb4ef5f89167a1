package ui

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/parts"
)

// second is a keyslot on another physical key.
func second(role app.Role) app.KeyslotInfo {
	return app.KeyslotInfo{
		ID: "00bb", Kind: keystore.KindFIDO2, Role: role, Label: "bank 2", Tiers: allTiers(), Physical: "soft:2", Serial: "2", Model: "Soft", Firmware: "5.4.3",
		Enrolled: day(2), ProvenMaster: day(2), WayIn: true,
	}
}

// tells changes what the vault says of itself.
func (r *rig) tells(change func(s *app.Status)) {
	r.f.session.mu.Lock()
	change(&r.f.session.status)
	r.f.session.mu.Unlock()
	r.reload()
	r.settle()
}

// enrolling is a window in the first step of an enrolment, with the enrolled key and a new one plugged in.
func enrolling(t *testing.T) *rig {
	r := openRig(t)
	r.plug(factory(), side(app.SidePIV, "1"), side(app.SidePIV, "3"))
	r.plug(passkey(), side(app.SideFIDO2, "1"))
	r.Go(Route{Place: Keys, Act: "enrol"})
	r.settle()
	return r
}

// swapping checks whether the key that opened the vault may be unplugged, where there is one port only.
func (r *rig) swapping(want bool) {
	r.t.Helper()
	r.f.session.mu.Lock()
	defer r.f.session.mu.Unlock()
	may := slices.ContainsFunc(r.f.session.locking.swaps, func(asked context.Context) bool { return asked.Err() == nil })
	if may != want {
		r.t.Errorf("the key may be unplugged: %v, want %v", may, want)
	}
}

func TestASwapEndsWithThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := enrolling(t)
		r.press(tr("part.next"))
		r.settle()
		r.swapping(true)
		r.Go(Route{Place: Home})
		r.settle()
		r.swapping(false)
	})
}

func TestEnrolASecondKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := enrolling(t)
		if !r.tile(tr("enrol.role.recovery")).Selected() {
			t.Error("a vault with one key wants a recovery key first")
		}
		r.press(tr("part.next"))
		r.settle()
		if !r.shows(tr("picker.enrolled", "label", "blue 1")) || !r.shows(tr("picker.twin", "label", "blue 1")) {
			t.Errorf("%q", r.texts())
		}
		if !r.tile("Soft 3, firmware 5.7.1 "+sideName(app.SidePIV)).Selected() || r.tile("Soft 1, firmware 5.7.1 "+sideName(app.SidePIV)).Selected() {
			t.Error("the other key is not the one that is chosen")
		}
		r.uncut("which key")
		r.swapping(true)
		r.press(tr("part.next"))
		r.settle()
		r.swapping(false)
		r.typing("bank 2")
		if !r.shows("blue 1 confirms") {
			t.Errorf("nobody says which key confirms: %q", r.texts())
		}
		r.uncut("what comes next")
		r.f.session.acts = func(context.Context, app.Prompts) error {
			r.f.session.mu.Lock()
			defer r.f.session.mu.Unlock()
			r.f.session.status.Armed, r.f.session.status.Notices = true, nil
			r.f.session.status.Keyslots = append(r.f.session.status.Keyslots, second(app.RoleRecovery))
			return nil
		}
		r.key(fyne.KeyReturn)
		r.until("the news", func() bool { return r.shows(tr("enrol.armed")) })
		r.settle()
		if !r.f.said(`enrol "bank 2" piv:3 recovery [vault master] confirmed by ""`) || !r.shows(tr("enrol.proven", "label", "bank 2")) {
			t.Errorf("%q %q", r.f.calls, r.texts())
		}
		r.uncut("armed")
		r.press(tr("enrol.done"))
		r.settle()
		if r.route != (Route{Place: Keys}) || !r.shows("bank 2") {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestEveryDayKeyMayOpenOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := enrolling(t)
		if len(find[*parts.Check](r)) != 0 {
			t.Error("a recovery key is offered without the master secret")
		}
		test.Tap(r.tile(tr("enrol.role.everyday")))
		find[*parts.Check](r)[0].SetChecked(true)
		r.uncut("everyday")
		r.press(tr("part.next"))
		r.press(tr("part.next"))
		r.settle()
		r.typing("daily 3")
		r.key(fyne.KeyReturn)
		r.until("the end", func() bool { return r.shows(tr("enrol.works")) })
		if !r.f.said(`enrol "daily 3" piv:3 everyday [vault] confirmed by ""`) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

// TestEnrolmentAsksWhichKeyConfirms holds that a token that was chosen confirms, and that the wizard is not lost meanwhile.
func TestEnrolmentAsksWhichKeyConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := enrolling(t)
		r.press(tr("part.next"))
		r.press(tr("part.next"))
		r.settle()
		r.typing("bank 2")
		r.f.session.acts = func(context.Context, app.Prompts) error {
			return &app.ChooseTokenError{Tokens: []app.Token{side(app.SidePIV, "1"), side(app.SidePIV, "2")}}
		}
		r.key(fyne.KeyReturn)
		r.until("the question", r.dialogs.Covered)
		r.key(fyne.KeyEscape)
		r.settle()
		if r.next(tr("again.try")).Disabled() || r.next(tr("part.back")).Disabled() {
			t.Fatal("there is no way on after the question was left")
		}
		r.press(tr("again.try"))
		r.until("the question again", r.dialogs.Covered)
		r.f.session.acts = nil
		r.key(fyne.KeyReturn)
		r.until("the end", func() bool { return r.shows(tr("enrol.works")) })
		if !r.f.said(`enrol "bank 2" piv:3 recovery [vault master] confirmed by "piv:1"`) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

// TestLockDuringEnrolment holds that a lock takes the wizard and its prompts away, and that nothing of it comes back.
func TestLockDuringEnrolment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := enrolling(t)
		r.press(tr("part.next"))
		r.press(tr("part.next"))
		r.settle()
		r.typing("bank 2")
		ended := make(chan error, 1)
		r.f.session.acts = func(ctx context.Context, p app.Prompts) error {
			pin, err := p.PIN(ctx, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
			pin.Destroy()
			ended <- err
			return err
		}
		r.key(fyne.KeyReturn)
		r.until("the prompt", r.dialogs.Covered)
		r.lock(app.LockedByOwner)
		r.settle()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if r.dialogs.Covered() || r.route.Place != Locked || r.shows("bank 2") {
			t.Errorf("%+v %q", r.route, r.texts())
		}
	})
}
