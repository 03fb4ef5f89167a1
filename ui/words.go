package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// The steps of the words ceremony.
const (
	wordsAbout = iota
	wordsPaper
	wordsFirst // the first of the pages that show words
	wordsCheck = wordsFirst + wordPages
	wordsDone  = wordsCheck + 1
)

// As many words are shown at once as stand in a column of the recovery sheet.
const (
	wordsAtOnce = 6
	wordPages   = 4
)

// wordsPage is the ceremony of the 24 words. Everything in it belongs to the UI thread.
type wordsPage struct {
	w      *Window
	page   *Page
	wizard *parts.Wizard
	words  parts.SecretWords
	job    *Job        // the ceremony under way
	read   func()      // says that the words have been written down; nil while none are shown
	answer func(typed) // takes the word that is asked for; nil while none is
	asked  int         // its position
	entry  *parts.WordEntry
	wrong  *fyne.Container // why the word that was typed cannot be it
	turnTo int             // which page of words shows first
	quiet  func()          // stops the clock that locks while words show
}

// wordsPage leads through the ceremony: what is about to happen, paper, the words, some of them typed back. Leaving the page ends it.
func (w *Window) wordsPage() *Page {
	p := &wordsPage{w: w, quiet: func() {}, wrong: parts.Column(0)}
	p.page = &Page{Fill: true, Left: p.left}
	next := tr("words.done.finish")
	if !w.status.BackedUp {
		next = tr("words.done.backup")
	}
	steps := []parts.WizardStep{
		{Title: tr("words.about.title"), Lead: tr("words.about.lead"), Build: p.about},
		{Title: tr("words.paper.title"), Lead: tr("words.paper.lead"), Build: p.paper, Next: tr("words.show"), Ready: func() bool { return p.job == nil }, Leave: func(func()) { p.begin() }},
	}
	for i := range wordPages {
		s := parts.WizardStep{Title: tr("words.page.title", "from", i*wordsAtOnce+1, "to", (i+1)*wordsAtOnce), Lead: tr("words.page.lead"), NoWay: i == 0, Build: func() (fyne.CanvasObject, fyne.Focusable) { return p.some(i * wordsAtOnce), nil }}
		if i == wordPages-1 {
			s.Next, s.Leave = tr("words.written"), func(func()) { p.written() }
		}
		steps = append(steps, s)
	}
	steps = append(steps,
		parts.WizardStep{Title: tr("words.check.title"), Lead: tr("words.check.lead"), NoWay: true, Build: p.check, Ready: p.typed, Leave: func(func()) { p.reply() }},
		parts.WizardStep{Title: tr("words.done.title"), Lead: tr("words.done.lead"), NoWay: true, Next: next, Build: p.done})
	p.wizard = parts.NewWizard(steps, w.focusIn(p.page), func() { w.Go(Route{Place: Recovery}) }, p.finish)
	p.page.Body = p.wizard.Object
	return p.page
}

// focusIn gives what a wizard wants focused the focus, or keeps it for when its page shows.
func (w *Window) focusIn(p *Page) func(fyne.Focusable) {
	return func(f fyne.Focusable) {
		if w.page != p {
			p.Focus = f
			return
		}
		if !w.dialogs.Covered() {
			w.win.Canvas().Focus(f)
		}
	}
}

// left ends the ceremony and wipes what was shown and typed.
func (p *wordsPage) left() {
	if p.job != nil {
		p.job.cancel()
	}
	p.wipe()
}

func (p *wordsPage) wipe() {
	p.quiet()
	p.words.Wipe()
	if p.entry != nil {
		p.entry.Wipe()
	}
	p.read, p.answer = nil, nil
}

// about says what is about to happen.
func (p *wordsPage) about() (fyne.CanvasObject, fyne.Focusable) {
	return parts.Column(look.SpaceWide,
		parts.Notice(parts.Warns, tr("words.about.watch"), "", nil),
		parts.Say(tr("words.about.means")), parts.Say(tr("words.about.not")), parts.Say(tr("words.about.how"))), nil
}

// paper offers the sheet to write on.
func (p *wordsPage) paper() (fyne.CanvasObject, fyne.Focusable) {
	return p.w.sheetForm(p.page).body, nil
}

// begin starts the ceremony; the core asks for PIN and touch, and then calls Show.
func (p *wordsPage) begin() {
	p.job = run(p.w, tr("words.job"), func(ctx context.Context, j *Job) (struct{}, error) {
		return struct{}{}, j.Session.ShowWords(ctx, p.screen(ctx, j), app.Ceremony{Wait: j.Wait(), Steps: j.Step}, j.Prompts())
	}, func(_ struct{}, err error) { p.ended(err) })
	p.wizard.Check()
}

// ended shows what came of the ceremony, where its page still shows.
func (p *wordsPage) ended(err error) {
	p.job = nil
	p.wipe()
	if p.w.page != p.page {
		return
	}
	if err != nil {
		p.wizard.To(wordsPaper)
		p.w.fail(err)
		return
	}
	p.wizard.To(wordsDone)
}

// some shows a few of the words, and begins to count the time that they show for.
func (p *wordsPage) some(from int) fyne.CanvasObject {
	p.guard()
	return parts.Column(0, parts.Narrow(look.Dialog, parts.Card(p.words.Page(from, wordsAtOnce))))
}

// wordsTime is how long six words may show, or typed ones stand, before somebody turns the page or types on: to write them is a matter of two minutes.
const wordsTime = 5 * time.Minute

// guard locks the vault when words show and nobody does anything: the ceremony is an act under way, so that the vault itself would not.
func (p *wordsPage) guard() {
	p.quiet()
	p.quiet = p.w.after(wordsTime, func() { p.w.lock(app.LockedByIdle) })
}

// written takes the words away and lets the core ask.
func (p *wordsPage) written() {
	p.quiet()
	p.words.Wipe()
	if read := p.read; read != nil {
		p.read = nil
		read()
	}
}

// check asks for a word back.
func (p *wordsPage) check() (fyne.CanvasObject, fyne.Focusable) {
	if p.entry != nil {
		p.entry.Wipe()
	}
	p.guard()
	p.wrong.RemoveAll()
	p.entry = parts.NewWordEntry(p.asked, app.KnownWord)
	p.entry.OnNext = p.wizard.Next
	p.entry.OnChanged = func() {
		p.wrong.RemoveAll()
		p.wizard.Check()
		p.w.relayout()
	}
	p.entry.OnPaste = func() { p.trouble(tr("words.check.paste")) }
	return parts.Column(look.SpaceBase, parts.Heading(tr("words.check.word", "n", p.asked)), parts.Row(0, p.entry), p.wrong), p.entry
}

func (p *wordsPage) typed() bool { return p.answer != nil && p.entry != nil && p.entry.Len() > 0 }

func (p *wordsPage) trouble(words string) {
	p.wrong.RemoveAll()
	p.wrong.Add(parts.Notice(parts.Warns, words, "", nil))
	p.w.relayout()
}

// reply hands the word over, unless it is no word at all.
func (p *wordsPage) reply() {
	if !p.entry.Check() {
		p.trouble(tr("words.check.unknown"))
		return
	}
	answer := p.answer
	p.answer = nil
	word, err := p.entry.Take()
	answer(typed{word, err})
	p.wizard.Check()
}

// done says what to do with the sheet, and what is missing yet.
func (p *wordsPage) done() (fyne.CanvasObject, fyne.Focusable) {
	rows := []fyne.CanvasObject{parts.Notice(parts.Cheers, tr("words.done.confirmed"), "", nil), parts.Say(tr("words.done.keep"))}
	if !p.w.status.BackedUp {
		rows = append(rows, parts.Say(tr("words.done.missing")))
	}
	return parts.Column(look.SpaceWide, rows...), nil
}

func (p *wordsPage) finish() {
	if !p.w.status.BackedUp {
		p.w.Go(Route{Place: Recovery, Act: "backup"})
		return
	}
	p.w.Go(Route{Place: Recovery})
}
