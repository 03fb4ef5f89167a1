package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// lockedPage says that the vault is locked, and which keys open it, by the labels that this machine remembers.
func (w *Window) lockedPage(r Route) *Page {
	vault := w.vault
	if r.Item != "" {
		vault = r.Item
	}
	keys := parts.Column(look.SpaceSmall)
	start := parts.NewButton(tr("locked.unlock"), "unlock", parts.Primary, func() { w.unlock(vault, "") })
	lead := tr("locked.lead")
	if w.lockedWhy != "" {
		lead = app.LockWords(w.lockedWhy)
	}
	body := parts.Column(look.SpaceWide,
		parts.Row(0, parts.IconSized(look.IconIn("lock", look.Accent), look.IconLarge)),
		parts.Title(tr("locked.title")), parts.Lead(lead), keys, parts.Row(0, start))
	p := &Page{Body: parts.Middle(look.Dialog, body), Focus: start}
	var slot slot
	var told closed
	show := func() {
		keys.RemoveAll()
		for _, o := range w.lockedKeys(told) {
			keys.Add(o)
		}
		w.relayout()
	}
	p.Shown = func() {
		fetch(w, p, &slot, func(context.Context, Session) (closed, error) { return w.inspect(vault), nil }, func(c closed, _ error) {
			told = c
			w.notices = c.notices
			w.showNotices()
			show()
		})
	}
	p.Changed = func(c Change) {
		if c == TokensChanged {
			show()
		}
	}
	return p
}

// lockedKeys are the rows of a locked page: each key with whether it is plugged in, or what hinders.
func (w *Window) lockedKeys(c closed) []fyne.CanvasObject {
	if c.err != nil {
		rows := []fyne.CanvasObject{parts.Failure(app.Explain(c.err), nil)}
		for _, name := range c.names {
			rows = append(rows, parts.NewButton(name, "vault", parts.Plain, func() { w.show(Route{Place: Locked, Item: name}) }))
		}
		return rows
	}
	var rows []fyne.CanvasObject
	for _, k := range c.locked.Keyslots {
		here := slices.ContainsFunc(w.tokens, func(t app.Token) bool {
			return string(t.Kind) == string(k.Kind) && k.Physical != "" && t.Physical == k.Physical
		})
		label, state := k.Label, tr("locked.insert")
		if label == "" {
			label = tr("locked.unnamed")
		}
		if here {
			state = tr("locked.here")
		}
		rows = append(rows, parts.Row(look.SpaceSmall, parts.Icon(look.Icon("key")), parts.Line(label), parts.Stretch(parts.Quiet(state))))
	}
	return rows
}
