package ui

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// keyslot finds a key of the open vault by its id.
func (w *Window) keyslot(id string) (app.KeyslotInfo, bool) {
	for _, k := range w.status.Keyslots {
		if k.ID == id {
			return k, true
		}
	}
	return app.KeyslotInfo{}, false
}

// keyPage tells all that is known of one key, and what can be done with it.
func (w *Window) keyPage(id string) *Page {
	k := &keyOne{w: w, id: id, news: parts.Column(look.SpaceSmall), facts: parts.Column(look.SpaceSmall)}
	slot, _ := w.keyslot(id)
	back := parts.NewButton(tr("part.back"), "back", parts.Plain, func() { w.Go(Route{Place: Keys}) })
	p := &Page{
		Title: slot.Label, Focus: back, Acts: []fyne.CanvasObject{back}, Shown: k.show, Changed: func(Change) { k.show() },
		Body: parts.Narrow(look.Column, parts.Column(look.SpaceLarge, k.news, parts.Card(k.facts))),
	}
	if slot.Revoked.IsZero() && slot.ID != "" {
		prove := parts.NewButton(tr("keys.prove"), "prove", parts.Primary, func() { k.askTier() })
		revoke := parts.NewButton(tr("keys.revoke"), "revoke", parts.Plain, func() { w.Go(Route{Place: Keys, Act: "revoke", Item: id}) })
		p.Acts, p.Focus = append(p.Acts, revoke, prove), prove
	}
	k.page = p
	return p
}

// keyOne is the page of one key while it shows.
type keyOne struct {
	w           *Window
	page        *Page
	id          string
	news, facts *fyne.Container
}

func (k *keyOne) show() {
	slot, ok := k.w.keyslot(k.id)
	k.facts.RemoveAll()
	if !ok {
		k.facts.Add(parts.Say(tr("keys.unknown")))
		k.w.relayout()
		return
	}
	k.facts.Add(parts.Row(look.SpaceSmall, parts.Icon(stateIcon(slot)), parts.Stretch(parts.Say(slotState(slot)))))
	here := tr("keys.fact.here.no")
	if k.w.plugged(slot) {
		here = tr("keys.fact.here.yes")
	}
	for _, f := range []struct{ name, value string }{
		{tr("keys.fact.here"), here},
		{tr("keys.fact.side"), capital(sideName(app.TokenKind(slot.Kind)))},
		{tr("keys.fact.role"), capital(roleName(slot.Role))},
		{tr("keys.fact.opens"), capital(opensWords(slot))},
		{tr("keys.fact.model"), app.Visible(slot.Model)},
		{tr("keys.fact.serial"), app.Visible(slot.Serial)},
		{tr("keys.fact.firmware"), app.Visible(slot.Firmware)},
		{tr("keys.fact.slots"), slotWords(slot)},
		{tr("keys.fact.enrolled"), when(slot.Enrolled)},
		{tr("keys.fact.vault"), when(slot.ProvenVault)},
		{tr("keys.fact.master"), when(slot.ProvenMaster)},
		{tr("keys.fact.id"), slot.ID},
	} {
		if f.value != "" {
			k.facts.Add(parts.Fact(f.name, f.value))
		}
	}
	for _, weak := range app.WeaknessesOf(slot) {
		k.facts.Add(parts.Notice(parts.Informs, tr("keys.weak", "name", weak.Name, "concerns", weak.Concerns, "fixed", weak.FixedIn, "reference", weak.Reference), "", nil))
	}
	k.w.relayout()
}

// slotWords names the slots of the smart-card side that hold the keyslot's keys.
func slotWords(k app.KeyslotInfo) string {
	var list []string
	for _, t := range []app.Tier{app.TierVault, app.TierMaster} {
		if s, ok := k.Slots[t]; ok {
			list = append(list, hex.EncodeToString([]byte{s}))
		}
	}
	return strings.Join(list, ", ")
}

// askTier asks what shall be proven where the key opens both, then proves it. A recovery key counts through the master secret only.
func (k *keyOne) askTier() {
	slot, ok := k.w.keyslot(k.id)
	switch {
	case !ok:
		return
	case !slices.Contains(slot.Tiers, app.TierMaster):
		k.prove(app.TierVault, "")
		return
	case slot.Role == app.RoleRecovery:
		k.prove(app.TierMaster, "")
		return
	}
	d := &parts.Dialog{Title: tr("keys.prove.which"), Icon: "prove", Body: parts.Say(tr("keys.prove.why"))}
	for _, t := range []app.Tier{app.TierMaster, app.TierVault} {
		rank, words := parts.Plain, tr("keys.prove.master")
		if t == app.TierVault {
			rank, words = parts.Primary, tr("keys.prove.vault")
		}
		b := parts.NewButton(words, "", rank, func() {
			k.w.dialogs.Hide(d)
			k.prove(t, "")
		})
		d.Buttons, d.Focus, d.Default = append(d.Buttons, b), b, b
	}
	d.Buttons = append([]*parts.Button{parts.NewButton(tr("part.cancel"), "", parts.Plain, func() { k.w.dialogs.Hide(d) })}, d.Buttons...)
	k.w.dialogs.Show(d)
}

// prove opens a tier with the key, from what is on the disk.
func (k *keyOne) prove(tier app.Tier, why string) {
	w := k.w
	k.news.RemoveAll()
	run(w, tr("keys.proving"), func(ctx context.Context, j *Job) (string, error) {
		return j.Session.Prove(ctx, k.id, tier, j.Wait(), j.Prompts())
	}, func(_ string, err error) {
		if err != nil {
			w.failAgain(err, func(_, why string) { k.prove(tier, why) })
			return
		}
		k.news.Add(parts.Notice(parts.Cheers, tr("keys.prove.done"), "", nil))
		w.relayout()
	}).why = why
}
