package ui

import (
	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// keysPage shows each way in, and the keys that are plugged in.
func (w *Window) keysPage(Route) *Page {
	ways, present := parts.Column(look.SpaceSmall), parts.Column(look.SpaceSmall)
	p := &Page{
		Title: tr("keys.title"), Lead: tr("keys.lead"),
		Body: parts.Column(look.SpaceLarge, parts.Column(look.SpaceBase, parts.Heading(tr("keys.ways")), ways), parts.Column(look.SpaceBase, parts.Heading(tr("keys.present")), present)),
	}
	show := func() {
		ways.RemoveAll()
		for _, k := range w.status.Keyslots {
			ways.Add(parts.Card(keyslotRow(k)))
		}
		present.RemoveAll()
		for _, t := range w.tokens {
			present.Add(parts.Row(look.SpaceSmall, parts.Icon(look.Icon("plug")), parts.Line(t.Name), parts.Stretch(parts.Quiet(sideName(t.Kind)))))
		}
		if len(w.tokens) == 0 {
			present.Add(parts.Quiet(tr("keys.nothing")))
		}
		w.relayout()
	}
	p.Shown = show
	p.Changed = func(Change) { show() }
	return p
}

// keyslotRow is one way in: label, side, role, when it was proven last.
func keyslotRow(k app.KeyslotInfo) fyne.CanvasObject {
	state := tr("keys.proven", "time", when(k.ProvenVault))
	switch {
	case !k.Revoked.IsZero():
		state = tr("keys.revoked", "time", when(k.Revoked))
	case !k.WayIn:
		state = tr("keys.noway")
	case !k.Proven():
		state = tr("keys.unproven")
	}
	return parts.Row(look.SpaceSmall, parts.Icon(look.Icon("key")), parts.Line(k.Label), parts.Stretch(parts.Quiet(sideName(app.TokenKind(k.Kind)))), parts.Line(roleName(k.Role)), parts.Line(state))
}

// sideName names a side of a key as people know it.
func sideName(k app.TokenKind) string {
	switch k {
	case app.SidePIV:
		return tr("keys.side.piv")
	case app.SideFIDO2:
		return tr("keys.side.fido2")
	default:
		return string(k)
	}
}

func roleName(r app.Role) string {
	switch r {
	case app.RoleEveryday:
		return tr("keys.role.everyday")
	case app.RoleRecovery:
		return tr("keys.role.recovery")
	default:
		return string(r)
	}
}
