package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// identityEvents is how many entries of the record the page of an identity shows.
const identityEvents = 20

// identityDetail is the page of one identity.
type identityDetail struct {
	w       *Window
	id      string
	page    *Page
	body    *fyne.Container
	history *fyne.Container
	slot    slot
	record  slot
}

func (w *Window) identityPage(r Route) *Page {
	d := &identityDetail{w: w, id: r.Item, body: parts.Column(look.SpaceLarge), history: parts.Column(look.SpaceSmall)}
	file := parts.NewButton(tr("identity.sign.file"), "file", parts.Plain, func() { w.Go(Route{Place: Identities, Act: "sign-file", Item: r.Item}) })
	text := parts.NewButton(tr("identity.sign.text"), "sign", parts.Plain, func() { w.Go(Route{Place: Identities, Act: "sign-text", Item: r.Item}) })
	back := parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back)
	d.page = &Page{Title: tr("identity.title"), Acts: []fyne.CanvasObject{back, file, text}, Body: parts.Narrow(look.Column, d.body), Focus: file}
	d.page.Shown = func() { d.load(back, file, text) }
	d.page.Changed = func(c Change) {
		if c == StatusChanged {
			d.readHistory()
		}
	}
	return d.page
}

// load reads the identity; one whose keys sign no more is not offered for signing.
func (d *identityDetail) load(back *parts.Button, signs ...*parts.Button) {
	fetch(d.w, d.page, &d.slot, func(ctx context.Context, s Session) (app.Identity, error) { return s.Identity(ctx, d.id) }, func(id app.Identity, err error) {
		d.body.RemoveAll()
		if err != nil {
			d.body.Add(parts.Failure(app.Explain(err), d.w.failed(err)))
			d.w.relayout()
			return
		}
		for _, b := range signs {
			if id.Ended && d.w.win.Canvas().Focused() == fyne.Focusable(b) {
				d.w.win.Canvas().Focus(back)
			}
			parts.Show(b, !id.Ended)
		}
		d.show(id)
		d.readHistory()
	})
}

func (d *identityDetail) show(id app.Identity) {
	if id.Ended {
		again := func() { d.w.Go(Route{Place: Identities, Act: "new", Item: id.ID}) }
		d.body.Add(parts.Notice(parts.Warns, tr("identity.ended"), tr("identity.again"), again))
	}
	d.body.Add(parts.Card(d.w.identityHead(id)))
	d.body.Add(d.names(id))
	d.body.Add(parts.Column(look.SpaceBase, parts.Heading(tr("identity.keys")), keyTable(id)))
	d.body.Add(d.document(id))
	d.body.Add(parts.Column(look.SpaceBase, parts.Heading(tr("identity.history")), d.history))
	d.w.relayout()
}

// identityHead says which identity it is: mark, label, kind, when it was made.
func (w *Window) identityHead(id app.Identity) fyne.CanvasObject {
	mark := canvas.NewImageFromImage(look.Mark(id.DID, 4*int(look.MarkSize)))
	mark.FillMode = canvas.ImageFillContain
	name := parts.Heading(identityName(id))
	name.Wrapping = fyne.TextWrapWord
	words := parts.Column(look.SpaceTiny, name, parts.Say(kindWords(id)), parts.Quiet(tr("identity.made", "time", when(id.Created))))
	return parts.RowTop(look.SpaceWide, parts.Sized(2*look.MarkSize, 2*look.MarkSize, mark), parts.Stretch(words))
}

// kindWords say what kind of identity it is, and what follows from that.
func kindWords(id app.Identity) string {
	switch {
	case app.Method(id.Method) != app.MethodPeer:
		return tr("identity.kind.key")
	case id.Party == "":
		return tr("identity.kind.nobody")
	default:
		return tr("identity.kind.peer", "party", app.Visible(id.Party))
	}
}

// names are the DID, to copy and as a QR code; a relationship has two forms of it.
func (d *identityDetail) names(id app.Identity) fyne.CanvasObject {
	rows := parts.Column(look.SpaceBase, parts.Heading(tr("identity.did")))
	give := id.DID
	if id.LongForm != "" {
		give = id.LongForm
		rows.Add(parts.Say(tr("identity.forms")))
		rows.Add(parts.Line(tr("identity.short")))
	}
	rows.Add(parts.Copyable(id.DID, d.w.clip))
	if id.LongForm != "" {
		rows.Add(parts.Line(tr("identity.long")))
		rows.Add(parts.CopyableShort(id.LongForm, d.w.clip))
	}
	rows.Add(parts.Row(0, parts.NewButton(tr("identity.qr"), "qr", parts.Plain, func() { d.w.showQR(id, give) })))
	return rows
}

// qrEdge is how wide a QR code is: the longest DIDs are read from it at arm's length, and it fits into the smallest window.
const qrEdge float32 = 420

// showQR shows a DID to a camera.
func (w *Window) showQR(id app.Identity, did string) {
	code, err := parts.NewQR(did, qrEdge)
	if err != nil {
		w.fail(err)
		return
	}
	said := tr("identity.qr.key")
	if id.LongForm != "" {
		said = tr("identity.qr.peer", "party", partyName(id))
	}
	d := &parts.Dialog{
		Title: identityName(id), Icon: "qr",
		Body: parts.Column(look.SpaceSmall, container.NewCenter(code), parts.Quiet(said)),
	}
	shut := parts.NewButton(tr("part.close"), "", parts.Plain, func() { w.dialogs.Hide(d) })
	d.Buttons, d.Focus, d.Default = []*parts.Button{shut}, shut, shut
	w.dialogs.Show(d)
}

// readHistory shows what the vault's record says of the identity.
func (d *identityDetail) readHistory() {
	filter := app.JournalFilter{Subject: d.id, Limit: identityEvents}
	fetch(d.w, d.page, &d.record, func(ctx context.Context, s Session) ([]app.JournalLine, error) { return s.JournalLines(ctx, filter) }, func(list []app.JournalLine, err error) {
		d.history.RemoveAll()
		switch {
		case err != nil:
			d.history.Add(parts.Failure(app.Explain(err), d.w.failed(err)))
		case len(list) == 0:
			d.history.Add(parts.Quiet(tr("identity.history.none")))
		}
		for _, e := range list {
			d.history.Add(historyRow(e))
		}
		d.w.relayout()
	})
}

func historyRow(e app.JournalLine) fyne.CanvasObject {
	time := parts.Line(when(e.Time))
	time.Importance = widget.LowImportance
	return parts.Row(look.SpaceSmall, parts.Stretch(parts.Short(capital(e.Words))), time)
}
