package ui

import (
	"context"
	"sync"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// screen is what the core calls in the ceremony, beside the UI thread.
func (p *wordsPage) screen(ctx context.Context, j *Job) app.Words {
	return app.Words{
		Show:  func(words [][]byte) error { return p.show(ctx, j, words) },
		Ask:   func(ctx context.Context, n int) (*app.Secret, error) { return p.ask(ctx, j, n) },
		Again: func(ctx context.Context, wrong error) bool { return p.again(ctx, j, wrong) },
	}
}

// lent are words that are the core's again once it has them back.
type lent struct {
	mu    sync.Mutex
	words [][]byte // nil once given back; guarded by mu
}

func (l *lent) use(fn func(words [][]byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.words != nil {
		fn(l.words)
	}
}

func (l *lent) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words = nil
}

// show copies the words into the page's own arrays, and waits until they have been written down.
func (p *wordsPage) show(ctx context.Context, j *Job, words [][]byte) error {
	l := &lent{words: words}
	defer l.giveBack()
	read := make(chan struct{})
	p.w.onUI(func() {
		if ctx.Err() != nil {
			return
		}
		l.use(func(words [][]byte) {
			p.words.Set(words)
			p.read = func() { close(read) }
			j.hide()
			p.wizard.To(wordsFirst + p.turnTo)
		})
	})
	select {
	case <-read:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ask shows the field for one word, and waits for it.
func (p *wordsPage) ask(ctx context.Context, j *Job, n int) (*app.Secret, error) {
	return j.ask(ctx, func(answer func(typed)) *parts.Dialog {
		if ctx.Err() == nil {
			p.answer, p.asked = answer, n
			p.wizard.To(wordsCheck)
		}
		return nil
	})
}

// again says which word was not right, and asks whether the person looks once more.
func (p *wordsPage) again(ctx context.Context, j *Job, wrong error) bool {
	got := make(chan bool, 1)
	p.w.onUI(func() {
		said := func(yes bool) {
			select {
			case got <- yes:
			default: // answered already
			}
		}
		d := &parts.Dialog{Title: tr("words.wrong.title"), Icon: "warning", Cancel: func() { said(false) }}
		d.Body = parts.Column(look.SpaceBase, parts.Notice(parts.Fails, app.Explain(wrong).What, "", nil), parts.Say(tr("words.wrong.look")))
		answer := func(yes bool) func() {
			return func() {
				p.turnTo = (p.asked - 1) / wordsAtOnce // where the word that was not right stands
				said(yes)
				j.closeIf(d)
			}
		}
		look := parts.NewButton(tr("words.wrong.again"), "", parts.Primary, answer(true))
		d.Buttons = []*parts.Button{parts.NewButton(tr("words.wrong.stop"), "", parts.Plain, answer(false)), look}
		d.Default, d.Focus = look, look
		j.showPrompt(d, func() { said(false) })
	})
	select {
	case yes := <-got:
		return yes
	case <-ctx.Done():
		return false
	}
}
