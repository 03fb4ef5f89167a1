package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// recoveryPage says what would bring the vault back, and whether it is there; its acts have pages of their own.
func (w *Window) recoveryPage(r Route) *Page {
	switch r.Act {
	case "words":
		return w.wordsPage()
	case "sheet":
		return w.sheetPage()
	case "backup":
		return w.backupPage()
	case "branch":
		return w.branchPage()
	case "pool":
		return w.poolPage()
	case "restore":
		return w.restoreHerePage()
	case "restored":
		return w.restoredPage()
	default:
		return w.recoveryOverview()
	}
}

func (w *Window) recoveryOverview() *Page {
	body := parts.Column(look.SpaceBase)
	p := &Page{Title: tr("recovery.title"), Lead: tr("recovery.lead"), Body: parts.Narrow(look.Column, body)}
	var slot slot
	show := func() {
		fetch(w, p, &slot, func(ctx context.Context, s Session) (app.RecoveryState, error) { return s.RecoveryState(ctx) }, func(r app.RecoveryState, err error) {
			w.refill(body, func() {
				if err != nil {
					body.Add(parts.Failure(app.Explain(err), w.failed(err)))
					return
				}
				for _, card := range w.recoveryCards(r) {
					body.Add(card)
				}
			})
			w.relayout()
		})
	}
	p.follow(show)
	return p
}

// recoveryCards are one card for each thing that brings the vault back, and one for what belongs to it besides.
func (w *Window) recoveryCards(r app.RecoveryState) []fyne.CanvasObject {
	to := func(act string) func() { return func() { w.Go(Route{Place: Recovery, Act: act}) } }
	words := recoveryCard{"words", w.status.WordsConfirmed, tr("recovery.words"), tr("recovery.words.no"), tr("recovery.words.means"), []*parts.Button{
		parts.NewButton(tr("recovery.words.sheet"), "print", parts.Plain, to("sheet")), recoveryAct(tr("recovery.words.act"), "words", !w.status.WordsConfirmed, to("words")),
	}}
	if w.status.WordsConfirmed {
		words.state = tr("recovery.words.yes", "time", when(r.Words))
	}
	backup := recoveryCard{"backup", w.status.BackedUp, tr("recovery.backup"), tr("recovery.backup.no"), tr("recovery.backup.means"), []*parts.Button{
		recoveryAct(tr("recovery.backup.act"), "backup", w.status.WordsConfirmed && !w.status.BackedUp, to("backup")),
	}}
	if b := r.Backup; b != nil {
		backup.state = backupState(*b, w.status.BackedUp)
	}
	keys := recoveryCard{"keys", w.status.Armed, tr("recovery.keys"), tr("recovery.keys.count", "count", r.Proven), tr("recovery.keys.means"), []*parts.Button{
		parts.NewButton(tr("recovery.keys.act"), "keys", parts.Plain, func() { w.Go(Route{Place: Keys}) }),
	}}
	more := parts.Card(parts.Column(look.SpaceBase, parts.Heading(tr("recovery.more")),
		parts.Row(look.SpaceSmall, parts.Stretch(parts.Say(tr("recovery.pool", "count", w.status.PoolLeft))), parts.NewButton(tr("recovery.pool.act"), "add", parts.Plain, to("pool"))),
		parts.Row(look.SpaceSmall, parts.Stretch(parts.Say(tr("recovery.restore"))), parts.NewButton(tr("recovery.restore.act"), "restore", parts.Plain, to("restore")))))
	list := []fyne.CanvasObject{parts.Say(tr("recovery.both")), words.draw(), backup.draw(), keys.draw(), more}
	if w.status.ReadOnly != "" {
		list = append([]fyne.CanvasObject{parts.Notice(parts.Warns, app.ReadOnlyWords(w.status.ReadOnly).What, tr("recovery.branch.act"), to("branch"))}, list...)
	}
	return list
}

// recoveryAct is the button of a card: loud when what it makes is the next thing that is missing.
func recoveryAct(words, icon string, next bool, press func()) *parts.Button {
	rank := parts.Plain
	if next {
		rank = parts.Primary
	}
	return parts.NewButton(words, icon, rank, press)
}

// backupState says where the newest backup is, how old it is, and whether it counts.
func backupState(b app.MadeBackup, counts bool) string {
	said := tr("recovery.backup.yes", "time", when(b.Time), "age", age(b.Time), "path", app.Visible(b.Path))
	switch {
	case b.SameDisk && counts:
		return said + " " + tr("recovery.backup.older")
	case b.SameDisk:
		return said + " " + tr("recovery.backup.near")
	case b.Vouched:
		said += " " + tr("recovery.backup.vouched")
	}
	if days(b.Time) > oldBackup {
		said += " " + tr("recovery.backup.old")
	}
	return said
}

// oldBackup is how many days a backup is told without a reminder.
const oldBackup = 90

// days are those that have passed since a time.
func days(t time.Time) int { return max(0, int(time.Since(t)/(24*time.Hour))) }

// age says how long ago a time was.
func age(t time.Time) string {
	if n := days(t); n > 0 {
		return tr("recovery.age", "count", n)
	}
	return tr("recovery.age.new")
}

// recoveryCard is one thing that brings the vault back: whether it is there, what it brings back and what not, and its acts.
type recoveryCard struct {
	icon  string
	there bool
	name  string
	state string
	means string
	acts  []*parts.Button
}

func (c recoveryCard) draw() fyne.CanvasObject {
	sign := look.IconIn("warning", look.Warn)
	if c.there {
		sign = look.IconIn("success", look.Good)
	}
	acts := []fyne.CanvasObject{}
	for _, a := range c.acts {
		acts = append(acts, a)
	}
	head := append([]fyne.CanvasObject{parts.Icon(look.Icon(c.icon)), parts.Stretch(parts.Heading(c.name))}, acts...)
	return parts.Card(parts.Column(look.SpaceSmall, parts.Row(look.SpaceSmall, head...),
		parts.RowTop(look.SpaceSmall, parts.Icon(sign), parts.Stretch(parts.Say(c.state))), parts.Quiet(c.means)))
}
