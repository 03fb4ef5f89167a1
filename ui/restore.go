package ui

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// What a person may have to bring a vault back with: the Item of the route to restoring.
const (
	haveWords = "words" // a backup and the words
	haveKey   = "key"   // a backup and a key that is in it
	haveAlone = "alone" // the words alone
	haveNone  = "none"  // a backup, and nothing that opens it
)

// restorePage asks what the person has, and leads through what it takes.
func (w *Window) restorePage(r Route) *Page {
	switch r.Item {
	case haveWords, haveKey, haveAlone:
		return w.restoreWizard(r.Item)
	case haveNone:
		return w.restoreNonePage()
	default:
		return w.restoreChoicePage()
	}
}

// restoreChoicePage asks what the person has.
func (w *Window) restoreChoicePage() *Page {
	column := parts.Column(look.SpaceBase)
	var first *parts.Button
	for i, have := range []string{haveWords, haveKey, haveAlone, haveNone} {
		b := parts.NewButton(tr("restore.have."+have), "", parts.Plain, func() { w.Go(Route{Place: First, Act: "restore", Item: have}) })
		if i == 0 {
			first = b
		}
		column.Add(parts.Column(look.SpaceTiny, parts.Row(0, b), parts.Quiet(tr("restore.brings."+have))))
	}
	column.Add(parts.Row(0, parts.NewButton(tr("part.cancel"), "", parts.Plain, w.showClosed)))
	return &Page{Title: tr("restore.title"), Lead: tr("restore.lead"), Focus: first, Body: parts.Narrow(look.Column, column)}
}

// restoreNonePage says honestly what a backup without words and key is worth, and where to look.
func (w *Window) restoreNonePage() *Page {
	back := parts.NewButton(tr("part.back"), "back", parts.Primary, w.Back)
	return &Page{Title: tr("restore.none.title"), Focus: back, Body: parts.Narrow(look.Column, parts.Column(look.SpaceWide,
		parts.Notice(parts.Warns, tr("restore.none.words"), "", nil), parts.Say(tr("restore.none.look")), parts.Row(0, back)))}
}

// restoreHerePage leads to restoring while a vault is open: that one is locked first, and stays as it is.
func (w *Window) restoreHerePage() *Page {
	lock := parts.NewButton(tr("restore.here.lock"), "lock", parts.Primary, func() {
		w.lock(app.LockedByOwner)
		w.Go(Route{Place: First, Act: "restore"})
	})
	return &Page{Title: tr("restore.title"), Focus: lock, Body: parts.Narrow(look.Column, parts.Column(look.SpaceWide, parts.Say(tr("restore.here")), parts.Row(0, lock)))}
}

// restoreForm leads through restoring with what the person has. Everything in it belongs to the UI thread.
type restoreForm struct {
	w      *Window
	page   *Page
	have   string
	wizard *parts.Wizard
	job    *Job

	backup  *parts.PathEntry
	told    *fyne.Container // what the backup says of itself
	good    bool            // the file is a backup
	owner   *parts.Entry    // the four words of the sheet; may stay empty
	words   []*parts.WordEntry
	trouble *fyne.Container // what is wrong with the words
	known   *parts.Entry    // DIDs that the person knows; may stay empty
	name    *parts.Entry    // of the vault
	label   *parts.Entry    // of the key
	key     *restoreKey
	quiet   func() // stops the clock that takes typed words away
	slots   [2]slot
}

// restoreWizard leads through what it takes.
func (w *Window) restoreWizard(have string) *Page {
	f := &restoreForm{w: w, have: have, told: parts.Column(look.SpaceSmall), trouble: parts.Column(0), quiet: func() {}}
	f.backup = w.pathField(wanted{title: tr("restore.file.where"), hint: tr("restore.file.hint")}, func(string) { f.look() })
	f.owner, f.known = parts.NewEntry(tr("restore.owner.hint")), parts.NewText(tr("restore.known.hint"))
	f.name, f.label = parts.NewEntry(""), parts.NewEntry(tr("restore.label.hint"))
	f.name.OnChanged = func(string) { f.wizard.Check() }
	f.key = newRestoreKey(w, have)
	if have != haveKey {
		f.makeWords()
	}
	f.page = &Page{Fill: true, Left: f.left, Shown: f.shown, Changed: f.changed}
	f.wizard = parts.NewWizard(f.steps(), w.focusIn(f.page), w.showClosed, func() {})
	f.page.Body = f.wizard.Object
	f.page.Back, f.page.Typed = f.wizard.StepBack, f.typed
	return f.page
}

// steps are those that what the person has asks for.
func (f *restoreForm) steps() []parts.WizardStep {
	file := parts.WizardStep{Title: tr("restore.file.title"), Lead: tr("restore.file.lead"), Build: f.file, Ready: func() bool { return f.good }}
	words := parts.WizardStep{Title: tr("restore.words.title"), Lead: tr("restore.words.lead"), Build: f.fields, Ready: f.filled, Leave: f.checked}
	known := parts.WizardStep{Title: tr("restore.known.title"), Lead: tr("restore.known.lead"), Build: f.dids}
	last := parts.WizardStep{
		Title: tr("restore.last.title"), Lead: tr("restore.last.lead"), Build: f.last, Next: tr("restore.start"),
		Ready: func() bool { return f.job == nil && f.name.Text != "" }, Leave: func(func()) { f.start() },
	}
	switch f.have {
	case haveKey:
		last.Lead = tr("restore.last.key")
		return []parts.WizardStep{file, last}
	case haveAlone:
		return []parts.WizardStep{words, known, last}
	default:
		return []parts.WizardStep{file, words, last}
	}
}

// shown suggests a name that no vault has.
func (f *restoreForm) shown() {
	fetch(f.w, f.page, &f.slots[0], func(context.Context, Session) ([]string, error) { return f.w.wallet.Vaults() }, func(names []string, _ error) {
		name := f.w.vault
		if name == "" {
			name = app.FirstVault
		}
		for n := 1; slices.Contains(names, name); n++ {
			name = tr("restore.name")
			if n > 1 {
				name = fmt.Sprintf("%s-%d", name, n)
			}
		}
		if f.name.Text == "" {
			f.name.SetText(name)
		}
	})
}

func (f *restoreForm) changed(c Change) {
	if c == TokensChanged {
		f.key.refresh()
	}
}

// left ends what is under way and wipes the words.
func (f *restoreForm) left() {
	f.quiet()
	if f.job != nil {
		f.job.cancel()
	}
	for _, e := range f.words {
		e.Wipe()
	}
}

// last asks what the vault is called and which key opens it.
func (f *restoreForm) last() (fyne.CanvasObject, fyne.Focusable) {
	f.key.refresh()
	rows := []fyne.CanvasObject{parts.Column(look.SpaceTiny, parts.Line(tr("restore.vault")), parts.Narrow(look.Dialog, f.name)), f.key.body}
	if f.have != haveKey {
		rows = append(rows, parts.Column(look.SpaceTiny, parts.Line(tr("restore.label")), parts.Narrow(look.Dialog, f.label)))
	}
	if f.have == haveKey {
		rows = append(rows, parts.Column(look.SpaceTiny, parts.Line(tr("restore.owner")), parts.Narrow(look.Dialog, f.owner), parts.Quiet(tr("restore.owner.why"))))
	}
	return parts.Column(look.SpaceWide, rows...), nil
}

// look asks the backup what it says of itself.
func (f *restoreForm) look() {
	f.good = false
	f.wizard.Check()
	typed := f.backup.Text()
	f.told.RemoveAll()
	if typed == "" {
		f.w.relayout()
		return
	}
	fetch(f.w, f.page, &f.slots[1], func(context.Context, Session) (app.BackupHeader, error) {
		path, err := app.PathOf(typed)
		if err != nil {
			return app.BackupHeader{}, err
		}
		return f.w.wallet.InspectBackup(path)
	}, f.tell)
}

// tell shows what a backup says of itself: nothing of it is verified yet.
func (f *restoreForm) tell(h app.BackupHeader, err error) {
	f.told.RemoveAll()
	if err != nil {
		x := app.Explain(err)
		f.told.Add(parts.Notice(parts.Warns, x.What+" "+x.Now, "", nil))
	} else {
		f.good = true
		f.told.Add(parts.Card(parts.Column(look.SpaceSmall, parts.Heading(tr("restore.file.says")),
			parts.Fact(tr("restore.file.made"), when(h.Created)), parts.Fact(tr("restore.file.size"), sizeWords(h.Size)),
			parts.Fact(tr("restore.file.owner"), fmt.Sprintf("%s  %s  %s  %s", h.OwnerWords[0], h.OwnerWords[1], h.OwnerWords[2], h.OwnerWords[3])),
			parts.Quiet(tr("restore.file.unverified")))))
	}
	f.wizard.Check()
	f.w.relayout()
}

// file asks for the backup.
func (f *restoreForm) file() (fyne.CanvasObject, fyne.Focusable) {
	return parts.Column(look.SpaceWide, parts.Column(look.SpaceTiny, parts.Line(tr("restore.file")), f.backup), f.told), f.backup.Entry
}

// dids asks for identities that the person knows were his.
func (f *restoreForm) dids() (fyne.CanvasObject, fyne.Focusable) {
	f.known.SetMinRowsVisible(6)
	return parts.Column(look.SpaceBase, parts.Say(tr("restore.known.why")), f.known), f.known
}
