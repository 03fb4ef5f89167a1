package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
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

// Stirred is the name of the key event by which a widget tells the window that it was typed in: no key of a keyboard, and never which one it was.
const Stirred fyne.KeyName = "stirred"

// stirred tells the window that a person typed, where the widget itself has a use for the key.
func stirred(from fyne.CanvasObject) { forward(from, &fyne.KeyEvent{Name: Stirred}) }

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
	OnDown func() // what the arrow down does in one line, as in a search above a list; nil is nothing
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

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() { e.Entry.FocusGained(); follow(e) }

// AcceptsTab implements fyne.Tabbable: the Tab key leaves a field of several lines, too, or nobody would get out of it by keyboard.
func (e *Entry) AcceptsTab() bool { return false }

// TypedKey implements fyne.Focusable. Enter in a line without OnSubmitted confirms the dialog that it is in.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if windowKey(k) || enter(k) && !e.MultiLine && e.OnSubmitted == nil {
		forward(e, k)
		return
	}
	stirred(e)
	if k.Name == fyne.KeyDown && e.OnDown != nil {
		e.OnDown()
		return
	}
	e.Entry.TypedKey(k)
}

// TypedRune implements fyne.Focusable.
func (e *Entry) TypedRune(r rune) {
	stirred(e)
	e.Entry.TypedRune(r)
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

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() { c.Check.FocusGained(); follow(c) }

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(k *fyne.KeyEvent) {
	if k.Name != fyne.KeySpace {
		forward(c, k)
		return
	}
	stirred(c)
	c.Check.TypedKey(k)
}

// Choice is a list to choose one from.
type Choice struct {
	widget.Select
	focused bool
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer {
	return newEdged(c.Select.CreateRenderer(), func() bool { return c.focused })
}

// FocusGained implements fyne.Focusable.
func (c *Choice) FocusGained() {
	c.focused = true
	c.Select.FocusGained()
	follow(c)
}

// FocusLost implements fyne.Focusable.
func (c *Choice) FocusLost() {
	c.focused = false
	c.Select.FocusLost()
}

// NewChoice makes a list to choose one from; chosen is told the place in the list.
func NewChoice(options []string, at int, chosen func(at int)) *Choice {
	c := &Choice{}
	c.Options = options
	for _, o := range options { // the toolkit measures the field by what stands in it while nothing is chosen
		if fyne.MeasureText(o, look.TypeBase, fyne.TextStyle{}).Width > fyne.MeasureText(c.PlaceHolder, look.TypeBase, fyne.TextStyle{}).Width {
			c.PlaceHolder = o
		}
	}
	c.ExtendBaseWidget(c)
	if at >= 0 && at < len(options) {
		c.SetSelectedIndex(at)
	}
	c.OnChanged = func(string) { chosen(c.SelectedIndex()) }
	return c
}

// TypedKey implements fyne.Focusable. Enter shows the list, as the space bar and the arrows do; what the field has no use for is the window's.
func (c *Choice) TypedKey(k *fyne.KeyEvent) {
	switch {
	case enter(k):
		k = &fyne.KeyEvent{Name: fyne.KeySpace}
	case k.Name != fyne.KeySpace && k.Name != fyne.KeyUp && k.Name != fyne.KeyDown && k.Name != fyne.KeyLeft && k.Name != fyne.KeyRight:
		forward(c, k)
		return
	}
	stirred(c)
	c.Select.TypedKey(k)
}
