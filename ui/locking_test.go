package ui

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/parts"
)

// system is a machine that says of the person what the test sends.
type system chan app.Presence

// Watch implements app.Presences.
func (s system) Watch(ctx context.Context) <-chan app.Presence {
	out := make(chan app.Presence)
	go func() {
		defer close(out)
		for {
			select {
			case p := <-s:
				select {
				case out <- p:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// hear gives the window of a rig such a machine.
func (r *rig) hear() system {
	s := make(system)
	r.presences = s
	r.watchPresence()
	return s
}

// held are all words of the window, those that are hidden for the moment, too.
func (r *rig) held() string {
	var list []string
	var visit func(o fyne.CanvasObject)
	visit = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *canvas.Text:
			list = append(list, o.Text)
		case *fyne.Container:
			for _, inner := range o.Objects {
				visit(inner)
			}
		case fyne.Widget:
			for _, inner := range test.WidgetRenderer(o).Objects() {
				visit(inner)
			}
		}
	}
	visit(r.win.Content())
	for _, o := range r.win.Canvas().Overlays().List() {
		visit(o)
	}
	return strings.Join(list, "\n")
}

// lockReasons are the ways in which a vault locks while the window is open.
func lockReasons() map[string]func(r *rig, s system) {
	says := func(why app.LockReason) func(*rig, system) {
		return func(_ *rig, s system) { s <- app.Presence{Told: true, Why: why, Locked: func() {}} }
	}
	return map[string]func(r *rig, s system){
		"by hand":     func(r *rig, _ system) { r.lock(app.LockedByOwner) },
		"Ctrl+L":      func(r *rig, _ system) { shortcutOf(r, fyne.KeyL, fyne.KeyModifierShortcutDefault)() },
		"idle":        func(r *rig, _ system) { _ = r.f.session.Lock(app.LockedByIdle) },
		"key removed": func(r *rig, _ system) { _ = r.f.session.Lock(app.LockedByToken) },
		"suspend":     says(app.LockedBySuspend),
		"screen":      says(app.LockedBySession),
	}
}

// openings put something above the page, each another kind of thing.
func openings() map[string]func(r *rig) {
	return map[string]func(r *rig){
		"nothing":     func(*rig) {},
		"an error":    func(r *rig) { r.fail(app.ErrTampered) },
		"an entry":    func(r *rig) { r.showEvent(app.JournalLine{Words: "label 1 was signed", Entries: 1}) },
		"findings":    func(r *rig) { r.showFindings([]app.Finding{{Place: "journal/1", What: "label 1"}}) },
		"the folders": func(r *rig) { r.browse(wanted{title: "label 1", save: "x"}, "", func(string) {}) },
		"a menu": func(r *rig) {
			widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", fyne.NewMenuItem("label 1", nil)), r.win.Canvas(), fyne.NewPos(1, 1))
		},
		"a popup":       func(r *rig) { widget.ShowPopUp(widget.NewLabel("label 1"), r.win.Canvas()) },
		"a firm dialog": func(r *rig) { r.dialogs.Show(&parts.Dialog{Title: "label 1", Firm: true, Body: parts.Say("label 1")}) },
		"a touch": func(r *rig) {
			busy(r, func(ctx context.Context, j *Job) {
				j.Prompts().Touch(ctx, app.TouchRequest{Act: "sign", Identity: "label 1", Token: "Soft 1", Number: 1, Of: 1})
				<-ctx.Done()
			})
			r.until("the touch", r.dialogs.Covered)
		},
		"a PIN":     func(r *rig) { pin(r, "piv"); r.typing("12345") },
		"a new PIN": func(r *rig) { pin(r, "new-piv"); r.typing("12345") },
		"a key awaited": func(r *rig) {
			busy(r, func(ctx context.Context, j *Job) { j.Wait()(app.ErrNoPIN); <-ctx.Done() })
			r.until("the question", r.dialogs.Covered)
		},
		"work under way": func(r *rig) { busy(r, func(ctx context.Context, _ *Job) { <-ctx.Done() }) },
	}
}

// busy begins work that names an identity and ends with its context.
func busy(r *rig, act func(ctx context.Context, j *Job)) {
	run(r.Window, "work for label 1", func(ctx context.Context, j *Job) (int, error) {
		act(ctx, j)
		return 0, ctx.Err()
	}, func(int, error) { r.t.Error("the result of locked work came") })
}

func pin(r *rig, which app.PINKind) {
	busy(r, func(ctx context.Context, j *Job) {
		p, err := j.Prompts().PIN(ctx, app.PINRequest{Token: "Soft 1", Which: which, TriesLeft: 3, Min: 4, Max: 8})
		p.Destroy()
		if err == nil {
			r.t.Error("a prompt was answered by the lock")
		}
	})
	r.until("the PIN prompt", func() bool { return r.dialogs.Covered() })
}

// gone fails unless nothing of the vault is left and nothing leads back.
func (r *rig) gone(what string) {
	r.t.Helper()
	r.until(what+": the lock", func() bool { return r.session == nil })
	check := func(when string) {
		r.t.Helper()
		r.settle()
		held := r.held()
		if strings.Contains(held, "label ") || strings.Contains(held, "did:key") || strings.Contains(held, "/vaults") || strings.Contains(held, "Soft 1") {
			r.t.Errorf("%s, %s: the window holds %q", what, when, held)
		}
		if r.dialogs.Covered() || r.dialogs.Top() != nil || len(r.jobs) > 0 || len(r.frame.jobs.Objects) > 0 || len(r.history) > 0 || r.route.Place != Locked || r.frame.nav.Visible() {
			r.t.Errorf("%s, %s: %+v, covered %v, %d jobs, %d behind", what, when, r.route, r.dialogs.Covered(), len(r.jobs), len(r.history))
		}
	}
	check("at once")
	if r.win.Title() != "" && strings.Contains(r.win.Title(), "label") {
		r.t.Errorf("%s: the window is called %q", what, r.win.Title())
	}
	for _, p := range places() {
		if p.place != About {
			r.Go(Route{Place: p.place})
		}
	}
	for range 3 {
		r.key(fyne.KeyEscape)
		r.Back()
		for n := range places() {
			shortcutOf(r, fyne.KeyName(rune('1'+n)), fyne.KeyModifierShortcutDefault)()
		}
		shortcutOf(r, fyne.KeyLeft, fyne.KeyModifierAlt)()
		shortcutOf(r, fyne.KeyF, fyne.KeyModifierShortcutDefault)()
	}
	check("after keys")
}

// TestItSaysWhenTheVaultLocksWithoutItsKey holds that every page says so, on each width, until the key is back or the vault is locked.
func TestItSaysWhenTheVaultLocksWithoutItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		locks := time.Date(2026, time.March, 1, 9, 5, 0, 0, time.Local)
		said := tr("notice.away", "key", "blue 1", "time", "09:05")
		if r.shows(said) {
			t.Error("it says that a key is away which is there")
		}
		r.f.session.leave(locks)
		r.until("it says so", func() bool { return r.shows(said) })
		for _, p := range places() {
			r.Go(Route{Place: p.place})
			r.settle()
			if !r.shows(said) {
				t.Errorf("%s does not say so", p.place)
			}
			r.uncut(string(p.place))
		}
		r.f.session.leave(time.Time{})
		r.until("the key is back", func() bool { return !r.shows(said) })
		r.f.session.leave(locks)
		r.until("it leaves again", func() bool { return r.shows(said) })
		r.lock(app.LockedByOwner)
		if r.shows(said) {
			t.Error("the locked page says so still")
		}
	})
}

// TestLockTakesAwayWhateverIsOpen opens each kind of thing above the page and locks, for each reason with a PIN half typed, and for two with the rest.
func TestLockTakesAwayWhateverIsOpen(t *testing.T) {
	for reason, lock := range lockReasons() {
		for what, open := range openings() {
			if what != "a PIN" && reason != "suspend" && reason != "Ctrl+L" {
				continue
			}
			t.Run(reason+"/"+what, inBubble(func(t *testing.T) {
				r := openRig(t)
				s := r.hear()
				r.Go(Route{Place: Identities})
				r.settle()
				r.Go(Route{Place: Activity})
				r.settle()
				r.clip.Copy("did:key:z6MkCopied")
				open(r)
				lock(r, s)
				r.gone(what)
				if got := r.app.Clipboard().Content(); got != "" {
					t.Errorf("the clipboard holds %q", got)
				}
			}))
		}
	}
}

// TestLockTakesEveryPageAway locks on each page, and leaves what somebody else copied since.
func TestLockTakesEveryPageAway(t *testing.T) {
	for _, route := range everyRoute() {
		t.Run(string(route.Place)+" "+route.Act, inBubble(func(t *testing.T) {
			r := openRig(t)
			r.Go(route)
			r.settle()
			r.clip.Copy("did:key:z6MkCopied")
			r.app.Clipboard().SetContent("somebody else's")
			r.lock(app.LockedByOwner)
			r.gone("page")
			if got := r.app.Clipboard().Content(); got != "somebody else's" {
				t.Errorf("the clipboard holds %q", got)
			}
		}))
	}
}

// TestSleepWaitsForTheVaultAndNoLonger holds that the machine is let go once the vault is closed, and after two seconds where an act does not listen.
func TestSleepWaitsForTheVaultAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		s := r.hear()
		let := make(chan struct{}, 2)
		stuck := make(chan struct{})
		r.f.session.mu.Lock()
		r.f.session.locking.stuck = stuck
		r.f.session.mu.Unlock()
		start := time.Now()
		s <- app.Presence{Told: true, Why: app.LockedBySuspend, Locked: func() { let <- struct{}{} }}
		r.gone("with a deaf act")
		if len(let) > 0 {
			t.Error("the machine was let go while the vault was open")
		}
		<-let
		if took := time.Since(start); took != lockWait {
			t.Errorf("a deaf act holds sleep up for %v", took)
		}
		close(stuck)
		r.settle()
		if len(let) > 0 {
			t.Error("the machine was let go twice")
		}
		s <- app.Presence{Told: true, Why: app.LockedBySuspend, Locked: func() { let <- struct{}{} }}
		r.settle()
		if len(let) != 1 {
			t.Error("the machine is not let go where nothing is open")
		}
	})
}

// TestLockWhileNothingIsOpen holds that what was typed or asked before a vault is open goes, too.
func TestLockWhileNothingIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		s := r.hear()
		for _, e := range find[*parts.Entry](r) {
			e.SetText("typed before")
		}
		pin(r, "piv")
		s <- app.Presence{Told: true, Why: app.LockedBySession, Locked: func() {}}
		r.until("the lock", func() bool { return !r.dialogs.Covered() })
		r.settle()
		if r.route.Place != First || strings.Contains(r.held(), "typed before") || len(r.jobs) > 0 {
			t.Errorf("%+v, %q", r.route, r.held())
		}
	})
}

// TestThePersonIsNoticed holds that keys and the mouse put off locking, wherever they go, at most once a second.
func TestThePersonIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		stirs := func() int {
			r.f.session.mu.Lock()
			defer r.f.session.mu.Unlock()
			return r.f.session.locking.stirs
		}
		noticed := func(what string, act func()) {
			t.Helper()
			before := stirs()
			r.stirred = time.Time{}
			act()
			act()
			if n := stirs() - before; n != 1 {
				t.Errorf("%s is noticed %d times", what, n)
			}
		}
		r.Go(Route{Place: Activity})
		r.settle()
		noticed("typing in a field", func() { r.typing("x") })
		noticed("a key in a field", func() { r.key(fyne.KeyLeft) })
		r.win.Canvas().Focus(find[*parts.List](r)[0])
		noticed("a key in a list", func() { r.key(fyne.KeyDown) })
		r.win.Canvas().Unfocus()
		noticed("a key nobody wants", func() { r.key(fyne.KeyF5) })
		noticed("a shortcut", func() { shortcutOf(r, fyne.KeyF, fyne.KeyModifierShortcutDefault)() })
		noticed("the mouse", func() { r.mouse() })
		r.fail(app.ErrTampered)
		noticed("the mouse over a dialog", func() { r.mouse() })
		noticed("a key in a dialog", func() { r.key(fyne.KeyTab) })
		r.dialogs.Clear()
		pin(r, "piv")
		noticed("a PIN", func() { r.typing("1") })
		r.lock(app.LockedByOwner)
		r.settle()
		before := stirs()
		r.stirred = time.Time{}
		r.key(fyne.KeyF5)
		if stirs() != before {
			t.Error("a locked vault was told of the person")
		}
	})
}

// mouse does what the toolkit does as the mouse moves over the middle of the window: it asks all that lies there for its pointer.
func (r *rig) mouse() {
	walk(r.top(), fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if c, ok := o.(desktop.Cursorable); ok {
			c.Cursor()
		}
	})
}

// TestUnlockWaitsForTheLock holds that who unlocks at once is not told that somebody has the vault open.
func TestUnlockWaitsForTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		stuck := make(chan struct{})
		r.f.session.mu.Lock()
		r.f.session.locking.stuck = stuck
		r.f.session.mu.Unlock()
		r.lock(app.LockedByOwner)
		r.settle()
		opened := len(r.f.calls)
		r.press(tr("locked.unlock"))
		r.rest()
		if len(r.f.calls) != opened {
			t.Errorf("the vault was opened while it was being closed: %q", r.f.calls[opened:])
		}
		close(stuck)
		r.until("the unlock", func() bool { return r.f.said(`unlock "" ""`) && len(r.jobs) == 0 })
	})
}

func TestAnotherStartBringsTheWindowToTheFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		raise := make(chan struct{})
		r.raise = raise
		r.watchRaise()
		route := r.route
		raise <- struct{}{}
		raise <- struct{}{} // the first was taken
		r.settle()
		if r.route != route || r.session == nil {
			t.Errorf("%+v", r.route)
		}
	})
}
