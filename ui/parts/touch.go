package parts

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// TouchFacts are what a person is told before touching a key.
type TouchFacts struct {
	Act       string // what the touch is for, in words: "open the vault"
	Identity  string // which identity is concerned; empty when none is
	Key       string // the key's name as the person knows it
	Requester string // who asked
	Number    int    // which touch of the act, from 1
	Of        int    // how many touches the act takes
}

// Touch is the prompt for a touch. It does not move: a key that blinks needs no picture that does.
type Touch struct {
	*Dialog
	left    *widget.Label
	touched bool
}

// NewTouch makes the prompt. cancel is called by its button and by Escape.
func NewTouch(f TouchFacts, hide func(*Dialog), cancel func()) *Touch {
	t := &Touch{Dialog: &Dialog{Title: translations.T("part.touch.title", "key", f.Key), Icon: "touch", Cancel: cancel}}
	t.left = Quiet("")
	rows := []fyne.CanvasObject{
		Middle(look.IconLarge, IconSized(look.IconIn("touch", look.Accent), look.IconLarge)),
		fact(translations.T("part.touch.act"), f.Act),
	}
	if f.Identity != "" {
		rows = append(rows, fact(translations.T("part.touch.identity"), f.Identity))
	}
	rows = append(rows, fact(translations.T("part.touch.key"), f.Key), fact(translations.T("part.touch.requester"), f.Requester))
	if f.Of > 1 {
		rows = append(rows, fact(translations.T("part.touch.which"), translations.T("part.touch.number", "n", f.Number, "of", f.Of)))
	}
	t.Body = Column(look.SpaceSmall, append(rows, t.left)...)
	stop := NewButton(translations.T("part.cancel"), "", Plain, func() {
		hide(t.Dialog)
		cancel()
	})
	t.Buttons, t.Focus = []*Button{stop}, stop
	return t
}

// Left says how long the key still waits; at zero it may have stopped.
func (t *Touch) Left(d time.Duration) {
	if t.touched {
		return
	}
	if d <= 0 {
		t.left.SetText(translations.T("part.touch.over"))
		return
	}
	t.left.SetText(translations.T("part.touch.left", "count", int((d+time.Second-1)/time.Second)))
}

// Touched says that the key was touched, while the prompt waits for the next touch of the same act.
func (t *Touch) Touched() {
	t.touched = true
	t.left.SetText(translations.T("part.touch.touched"))
}

// fact is a name and a value side by side; the value wraps.
func fact(name, value string) fyne.CanvasObject {
	label := Quiet(name)
	return RowTop(look.SpaceSmall, Sized(factName, measure(label).Height, label), Stretch(Say(value)))
}

// factName is the width of the names of facts.
const factName float32 = 130

// Fact is a name and a value side by side, as pages show them.
func Fact(name, value string) fyne.CanvasObject { return fact(name, value) }
