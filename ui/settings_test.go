package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// settingsRig shows Settings of an open vault, with the choice of the time and the box of the key.
func settingsRig(t *testing.T) (r *rig, after *parts.Choice, key *parts.Check) {
	t.Helper()
	r = openRig(t)
	r.Go(Route{Place: Settings})
	r.settle()
	return r, find[*parts.Choice](r)[0], find[*parts.Check](r)[0]
}

func TestTighterIsDoneAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, after, _ := settingsRig(t)
		if after.Selected != "5 minutes" || r.win.Canvas().Focused() != fyne.Focusable(after) {
			t.Fatalf("%q, focus on %T", after.Selected, r.win.Canvas().Focused())
		}
		after.SetSelected("1 minute")
		r.until("the setting", func() bool { return r.f.said("set locking 1m0s true") && len(r.jobs) == 0 })
		if r.f.said("loosen locking") || after.Selected != "1 minute" {
			t.Errorf("%q, %q", r.f.calls, after.Selected)
		}
	})
}

// TestLooserAsksForTheKey holds that what is looser waits for the key, and shows what is in force until then and after a refusal.
func TestLooserAsksForTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, after, key := settingsRig(t)
		asked := make(chan struct{})
		r.f.session.acts = func(ctx context.Context, p app.Prompts) error {
			s, err := p.PIN(ctx, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
			s.Destroy()
			close(asked)
			return err
		}
		key.SetChecked(false)
		r.until("the PIN", r.dialogs.Covered)
		if !key.Checked || !key.Disabled() || !after.Disabled() {
			t.Error("what is not in force shows, or can be changed meanwhile")
		}
		r.key(fyne.KeyEscape)
		r.until("the end", func() bool { return len(r.jobs) == 0 })
		<-asked
		if r.f.said("set locking 5m0s false") || !key.Checked || key.Disabled() {
			t.Errorf("after a refusal: %q", r.f.calls)
		}
		r.f.session.acts = nil
		after.SetSelected("never")
		r.until("the setting", func() bool { return r.f.said("set locking 0s true") && len(r.jobs) == 0 })
		if after.Selected != "never" {
			t.Error(after.Selected)
		}
	})
}

func TestAnOddTimeIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.f.session.locking = fakeLocking{set: true, is: app.Locking{Idle: 90 * time.Second}}
		r.Go(Route{Place: Settings})
		r.settle()
		if c := find[*parts.Choice](r)[0]; c.Selected != "90 seconds" || !slices.Contains(c.Options, "never") {
			t.Errorf("%q of %q", c.Selected, c.Options)
		}
		r.f.session.locking.is.Idle = 2 * time.Hour
		r.reload()
		r.until("two hours", func() bool { return find[*parts.Choice](r)[0].Selected == "2 hours" })
	})
}

func TestTheComputerThatTellsNothingIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := settingsRig(t)
		if !r.shows(tr("settings.lock.deaf")) {
			t.Error("not said")
		}
		s := r.hear()
		s <- app.Presence{Told: true, Locked: func() {}}
		r.until("the news", func() bool { return r.shows(tr("settings.lock.system")) })
		s <- app.Presence{Locked: func() {}}
		r.until("the news", func() bool { return r.shows(tr("settings.lock.deaf")) })
	})
}

// TestChoicesApplyAtOnceAndAreKept changes how the window looks.
func TestChoicesApplyAtOnceAndAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := settingsRig(t)
		choices := find[*parts.Choice](r)
		choices[1].SetSelected(tr("settings.appearance.dark"))
		choices[2].SetSelected(tr("settings.text.130"))
		choices[3].SetSelected("10 seconds")
		want := app.WindowSettings{Appearance: "dark", TextSize: 130, Clipboard: 10}
		r.until("the file", func() bool {
			r.f.mu.Lock()
			defer r.f.mu.Unlock()
			return r.f.saved == want
		})
		th := r.app.Settings().Theme()
		if th.Size(theme.SizeNameText) != look.TypeBase*1.3 || th.Color(look.Page, theme.VariantLight) != look.NewTheme(look.Dark).Color(look.Page, 0) || r.clip.Keep != 10*time.Second {
			t.Error("a choice is not in force")
		}
	})
}

func TestLostSettingsAreSaidQuietly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, _ := settingsRig(t)
		if r.shows(tr("settings.lost")) {
			t.Error("said without reason")
		}
		r.settings = settingsFrom(app.WindowSettings{}, true)
		r.Again()
		r.settle()
		if !r.shows(tr("settings.lost")) || r.settings.WindowSettings != app.DefaultWindowSettings() {
			t.Errorf("%+v", r.settings)
		}
	})
}

func TestPlacesAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.f.session.journal = append(r.f.session.journal, app.JournalEvent{Number: 9, Act: "make-backup", Result: "ok", Facts: map[string]string{"to": "/stick/me.backup"}})
		r.Go(Route{Place: Settings})
		r.settle()
		if !r.shows("/vaults/main.vault") || !r.shows("/stick/me.backup") {
			t.Errorf("%q", r.texts())
		}
		var copies []*parts.Button
		for _, b := range find[*parts.Button](r) {
			if b.Words() == tr("part.copy") {
				copies = append(copies, b)
			}
		}
		test.Tap(copies[0])
		if r.app.Clipboard().Content() != "/vaults/main.vault" {
			t.Error(r.app.Clipboard().Content())
		}
	})
}

// TestLargerTextIsNotCut shows every page in each size of type, in the smallest window.
func TestLargerTextIsNotCut(t *testing.T) {
	for _, size := range app.TextSizes() {
		t.Run(fmt.Sprint(size), inBubble(func(t *testing.T) {
			r := openRig(t)
			r.choose(func(s *app.WindowSettings) { s.TextSize = size })
			for _, route := range everyRoute() {
				r.Go(route)
				r.settle()
				r.uncut(fmt.Sprint(size, " ", route))
			}
			if s := r.win.Canvas().Size(); s.Width > look.WindowWidth+1 || s.Height > look.WindowHeight+1 {
				t.Errorf("the window grew to %v", s)
			}
		}))
	}
}

// TestHelpIsThereWhileLocked reads help from the locked page, and goes back.
func TestHelpIsThereWhileLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.key(fyne.KeyF1)
		r.settle()
		if r.route.Place != About || r.button(tr("about.topic.lost.go")) != nil {
			t.Fatalf("%+v", r.route)
		}
		for _, q := range topics() {
			if !r.shows(tr("about.topic." + q.name)) {
				t.Errorf("%s is not answered", q.name)
			}
		}
		r.uncut("help while locked")
		r.key(fyne.KeyEscape)
		r.settle()
		if r.route.Place != Locked {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestHelpLeadsToThePlace(t *testing.T) {
	for _, q := range topics() {
		t.Run(q.name, inBubble(func(t *testing.T) {
			r := openRig(t)
			r.key(fyne.KeyF1)
			r.settle()
			var leads []*parts.Button
			for _, b := range find[*parts.Button](r) {
				if b.Words() == tr("about.topic."+q.name+".go") {
					leads = append(leads, b)
				}
			}
			if len(leads) == 0 {
				t.Fatal("no button")
			}
			at := slices.IndexFunc(topics(), func(o topic) bool { return o.name == q.name })
			before := slices.IndexFunc(topics(), func(o topic) bool { return tr("about.topic."+o.name+".go") == tr("about.topic."+q.name+".go") })
			test.Tap(leads[at-before])
			if r.route != q.to {
				t.Errorf("%+v", r.route)
			}
		}))
	}
}

// TestWordsOfTablesOfActivity holds the keys that are put together to what they are put together from.
func TestWordsOfTablesOfActivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		openRig(t)
		for _, words := range [][]string{groupWords(), resultWords(), sinceWords()} {
			for _, s := range words {
				if s == "" || strings.HasPrefix(s, "activity.") {
					t.Errorf("%q has no words", s)
				}
			}
		}
		for _, d := range []int{1, 90, 60, 3600, 7200} {
			if s := timeWords(d); strings.HasPrefix(s, "settings.") {
				t.Errorf("%d: %q", d, s)
			}
		}
	})
}
