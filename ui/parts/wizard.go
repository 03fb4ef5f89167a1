package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// WizardStep is one step of a wizard.
type WizardStep struct {
	Title string
	Lead  string                                            // one sentence; may be empty
	Build func() (body fyne.CanvasObject, f fyne.Focusable) // called each time the step is shown
	Next  string                                            // what the button that goes on says; "" is "Next"
	Ready func() bool                                       // whether one can go on; nil is always
	// Leave is called when the person goes on; it calls ahead when the step is done, at once or when longer work has ended. nil goes on at once.
	Leave func(ahead func())
	NoWay bool // there is no way back from here: what came before is done
}

// Wizard leads through steps, one at a time, and says how many there are.
type Wizard struct {
	Object fyne.CanvasObject
	steps  []WizardStep
	at     int
	focus  func(fyne.Focusable)
	done   func()

	count, title, lead *widget.Label
	place              *fyne.Container
	back, next, cancel *Button // cancel is nil where there is none
	scroll             *container.Scroll
	shownAt            int // counts what was shown, so that a step that has been left cannot go on
}

// NewWizard makes the frame. focus gives a widget the focus; done is called after the last step, cancel by its button (nil shows none).
func NewWizard(steps []WizardStep, focus func(fyne.Focusable), cancel, done func()) *Wizard {
	w := &Wizard{steps: steps, focus: focus, done: done, count: Quiet(""), title: Title(""), lead: Lead(""), place: container.NewStack()}
	w.title.Wrapping = fyne.TextWrapWord
	w.back = NewButton(translations.T("part.back"), "back", Plain, w.Back)
	w.next = NewButton(translations.T("part.next"), "", Primary, w.Next)
	buttons := []fyne.CanvasObject{w.back, Stretch(container.NewWithoutLayout())}
	if cancel != nil {
		w.cancel = NewButton(translations.T("part.cancel"), "", Plain, cancel)
		buttons = append(buttons, w.cancel)
	}
	buttons = append(buttons, w.next)
	w.scroll = container.NewVScroll(Narrow(look.Column, w.place))
	w.Object = Frame(Column(look.SpaceTiny, w.count, w.title, w.lead), nil, PadXY(0, look.SpaceBase, w.scroll), nil, Row(look.SpaceSmall, buttons...))
	w.show()
	return w
}

// Buttons are the wizard's own: back and next.
func (w *Wizard) Buttons() (back, next *Button) { return w.back, w.next }

// Check looks again whether one can go on.
func (w *Wizard) Check() {
	s := w.steps[w.at]
	w.next.SetEnabled(s.Ready == nil || s.Ready())
}

// Next goes on, when the step is ready.
func (w *Wizard) Next() {
	s := w.steps[w.at]
	if s.Ready != nil && !s.Ready() {
		return
	}
	showing := w.shownAt
	ahead := func() {
		if showing == w.shownAt {
			w.ahead()
		}
	}
	if s.Leave == nil {
		ahead()
		return
	}
	s.Leave(ahead)
}

func (w *Wizard) ahead() {
	if w.at == len(w.steps)-1 {
		w.shownAt++
		w.done()
		return
	}
	w.at++
	w.show()
}

// Back goes one step back.
func (w *Wizard) Back() { w.StepBack() }

// StepBack goes one step back, and reports false where it cannot: on the first step, where there is no way back, and while work is under way.
func (w *Wizard) StepBack() bool {
	if w.at == 0 || w.steps[w.at].NoWay || w.back.Disabled() {
		return false
	}
	w.at--
	w.show()
	return true
}

// To shows a step out of turn, as when longer work asks for it.
func (w *Wizard) To(at int) {
	w.at = at
	w.show()
}

func (w *Wizard) show() {
	w.shownAt++
	s := w.steps[w.at]
	w.count.SetText(translations.T("part.wizard.step", "n", w.at+1, "of", len(w.steps)))
	w.title.SetText(s.Title)
	w.lead.SetText(s.Lead)
	w.lead.Hidden = s.Lead == ""
	words := s.Next
	if words == "" {
		words = translations.T("part.next")
	}
	w.next.SetWords(words)
	w.next.Show() // a step that cannot be gone on from may have hidden it
	w.back.SetEnabled(w.at > 0 && !s.NoWay)
	over := s.NoWay && w.at == len(w.steps)-1 // all is done: nothing is left to go back to, or to cancel
	Show(w.back, !over)
	if w.cancel != nil {
		Show(w.cancel, !over)
	}
	body, focus := s.Build()
	w.place.Objects = []fyne.CanvasObject{body}
	w.place.Refresh()
	w.scroll.ScrollToTop()
	w.Check()
	w.Object.Refresh()
	if focus == nil {
		focus = w.next
	}
	w.focus(focus)
}
