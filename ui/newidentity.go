package ui

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// newIdentity is the page on which identities are made.
type newIdentity struct {
	w     *Window
	route Route
	page  *Page
	slot  slot
	n     app.NewIdentities

	kind, curve         *parts.Radio
	what                *widget.Label // what the chosen kind means
	party, label, count *parts.Entry
	forWhom, curves     fyne.CanvasObject
	more                *fyne.Container
	trouble             *fyne.Container // what was wrong with what was typed
	create              *parts.Button
	filled              [2]string // what the form was filled with: label and party
	given               bool      // what was typed has been taken
}

// curveNames are the curves of a public identity, in the order in which they show.
func curveNames() []string { return []string{"ed25519", "p256", "secp256k1"} }

func (w *Window) newIdentityPage(r Route) *Page {
	f := &newIdentity{w: w, route: r, n: app.NewIdentities{Method: app.MethodKey, Count: 1}}
	f.kind = parts.NewRadio([]string{tr("newidentity.key"), tr("newidentity.peer")}, 0, f.choose)
	f.what = parts.Quiet(tr("newidentity.key.what"))
	f.party, f.label, f.count = parts.NewEntry(tr("newidentity.party.hint")), parts.NewEntry(tr("newidentity.label.hint")), parts.NewEntry("")
	f.count.SetText("1")
	f.forWhom = parts.Column(look.SpaceTiny, parts.Line(tr("newidentity.party")), f.party)
	var curves []string
	for _, c := range curveNames() {
		curves = append(curves, tr("identity.curve."+c))
	}
	f.curve = parts.NewRadio(curves, 0, func(at int) { f.n.Curve = curveNames()[at] })
	f.curves = parts.Column(look.SpaceTiny, parts.Line(tr("newidentity.curve")), f.curve)
	f.more = parts.Column(look.SpaceWide, parts.Column(look.SpaceTiny, parts.Line(tr("newidentity.count")), parts.Row(0, parts.Sized(look.NavWidth, f.count.MinSize().Height, f.count))), f.curves)
	f.more.Hide()
	f.trouble = parts.Column(look.SpaceSmall)
	f.create = parts.NewButton(tr("newidentity.create"), "add", parts.Primary, f.make)
	for _, e := range []*parts.Entry{f.party, f.label, f.count} {
		e.OnSubmitted = func(string) { f.create.Press() }
		e.OnChanged = func(string) { f.check() }
	}
	f.page = &Page{
		Title: tr("newidentity.title"), Lead: tr("newidentity.lead"), Focus: f.label, Body: f.body(),
		Acts:  []fyne.CanvasObject{parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back)},
		Shown: f.replaces,
	}
	f.page.Typed = func() bool {
		return !f.given && (strings.TrimSpace(f.label.Text) != f.filled[0] || strings.TrimSpace(f.party.Text) != f.filled[1])
	}
	f.choose(0)
	return f.page
}

func (f *newIdentity) body() fyne.CanvasObject {
	var fold *parts.Button
	fold = parts.NewButton(tr("newidentity.more"), "", parts.Quietly, func() {
		parts.Show(f.more, f.more.Hidden)
		if f.more.Hidden {
			fold.SetWords(tr("newidentity.more"))
		} else {
			fold.SetWords(tr("newidentity.less"))
		}
		f.w.relayout()
	})
	return parts.Narrow(look.Column, parts.Column(look.SpaceWide,
		parts.Column(look.SpaceSmall, f.kind, f.what),
		f.forWhom,
		parts.Column(look.SpaceTiny, parts.Line(tr("newidentity.label")), f.label),
		parts.Row(0, fold),
		f.more,
		f.trouble,
		parts.Row(0, f.create),
	))
}

// choose shows what the chosen kind needs to know.
func (f *newIdentity) choose(kind int) {
	f.n.Method = app.MethodKey
	if kind == 1 {
		f.n.Method = app.MethodPeer
	}
	peer := f.n.Method == app.MethodPeer
	if peer {
		f.what.SetText(tr("newidentity.peer.what"))
	} else {
		f.what.SetText(tr("newidentity.key.what"))
	}
	parts.Show(f.forWhom, peer)
	parts.Show(f.curves, !peer)
	f.check()
	f.w.relayout()
}

// check allows to go on once what must be said has been said.
func (f *newIdentity) check() {
	f.trouble.RemoveAll()
	f.create.SetEnabled(f.n.Method == app.MethodKey || strings.TrimSpace(f.party.Text) != "")
}

// replaces fills the form with what an identity was that signs no more, and that the new one takes the place of.
func (f *newIdentity) replaces() {
	if f.route.Item == "" {
		return
	}
	fetch(f.w, f.page, &f.slot, func(ctx context.Context, s Session) (app.Identity, error) { return s.Identity(ctx, f.route.Item) }, func(id app.Identity, err error) {
		if err != nil || f.label.Text != "" {
			return // the form serves without it
		}
		f.filled = [2]string{id.Label, id.Party}
		f.label.SetText(id.Label)
		f.party.SetText(id.Party)
		if app.Method(id.Method) == app.MethodPeer {
			f.kind.SetSelected(tr("newidentity.peer"))
		}
	})
}

// make makes what was asked for; where succession keys are missing the person is told first that a ceremony makes them.
func (f *newIdentity) make() {
	n, ok := f.asked()
	if !ok {
		return
	}
	type stock struct {
		left  int
		short bool
	}
	fetch(f.w, f.page, &f.slot, func(ctx context.Context, s Session) (st stock, err error) {
		st.left, st.short, err = s.Short(ctx, n)
		return st, err
	}, func(st stock, err error) {
		switch {
		case err != nil:
			f.w.fail(err)
		case st.short:
			words := tr("newidentity.short", "left", st.left, "count", n.Count)
			f.w.dialogs.Show(parts.ConfirmDialog(tr("newidentity.short.title"), words, tr("newidentity.short.go"), false, f.w.dialogs.Hide, func() { f.run(n, true) }))
		default:
			f.run(n, false)
		}
	})
}

// asked reads the form; what is wrong with it is said in it.
func (f *newIdentity) asked() (n app.NewIdentities, ok bool) {
	n = f.n
	n.Label, n.Party = strings.TrimSpace(f.label.Text), ""
	if n.Method == app.MethodPeer {
		n.Party, n.Curve = strings.TrimSpace(f.party.Text), ""
	}
	f.trouble.RemoveAll()
	var err error
	if n.Count, err = strconv.Atoi(strings.TrimSpace(f.count.Text)); err != nil || n.Count < 1 || n.Count > app.MostAtOnce {
		f.trouble.Add(parts.Notice(parts.Fails, tr("newidentity.count.wrong", "most", app.MostAtOnce), "", nil))
	} else if err := n.Check(); err != nil {
		f.trouble.Add(parts.Failure(app.Explain(err), nil))
	}
	f.w.relayout()
	return n, len(f.trouble.Objects) == 0
}

// made is what came of making identities.
type made struct {
	count int
	first []app.Identity
}

// run makes the identities, and before them the succession keys that they need.
func (f *newIdentity) run(n app.NewIdentities, stock bool) {
	f.create.Disable()
	f.given = true
	w := f.w
	run(w, tr("newidentity.making", "count", n.Count), func(ctx context.Context, j *Job) (m made, err error) {
		if stock {
			how := app.Ceremony{Wait: j.Wait(), Steps: j.Step}
			if err := j.Session.Stock(ctx, n, how, j.Prompts(), func(made int) {
				j.tell(func(p *progress) { *p = progress{step: tr("newidentity.keys"), done: int64(made)} })
			}); err != nil {
				return m, err
			}
		}
		j.tell(func(p *progress) { *p = progress{} })
		m.count, m.first, err = j.Session.Create(ctx, n, func(done int) { j.Progress(int64(done), int64(n.Count)) })
		return m, err
	}, func(m made, err error) {
		f.check()
		f.given = err == nil
		here := w.page == f.page
		switch {
		case err != nil && m.count > 0:
			w.tell("info", tr("newidentity.stopped.title"), tr("newidentity.stopped", "made", m.count, "count", n.Count))
			w.fail(err)
		case err != nil:
			w.fail(err)
		case !here:
			w.tell("success", tr("newidentity.done.title"), tr("newidentity.done", "count", m.count))
		case m.count == 1:
			w.show(Route{Place: Identities, Item: m.first[0].ID})
		default:
			w.found = nil // from the top, where the new ones are
			w.show(Route{Place: Identities, Act: "made", Item: strconv.Itoa(m.count)})
		}
	})
}
