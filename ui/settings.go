package ui

import (
	"time"

	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// settings are what the owner chose for this window.
type settings struct {
	appearance    look.Appearance
	lockAfter     time.Duration // without any act; 0 never
	lockWithToken bool          // when the key that opened the vault is unplugged
}

func defaultSettings() settings {
	return settings{appearance: look.AsSystem, lockAfter: 5 * time.Minute, lockWithToken: true}
}

// appearances are the choices, in the order in which they show.
func appearances() []look.Appearance {
	return []look.Appearance{look.AsSystem, look.Light, look.Dark}
}

// settingsPage is what the owner can choose.
func (w *Window) settingsPage(Route) *Page {
	var names []string
	at := 0
	for i, a := range appearances() {
		names = append(names, tr("settings.appearance."+string(a)))
		if a == w.settings.appearance {
			at = i
		}
	}
	choice := parts.NewChoice(names, at, func(i int) {
		w.settings.appearance = appearances()[i]
		w.app.Settings().SetTheme(look.NewTheme(w.settings.appearance))
	})
	return &Page{
		Title: tr("settings.title"), Focus: choice,
		Body: parts.Narrow(look.Dialog, parts.Column(look.SpaceSmall, parts.Heading(tr("settings.appearance")), choice)),
	}
}
