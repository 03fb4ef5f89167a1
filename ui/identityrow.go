package ui

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// marks keeps the marks that were drawn last, so that scrolling to and fro draws none twice. It belongs to the UI thread.
type marks map[markOf]image.Image

// markOf is a mark as large as it shows: the toolkit would take longer to make it smaller than all the rest of a row takes.
type markOf struct {
	did  string
	edge int // in pixels
}

// mostMarks is how many are kept: some five thousand bytes each.
const mostMarks = 500

func (m marks) of(did string, scale float32) image.Image {
	which := markOf{did, int(math.Round(float64(look.MarkSize * scale)))}
	if img, ok := m[which]; ok {
		return img
	}
	if len(m) >= mostMarks {
		clear(m)
	}
	m[which] = look.Mark(did, which.edge)
	return m[which]
}

// identityRow is a row of the list: mark, label, DID, whom it is for, and its state where that is not plain.
type identityRow struct {
	widget.BaseWidget
	mark              *canvas.Image
	label, did, party *widget.Label
	state             fyne.CanvasObject
	content, ghost    *fyne.Container // the row, and what stands there until it has been read
	shown             string          // what it says, so that it is not said again
}

// partyWidth is the room for whom an identity is for.
const partyWidth float32 = 200

func newIdentityRow() fyne.CanvasObject {
	r := &identityRow{mark: canvas.NewImageFromImage(nil), label: parts.Short(""), did: parts.Short(""), party: parts.Short(""), state: parts.Badge(parts.Warns, tr("identities.ended"))}
	r.mark.FillMode = canvas.ImageFillContain
	r.label.TextStyle.Bold = true
	r.did.TextStyle.Monospace = true
	r.did.Importance, r.party.Importance = widget.LowImportance, widget.LowImportance
	words := parts.Column(look.SpaceTiny, r.label, r.did)
	height := words.MinSize().Height
	r.content = parts.Row(look.SpaceBase, parts.Sized(look.MarkSize, look.MarkSize, r.mark), parts.Stretch(words), parts.Sized(partyWidth, r.party.MinSize().Height, r.party), r.state)
	r.ghost = parts.Row(look.SpaceBase, parts.Sized(look.MarkSize, height, ghost(look.MarkSize, look.MarkSize)),
		parts.Column(look.SpaceSmall, parts.Row(0, ghost(partyWidth, look.SpaceBase)), parts.Row(0, ghost(2*partyWidth, look.SpaceBase))))
	r.ghost.Hide()
	r.state.Hide()
	r.ExtendBaseWidget(r)
	return r
}

// ghost stands where words will be.
func ghost(w, h float32) fyne.CanvasObject { return parts.Sized(w, h, parts.NewPanel(look.Line, "")) }

// CreateRenderer implements fyne.Widget.
func (r *identityRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(parts.PadXY(look.SpaceSmall, look.SpaceSmall, container.NewStack(r.content, r.ghost)))
}

// wait shows that the row is being read.
func (r *identityRow) wait() {
	if r.shown != "" || r.content.Visible() {
		r.shown = ""
		r.content.Hide()
		r.ghost.Show()
		r.Refresh()
	}
}

// fill shows an identity. What the row says already it does not say again: a list that is drawn anew costs next to nothing.
func (r *identityRow) fill(id app.Identity, m marks, scale float32) {
	says := id.ID + "\x00" + id.Label + "\x00" + id.Party
	if id.Ended {
		says += "\x00"
	}
	if says == r.shown {
		return
	}
	r.shown = says
	if !r.content.Visible() {
		r.ghost.Hide()
		r.content.Show()
	}
	r.mark.Image = m.of(id.DID, scale)
	r.mark.Refresh()
	say(r.label, identityName(id))
	say(r.did, shortDID(id.DID))
	party := partyWords(id)
	if id.Label == "" {
		party = "" // it stands where the label would
	}
	say(r.party, party)
	if id.Ended != r.state.Visible() {
		parts.Show(r.state, id.Ended)
		r.content.Refresh() // sets the rest anew
	}
}

// say sets what a label says, where that is different: the toolkit draws it anew in any case.
func say(l *widget.Label, words string) {
	if l.Text != words {
		l.SetText(words)
	}
}

// identityName is what a person knows an identity by: its label, else whom it is for.
func identityName(id app.Identity) string {
	switch {
	case id.Label != "":
		return app.Visible(id.Label)
	case id.Party != "":
		return capital(partyWords(id))
	default:
		return tr("identities.unnamed")
	}
}

func partyWords(id app.Identity) string {
	if id.Party == "" {
		return ""
	}
	return tr("identities.party", "party", app.Visible(id.Party))
}

// shortDID leaves the middle of a DID out, where it says least: its beginning tells the method, its end tells it apart.
func shortDID(did string) string {
	const head, tail = 24, 12
	did = app.Visible(did)
	if len(did) <= head+tail+1 {
		return did
	}
	return did[:head] + "…" + did[len(did)-tail:]
}

// partyName is whom an identity is for.
func partyName(id app.Identity) string {
	if id.Party == "" {
		return tr("identities.nobody")
	}
	return app.Visible(id.Party)
}
