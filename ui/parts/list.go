package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// List shows any number of rows of one height, and draws only those that can be seen. A click or Enter opens a row; the arrow keys move.
type List struct {
	widget.List
	open func(at int)
	at   int // the row that the keyboard is on
}

// NewList makes a list: count says how many rows there are, make makes the widgets of a row, fill puts row at into them, open is told which row a
// person chose. fill must be cheap: it runs for each row that scrolls into view.
func NewList(count func() int, make func() fyne.CanvasObject, fill func(at int, row fyne.CanvasObject), open func(at int)) *List {
	l := &List{open: open, at: -1}
	l.Length, l.CreateItem, l.UpdateItem = count, make, fill
	l.OnSelected = func(at int) {
		l.at = at
		l.Unselect(at) // a row is opened, not kept
		l.choose()
	}
	l.OnHighlighted = func(at int) { l.at = at }
	l.ExtendBaseWidget(l)
	return l
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
	case k.Name == fyne.KeyUp || k.Name == fyne.KeyDown:
		l.List.TypedKey(k)
	default:
		forward(l, k)
	}
}
