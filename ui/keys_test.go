package ui

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/parts"
)

// keysRig is a window at the keys of a vault with an everyday key, a recovery key, one that is not a way in, and one that was revoked.
func keysRig(t *testing.T) *rig {
	r := openRig(t)
	r.tells(func(s *app.Status) {
		s.Keyslots[0].ProvenMaster = day(1)
		stale, gone := second(app.RoleRecovery), second(app.RoleEveryday)
		stale.ID, stale.Label, stale.WayIn, stale.WhyNot, stale.Physical = "00cc", "stale 3", false, "no-copy", "soft:3"
		gone.ID, gone.Label, gone.WayIn, gone.Revoked, gone.RevokedReason, gone.Physical = "00dd", "gone 4", false, day(9), "stolen", "soft:4"
		s.Keyslots = append(s.Keyslots, second(app.RoleRecovery), stale, gone)
	})
	r.Go(Route{Place: Keys})
	r.settle()
	return r
}

func TestKeysSayHowTheyStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keysRig(t)
		for _, words := range []string{"blue 1", "bank 2", "stale 3", tr("keys.proven", "time", when(day(2))), tr("keys.noway"), tr("keys.fold.show", "count", 1)} {
			if !r.shows(words) {
				t.Errorf("%q is not shown: %q", words, r.texts())
			}
		}
		if r.shows("gone 4") {
			t.Error("a revoked key stands among the others")
		}
		r.press(tr("keys.fold.show", "count", 1))
		if !r.shows("gone 4") || !r.shows(tr("revoke.reason.stolen")) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("keys")
		r.plug(passkey(), side(app.SideFIDO2, "2"))
		if !r.shows("plugged in now") {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestAKeyIsOpenedAndProven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keysRig(t)
		r.win.Canvas().Focus(r.tile("bank 2"))
		r.key(fyne.KeyReturn)
		r.settle()
		if r.route != (Route{Place: Keys, Item: "00bb"}) || !r.shows("5.4.3") || !r.shows("EUCLEAK") {
			t.Fatalf("%+v %q", r.route, r.texts())
		}
		r.uncut("one key")
		r.press(tr("keys.prove"))
		r.until("the proof", func() bool { return r.shows(tr("keys.prove.done")) })
		if !r.f.said("prove 00bb master") {
			t.Errorf("a recovery key was proven through less: %q", r.f.calls)
		}
		r.key(fyne.KeyEscape)
		test.Tap(r.tile("blue 1"))
		r.settle()
		r.press(tr("keys.prove"))
		r.uncut("what to prove")
		r.press(tr("keys.prove.master"))
		r.until("the proof", func() bool { return r.f.said("prove 00aa master") })
	})
}

func TestTheLastWayInIsNotRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keysRig(t)
		r.Go(Route{Place: Keys, Act: "revoke", Item: "00aa"})
		r.settle()
		x := app.Explain(&keystore.LastWayInError{Which: "everyday"})
		if !r.shows(x.What) || !r.shows(x.Now) || r.button(tr("revoke.do", "label", "blue 1")) != nil {
			t.Fatalf("%q", r.texts())
		}
		r.uncut("last way in")
		r.press(tr("remedy.last-way-in"))
		if r.route != (Route{Place: Keys, Act: "enrol"}) {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestRevokeSaysBeforeAndAfterWhatItCannotDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keysRig(t)
		r.tells(func(s *app.Status) {
			third := second(app.RoleRecovery)
			third.ID, third.Label, third.Physical = "00ee", "safe 5", "soft:5"
			s.Keyslots = append(s.Keyslots, third)
		})
		r.Go(Route{Place: Keys, Act: "revoke", Item: "00bb"})
		r.settle()
		for _, words := range []string{tr("revoke.not.copies"), tr("revoke.will.identities", "count", 3), "blue 1 confirms"} {
			if !r.shows(words) {
				t.Errorf("%q is not said before: %q", words, r.texts())
			}
		}
		r.uncut("revoke")
		if f, ok := r.win.Canvas().Focused().(*parts.Button); !ok || f.Words() != tr("part.cancel") {
			t.Error("the focus is not on what is safe")
		}
		find[*parts.Radio](r)[0].SetSelected(tr("revoke.choose.stolen"))
		r.press(tr("revoke.do", "label", "bank 2"))
		r.until("the result", func() bool { return r.shows(tr("revoke.remains")) })
		if !r.f.said("revoke 00bb stolen") || !r.shows("1.") {
			t.Errorf("%q %q", r.f.calls, r.texts())
		}
		r.uncut("revoked")
		r.press(tr("revoke.backup"))
		if r.route != (Route{Place: Recovery, Act: "backup"}) {
			t.Errorf("%+v", r.route)
		}
	})
}

// TestRevocationThatIsCancelled holds that the form comes back, and that what comes of a revocation is told also where the person is then.
func TestRevocationThatIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keysRig(t)
		r.Go(Route{Place: Keys, Act: "revoke", Item: "00cc"})
		r.settle()
		gate := make(chan struct{})
		r.f.session.acts = func(ctx context.Context, _ app.Prompts) error {
			select {
			case <-gate:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		slot := tr("revoke.do", "label", "stale 3")
		r.press(slot)
		r.rest()
		r.jobs[0].row.CancelButton().Press()
		r.until("the form", func() bool { return r.button(slot) != nil })
		if r.dialogs.Covered() {
			t.Error("what the person ended himself was told as an error")
		}
		r.press(slot)
		r.Go(Route{Place: Settings})
		close(gate)
		r.until("the result", r.dialogs.Covered)
		if !r.shows(tr("revoke.remains")) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("revoked, told elsewhere")
	})
}

func TestHomeTurnsCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		if r.shows(tr("safety.safe")) || r.button(tr("safety.second.do")) == nil {
			t.Fatalf("%q", r.texts())
		}
		r.tells(func(s *app.Status) {
			s.Armed, s.WordsConfirmed, s.BackedUp, s.LastBackup, s.WhyNotArmed = true, true, true, day(3), ""
			s.Notices = nil
		})
		if !r.shows(tr("safety.safe")) || r.button(tr("safety.second.do")) != nil || r.shows("Not armed") {
			t.Errorf("%q", r.texts())
		}
		if !r.shows(tr("safety.safe.since", "time", when(day(3)))) {
			t.Errorf("it does not say up to when: %q", r.texts())
		}
		test.Tap(r.tile(tr("nav.activity")))
		if r.route.Place != Activity {
			t.Errorf("%+v", r.route)
		}
	})
}

// TestSafeguardsLeadToTheirRemedies holds each reason for not being armed to the press that mends it.
func TestSafeguardsLeadToTheirRemedies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		for why, want := range map[string]Route{
			keystore.NotArmedSecondToken: {Place: Keys, Act: "enrol"}, keystore.NotArmedSameToken: {Place: Keys, Act: "enrol"},
			keystore.NotArmedUnknown: {Place: Keys, Act: "enrol"}, keystore.NotArmedUnproven: {Place: Keys},
		} {
			r.status.WhyNotArmed = why
			if got := r.safeguards()[1]; got.route != want || got.holds {
				t.Errorf("%s: %+v", why, got)
			}
		}
		r.status.Keyslots[0].ProvenVault = time.Time{}
		if r.safeguards()[0].holds {
			t.Error("a key that was never proven counts")
		}
	})
}

// TestNoticesAreFolded holds that what must be seen shows and the rest waits behind one button.
func TestNoticesAreFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.tells(func(s *app.Status) {
			s.Notices = append([]app.Notice{{ID: "interrupted", Text: "Interrupted 1."}, {ID: "pool-low", Text: "Running out 1."}}, s.Notices...)
		})
		if r.shows("Interrupted 1.") || !r.shows("Not armed") || !r.shows("Not backed up") {
			t.Fatalf("%q", r.texts())
		}
		r.press(tr("notice.more", "count", 2))
		if !r.shows("Interrupted 1.") || !r.shows("Running out 1.") {
			t.Errorf("%q", r.texts())
		}
		r.uncut("all notices")
		r.press(tr("notice.fold"))
		if r.shows("Interrupted 1.") {
			t.Error("they do not fold again")
		}
		if words := r.noticeWords(app.Notice{ID: "not-armed", Why: app.NotArmedUnproven}); words != tr("notice.said.armed.unproven") {
			t.Errorf("%q", words)
		}
		r.tells(func(s *app.Status) {
			s.EndedBranch, s.Notices = 2002, []app.Notice{{ID: "ended-branch", Text: "2002 identities sign no more."}}
		})
		if !r.shows(tr("notice.said.ended", "count", 2002)) || !strings.Contains(tr("notice.said.ended", "count", 2002), "2,002") {
			t.Errorf("the number is not as the window writes numbers: %q", r.texts())
		}
	})
}
