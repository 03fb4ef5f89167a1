package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// List shows any number of rows of one height, and draws only those that can be seen. A click or Enter opens a row; the arrow keys move.
type List struct {
	widget.List
	OnTyped func(rune) // told what is typed while the list has the focus, such as to search; nil is nobody
	open    func(at int)
	at      int // the row that the keyboard is on
	focused bool
}

// NewList makes a list: count says how many rows there are, make makes the widgets of a row, fill puts row at into them, open is told which row a
// person chose. fill must be cheap: it runs for each row that scrolls into view.
func NewList(count func() int, make func() fyne.CanvasObject, fill func(at int, row fyne.CanvasObject), open func(at int)) *List {
	l := &List{open: open, at: -1}
	l.Length = count
	l.CreateItem = func() fyne.CanvasObject { return container.NewStack(make(), newRing()) }
	l.UpdateItem = func(at int, o fyne.CanvasObject) {
		if c, ok := o.(*fyne.Container); ok {
			fill(at, c.Objects[0])
			l.mark(at, c.Objects[1])
		}
	}
	l.OnSelected = func(at int) {
		l.at = at
		l.Unselect(at) // a row is opened, not kept
		l.choose()
	}
	l.OnHighlighted = func(at int) {
		l.at = at
		if l.focused {
			l.Refresh()
		}
	}
	l.ExtendBaseWidget(l)
	return l
}

// newRing makes the ring around the row that the keyboard is on: the toolkit's own sign is a ground that weak eyes do not tell from the page.
func newRing() *canvas.Rectangle {
	ring := canvas.NewRectangle(color.Transparent)
	ring.StrokeWidth, ring.CornerRadius = look.Ring, look.Radius
	ring.Hide()
	return ring
}

// mark shows the ring of a row, or takes it away.
func (l *List) mark(at int, o fyne.CanvasObject) {
	ring, ok := o.(*canvas.Rectangle)
	here := l.focused && at == l.at
	if !ok || ring.Visible() == here {
		return
	}
	ring.StrokeColor = theme.Color(look.Accent)
	Show(ring, here)
}

// FocusGained implements fyne.Focusable.
func (l *List) FocusGained() {
	l.focused = true
	l.List.FocusGained()
}

// FocusLost implements fyne.Focusable.
func (l *List) FocusLost() {
	l.focused = false
	l.List.FocusLost()
	l.Refresh()
}

func (l *List) choose() {
	if l.at >= 0 && l.at < l.Length() && l.open != nil {
		l.open(l.at)
	}
}

// TypedKey implements fyne.Focusable.
func (l *List) TypedKey(k *fyne.KeyEvent) {
	switch {
	case enter(k) || k.Name == fyne.KeySpace:
		if l.at < 0 {
			l.at = 0
		}
		l.choose()
	case k.Name == fyne.KeyHome:
		l.ScrollToTop()
		l.Highlight(0)
	case k.Name == fyne.KeyEnd && l.Length() > 0:
		l.ScrollToBottom()
		l.Highlight(l.Length() - 1)
	case k.Name == fyne.KeyPageUp:
		l.Highlight(max(0, l.at-l.screen()))
	case k.Name == fyne.KeyPageDown && l.Length() > 0:
		l.Highlight(min(l.Length()-1, max(0, l.at)+l.screen()))
	case k.Name == fyne.KeyUp || k.Name == fyne.KeyDown:
		stirred(l)
		l.List.TypedKey(k)
	default:
		forward(l, k)
	}
}

// TypedRune implements fyne.Focusable. The space bar opens the row, and is no text.
func (l *List) TypedRune(r rune) {
	if r != ' ' && l.OnTyped != nil {
		l.OnTyped(r)
	}
}

// screen is how many rows can be seen at once.
func (l *List) screen() int {
	row := l.CreateItem().MinSize().Height + theme.Padding()
	return max(1, int(l.Size().Height/row))
}
