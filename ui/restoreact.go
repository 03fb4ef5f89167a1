package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// cameBack is a vault that has been brought back, and what came back with it: of a backup or of the words alone.
type cameBack struct {
	session   Session
	restored  *app.Restored
	recovered *app.Recovered
}

// Close closes a vault that nobody takes any longer.
func (c cameBack) Close() error {
	if c.session == nil {
		return nil
	}
	return c.session.Close()
}

// start brings the vault back beside the UI thread.
func (f *restoreForm) start() {
	act, words := f.restore, (*app.Secret)(nil)
	if f.have != haveKey {
		var err error
		if words, err = parts.Sentence(f.words); err != nil {
			f.w.fail(err)
			return
		}
	}
	if f.have == haveAlone {
		act = f.recover
	}
	typed, name := f.backup.Text(), f.name.Text
	owner, known := strings.Fields(f.owner.Text), strings.Fields(f.known.Text)
	key := app.NewKeyslot{Token: f.key.token(), Label: f.label.Text, Role: app.RoleEveryday, Tiers: []app.Tier{app.TierVault, app.TierMaster}}
	f.job = run(f.w, tr("restore.job"), func(ctx context.Context, j *Job) (cameBack, error) {
		defer words.Destroy()
		key.Wait = j.Wait()
		return act(ctx, j, restoring{name, typed, words, owner, known, key})
	}, f.ended)
	f.wizard.Check()
}

// restoring is what was filled in.
type restoring struct {
	name, backup string
	words        *app.Secret
	owner, known []string
	key          app.NewKeyslot
}

func (f *restoreForm) restore(ctx context.Context, j *Job, r restoring) (cameBack, error) {
	path, err := app.PathOf(r.backup)
	if err != nil {
		return cameBack{}, err
	}
	s, report, err := f.w.wallet.Restore(ctx, app.Restore{Vault: r.name, Backup: path, Words: r.words, OwnerWords: r.owner, Token: r.key}, j.Prompts(), j.Step)
	return cameBack{session: s, restored: &report}, err
}

func (f *restoreForm) recover(ctx context.Context, j *Job, r restoring) (cameBack, error) {
	s, report, err := f.w.wallet.Recover(ctx, app.Recover{Vault: r.name, Words: r.words, Known: r.known, Token: r.key}, j.Prompts(), j.Step)
	return cameBack{session: s, recovered: &report}, err
}

// ended shows what came back; where the words do not fit it leads back to them.
func (f *restoreForm) ended(c cameBack, err error) {
	f.job = nil
	if err == nil {
		f.w.opened(c.session)
		f.w.back = &c
		f.w.show(Route{Place: Recovery, Act: "restored"})
		return
	}
	if f.w.page == f.page {
		f.wizard.Check()
		f.lookAgain(app.Explain(err).Code)
	}
	f.w.fail(err)
}

// lookAgain shows the words once more where an error says that they are not right.
func (f *restoreForm) lookAgain(code string) {
	switch code {
	case "no-such-word", "words-do-not-fit", "word-count", "words-of-another-vault":
	default:
		return
	}
	switch f.have {
	case haveAlone:
		f.wizard.To(0)
	case haveWords:
		f.wizard.To(1)
	}
}

// restoredPage says what came back, what did not, and what to do next. It can be seen until the vault locks.
func (w *Window) restoredPage() *Page {
	if w.back == nil {
		return w.recoveryOverview()
	}
	column := parts.Column(look.SpaceWide)
	if w.back.restored != nil {
		w.restoredWords(column, *w.back.restored)
	} else if w.back.recovered != nil {
		w.recoveredWords(column, *w.back.recovered)
	}
	column.Add(parts.Column(look.SpaceSmall, parts.Heading(tr("restored.next")), parts.Say(tr("restored.next.key")), parts.Say(tr("restored.next.backup")), parts.Say(tr("restored.next.words"))))
	keys := parts.NewButton(tr("restored.keys"), "keys", parts.Primary, func() { w.Go(Route{Place: Keys}) })
	backup := parts.NewButton(tr("restored.backup"), "backup", parts.Plain, func() { w.Go(Route{Place: Recovery, Act: "backup"}) })
	column.Add(parts.Row(look.SpaceSmall, keys, backup))
	return &Page{Title: tr("restored.title"), Focus: keys, Body: parts.Narrow(look.Column, column)}
}

// restoredWords tell what came back from a backup.
func (w *Window) restoredWords(column *fyne.Container, r app.Restored) {
	column.Add(parts.Notice(parts.Cheers, tr("restored.identities", "count", r.Identities, "time", when(r.Created)), "", nil))
	if r.Older {
		column.Add(parts.Notice(parts.Warns, tr("restored.older"), "", nil))
	}
	column.Add(placeWords(r.Place))
	column.Add(parts.Say(tr("restored.branch", "count", r.Ended)))
	ways := parts.Column(look.SpaceSmall, parts.Heading(tr("restored.ways")), parts.Say(tr("restored.ways.check")))
	for _, k := range r.Ways {
		ways.Add(parts.Row(look.SpaceSmall, parts.Icon(look.Icon("key")), parts.Line(k.Label), parts.Stretch(parts.Quiet(sideName(app.TokenKind(k.Kind))))))
	}
	column.Add(parts.Card(ways))
	if len(r.Revoked) > 0 {
		column.Add(parts.Say(tr("restored.revoked", "labels", strings.Join(r.Revoked, ", "))))
	}
}

// placeWords say what the vault is called and where it lies: another one may be on this computer.
func placeWords(p app.Place) fyne.CanvasObject {
	return parts.Say(tr("restored.place", "name", app.Visible(app.VaultName(p)), "folder", app.Visible(p.Dir)))
}

// recoveredWords tell what the words alone brought back, and what they cannot.
func (w *Window) recoveredWords(column *fyne.Container, r app.Recovered) {
	column.Add(parts.Notice(parts.Cheers, tr("restored.found", "count", len(r.Found)), "", nil))
	column.Add(placeWords(r.Place))
	for _, did := range r.Found {
		column.Add(parts.Code(app.Visible(did)))
	}
	if len(r.Unmatched) > 0 {
		column.Add(parts.Notice(parts.Warns, tr("restored.unmatched", "count", len(r.Unmatched)), "", nil))
		for _, did := range r.Unmatched {
			column.Add(parts.Code(app.Visible(did)))
		}
	}
	missing := parts.Column(look.SpaceSmall, parts.Heading(tr("restored.missing")))
	for _, m := range r.MissingWords {
		missing.Add(parts.RowTop(look.SpaceSmall, parts.Icon(look.Icon("close")), parts.Stretch(parts.Say(capital(m)))))
	}
	column.Add(parts.Card(missing))
}
