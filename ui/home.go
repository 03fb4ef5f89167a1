package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// lastActs is how many acts Home shows.
const lastActs = 6

// homePage answers three questions: am I safe, what needs me, what did I do last.
func (w *Window) homePage(Route) *Page {
	safe := parts.Column(look.SpaceSmall)
	last := parts.Column(look.SpaceSmall)
	make := parts.NewButton(tr("home.new"), "add", parts.Primary, func() { w.Go(Route{Place: Identities, Act: "new"}) })
	p := &Page{
		Title: tr("home.title"), Acts: []fyne.CanvasObject{make}, Focus: make,
		Body: parts.Column(look.SpaceLarge, parts.Card(safe), parts.Column(look.SpaceBase, parts.Heading(tr("home.last")), last)),
	}
	var slot slot
	show := func() {
		safe.RemoveAll()
		safe.Add(parts.Row(look.SpaceSmall, parts.Icon(safeIcon(w.status)), parts.Stretch(parts.Heading(safeWords(w.status)))))
		safe.Add(parts.Quiet(tr("home.count", "count", w.status.Identities)))
		safe.Refresh()
		fetch(w, p, &slot, func(ctx context.Context, s Session) ([]app.JournalLine, error) {
			return s.JournalLines(ctx, app.JournalFilter{Limit: lastActs})
		}, func(list []app.JournalLine, err error) {
			last.RemoveAll()
			if err != nil {
				last.Add(parts.Failure(app.Explain(err), w.failed(err)))
			}
			for _, e := range list {
				last.Add(parts.Row(look.SpaceSmall, parts.Stretch(parts.Short(capital(e.Words))), parts.Line(when(e.Time))))
			}
			w.relayout()
		})
	}
	p.Shown = show
	p.Changed = func(c Change) {
		if c == StatusChanged {
			show()
		}
	}
	return p
}

func safeIcon(s app.Status) fyne.Resource {
	if s.Armed && s.WordsConfirmed && s.BackedUp {
		return look.IconIn("shield", look.Good)
	}
	return look.IconIn("warning", look.Warn)
}

func safeWords(s app.Status) string {
	if s.Armed && s.WordsConfirmed && s.BackedUp {
		return tr("home.safe")
	}
	return tr("home.unsafe")
}
