package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Sense notices that the mouse moves over what lies on it, and takes nothing away from that: at each move the toolkit asks everything under the mouse
// how the pointer shall look, from the outside in, and the answer of what lies on top holds.
type Sense struct {
	widget.BaseWidget
	moved func()
}

var _ desktop.Cursorable = (*Sense)(nil)

// NewSense makes one, to lie under everything; moved must be cheap, and may be nil.
func NewSense(moved func()) *Sense {
	s := &Sense{moved: moved}
	s.ExtendBaseWidget(s)
	return s
}

// Cursor implements desktop.Cursorable.
func (s *Sense) Cursor() desktop.Cursor {
	if s.moved != nil {
		s.moved()
	}
	return desktop.DefaultCursor
}

// CreateRenderer implements fyne.Widget.
func (s *Sense) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}
