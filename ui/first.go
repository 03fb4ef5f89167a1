package ui

import (
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// firstPage says in two sentences what this is, and offers the two ways to begin. Its acts are pages of their own.
func (w *Window) firstPage(r Route) *Page {
	if r.Act == "make" {
		return w.setupPage()
	}
	start := parts.NewButton(tr("first.make"), "vault", parts.Primary, func() { w.Go(Route{Place: First, Act: "make"}) })
	back := parts.NewButton(tr("first.restore"), "restore", parts.Plain, func() { w.Go(Route{Place: First, Act: "restore"}) })
	verify := parts.NewButton(tr("first.verify"), "verify", parts.Quietly, func() { w.Go(Route{Place: First, Act: "verify"}) })
	body := parts.Column(look.SpaceWide,
		parts.Row(0, parts.IconSized(look.IconIn("vault", look.Accent), look.IconLarge)),
		parts.Title(tr("first.title")),
		parts.Lead(tr("first.lead")),
		parts.Row(look.SpaceSmall, start, back, verify),
		parts.Quiet(tr("first.which")),
	)
	return &Page{Body: parts.Middle(look.Dialog, body), Focus: start}
}
