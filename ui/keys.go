package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// keysPage shows each way in, and the keys that are plugged in. Its acts, and what it tells of one key, are pages of their own.
func (w *Window) keysPage(r Route) *Page {
	switch {
	case r.Act == "enrol":
		return w.enrolPage()
	case r.Act == "revoke":
		return w.revokePage(r.Item)
	case r.Item != "":
		return w.keyPage(r.Item)
	}
	k := &keyList{w: w, ways: parts.Column(look.SpaceSmall), revoked: parts.Column(look.SpaceSmall), present: parts.Column(look.SpaceSmall)}
	k.fold = parts.NewButton("", "", parts.Quietly, func() {
		k.unfolded = !k.unfolded
		k.show()
	})
	add := parts.NewButton(tr("keys.add"), "add", parts.Primary, func() { w.Go(Route{Place: Keys, Act: "enrol"}) })
	return &Page{
		Title: tr("keys.title"), Lead: tr("keys.lead"), Acts: []fyne.CanvasObject{add}, Focus: add, Shown: k.show, Changed: func(Change) { k.show() },
		Body: parts.Narrow(look.Column, parts.Column(look.SpaceLarge, k.ways, parts.Column(look.SpaceSmall, parts.Row(0, k.fold), k.revoked),
			parts.Column(look.SpaceBase, parts.Heading(tr("keys.present")), k.present))),
	}
}

// keyList is the page while it shows.
type keyList struct {
	w                      *Window
	ways, revoked, present *fyne.Container
	fold                   *parts.Button
	unfolded               bool // revoked keys show, too
	tiles                  map[string]*parts.Tile
}

func (k *keyList) show() {
	w := k.w
	focused := ""
	for id, t := range k.tiles {
		if w.win.Canvas().Focused() == fyne.Focusable(t) {
			focused = id
		}
	}
	k.ways.RemoveAll()
	k.revoked.RemoveAll()
	k.present.RemoveAll()
	k.tiles = map[string]*parts.Tile{}
	old := 0
	for _, slot := range w.status.Keyslots {
		t := parts.NewTile(slot.Label, w.keyRow(slot), func() { w.Go(Route{Place: Keys, Item: slot.ID}) })
		k.tiles[slot.ID] = t
		if slot.Revoked.IsZero() {
			k.ways.Add(t)
			continue
		}
		old++
		k.revoked.Add(t)
	}
	k.fold.SetWords(tr("keys.fold.show", "count", old))
	if k.unfolded {
		k.fold.SetWords(tr("keys.fold.hide"))
	}
	parts.Show(k.fold, old > 0)
	parts.Show(k.revoked, k.unfolded)
	for _, t := range w.tokens {
		words := sideName(t.Kind)
		if name := w.tokenName(t); name != app.Visible(t.Name) {
			words = tr("keys.present.is", "side", words, "label", name)
		}
		k.present.Add(parts.Row(look.SpaceSmall, parts.Icon(look.Icon("plug")), parts.Line(app.Visible(t.Name)), parts.Stretch(parts.Quiet(words))))
	}
	if len(w.tokens) == 0 {
		k.present.Add(parts.Quiet(tr("keys.nothing")))
	}
	w.relayout()
	if t := k.tiles[focused]; t != nil {
		w.win.Canvas().Focus(t)
	}
}

// keyRow is one way in: label and side, what it is for, how it stands.
func (w *Window) keyRow(k app.KeyslotInfo) fyne.CanvasObject {
	icon := look.IconIn("key", look.Accent)
	state := slotState(k)
	if w.plugged(k) {
		state = tr("keys.here", "state", state)
	}
	if !k.Revoked.IsZero() || !k.WayIn {
		icon = look.IconIn("key", look.Muted)
	}
	lines := []fyne.CanvasObject{parts.Line(k.Label), parts.Quiet(capital(tr("keys.for", "side", sideName(app.TokenKind(k.Kind)), "role", roleName(k.Role), "opens", opensWords(k))))}
	return parts.Row(look.SpaceBase, parts.Icon(icon), parts.Stretch(parts.Column(look.SpaceTiny, append(lines, parts.Row(look.SpaceSmall, parts.Icon(stateIcon(k)), parts.Stretch(parts.Say(state))))...)))
}

// plugged reports whether the key is plugged in now, as far as it says which one it is.
func (w *Window) plugged(k app.KeyslotInfo) bool {
	return slices.ContainsFunc(w.tokens, func(t app.Token) bool { return on(k.Kind, k.Physical, t) })
}

// proven reports whether the key has opened what it is there for: a recovery key the master secret.
func proven(k app.KeyslotInfo) bool {
	if k.Role == app.RoleRecovery {
		return !k.ProvenMaster.IsZero()
	}
	return k.Proven()
}

// slotState says how a key stands: a way in or not, and since when that is known.
func slotState(k app.KeyslotInfo) string {
	last := k.ProvenVault
	if k.ProvenMaster.After(last) {
		last = k.ProvenMaster
	}
	switch {
	case !k.Revoked.IsZero():
		return tr("keys.revoked", "time", when(k.Revoked), "reason", reasonName(k.RevokedReason))
	case !k.WayIn && k.WhyNot == "unknown-kind":
		return tr("keys.noway.unknown")
	case !k.WayIn:
		return tr("keys.noway")
	case !proven(k):
		return tr("keys.unproven")
	default:
		return tr("keys.proven", "time", when(last))
	}
}

func stateIcon(k app.KeyslotInfo) fyne.Resource {
	switch {
	case !k.Revoked.IsZero():
		return look.IconIn("revoke", look.Muted)
	case !k.WayIn || !proven(k):
		return look.IconIn("warning", look.Warn)
	default:
		return look.IconIn("success", look.Good)
	}
}

// opensWords says what a key opens.
func opensWords(k app.KeyslotInfo) string {
	if slices.Contains(k.Tiers, app.TierMaster) {
		return tr("keys.opens.all")
	}
	return tr("keys.opens.vault")
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
