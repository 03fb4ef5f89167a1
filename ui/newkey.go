package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// newKey is what set-up and enrolment share: a person chooses a side of a key and names it, and sees step by step how a keyslot is made on it and
// proven. What fails leaves him on the step, with what happened and a way to go on.
type newKey struct {
	w      *Window
	page   *Page
	wizard *parts.Wizard
	picker *picker
	label  *parts.Entry
	gone   fyne.CanvasObject // says that the chosen key was unplugged
	doing  *doing
	ahead  func() string                          // what will be asked for, in words
	steps  []string                               // of the work, in order
	begin  func(token app.Token, why string) *Job // starts the work; it ends by done or failed

	endSwap func() // the key that opened the vault may be unplugged until then; nil outside the step that asks for the new one

	job  *Job // under way
	miss bool // the last try failed
	made bool // it is done
}

// newNewKey makes the parts; the page shows the wizard of steps that frame makes.
func (w *Window) newNewKey(slots []app.KeyslotInfo, tiers []app.Tier, steps ...string) *newKey {
	n := &newKey{w: w, page: &Page{Fill: true}, steps: steps}
	n.picker = w.newPicker(n.page, slots, tiers, n.check)
	n.label = parts.NewEntry(tr("newkey.label.hint"))
	n.label.OnChanged = func(string) { n.check() }
	n.label.OnSubmitted = func(string) { n.wizard.Next() }
	n.gone = parts.Notice(parts.Warns, tr("newkey.gone"), "", nil)
	n.page.Changed = func(c Change) {
		if c == TokensChanged && n.job == nil && !n.made {
			n.picker.Look()
		}
	}
	return n
}

// frame puts the steps into a wizard on the page.
func (n *newKey) frame(steps []parts.WizardStep, done func()) *Page {
	n.wizard = parts.NewWizard(steps, n.focus, n.cancel, done)
	n.page.Body = parts.PadXY(0, look.SpaceBase, n.wizard.Object)
	n.page.Back = n.wizard.StepBack
	n.page.Typed = func() bool { return n.job == nil && !n.made && strings.TrimSpace(n.label.Text) != "" }
	n.page.Shown = n.picker.Anew
	n.page.Left = func() { n.swap(false) }
	return n.page
}

// focus gives a widget the focus, at once or when the page shows.
func (n *newKey) focus(f fyne.Focusable) {
	if n.w.page != n.page {
		n.page.Focus = f
		return
	}
	n.w.win.Canvas().Focus(f)
}

// cancel ends the work and stays, so that the person reads what came of it; where none is under way it leads back.
func (n *newKey) cancel() {
	if n.job != nil {
		n.job.cancel()
		return
	}
	n.w.Back()
}

// check looks again whether the person can go on.
func (n *newKey) check() {
	if n.wizard == nil {
		return
	}
	_, here := n.picker.Chosen()
	parts.Show(n.gone, !here)
	n.wizard.Check()
}

// swap lets the key that opened the vault make room for the new one where there is one port only.
func (n *newKey) swap(on bool) {
	if n.endSwap != nil {
		n.endSwap()
		n.endSwap = nil
	}
	if on && n.w.session != nil {
		var ctx context.Context
		ctx, n.endSwap = context.WithCancel(n.w.ctx)
		n.w.session.Swap(ctx)
	}
}

// pick is the step in which a side of a key is chosen.
func (n *newKey) pick(lead string) parts.WizardStep {
	return parts.WizardStep{
		Title: tr("newkey.pick"), Lead: lead,
		Build: func() (fyne.CanvasObject, fyne.Focusable) {
			n.picker.Hold(false)
			n.swap(true)
			if n.w.page == n.page {
				n.picker.Anew()
			}
			return n.picker.Object, nil
		},
		Ready: func() bool { _, ok := n.picker.Chosen(); return ok },
	}
}

// name is the step in which the key gets its label, and the person reads what comes next.
func (n *newKey) name(lead, next string) parts.WizardStep {
	return parts.WizardStep{
		Title: tr("newkey.name"), Lead: lead, Next: next,
		Build: func() (fyne.CanvasObject, fyne.Focusable) {
			n.picker.Hold(true)
			n.swap(false)
			n.check()
			next := parts.Column(look.SpaceSmall, parts.Heading(tr("newkey.next")), parts.Say(n.ahead()))
			if c, ok := n.picker.Chosen(); ok && c.Facts != nil {
				for _, words := range pinAhead(*c.Facts) {
					next.Add(parts.Say(words))
				}
			}
			return parts.Column(look.SpaceWide, parts.Narrow(look.Dialog, parts.Column(look.SpaceTiny, parts.Line(tr("newkey.label")), n.label)), n.gone, next), n.label
		},
		Ready: func() bool {
			_, ok := n.picker.Chosen()
			return ok && strings.TrimSpace(n.label.Text) != ""
		},
	}
}

// work is the step in which the keyslot is made. It begins by itself, goes on by itself when all is done, and can be tried again when it failed.
func (n *newKey) work(title, meanwhile string) parts.WizardStep {
	return parts.WizardStep{
		Title: title, Next: tr("again.try"),
		Build: func() (fyne.CanvasObject, fyne.Focusable) {
			n.doing = n.w.newDoing(meanwhile, n.steps...)
			n.start("")
			return n.doing.Object, nil
		},
		Ready: func() bool { return n.miss || n.made },
		Leave: func(ahead func()) {
			if n.made {
				ahead()
				return
			}
			n.start("")
		},
	}
}

// start begins the work, for the first time or once more.
func (n *newKey) start(why string) {
	c, ok := n.picker.Chosen()
	if !ok {
		x := app.Explain(&app.NoTokenError{})
		x.What = tr("newkey.gone")
		n.show(x)
		return
	}
	n.miss = false
	n.job = n.begin(c.Token, why)
	n.job.why = why
	n.doing.Watch(n.job)
	back, next := n.wizard.Buttons()
	back.Disable()
	next.Hide()
	n.wizard.Check()
}

// done goes on to the step behind the work.
func (n *newKey) done() {
	n.job, n.made = nil, true
	if n.w.page == n.page {
		_, next := n.wizard.Buttons()
		next.Show()
		n.wizard.Check()
		n.wizard.Next()
	}
}

// failed tells what hindered the work where the person is: in the step, or above the page that he has gone to meanwhile.
func (n *newKey) failed(err error, again again) {
	n.job = nil
	if n.w.page != n.page {
		n.w.fail(err)
		return
	}
	if !n.w.resume(err, again) {
		n.show(app.Explain(err))
		return
	}
	if n.job == nil { // the person is asked which token; until he says, he can begin anew
		n.open()
	}
}

// open gives the ways on and back again, once the work has ended.
func (n *newKey) open() {
	n.miss = true
	back, next := n.wizard.Buttons()
	back.Enable()
	next.Show()
	n.wizard.Check()
	n.w.relayout()
}

// show shows an error in the step, with its ways on.
func (n *newKey) show(x app.Explanation) {
	n.doing.Failed(x, n.w.remedyOf(x.Code))
	n.open()
	back, next := n.wizard.Buttons()
	if otherKey(x.Code) {
		next.Hide()
		n.focus(back)
	} else {
		n.focus(next)
	}
	n.picker.Anew()
}

// otherKey reports whether trying again is in vain, because only another side or another key can do it.
func otherKey(code string) bool {
	return slices.Contains([]string{"pin-blocked", "old-firmware", "unsupported", "no-free-slot", "full", "management-unknown", "not-attested", "not-piv", "not-fido2", "token-enrolled", "already-enrolled", "same-physical-token"}, code)
}
