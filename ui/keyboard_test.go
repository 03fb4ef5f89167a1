package ui

import (
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// TestEveryPageBeginsWithAFocus shows every page as a person comes to it, and finds the keyboard somewhere on it.
func TestEveryPageBeginsWithAFocus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		for _, route := range everyRoute() {
			r.Go(route)
			r.settle()
			if r.win.Canvas().Focused() == nil {
				t.Errorf("%+v: nothing has the focus", route)
			}
		}
		r.lock(app.LockedByOwner)
		for _, route := range []Route{{Place: Locked}, {Place: Locked, Act: "verify"}, {Place: First}, {Place: First, Act: "verify"}, {Place: First, Act: "restore"}, {Place: About}} {
			r.Go(route)
			r.settle()
			if r.win.Canvas().Focused() == nil {
				t.Errorf("%+v: nothing has the focus while locked", route)
			}
		}
	})
}

// TestLockingWinsOverDialogs locks by the keyboard while something is asked.
func TestLockingWinsOverDialogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.fail(app.ErrTampered)
		shortcutOf(r, fyne.KeyL, fyne.KeyModifierShortcutDefault)()
		r.settle()
		if r.session != nil || r.dialogs.Covered() || r.route.Place != Locked {
			t.Errorf("%+v", r.route)
		}
	})
}

// closing is a window that only notes that it was closed: the test driver closes its own.
type closing struct {
	fyne.Window
	closed *bool
}

func (c closing) Close() { *c.closed = true }

// TestQuittingLocks closes the window by the keyboard, also under a dialog.
func TestQuittingLocks(t *testing.T) {
	for _, key := range []fyne.KeyName{fyne.KeyQ, fyne.KeyW} {
		t.Run(string(key), inBubble(func(t *testing.T) {
			r := openRig(t)
			closed := false
			r.win = closing{r.win, &closed}
			r.fail(app.ErrTampered)
			shortcutOf(r, key, fyne.KeyModifierShortcutDefault)()
			if !closed || r.session != nil || !r.f.said("lock owner") {
				t.Errorf("closed %v, session %v, %q", closed, r.session, r.f.calls)
			}
		}))
	}
}

func TestNewIdentityByKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		shortcutOf(r, fyne.KeyN, fyne.KeyModifierShortcutDefault)()
		r.settle()
		if r.route != (Route{Place: Identities, Act: "new"}) {
			t.Errorf("%+v", r.route)
		}
	})
}

// TestSearchAndListAreOne goes from the search into the list and back without the Tab key, and empties the search before the page is left.
func TestSearchAndListAreOne(t *testing.T) {
	for _, place := range []Place{Identities, Activity} {
		t.Run(string(place), inBubble(func(t *testing.T) {
			r := openRig(t)
			r.Go(Route{Place: place})
			r.settle()
			search, list := find[*parts.Entry](r)[0], find[*parts.List](r)[0]
			r.key(fyne.KeyDown)
			if r.win.Canvas().Focused() != fyne.Focusable(list) {
				t.Fatalf("the arrow leads to %T", r.win.Canvas().Focused())
			}
			list.TypedRune('l')
			list.TypedRune(' ') // the space bar opens a row
			if search.Text != "l" || r.win.Canvas().Focused() != fyne.Focusable(search) {
				t.Fatalf("%q, focus on %T", search.Text, r.win.Canvas().Focused())
			}
			r.settle()
			r.key(fyne.KeyEscape)
			r.settle()
			if search.Text != "" || r.route.Place != place {
				t.Fatalf("%q on %+v", search.Text, r.route)
			}
			r.key(fyne.KeyEscape)
			if r.route.Place != Home {
				t.Errorf("the second Escape leads to %+v", r.route)
			}
		}))
	}
}

// TestTypedWorkIsNotLostWithoutAWord leaves pages with something typed on them, in each way that leads away.
func TestTypedWorkIsNotLostWithoutAWord(t *testing.T) {
	pages := map[string]struct {
		route Route
		typed func(r *rig)
	}{
		"new identity": {Route{Place: Identities, Act: "new"}, func(r *rig) { r.typing("my shop") }},
		"a text":       {Route{Place: Identities, Act: "sign-text", Item: "00000000000000000000000000000001"}, func(r *rig) { r.typing("I agree") }},
		"a signed text": {Route{Place: Identities, Act: "verify"}, func(r *rig) {
			find[*parts.Radio](r)[0].SetSelected(tr("verify.text"))
			r.win.Canvas().Focus(find[*parts.Entry](r)[0])
			r.typing("eyJ")
		}},
	}
	ways := map[string]func(r *rig){
		"Escape":   func(r *rig) { r.key(fyne.KeyEscape) },
		"Alt+Left": func(r *rig) { shortcutOf(r, fyne.KeyLeft, fyne.KeyModifierAlt)() },
		"a place":  func(r *rig) { shortcutOf(r, fyne.Key3, fyne.KeyModifierShortcutDefault)() },
	}
	for name, p := range pages {
		for way, leave := range ways {
			t.Run(name+", "+way, inBubble(func(t *testing.T) {
				r := openRig(t)
				r.Go(p.route)
				r.settle()
				leave(r)
				if r.dialogs.Covered() || r.route == p.route {
					t.Fatal("asked although nothing was typed")
				}
				r.Go(p.route)
				r.settle()
				p.typed(r)
				leave(r)
				if !r.dialogs.Covered() || r.route != p.route {
					t.Fatalf("left without a word for %+v", r.route)
				}
				r.key(fyne.KeyReturn) // the focus is on what loses nothing
				if r.dialogs.Covered() || r.route != p.route {
					t.Fatalf("Enter leads to %+v", r.route)
				}
				leave(r)
				r.press(tr("leave.go"))
				if r.route == p.route {
					t.Error("there is no way out")
				}
			}))
		}
	}
}

// TestEscapeGoesOneStepBackInAWizard leads through set-up and back, and keeps what was typed.
func TestEscapeGoesOneStepBackInAWizard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		r.plug(factory(), side(app.SidePIV, "1"))
		r.press(tr("part.next"))
		r.settle()
		if !r.shows(tr("setup.name")) {
			t.Fatalf("%q", r.texts())
		}
		r.typing("blue")
		r.key(fyne.KeyEscape)
		if r.route.Act != "make" || r.dialogs.Covered() || !r.shows(tr("setup.pick")) {
			t.Fatalf("Escape leads to %+v: %q", r.route, r.texts())
		}
		r.press(tr("part.next"))
		r.settle()
		if e := find[*parts.Entry](r)[0]; e.Text != "blue" {
			t.Errorf("the name is %q", e.Text)
		}
	})
}

// TestVerifyingTakesNoVault verifies from the locked page and from the first one, and goes back.
func TestVerifyingTakesNoVault(t *testing.T) {
	for name, r := range map[string]func(t *testing.T) *rig{
		"locked": func(t *testing.T) *rig { return newRig(t, "main") },
		"first":  func(t *testing.T) *rig { return newRig(t) },
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := r(t)
			was := r.route
			r.press(tr("locked.verify"))
			r.settle()
			if !r.shows(tr("verify.title")) {
				t.Fatalf("%+v shows %q", r.route, r.texts())
			}
			r.uncut(name)
			find[*parts.Radio](r)[0].SetSelected(tr("verify.text"))
			r.win.Canvas().Focus(find[*parts.Entry](r)[0])
			r.typing("this was never signed")
			r.press(tr("verify.verify"))
			r.until("the answer", func() bool { return len(r.jobs) == 0 })
			r.settle()
			if r.shows(tr("verify.holds.text")) || len(find[*parts.Button](r)) == 0 {
				t.Errorf("%q", r.texts())
			}
			r.press(tr("part.back"))
			if r.route != was {
				t.Errorf("Back leads to %+v", r.route)
			}
		}))
	}
}

func TestTitleBarSaysWhichVault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		if got := r.win.Title(); got != tr("window.locked") {
			t.Errorf("locked: %q", got)
		}
		r.press(tr("locked.unlock"))
		r.until("the open vault", func() bool { return r.session != nil })
		if got := r.win.Title(); got != "main - Holdfast" {
			t.Errorf("open: %q", got)
		}
		r.lock(app.LockedByOwner)
		if got := r.win.Title(); got != tr("window.locked") {
			t.Errorf("locked again: %q", got)
		}
	})
}

// TestTheSizeIsKept closes a window of another size, and makes the next one as large.
func TestTheSizeIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		if r.Size() != fyne.NewSize(look.WindowWidth, look.WindowHeight) {
			t.Fatalf("the first window is %v", r.Size())
		}
		r.win.Resize(fyne.NewSize(1300, 700))
		r.Close()
		r.f.mu.Lock()
		saved := r.f.saved
		r.f.mu.Unlock()
		if saved.Width != 1300 || saved.Height != 700 || saved.TextSize != 100 {
			t.Fatalf("%+v", saved)
		}
		saved.Width = 300 // a window that a tiling manager made narrow
		r.settings = settingsFrom(saved, false)
		if r.Size() != fyne.NewSize(look.WindowWidth, 700) {
			t.Errorf("the next window is %v", r.Size())
		}
	})
}

// TestAWindowThatWasNotResizedKeepsNothing holds that looking at settings that could not be read does not write over them.
func TestAWindowThatWasNotResizedKeepsNothing(t *testing.T) {
	for name, change := range map[string]func(r *rig){
		"as it was": func(*rig) {},
		"lost": func(r *rig) {
			r.settings = settingsFrom(app.WindowSettings{}, true)
			r.win.Resize(fyne.NewSize(1300, 700))
		},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := openRig(t)
			change(r)
			r.Close()
			r.f.mu.Lock()
			defer r.f.mu.Unlock()
			if r.f.saved != (app.WindowSettings{}) {
				t.Errorf("%+v", r.f.saved)
			}
		}))
	}
}

// TestHomeAndEndTurnThePage scrolls a page that is higher than the window.
func TestHomeAndEndTurnThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.Go(Route{Place: About})
		r.settle()
		r.key(fyne.KeyEnd)
		end := r.page.scroll.Offset.Y
		r.key(fyne.KeyHome)
		if end == 0 || r.page.scroll.Offset.Y != 0 {
			t.Errorf("End leads to %v, Home to %v", end, r.page.scroll.Offset.Y)
		}
	})
}

// TestHomeShowsTheLastActs reads enough of the record that an act in many entries is told whole, and shows no more than fits.
func TestHomeShowsTheLastActs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.f.session.mu.Lock()
		r.f.session.journal = nil
		for i := range 20 {
			r.f.session.journal = append(r.f.session.journal, app.JournalEvent{Number: uint64(i + 1), Time: day(1), Act: "make-backup", Result: "ok", Facts: map[string]string{"to": "/x"}})
		}
		r.f.session.mu.Unlock()
		r.Again()
		r.settle()
		shown := 0
		for _, words := range r.texts() {
			if words == when(day(1)) {
				shown++
			}
		}
		if shown != lastActs {
			t.Errorf("%d acts show", shown)
		}
	})
}

// TestFocusStaysWhenThePageIsFilledAnew holds that what the vault tells while a page shows does not take the keyboard away.
func TestFocusStaysWhenThePageIsFilledAnew(t *testing.T) {
	for place, words := range map[Place]string{Recovery: tr("recovery.backup.act"), Home: tr("safety.backup.do")} {
		t.Run(string(place), inBubble(func(t *testing.T) {
			r := openRig(t)
			r.Go(Route{Place: place})
			r.settle()
			was := r.button(words)
			if was == nil {
				t.Fatalf("no button %q among %q", words, r.texts())
			}
			r.win.Canvas().Focus(was)
			r.reload()
			r.settle()
			now, ok := r.win.Canvas().Focused().(*parts.Button)
			if !ok || now == was || now.Words() != words {
				t.Errorf("the focus is on %T", r.win.Canvas().Focused())
			}
		}))
	}
}
