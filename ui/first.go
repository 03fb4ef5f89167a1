package ui

import (
	"context"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// firstPage says in two sentences what this is, and makes the vault.
func (w *Window) firstPage(Route) *Page {
	label := parts.NewEntry(tr("first.label.hint"))
	start := parts.NewButton(tr("first.make"), "vault", parts.Primary, func() { w.setUp(label.Text) })
	body := parts.Column(look.SpaceWide,
		parts.Row(0, parts.IconSized(look.IconIn("vault", look.Accent), look.IconLarge)),
		parts.Title(tr("first.title")),
		parts.Lead(tr("first.lead")),
		parts.Column(look.SpaceTiny, parts.Line(tr("first.label")), label),
		parts.Row(0, start),
	)
	return &Page{Body: parts.Middle(look.Dialog, body), Focus: start}
}

// setUp makes the vault with the key that is plugged in, or with the first one that comes.
func (w *Window) setUp(label string) {
	run(w, tr("first.making"), func(ctx context.Context, j *Job) (Session, error) {
		return w.wallet.SetUp(ctx, app.NewVault{Vault: w.vault, Label: label, Role: app.RoleEveryday, Tiers: []app.Tier{app.TierVault, app.TierMaster}, Wait: j.Wait()},
			j.Prompts(), j.Step)
	}, func(s Session, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		w.opened(s)
	})
}
