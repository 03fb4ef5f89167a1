package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// Dialog is a question above the page. While it shows, nothing under it can be reached.
type Dialog struct {
	Title   string
	Icon    string // name of an icon; "" shows none
	Body    fyne.CanvasObject
	Buttons []*Button      // from left to right, the one that goes on last
	Default *Button        // pressed by Enter from a field; nil when nothing is safe to confirm unread
	Focus   fyne.Focusable // has the focus first; nil is the first that can have it
	Cancel  func()         // what Escape does besides closing; nil does nothing more
	Firm    bool           // Escape does not close it: there is something that must be answered
	Width   float32        // 0 is look.Dialog

	overlay fyne.CanvasObject
}

// Dialogs are the dialogs above one canvas, the newest on top. Everything that is shown above the page goes through here, so that locking can take
// it all away.
type Dialogs struct {
	canvas fyne.Canvas
	open   []*Dialog

	Moved func() // told when the mouse moves over a dialog; may be nil
}

// NewDialogs makes the stack of a canvas.
func NewDialogs(c fyne.Canvas) *Dialogs { return &Dialogs{canvas: c} }

// Show puts a dialog on top and gives it the focus.
func (s *Dialogs) Show(d *Dialog) {
	if d.overlay != nil {
		return
	}
	d.overlay = container.NewStack(NewSense(s.Moved), d.build())
	s.open = append(s.open, d)
	d.overlay.Resize(s.canvas.Size())
	s.canvas.Overlays().Add(d.overlay)
	d.overlay.Refresh()
	if d.Focus != nil {
		s.canvas.Focus(d.Focus)
	} else {
		s.canvas.FocusNext()
	}
}

// build draws the dialog: a veil over the page, and a card in its middle.
func (d *Dialog) build() fyne.CanvasObject {
	head := []fyne.CanvasObject{}
	if d.Icon != "" {
		head = append(head, Icon(look.IconIn(d.Icon, look.Accent)))
	}
	title := voice(d.Title, look.SizeLead, true)
	title.Wrapping = fyne.TextWrapWord
	head = append(head, Stretch(title))
	var buttons fyne.CanvasObject
	if len(d.Buttons) > 0 {
		list := []fyne.CanvasObject{Stretch(container.NewWithoutLayout())}
		for _, b := range d.Buttons {
			list = append(list, b)
		}
		buttons = Row(look.SpaceSmall, list...)
	}
	width := d.Width
	if width == 0 {
		width = look.Dialog
	}
	body := container.NewVScroll(Column(0, d.Body)) // the column leaves out the empty edge of bare words
	card := container.NewStack(NewPanel(look.Surface, look.Line), newSink(), Pad(look.SpaceLarge, container.New(sheet{look.SpaceWide}, objects(Row(look.SpaceSmall, head...), body, buttons)...)))
	return container.NewStack(NewGround(look.Scrim), newSink(), container.New(centred{width}, card))
}

func objects(list ...fyne.CanvasObject) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, o := range list {
		if o != nil {
			out = append(out, o)
		}
	}
	return out
}

// Hide takes a dialog away, with what it opened above itself. Its Cancel is not called.
func (s *Dialogs) Hide(d *Dialog) {
	for i, o := range s.open {
		if o == d {
			s.canvas.Overlays().Remove(d.overlay)
			for _, above := range s.open[i:] {
				above.overlay = nil
			}
			s.open = s.open[:i]
			return
		}
	}
}

// Top is the dialog on top; nil when none shows.
func (s *Dialogs) Top() *Dialog {
	if len(s.open) == 0 {
		return nil
	}
	return s.open[len(s.open)-1]
}

// Close takes the dialog on top away as Escape does.
func (s *Dialogs) Close() {
	d := s.Top()
	if d == nil || d.Firm {
		return
	}
	s.Hide(d)
	if d.Cancel != nil {
		d.Cancel()
	}
}

// Relayout measures the dialog on top again after something in it appeared or grew.
func (s *Dialogs) Relayout() {
	if d := s.Top(); d != nil {
		d.overlay.Refresh()
	}
}

// Clear takes everything above the page away, menus and what others put there too, and cancels every dialog.
func (s *Dialogs) Clear() {
	open := s.open
	s.open = nil
	for top := s.canvas.Overlays().Top(); top != nil; top = s.canvas.Overlays().Top() {
		s.canvas.Overlays().Remove(top)
	}
	for i := len(open) - 1; i >= 0; i-- {
		open[i].overlay = nil
		if open[i].Cancel != nil {
			open[i].Cancel()
		}
	}
}

// Covered reports whether anything is above the page.
func (s *Dialogs) Covered() bool { return s.canvas.Overlays().Top() != nil }

// Key is what a dialog makes of a key that the widget with the focus had no use for; it reports whether that was anything.
func (s *Dialogs) Key(e *fyne.KeyEvent) bool {
	d := s.Top()
	top := s.canvas.Overlays().Top()
	switch {
	case top == nil:
		return false
	case d == nil || top != d.overlay: // a menu that the toolkit opened
		if e.Name == fyne.KeyEscape {
			s.canvas.Overlays().Remove(top)
		}
	case e.Name == fyne.KeyEscape:
		s.Close()
	case enter(e) && d.Default != nil:
		d.Default.Press()
	}
	return true
}

// sink swallows what is clicked beside the widgets of a dialog.
type sink struct{ widget.BaseWidget }

func newSink() *sink {
	s := &sink{}
	s.ExtendBaseWidget(s)
	return s
}

// Tapped implements fyne.Tappable.
func (*sink) Tapped(*fyne.PointEvent) {}

// CreateRenderer implements fyne.Widget.
func (s *sink) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}

// sheet sets head, body and buttons one under the other. The body, a scroller, gets the height of what it holds where there is room, and gives way
// where there is none.
type sheet struct{ space float32 }

func bodyOf(o fyne.CanvasObject) (*container.Scroll, bool) {
	b, ok := o.(*container.Scroll)
	return b, ok
}

func (s sheet) heights(list []fyne.CanvasObject, width float32) (all, body float32) {
	for i, o := range list {
		if i > 0 {
			all += s.space
		}
		if b, ok := bodyOf(o); ok {
			body = tall(b.Content, width)
			all += body
			continue
		}
		all += tall(o, width)
	}
	return all, body
}

// Layout implements fyne.Layout.
func (s sheet) Layout(list []fyne.CanvasObject, size fyne.Size) {
	all, body := s.heights(list, size.Width)
	y := float32(0)
	for _, o := range list {
		height := measure(o).Height
		if _, ok := bodyOf(o); ok {
			height = max(0, body-max(0, all-size.Height))
		}
		place(o, fyne.NewPos(0, y), fyne.NewSize(size.Width, height))
		y += height + s.space
	}
}

// MinSize implements fyne.Layout.
func (s sheet) MinSize(list []fyne.CanvasObject) fyne.Size {
	least := column(s).MinSize(list)
	for _, o := range list {
		if b, ok := bodyOf(o); ok {
			least.Width = max(least.Width, b.Content.MinSize().Width)
		}
	}
	return least
}

// centred puts a card into the middle, of its width and of the height that its content asks for, and never larger than the window.
type centred struct{ width float32 }

// Layout implements fyne.Layout.
func (c centred) Layout(list []fyne.CanvasObject, size fyne.Size) {
	for _, o := range list {
		width := min(max(c.width, o.MinSize().Width), size.Width-2*look.SpaceWide)
		height := min(wanted(o, width), size.Height-2*look.SpaceWide)
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos((size.Width-width)/2, (size.Height-height)/2))
	}
}

// wanted is the height that a card asks for at a width: that of the sheet in it.
func wanted(o fyne.CanvasObject, width float32) float32 {
	c, ok := o.(*fyne.Container)
	if !ok {
		return o.MinSize().Height
	}
	if s, ok := c.Layout.(sheet); ok {
		all, _ := s.heights(c.Objects, width)
		return all
	}
	inset := float32(0)
	if p, ok := c.Layout.(pad); ok {
		inset = p.x
	}
	height := float32(0)
	for _, inner := range c.Objects {
		height = max(height, wanted(inner, width-2*inset))
	}
	return height + 2*inset
}

// MinSize implements fyne.Layout.
func (centred) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
