package ui

import (
	"context"
	"strings"

	"holdfast/app"
	"holdfast/ui/parts"
)

// allTiers are what the first key and every recovery key open.
func allTiers() []app.Tier { return []app.Tier{app.TierVault, app.TierMaster} }

// setupPage leads through the making of a vault: a key, its name, the work. What comes of it is told on Home, with what makes the vault safe.
func (w *Window) setupPage() *Page {
	n := w.newNewKey(nil, allTiers(), "step-make-keys", "step-write", "step-prove")
	n.ahead = func() string {
		c, _ := n.picker.Chosen()
		return tr("setup.ahead", "count", app.TouchesToEnrol(c.Token.Kind, allTiers()), "key", app.Visible(c.Token.Name), "side", sideName(c.Token.Kind))
	}
	n.begin = func(token app.Token, _ string) *Job { return w.setUp(n, token) }
	return n.frame([]parts.WizardStep{
		n.pick(tr("setup.pick")), n.name(tr("setup.name"), tr("setup.make")), n.work(tr("setup.making"), tr("setup.meanwhile")),
	}, func() {})
}

// setUp makes the vault on a side of a key.
func (w *Window) setUp(n *newKey, token app.Token) *Job {
	ask := app.NewVault{Vault: w.vault, Token: token.ID, Label: strings.TrimSpace(n.label.Text), Role: app.RoleEveryday, Tiers: allTiers()}
	return run(w, tr("setup.making"), func(ctx context.Context, j *Job) (Session, error) {
		return w.wallet.SetUp(ctx, ask, j.Prompts(), j.Step)
	}, func(s Session, err error) {
		if err != nil {
			n.failed(err, func(_, why string) { n.start(why) })
			return
		}
		w.openedAt(s, Route{Place: Home, Act: "made", Item: ask.Label})
	})
}
