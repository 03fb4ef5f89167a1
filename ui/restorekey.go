package ui

import (
	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// restoreKey chooses the key that opens the restored vault, among those that are plugged in.
type restoreKey struct {
	w    *Window
	have string
	body *fyne.Container
	list []app.Token // as they show
	at   int
}

func newRestoreKey(w *Window, have string) *restoreKey {
	return &restoreKey{w: w, have: have, body: parts.Column(look.SpaceTiny)}
}

// refresh shows the keys that are plugged in now; the one that was chosen stays so.
func (k *restoreKey) refresh() {
	was := k.token()
	k.list, k.at = nil, 0
	for _, side := range []app.TokenKind{app.SidePIV, app.SideFIDO2} {
		for _, t := range k.w.tokens {
			if t.Kind == side {
				k.list = append(k.list, t)
			}
		}
	}
	var names []string
	for i, t := range k.list {
		names = append(names, tr("restore.key.side", "key", app.Visible(t.Name), "side", sideName(t.Kind)))
		if t.ID == was {
			k.at = i
		}
	}
	k.body.RemoveAll()
	title := tr("restore.key.new")
	if k.have == haveKey {
		title = tr("restore.key.old")
	}
	k.body.Add(parts.Line(title))
	if len(names) == 0 {
		k.body.Add(parts.Quiet(tr("restore.key.none")))
	} else {
		k.body.Add(parts.NewRadio(names, k.at, func(at int) { k.at = at }))
	}
	k.w.relayout()
}

// token is the id of the key that was chosen; "" takes the one that is plugged in when it is needed.
func (k *restoreKey) token() string {
	if k.at < len(k.list) {
		return k.list[k.at].ID
	}
	return ""
}
