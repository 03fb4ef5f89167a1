package ui

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/parts"
)

func TestLockedPageNamesTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		if r.route.Place != Locked || !r.shows("blue 1") || !r.shows(tr("locked.insert")) {
			t.Fatalf("%+v shows %q", r.route, r.texts())
		}
		r.f.events <- app.TokenEvent{Kind: app.TokenArrived, Token: app.Token{ID: "piv:1", Kind: app.SidePIV, Physical: "soft:1", Name: "Soft 1"}}
		r.until("the key", func() bool { return r.shows(tr("locked.here")) })
		r.f.events <- app.TokenEvent{Kind: app.TokenLeft, Token: app.Token{ID: "piv:1"}}
		r.until("its leaving", func() bool { return r.shows(tr("locked.insert")) })
	})
}

func TestSeveralVaultsAreOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main", "work")
		r.press("work")
		r.settle()
		r.press(tr("locked.unlock"))
		r.until("the open vault", func() bool { return r.session != nil })
		if !r.f.said(`unlock "work" ""`) {
			t.Error(r.f.calls)
		}
	})
}

func TestEveryPlaceIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		for i, p := range places() {
			r.press(tr("nav." + string(p.place)))
			r.settle()
			if r.route.Place != p.place {
				t.Errorf("place %d is %+v", i, r.route)
			}
			r.uncut(string(p.place))
			for _, b := range r.frame.places {
				if b.Selected() != (b == r.frame.places[p.place]) {
					t.Errorf("%s: %q is marked wrongly", p.place, b.Words())
				}
			}
		}
		r.key(fyne.KeyEscape)
		if r.route.Place != Settings {
			t.Errorf("Escape leads to %+v", r.route)
		}
	})
}

// TestTabOrderIsReadingOrder walks every page with the Tab key: never upwards within the list at the left or within the page.
func TestTabOrderIsReadingOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		for _, route := range everyRoute() {
			r.Go(route)
			r.settle()
			order := r.focusOrder()
			if len(order) < len(places())+1 {
				t.Fatalf("%v: only %d stops", route, len(order))
			}
			for i := 1; i < len(order); i++ {
				a, b := order[i-1], order[i]
				newColumn := a.X < 150 && b.X > 150
				if b.Y < a.Y-30 && !newColumn {
					t.Errorf("%v: the Tab key leads up from %v to %v", route, a, b)
				}
			}
		}
	})
}

func TestNoticesStayAndLeadToTheRemedy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		if !r.shows("Not armed") || !r.shows("Not backed up") {
			t.Fatalf("%q", r.texts())
		}
		r.press(tr("notice.words"))
		if r.route != (Route{Place: Recovery, Act: "words"}) {
			t.Errorf("%+v", r.route)
		}
		if !r.shows("Not armed") {
			t.Error("a notice left with the page")
		}
		r.f.session.mu.Lock()
		r.f.session.status.Notices = nil
		r.f.session.mu.Unlock()
		r.reload()
		r.until("the notices to go", func() bool { return !r.shows("Not armed") })
	})
}

func TestUnverifiedIsSaidEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.unverified = true
		for _, p := range places() {
			r.Go(Route{Place: p.place})
			r.showNotices()
			if !r.shows("Unverified key") {
				t.Errorf("%s does not say so", p.place)
			}
		}
	})
}

// TestLockTakesEverythingAway fills the window with all that can be open, locks, and tries to bring it back.
func TestLockTakesEverythingAway(t *testing.T) {
	for name, lock := range map[string]func(r *rig){
		"by hand": func(r *rig) { r.lock(app.LockedByOwner) },
		"by itself": func(r *rig) {
			r.f.session.mu.Lock()
			r.f.session.why = app.LockedByIdle
			close(r.f.session.done)
			r.f.session.mu.Unlock()
		},
		"by the key": func(r *rig) { _ = r.f.session.Lock(app.LockedByToken) },
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := openRig(t)
			r.Go(Route{Place: Identities})
			r.settle()
			r.clip.Copy("did:key:z6MkCopied")
			ended := make(chan error, 1)
			result := false
			run(r.Window, "long work", func(ctx context.Context, j *Job) (int, error) {
				pin, err := j.Prompts().PIN(ctx, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
				pin.Destroy()
				ended <- err
				return 1, nil
			}, func(int, error) { result = true })
			r.until("the PIN prompt", func() bool { return r.dialogs.Covered() })
			widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", fyne.NewMenuItem("x", nil)), r.win.Canvas(), fyne.NewPos(1, 1))
			dialog.ShowInformation("x", "y", r.win)
			lock(r)
			r.until("the lock", func() bool { return r.session == nil })
			r.settle()
			if err := <-ended; err == nil {
				t.Error("the prompt was answered")
			}
			if r.dialogs.Covered() || r.dialogs.Top() != nil {
				t.Error("something is above the locked page")
			}
			if result || len(r.jobs) > 0 || len(r.frame.jobs.Objects) > 0 {
				t.Error("work or its result survived")
			}
			if got := r.app.Clipboard().Content(); got != "" {
				t.Errorf("the clipboard holds %q", got)
			}
			for range 3 {
				r.key(fyne.KeyEscape)
				r.Back()
				r.Go(Route{Place: Identities})
			}
			r.settle()
			if r.route.Place != Locked || r.shows("label 1") || r.shows("did:key") || len(r.history) > 0 {
				t.Errorf("%+v shows %q", r.route, r.texts())
			}
		}))
	}
}

// TestLateWorkIsDropped holds that what was asked before a lock never shows.
func TestLateWorkIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		hold := make(chan struct{})
		var got []string
		run(r.Window, "slow", func(context.Context, *Job) (string, error) { <-hold; return "late", nil }, func(s string, _ error) { got = append(got, s) })
		r.lock(app.LockedByOwner)
		close(hold)
		r.settle()
		if len(got) > 0 {
			t.Errorf("after the lock came %q", got)
		}
	})
}

// TestLateAnswersAreDropped holds that what was asked before a newer question, or by a page that was left, never shows.
func TestLateAnswersAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		p := r.page
		var got []string
		var slot slot
		gates := map[string]chan struct{}{"first": make(chan struct{}), "second": make(chan struct{})}
		for _, name := range []string{"first", "second"} {
			fetch(r.Window, p, &slot, func(context.Context, Session) (string, error) { <-gates[name]; return name, nil }, func(s string, _ error) { got = append(got, s) })
		}
		close(gates["second"])
		r.until("the newer answer", func() bool { return len(got) > 0 })
		close(gates["first"])
		r.settle()
		if !slices.Equal(got, []string{"second"}) {
			t.Errorf("%q", got)
		}
		late := make(chan struct{})
		fetch(r.Window, p, &slot, func(context.Context, Session) (string, error) { <-late; return "left", nil }, func(s string, _ error) { got = append(got, s) })
		r.Go(Route{Place: Keys})
		close(late)
		r.settle()
		if len(got) != 1 {
			t.Errorf("a page that was left got %q", got)
		}
	})
}

// askedSession hands every question for its state to the test, which answers them in the order it likes.
type askedSession struct {
	*fakeSession
	asked chan chan app.Status
}

func (s askedSession) Status(context.Context) (app.Status, error) {
	answer := make(chan app.Status)
	s.asked <- answer
	return <-answer, nil
}

func TestAnOlderStateIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		s := askedSession{r.f.session, make(chan chan app.Status)}
		r.session = s
		r.reload()
		older := <-s.asked
		r.reload()
		newer := <-s.asked
		newer <- app.Status{Status: keystore.Status{Identities: 2}}
		r.until("the newer state", func() bool { return r.status.Identities == 2 })
		older <- app.Status{Status: keystore.Status{Identities: 1}}
		r.settle()
		if r.status.Identities != 2 {
			t.Errorf("%d identities", r.status.Identities)
		}
		r.session = r.f.session
	})
}

// TestOpenedTooLateIsClosed holds that a vault which opens just after the person gave up is closed again.
func TestOpenedTooLateIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		gate := make(chan struct{})
		r.f.asks = func(context.Context, app.Prompts) error { <-gate; return nil }
		r.press(tr("locked.unlock"))
		r.lock(app.LockedByOwner)
		close(gate)
		r.settle()
		r.until("the lock", func() bool { return r.f.said("lock owner") })
		if r.session != nil {
			t.Error("a vault stands open that nobody sees")
		}
	})
}

func TestWorkShowsProgressAndCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		var got error
		told := make(chan struct{})
		job := run(r.Window, "long work", func(ctx context.Context, j *Job) (int, error) {
			for i := range int64(1000) {
				j.Progress(i, 1000)
			}
			j.Step(app.Step{ID: "step-encrypt", Done: 1, Total: 4})
			close(told)
			<-ctx.Done()
			return 0, ctx.Err()
		}, func(_ int, err error) { got = err })
		<-told
		r.until("progress", func() bool { return r.shows("1 of 4") })
		r.Go(Route{Place: Settings})
		r.rest()
		if !r.shows("long work") {
			t.Error("work went with the page")
		}
		r.uncut("work under way")
		job.row.CancelButton().Press()
		r.until("the end", func() bool { return got != nil })
		if !errors.Is(got, context.Canceled) || r.shows("long work") {
			t.Errorf("%v; %q", got, r.texts())
		}
	})
}

func TestFailureSaysWhatIsSafe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.fail(app.ErrTampered)
		x := app.Explain(app.ErrTampered)
		for _, s := range []string{x.What, x.Safe, x.Now} {
			if !r.shows(s) {
				t.Errorf("%q is not shown: %q", s, r.texts())
			}
		}
		r.uncut("failure")
		r.press(tr("remedy.tampered"))
		if r.route != (Route{Place: Recovery, Act: "restore"}) || r.dialogs.Covered() {
			t.Errorf("%+v", r.route)
		}
		r.fail(context.Canceled)
		if r.dialogs.Covered() {
			t.Error("what the person ended himself was told as an error")
		}
	})
}

func TestShortcutsRestUnderDialogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		press := shortcutOf(r, fyne.Key3, fyne.KeyModifierShortcutDefault)
		press()
		if r.route.Place != Keys {
			t.Fatalf("%+v", r.route)
		}
		shortcutOf(r, fyne.KeyLeft, fyne.KeyModifierAlt)()
		if r.route.Place != Home {
			t.Fatalf("%+v", r.route)
		}
		r.fail(app.ErrTampered)
		press()
		shortcutOf(r, fyne.KeyN, fyne.KeyModifierShortcutDefault)()
		if r.route.Place != Home || r.session == nil || !r.dialogs.Covered() {
			t.Error("a shortcut fired under a dialog")
		}
		r.key(fyne.KeyEscape)
		if r.dialogs.Covered() {
			t.Error("Escape closes nothing")
		}
		r.Go(Route{Place: Identities})
		r.settle()
		search := find[*parts.Entry](r)[0]
		r.win.Canvas().Unfocus()
		shortcutOf(r, fyne.KeyF, fyne.KeyModifierShortcutDefault)()
		if r.win.Canvas().Focused() != fyne.Focusable(search) {
			t.Error("Ctrl+F does not search")
		}
		r.key(fyne.KeyEscape)
		if r.route.Place != Home {
			t.Errorf("Escape from a field leads to %+v", r.route)
		}
		shortcutOf(r, fyne.KeyL, fyne.KeyModifierShortcutDefault)()
		press()
		if r.route.Place != Locked {
			t.Errorf("%+v", r.route)
		}
	})
}

// shortcutOf gives what a shortcut does.
func shortcutOf(r *rig, key fyne.KeyName, with fyne.KeyModifier) func() {
	return func() { r.keys.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: with}) }
}
