package ui

import (
	"context"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// settings are what the owner chose for this window, on this machine. When the vault locks is kept in the vault.
type settings struct {
	app.WindowSettings
	lost bool // what he chose before could not be read
}

// settingsFrom takes what was read; nothing is the defaults.
func settingsFrom(s app.WindowSettings, lost bool) settings {
	if s == (app.WindowSettings{}) {
		s = app.DefaultWindowSettings()
	}
	return settings{s, lost}
}

// applySettings makes the window look and behave as was chosen.
func (w *Window) applySettings() {
	s := w.settings
	w.app.Settings().SetTheme(look.NewTheme(look.Appearance(s.Appearance)).Scaled(float32(s.TextSize) / 100))
	w.clip.Keep = time.Duration(s.Clipboard) * time.Second
}

// choose applies a choice at once and keeps it beside the UI thread, one after the other, so that the last one stays.
func (w *Window) choose(change func(*app.WindowSettings)) {
	change(&w.settings.WindowSettings)
	w.settings.lost = false
	w.applySettings()
	w.relayout()
	w.keep()
}

// keep writes the settings beside the UI thread.
func (w *Window) keep() {
	chosen := w.settings.WindowSettings
	w.chosen.Store(&chosen)
	w.briefly(func() {
		w.saving.Lock()
		defer w.saving.Unlock()
		if err := w.wallet.SaveWindowSettings(*w.chosen.Load()); err != nil { // the newest: who comes to write last is not who chose last
			w.onUI(func() { w.fail(err) })
		}
	})
}

// Size is how large the window is made: as it was closed last, and never so small that something is cut.
func (w *Window) Size() fyne.Size {
	return fyne.NewSize(max(look.WindowWidth, float32(w.settings.Width)), max(look.WindowHeight, float32(w.settings.Height)))
}

// keepSize keeps how large the window is, for the next time. Settings that could not be read are left to the owner.
func (w *Window) keepSize() {
	size, was := w.win.Canvas().Size(), w.Size()
	width, height := int(size.Width), int(size.Height)
	if w.settings.lost || width == int(was.Width) && height == int(was.Height) || min(width, height) <= 0 || max(width, height) > app.LargestWindow {
		return
	}
	w.settings.Width, w.settings.Height = width, height
	w.keep()
}

// settingsPage is what the owner can choose: when the vault locks, how the window looks, and where things are.
func (w *Window) settingsPage(Route) *Page {
	p := &Page{Title: tr("settings.title"), Lead: tr("settings.lead")}
	locking := w.lockingSettings(p)
	places := w.placesOf(p)
	p.Focus = locking.after
	p.Body = parts.Narrow(look.Column, parts.Column(look.SpaceLarge, parts.Card(locking.object), parts.Card(w.windowSettings()), parts.Card(places.object)))
	p.Shown = func() {
		locking.load()
		places.load()
	}
	p.Changed = func(c Change) {
		switch c {
		case SystemChanged:
			locking.tell()
		case StatusChanged:
			locking.load()
			places.load()
		case TokensChanged:
		}
	}
	return p
}

// windowSettings are the choices that are about this window.
func (w *Window) windowSettings() fyne.CanvasObject {
	s := w.settings
	rows := parts.Column(look.SpaceBase, parts.Heading(tr("settings.window")))
	if s.lost {
		rows.Add(parts.Quiet(tr("settings.lost")))
	}
	var looks []string
	for _, a := range app.Appearances() {
		looks = append(looks, tr("settings.appearance."+a))
	}
	rows.Add(setting(tr("settings.appearance"), parts.NewChoice(looks, slices.Index(app.Appearances(), s.Appearance), func(i int) {
		w.choose(func(s *app.WindowSettings) { s.Appearance = app.Appearances()[i] })
	})))
	var sizes []string
	for _, n := range app.TextSizes() {
		sizes = append(sizes, tr("settings.text."+strconv.Itoa(n)))
	}
	rows.Add(setting(tr("settings.text"), parts.NewChoice(sizes, slices.Index(app.TextSizes(), s.TextSize), func(i int) {
		w.choose(func(s *app.WindowSettings) { s.TextSize = app.TextSizes()[i] })
	})))
	times := with([]int{app.ShortestCopy, 30, 60, app.LongestCopy}, s.Clipboard)
	var words []string
	for _, n := range times {
		words = append(words, tr("settings.seconds", "count", n))
	}
	rows.Add(setting(tr("settings.clipboard"), parts.NewChoice(words, slices.Index(times, s.Clipboard), func(i int) {
		w.choose(func(s *app.WindowSettings) { s.Clipboard = times[i] })
	})))
	return rows
}

// setting is a choice under its name.
func setting(name string, choice fyne.CanvasObject) fyne.CanvasObject {
	return parts.Column(look.SpaceTiny, parts.Say(name), choice)
}

// with adds what was chosen elsewhere to the choices, in order.
func with(choices []int, chosen int) []int {
	if !slices.Contains(choices, chosen) {
		choices = append(choices, chosen)
		slices.Sort(choices)
	}
	return choices
}

// placeRows says where things are.
type placeRows struct {
	object fyne.CanvasObject
	load   func()
}

// placesOf shows the folders of the vault, of what this machine remembers, and of the last backup, each with a copy and a look into it.
func (w *Window) placesOf(p *Page) placeRows {
	list := parts.Column(look.SpaceWide)
	r := placeRows{object: parts.Column(look.SpaceBase, parts.Heading(tr("settings.places")), list)}
	var slot slot
	r.load = func() {
		fetch(w, p, &slot, func(ctx context.Context, s Session) ([]app.JournalEvent, error) {
			return s.Journal(ctx, app.JournalFilter{Act: app.JournalAct("make-backup"), Result: "ok", Limit: 1})
		}, func(made []app.JournalEvent, err error) {
			if w.session == nil {
				return
			}
			place, backup := w.session.Place(), ""
			if err == nil && len(made) > 0 {
				backup = made[0].Facts["to"]
			}
			list.RemoveAll()
			list.Add(w.placeRow(tr("settings.place.vault"), place.Dir))
			list.Add(w.placeRow(tr("settings.place.state"), place.State))
			list.Add(w.placeRow(tr("settings.place.backup"), backup))
			w.relayout()
		})
	}
	return r
}
