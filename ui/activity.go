package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// activityRows is how many entries are read at once.
const activityRows = 200

// activityPage shows the vault's own record in plain words, newest first.
func (w *Window) activityPage(Route) *Page {
	search := parts.NewEntry(tr("activity.search"))
	var rows []app.JournalLine
	list := parts.NewList(func() int { return len(rows) }, newEventRow, func(at int, o fyne.CanvasObject) { fillEventRow(rows[at], o) }, nil)
	p := &Page{
		Title: tr("activity.title"), Lead: tr("activity.lead"), Fill: true, Focus: search, Search: search,
		Body: parts.Frame(parts.PadXY(0, look.SpaceSmall, search), nil, list, nil, nil),
	}
	var slot slot
	load := func() {
		filter := app.JournalFilter{Text: search.Text, Limit: activityRows}
		fetch(w, p, &slot, func(ctx context.Context, s Session) ([]app.JournalLine, error) { return s.JournalLines(ctx, filter) }, func(found []app.JournalLine, err error) {
			if err != nil {
				w.fail(err)
				return
			}
			rows = found
			list.Refresh()
		})
	}
	search.OnChanged = func(string) { load() }
	p.Shown = load
	p.Changed = func(c Change) {
		if c == StatusChanged {
			load()
		}
	}
	return p
}

// eventRow is a row of the list: what was done, and when.
type eventRow struct {
	widget.BaseWidget
	words, time *widget.Label
}

func newEventRow() fyne.CanvasObject {
	r := &eventRow{words: parts.Short(""), time: parts.Line(when(widestTime()))}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *eventRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(parts.PadXY(0, look.SpaceSmall, parts.Row(look.SpaceSmall, parts.Stretch(r.words), r.time)))
}

func fillEventRow(e app.JournalLine, o fyne.CanvasObject) {
	r, ok := o.(*eventRow)
	if !ok {
		return
	}
	r.words.SetText(capital(e.Words))
	r.time.SetText(when(e.Time))
}
