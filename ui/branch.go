package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// branchPage explains why a vault is open to read only, and accepts its state in a ceremony.
func (w *Window) branchPage() *Page {
	body := parts.Column(look.SpaceWide)
	p := &Page{Title: tr("branch.title"), Body: parts.Narrow(look.Column, body)}
	said := false // what came of it shows
	var start *parts.Button
	start = parts.NewButton(tr("branch.start"), "branch", parts.Danger, func() {
		w.newBranch(p, start, func(branch uint32) {
			said = true
			body.RemoveAll()
			body.Add(parts.Notice(parts.Cheers, tr("branch.done", "n", branch), "", nil))
			body.Add(parts.Say(tr("branch.done.next")))
			w.relayout()
		})
	})
	show := func() {
		if said {
			return
		}
		body.RemoveAll()
		for _, o := range w.branchWords(start) {
			body.Add(o)
		}
		w.relayout()
	}
	p.follow(show)
	return p
}

// branchWords say why the vault only reads, what accepting does, and what to look at before.
func (w *Window) branchWords(start *parts.Button) []fyne.CanvasObject {
	why := w.status.ReadOnly
	if why == "" {
		return []fyne.CanvasObject{parts.Notice(parts.Informs, tr("branch.none"), "", nil)}
	}
	x := app.ReadOnlyWords(why)
	if why == app.ReadOnlyDamaged {
		return []fyne.CanvasObject{parts.Failure(x, &parts.Remedy{Words: tr("remedy.damaged"), Do: func() { w.Go(Route{Place: Recovery, Act: "restore"}) }})}
	}
	return []fyne.CanvasObject{
		parts.Notice(parts.Warns, x.What, "", nil),
		parts.Say(x.Safe),
		parts.Heading(tr("branch.before")), parts.Say(tr("branch.before.words")),
		parts.Heading(tr("branch.what")), parts.Say(tr("branch.what.old", "count", w.status.Identities)), parts.Say(tr("branch.what.new")),
		parts.Row(0, start),
	}
}

// newBranch accepts the vault's state and begins a new use branch.
func (w *Window) newBranch(p *Page, start *parts.Button, done func(branch uint32)) {
	start.Disable()
	run(w, tr("branch.job"), func(ctx context.Context, j *Job) (uint32, error) {
		return j.Session.NewBranch(ctx, app.Ceremony{Wait: j.Wait(), Steps: j.Step}, j.Prompts(), j.Step)
	}, func(branch uint32, err error) {
		start.Enable()
		switch {
		case err != nil:
			w.fail(err)
		case w.page == p:
			done(branch)
		}
	})
}
