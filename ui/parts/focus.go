package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// forward tells the window a key that a widget has no use for: Escape, Enter, function keys. The toolkit gives every key to the widget that has
// the focus and to nobody else, so without this Escape would close nothing while a field is being typed in.
func forward(from fyne.CanvasObject, e *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(from)
	if c == nil {
		return
	}
	if typed := c.OnTypedKey(); typed != nil {
		typed(e)
	}
}

// windowKey reports whether a key is the window's wherever the focus is.
func windowKey(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6:
		return true
	default:
		return false
	}
}

func enter(e *fyne.KeyEvent) bool { return e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter }

// Entry is a line to type in that is no secret: a label, a search.
type Entry struct {
	widget.Entry
}

// NewEntry makes a line to type in, with a hint that shows while it is empty.
func NewEntry(hint string) *Entry {
	e := &Entry{}
	e.PlaceHolder = hint
	e.ExtendBaseWidget(e)
	return e
}

// NewText makes a field of several lines.
func NewText(hint string) *Entry {
	e := NewEntry(hint)
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	return e
}

// TypedKey implements fyne.Focusable. Enter in a line without OnSubmitted confirms the dialog that it is in.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if windowKey(k) || enter(k) && !e.MultiLine && e.OnSubmitted == nil {
		forward(e, k)
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut implements fyne.Shortcutable: those of the window are the window's while a person types, too.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if _, own := s.(*desktop.CustomShortcut); own {
		if c, ok := fyne.CurrentApp().Driver().CanvasForObject(e).(fyne.Shortcutable); ok {
			c.TypedShortcut(s)
		}
		return
	}
	e.Entry.TypedShortcut(s)
}

// Check is a box to tick.
type Check struct {
	widget.Check
}

// NewCheck makes a box to tick.
func NewCheck(words string, changed func(bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = words, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(k *fyne.KeyEvent) {
	if windowKey(k) || enter(k) {
		forward(c, k)
		return
	}
	c.Check.TypedKey(k)
}

// Choice is a list to choose one from.
type Choice struct {
	widget.Select
}

// NewChoice makes a list to choose one from; chosen is told the place in the list.
func NewChoice(options []string, at int, chosen func(at int)) *Choice {
	c := &Choice{}
	c.Options = options
	c.ExtendBaseWidget(c)
	if at >= 0 && at < len(options) {
		c.SetSelectedIndex(at)
	}
	c.OnChanged = func(string) { chosen(c.SelectedIndex()) }
	return c
}

// TypedKey implements fyne.Focusable.
func (c *Choice) TypedKey(k *fyne.KeyEvent) {
	if windowKey(k) || enter(k) {
		forward(c, k)
		return
	}
	c.Select.TypedKey(k)
}

// Radio is a few choices that all show.
type Radio struct {
	widget.RadioGroup
}

// NewRadio makes choices that all show; chosen is told the place in the list. One is always chosen.
func NewRadio(options []string, at int, chosen func(at int)) *Radio {
	r := &Radio{}
	r.Options, r.Required = options, true
	r.ExtendBaseWidget(r)
	if at >= 0 && at < len(options) {
		r.SetSelected(options[at])
	}
	r.OnChanged = func(o string) {
		for i, option := range options {
			if option == o {
				chosen(i)
			}
		}
	}
	return r
}
