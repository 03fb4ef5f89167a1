package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// enrol is the wizard that adds a key to the open vault.
type enrol struct {
	*newKey
	role    app.Role
	only    bool   // an everyday key that opens the vault and changes nothing
	armed   bool   // the vault was armed before
	confirm string // the token that confirms; "" is the one that opened the vault, or another that is there
	result  *fyne.Container
}

// enrolPage leads through the enrolment of a key: what it is for, which one, its name, the work, the proof.
func (w *Window) enrolPage() *Page {
	e := &enrol{newKey: w.newNewKey(w.status.Keyslots, allTiers(), "step-check", "step-make-keys", "step-write", "step-prove"), role: app.RoleEveryday, armed: w.status.Armed, result: parts.Column(look.SpaceBase)}
	if !w.status.Armed {
		e.role = app.RoleRecovery
	}
	e.ahead, e.begin = e.coming, e.enrol
	looks := e.page.Changed
	e.page.Changed = func(c Change) {
		if c == StatusChanged {
			e.picker.slots = w.status.Keyslots
		}
		if c == StatusChanged || c == TokensChanged && e.made {
			e.tell()
		}
		looks(c)
	}
	return e.frame([]parts.WizardStep{
		{Title: tr("enrol.role"), Build: e.roles},
		e.pick(tr("enrol.pick", "key", w.confirmer(""))), e.name(tr("enrol.name"), tr("enrol.add")), e.work(tr("enrol.making"), tr("enrol.meanwhile")),
		{Title: tr("enrol.works"), Build: func() (fyne.CanvasObject, fyne.Focusable) { e.tell(); return e.result, nil }, Next: tr("enrol.done"), NoWay: true},
	}, func() { w.show(Route{Place: Keys}) })
}

// confirmer names the key that confirms changes of the open vault; not is the id of a keyslot that does not, "" is none.
func (w *Window) confirmer(not string) string {
	t := w.session.Token()
	for _, k := range w.status.Keyslots {
		if k.ID != not && on(k.Kind, k.Physical, t) && slices.Contains(k.Tiers, app.TierMaster) && k.Revoked.IsZero() {
			return k.Label
		}
	}
	if not != "" {
		return tr("enrol.confirmer.other")
	}
	return tr("enrol.confirmer")
}

// roles is the step that asks what the key is for.
func (e *enrol) roles() (fyne.CanvasObject, fyne.Focusable) {
	only := parts.NewCheck(tr("enrol.only"), func(on bool) { e.only = on })
	only.Checked = e.only
	advanced := parts.Column(look.SpaceTiny, only, parts.Quiet(tr("enrol.only.why")))
	tiles := map[app.Role]*parts.Tile{}
	choose := func(r app.Role) {
		e.role = r
		for of, t := range tiles {
			t.Select(of == r)
		}
		parts.Show(advanced, r == app.RoleEveryday)
		hint := tr("newkey.label.hint")
		if r == app.RoleRecovery {
			hint = tr("newkey.label.hint.recovery")
		}
		e.label.SetPlaceHolder(hint)
		e.w.relayout()
	}
	column := parts.Column(look.SpaceBase)
	for _, r := range []app.Role{app.RoleRecovery, app.RoleEveryday} {
		words := parts.Column(look.SpaceTiny, parts.Line(capital(tr("enrol.role."+string(r)))), parts.Quiet(tr("enrol.role."+string(r)+".why")))
		tiles[r] = parts.NewTile(tr("enrol.role."+string(r)), words, func() { choose(r) })
		column.Add(tiles[r])
	}
	column.Add(advanced)
	choose(e.role)
	return column, tiles[e.role]
}

// tiers are what the new key opens.
func (e *enrol) tiers() []app.Tier {
	if e.role == app.RoleEveryday && e.only {
		return []app.Tier{app.TierVault}
	}
	return allTiers()
}

// coming says what the person will be asked for, in order.
func (e *enrol) coming() string {
	c, _ := e.picker.Chosen()
	return tr("enrol.coming", "count", app.TouchesToEnrol(c.Token.Kind, e.tiers()), "confirm", e.w.confirmer(""), "key", app.Visible(c.Token.Name), "side", sideName(c.Token.Kind))
}

// enrol begins the work.
func (e *enrol) enrol(token app.Token, _ string) *Job {
	ask := app.NewKeyslot{Token: token.ID, Label: strings.TrimSpace(e.label.Text), Role: e.role, Tiers: e.tiers()}
	confirm, confirmer := e.confirm, e.w.confirmer("")
	return run(e.w, tr("enrol.making"), func(ctx context.Context, j *Job) (string, error) {
		ask.Wait = j.Wait(tr("enrol.next"))
		return j.Session.Enrol(ctx, ask, app.Ceremony{Token: confirm, Wait: j.Wait(tr("enrol.confirms", "key", confirmer)), Steps: j.Step}, j.Prompts(), j.Step)
	}, func(_ string, err error) {
		if err != nil {
			e.failed(err, func(token, why string) {
				if token != "" {
					e.confirm = token
				}
				e.start(why)
			})
			return
		}
		e.done()
	})
}

// tell shows what the enrolment brought, as far as the vault has told by now.
func (e *enrol) tell() {
	e.result.RemoveAll()
	e.result.Add(parts.Notice(parts.Cheers, tr("enrol.proven", "label", strings.TrimSpace(e.label.Text)), "", nil))
	switch {
	case e.armed: // nothing new
	case e.w.status.Armed:
		e.result.Add(parts.Notice(parts.Cheers, tr("enrol.armed"), "", nil))
	case e.made:
		for _, n := range e.w.notices {
			if n.ID == "not-armed" {
				e.result.Add(parts.Notice(parts.Warns, n.Text+" "+n.Remedy, "", nil))
			}
		}
	}
	if e.role == app.RoleRecovery {
		e.result.Add(parts.Say(tr("enrol.keep")))
	}
	e.result.Add(container.NewHBox(parts.NewButton(tr("enrol.home"), "home", parts.Plain, func() { e.w.show(Route{Place: Home}) })))
	e.w.relayout()
}
