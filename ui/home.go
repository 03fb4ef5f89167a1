package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

const (
	// lastActs is how many acts Home shows.
	lastActs = 6
	// lastEntries is how many entries of the record are read for them: one act may stand in many, identities being made in batches.
	lastEntries = 200
)

// homePage answers three questions: am I safe, what needs me, what did I do last. Right after set-up it says first that the new vault opens.
func (w *Window) homePage(r Route) *Page {
	made := r.Act == "made"
	home := &home{w: w, made: made, label: r.Item, top: parts.Column(look.SpaceSmall), safe: parts.Column(look.SpaceSmall), last: parts.Column(look.SpaceSmall)}
	create := parts.NewButton(tr("home.new"), "add", rankOf(!made), func() { w.Go(Route{Place: Identities, Act: "new"}) })
	home.page = &Page{
		Title: tr("home.title"), Acts: []fyne.CanvasObject{create}, Focus: create,
		Body: parts.Narrow(look.Column, parts.Column(look.SpaceLarge, home.top, parts.Card(home.safe), home.last)),
	}
	if made {
		home.page.Title = tr("home.made")
	}
	home.page.follow(home.show)
	return home.page
}

func rankOf(primary bool) parts.Rank {
	if primary {
		return parts.Primary
	}
	return parts.Plain
}

// home is the page while it shows.
type home struct {
	w               *Window
	page            *Page
	made            bool   // the vault has just been made
	label           string // of the key that it was made with
	top, safe, last *fyne.Container
	slot            slot
}

// show draws what is known of the vault, and asks for its last acts.
func (h *home) show() {
	w := h.w
	if w.status.Keyslots == nil {
		return // the vault has not told yet
	}
	h.top.RemoveAll()
	parts.Show(h.top, h.made)
	if h.made {
		h.top.Add(parts.Notice(parts.Cheers, tr("home.works", "label", h.label), "", nil))
		h.top.Add(parts.Say(tr("home.next")))
	}
	var first *parts.Button
	w.refill(h.safe, func() {
		var list fyne.CanvasObject
		list, first = w.checklist(h.made)
		h.safe.Add(list)
	})
	parts.Show(h.last, !h.made)
	w.relayout()
	if h.made {
		if first != nil && !w.dialogs.Covered() {
			w.win.Canvas().Focus(first)
		}
		return
	}
	fetch(w, h.page, &h.slot, func(ctx context.Context, s Session) ([]app.JournalLine, error) {
		return s.JournalLines(ctx, app.JournalFilter{Limit: lastEntries})
	}, h.acts)
}

// acts shows how many identities there are, and what was done last; a press leads to all of it.
func (h *home) acts(list []app.JournalLine, err error) {
	w := h.w
	h.last.RemoveAll()
	if w.status.Identities == 0 {
		h.last.Add(parts.Say(tr("home.none")))
	} else {
		h.last.Add(parts.NewTile(tr("nav.identities"), parts.Row(look.SpaceSmall, parts.Icon(look.Icon("identities")), parts.Stretch(parts.Line(tr("home.count", "count", w.status.Identities)))),
			func() { w.Go(Route{Place: Identities}) }))
	}
	h.last.Add(parts.Heading(tr("home.last")))
	if err != nil {
		h.last.Add(parts.Failure(app.Explain(err), w.failed(err)))
	}
	rows := parts.Column(look.SpaceSmall)
	for _, e := range list[:min(lastActs, len(list))] {
		rows.Add(parts.Row(look.SpaceSmall, parts.Stretch(parts.Short(capital(e.Words))), parts.Line(when(e.Time))))
	}
	if len(list) > 0 {
		h.last.Add(parts.NewTile(tr("nav.activity"), rows, func() { w.Go(Route{Place: Activity}) }))
	}
	w.relayout()
}
