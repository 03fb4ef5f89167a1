package ui

import (
	"fyne.io/fyne/v2"

	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// aboutPage says what this is, which version, and the keys of the keyboard.
func (w *Window) aboutPage(Route) *Page {
	keys := parts.Column(look.SpaceSmall)
	for _, k := range []string{"places", "search", "back", "close", "lock", "help"} {
		keys.Add(parts.Fact(tr("about.key."+k), tr("about.key."+k+".does")))
	}
	var acts []fyne.CanvasObject
	if w.session == nil {
		acts = append(acts, parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back))
	}
	return &Page{
		Title: tr("about.title"), Lead: tr("about.lead"), Acts: acts,
		Body: parts.Column(look.SpaceWide, parts.Fact(tr("about.version"), w.version), parts.Heading(tr("about.keys")), keys),
	}
}
