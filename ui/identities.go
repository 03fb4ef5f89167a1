package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// identityRows is how many identities are read at once.
const identityRows = 200

// identitiesPage lists identities, and finds them as one types.
func (w *Window) identitiesPage(Route) *Page {
	search := parts.NewEntry(tr("identities.search"))
	var rows []app.Identity
	list := parts.NewList(func() int { return len(rows) }, newIdentityRow, func(at int, o fyne.CanvasObject) { fillIdentityRow(rows[at], o) },
		func(at int) { w.Go(Route{Place: Identities, Item: rows[at].ID}) })
	empty, _ := parts.Empty("identities", tr("identities.empty"), "", nil)
	empty.Hide()
	p := &Page{
		Title: tr("identities.title"), Fill: true, Focus: search, Search: search,
		Body: parts.Frame(parts.PadXY(0, look.SpaceSmall, search), nil, list, nil, empty),
	}
	var slot slot
	load := func() {
		query := app.Query{Text: search.Text, Limit: identityRows}
		fetch(w, p, &slot, func(ctx context.Context, s Session) ([]app.Identity, error) { return s.Identities(ctx, query) }, func(found []app.Identity, err error) {
			if err != nil {
				w.fail(err)
				return
			}
			rows = found
			parts.Show(empty, len(rows) == 0 && query.Text == "")
			list.Refresh()
			w.relayout()
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

// identityRow is a row of the list: mark, label, DID.
type identityRow struct {
	widget.BaseWidget
	mark       *canvas.Image
	label, did *widget.Label
}

func newIdentityRow() fyne.CanvasObject {
	r := &identityRow{mark: canvas.NewImageFromImage(nil), label: parts.Short(""), did: parts.Short("")}
	r.mark.FillMode = canvas.ImageFillContain
	r.did.Importance = widget.LowImportance
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *identityRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(parts.PadXY(0, look.SpaceSmall, parts.Row(look.SpaceBase, parts.Sized(look.MarkSize, look.MarkSize, r.mark), parts.Stretch(parts.Column(look.SpaceTiny, r.label, r.did)))))
}

func fillIdentityRow(id app.Identity, o fyne.CanvasObject) {
	r, ok := o.(*identityRow)
	if !ok {
		return
	}
	r.mark.Image = look.Mark(id.DID, int(look.MarkSize))
	r.mark.Refresh()
	r.label.SetText(id.Label)
	r.did.SetText(id.DID)
}
