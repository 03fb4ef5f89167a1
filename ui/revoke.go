package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// reasons are why a key is revoked, in the order in which they show: the core's own words for them.
func reasons() []string { return []string{"lost", "stolen", "retired"} }

// reasonName says a reason in words; one that is not known here is told as it is.
func reasonName(reason string) string {
	switch reason {
	case "lost":
		return tr("revoke.reason.lost")
	case "stolen":
		return tr("revoke.reason.stolen")
	case "retired":
		return tr("revoke.reason.retired")
	default:
		return app.Visible(reason)
	}
}

// revoke is the page that takes a key away: why, what will happen and what it cannot undo, the work, what remains.
type revoke struct {
	w      *Window
	page   *Page
	slot   app.KeyslotInfo
	reason string
	body   *fyne.Container
	doing  *doing
}

func (w *Window) revokePage(id string) *Page {
	slot, ok := w.keyslot(id)
	r := &revoke{w: w, slot: slot, reason: reasons()[0], body: container.NewStack()}
	r.doing = w.newDoing(tr("revoke.meanwhile"), "step-check", "step-encrypt", "step-write")
	r.page = &Page{Title: tr("revoke.title", "label", slot.Label), Body: r.body, Fill: true}
	back := parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back)
	r.page.Focus = back
	if !ok || !slot.Revoked.IsZero() {
		r.put(parts.Column(0, parts.Say(tr("keys.unknown"))), back)
		return r.page
	}
	if err := app.LastWayIn(w.status.Keyslots, id); err != nil {
		x := app.Explain(err)
		r.put(parts.Failure(x, w.remedyOf(x.Code)), back)
		return r.page
	}
	r.page.Focus = r.form()
	return r.page
}

// put shows something with its buttons, which stay in sight.
func (r *revoke) put(o fyne.CanvasObject, buttons ...fyne.CanvasObject) {
	r.body.Objects = []fyne.CanvasObject{parts.Frame(nil, nil, container.NewVScroll(parts.Narrow(look.Column, o)), nil, parts.PadXY(0, look.SpaceBase, parts.Row(look.SpaceSmall, buttons...)))}
	r.body.Refresh()
	r.w.relayout()
}

// form asks why and says what will happen, and what will not, before anything is asked of a key. It gives what is safe to have the focus.
func (r *revoke) form() fyne.Focusable {
	var names []string
	at := 0
	for i, reason := range reasons() {
		names = append(names, tr("revoke.choose."+reason))
		if reason == r.reason {
			at = i
		}
	}
	why := parts.NewRadio(names, at, func(i int) { r.reason = reasons()[i] })
	no := parts.NewButton(tr("part.cancel"), "", parts.Plain, r.w.Back)
	yes := parts.NewButton(tr("revoke.do", "label", r.slot.Label), "revoke", parts.Danger, func() { r.begin("", "") })
	will := parts.Column(look.SpaceSmall, parts.Heading(tr("revoke.will")), point("success", look.Good, tr("revoke.will.key", "label", r.slot.Label)),
		point("success", look.Good, tr("revoke.will.others")))
	if n := r.w.status.Identities; n > 0 {
		will.Add(point("info", look.Accent, tr("revoke.will.identities", "count", n)))
	}
	r.put(parts.Column(look.SpaceWide,
		parts.Column(look.SpaceSmall, parts.Heading(tr("revoke.why")), why), will,
		parts.Column(look.SpaceSmall, parts.Heading(tr("revoke.not")), point("warning", look.Warn, tr("revoke.not.copies")), point("warning", look.Warn, tr("revoke.not.back"))),
		parts.Say(tr("revoke.confirm", "key", r.w.confirmer(r.slot.ID)))), no, yes)
	return no
}

// point is one sentence of a list, with the icon of how it is meant.
func point(icon string, ink fyne.ThemeColorName, words string) fyne.CanvasObject {
	return parts.RowTop(look.SpaceSmall, parts.Icon(look.IconIn(icon, ink)), parts.Stretch(parts.Say(words)))
}

// begin starts the ceremony; token is the one that confirms.
func (r *revoke) begin(token, why string) {
	w, id, reason := r.w, r.slot.ID, r.reason
	r.put(r.doing.Object)
	j := run(w, tr("revoke.doing"), func(ctx context.Context, j *Job) (app.Revoked, error) {
		return j.Session.Revoke(ctx, id, reason, app.Ceremony{Token: token, Wait: j.Wait(), Steps: j.Step}, j.Prompts(), j.Step)
	}, func(done app.Revoked, err error) {
		if err != nil {
			r.failed(err, token)
			return
		}
		r.show(done)
	})
	j.why = why
	r.doing.Watch(j)
}

// failed puts the form back, so that the person can begin anew or leave it.
func (r *revoke) failed(err error, before string) {
	if r.w.page == r.page {
		r.w.win.Canvas().Focus(r.form())
	}
	r.w.failAgain(err, func(token, why string) {
		if token == "" {
			token = before
		}
		r.begin(token, why)
	})
}

// show tells what was done, what it could not undo and what to do next: in the page's place, or above the one that the person has gone to.
func (r *revoke) show(done app.Revoked) {
	w := r.w
	rows := parts.Column(look.SpaceBase, parts.Notice(parts.Cheers, tr("revoke.done", "label", r.slot.Label), "", nil), parts.Heading(tr("revoke.remains")))
	for _, words := range done.Remains {
		rows.Add(point("warning", look.Warn, words))
	}
	if w.page == r.page {
		backup := parts.NewButton(tr("revoke.backup"), "backup", parts.Primary, func() { w.Go(Route{Place: Recovery, Act: "backup"}) })
		keys := parts.NewButton(tr("enrol.done"), "keys", parts.Plain, func() { w.show(Route{Place: Keys}) })
		r.put(rows, keys, backup)
		w.win.Canvas().Focus(backup)
		return
	}
	d := &parts.Dialog{Title: tr("revoke.done", "label", r.slot.Label), Icon: "revoke", Body: rows}
	shut := parts.NewButton(tr("part.close"), "", parts.Plain, func() { w.dialogs.Hide(d) })
	d.Buttons, d.Focus = []*parts.Button{shut}, shut
	w.dialogs.Show(d)
}
