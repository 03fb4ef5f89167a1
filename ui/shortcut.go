package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"holdfast/app"
)

// shortcuts are the window's keys. None does anything while a dialog asks something, and none but help while no vault is open.
func (w *Window) shortcuts() {
	for i, p := range places() {
		w.shortcut(fyne.KeyName(strconv.Itoa(i+1)), fyne.KeyModifierShortcutDefault, func() { w.Go(Route{Place: p.place}) })
	}
	w.shortcut(fyne.KeyL, fyne.KeyModifierShortcutDefault, func() { w.lock(app.LockedByOwner) })
	w.shortcut(fyne.KeyF, fyne.KeyModifierShortcutDefault, w.search)
	w.shortcut(fyne.KeyLeft, fyne.KeyModifierAlt, w.Back)
	w.win.Canvas().SetOnTypedKey(w.typedKey)
}

// shortcut adds one key that works while a vault is open and nothing covers the page.
func (w *Window) shortcut(key fyne.KeyName, with fyne.KeyModifier, do func()) {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: with}
	w.keys.AddShortcut(s, func(fyne.Shortcut) {
		if w.session != nil && !w.dialogs.Covered() {
			do()
		}
	})
	w.win.Canvas().AddShortcut(s, w.keys.TypedShortcut)
}

// search gives the focus to where the page searches.
func (w *Window) search() {
	if w.page != nil && w.page.Search != nil {
		w.win.Canvas().Focus(w.page.Search)
	}
}

// typedKey is what the window makes of a key that no widget had a use for: Escape closes the dialog on top, else goes back; F1 helps.
func (w *Window) typedKey(e *fyne.KeyEvent) {
	if w.dialogs.Key(e) {
		return
	}
	switch e.Name {
	case fyne.KeyEscape:
		w.Back()
	case fyne.KeyF1:
		w.Go(Route{Place: About})
	default:
	}
}
