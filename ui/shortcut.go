package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"holdfast/app"
	"holdfast/ui/parts"
)

// shortcuts are the window's keys. None but locking and closing does anything while a dialog asks something, and none but those and help while no
// vault is open: locking then takes away what is asked and what was typed.
func (w *Window) shortcuts() {
	for i, p := range places() {
		w.shortcut(fyne.KeyName(strconv.Itoa(i+1)), fyne.KeyModifierShortcutDefault, func() { w.Go(Route{Place: p.place}) })
	}
	w.shortcut(fyne.KeyN, fyne.KeyModifierShortcutDefault, func() { w.Go(Route{Place: Identities, Act: "new"}) })
	w.always(fyne.KeyL, fyne.KeyModifierShortcutDefault, func() { w.lock(app.LockedByOwner) })
	w.always(fyne.KeyQ, fyne.KeyModifierShortcutDefault, w.Quit)
	w.always(fyne.KeyW, fyne.KeyModifierShortcutDefault, w.Quit)
	w.shortcut(fyne.KeyF, fyne.KeyModifierShortcutDefault, w.search)
	w.shortcut(fyne.KeyLeft, fyne.KeyModifierAlt, w.Back)
	w.win.Canvas().SetOnTypedKey(w.typedKey)
}

// shortcut adds one key that works while a vault is open and nothing covers the page.
func (w *Window) shortcut(key fyne.KeyName, with fyne.KeyModifier, do func()) {
	w.always(key, with, func() {
		w.stir()
		if w.session != nil && !w.dialogs.Covered() {
			do()
		}
	})
}

// always adds one key that works whatever shows.
func (w *Window) always(key fyne.KeyName, with fyne.KeyModifier, do func()) {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: with}
	w.keys.AddShortcut(s, func(fyne.Shortcut) { do() })
	w.win.Canvas().AddShortcut(s, w.keys.TypedShortcut)
}

// search gives the focus to where the page searches.
func (w *Window) search() {
	if w.page != nil && w.page.Search != nil {
		w.win.Canvas().Focus(w.page.Search)
	}
}

// above joins a search with the list under it: the arrow down leads into the list, and what is typed there is searched for.
func (w *Window) above(search *parts.Entry, list *parts.List) {
	search.OnDown = func() {
		if list.Visible() {
			w.win.Canvas().Focus(list)
		}
	}
	list.OnTyped = func(r rune) {
		w.win.Canvas().Focus(search)
		search.TypedRune(r)
	}
}

// emptied empties a search that something stands in, and reports whether there was anything: Escape first ends the search, then leaves the page.
func (w *Window) emptied(search *parts.Entry) bool {
	if search.Text == "" {
		return false
	}
	search.SetText("")
	w.win.Canvas().Focus(search)
	return true
}

// typedKey is what the window makes of a key that no widget had a use for: Escape closes the dialog on top, else goes one step
// back; F1 helps.
func (w *Window) typedKey(e *fyne.KeyEvent) {
	w.stir()
	if e.Name == parts.Stirred {
		return
	}
	if w.dialogs.Key(e) {
		return
	}
	switch e.Name {
	case fyne.KeyEscape:
		w.stepBack()
	case fyne.KeyF1:
		w.Go(Route{Place: About})
	case fyne.KeyPageDown:
		w.page.turn(1)
	case fyne.KeyPageUp:
		w.page.turn(-1)
	case fyne.KeyHome:
		w.page.toTop()
	case fyne.KeyEnd:
		w.page.toEnd()
	default:
	}
}
