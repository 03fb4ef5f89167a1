package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// Radio is a few choices that all show, of which one is always chosen. It is one stop of the Tab key, and the arrow keys choose; the toolkit's own
// takes a stop for each choice, knows no arrows, and keeps Escape to itself.
type Radio struct {
	widget.BaseWidget
	Horizontal bool // the choices stand beside each other

	options []string
	at      int
	chosen  func(at int)
	focused bool
}

var (
	_ fyne.Focusable = (*Radio)(nil)
	_ fyne.Tappable  = (*Radio)(nil)
)

// NewRadio makes choices that all show; chosen is told the place in the list, once another is chosen.
func NewRadio(options []string, at int, chosen func(at int)) *Radio {
	r := &Radio{options: options, at: at, chosen: chosen}
	r.ExtendBaseWidget(r)
	return r
}

// Selected is the choice.
func (r *Radio) Selected() string { return r.options[r.at] }

// SetSelected chooses by the words of a choice.
func (r *Radio) SetSelected(option string) {
	for i, o := range r.options {
		if o == option {
			r.choose(i)
		}
	}
}

func (r *Radio) choose(at int) {
	if at == r.at || at < 0 || at >= len(r.options) {
		return
	}
	r.at = at
	r.Refresh()
	r.chosen(at)
}

// Tapped implements fyne.Tappable.
func (r *Radio) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		c.Focus(r)
	}
	for i, at := range r.places() {
		if e.Position.X >= at.X && e.Position.X < at.X+r.sizeOf(i).Width && e.Position.Y >= at.Y && e.Position.Y < at.Y+r.sizeOf(i).Height {
			r.choose(i)
		}
	}
}

// FocusGained implements fyne.Focusable.
func (r *Radio) FocusGained() { r.focused = true; r.Refresh(); follow(r) }

// FocusLost implements fyne.Focusable.
func (r *Radio) FocusLost() { r.focused = false; r.Refresh() }

// TypedRune implements fyne.Focusable.
func (r *Radio) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (r *Radio) TypedKey(k *fyne.KeyEvent) {
	at := r.at
	switch k.Name {
	case fyne.KeyUp, fyne.KeyLeft:
		at--
	case fyne.KeyDown, fyne.KeyRight:
		at++
	case fyne.KeySpace: // what is chosen stays chosen
	default:
		forward(r, k)
		return
	}
	stirred(r)
	r.choose(at)
}

// sizeOf is the room of one choice: its button and its words.
func (r *Radio) sizeOf(at int) fyne.Size {
	words := fyne.MeasureText(r.options[at], theme.Size(theme.SizeNameText), fyne.TextStyle{})
	return fyne.NewSize(look.SpaceTiny+look.IconBase+look.SpaceSmall+words.Width+look.SpaceSmall, max(words.Height, look.IconBase)+2*look.SpaceSmall)
}

// places are where the choices stand.
func (r *Radio) places() []fyne.Position {
	list := make([]fyne.Position, len(r.options))
	at := fyne.Position{}
	for i := range r.options {
		list[i] = at
		if r.Horizontal {
			at.X += r.sizeOf(i).Width + look.SpaceSmall
		} else {
			at.Y += r.sizeOf(i).Height
		}
	}
	return list
}

// CreateRenderer implements fyne.Widget.
func (r *Radio) CreateRenderer() fyne.WidgetRenderer {
	d := &radioRenderer{radio: r, ring: newRing()}
	for _, o := range r.options {
		d.edges = append(d.edges, canvas.NewCircle(color.Transparent))
		d.dots = append(d.dots, canvas.NewCircle(color.Transparent))
		d.words = append(d.words, canvas.NewText(o, nil))
	}
	d.Refresh()
	return d
}

// radioRenderer draws for each choice a circle, a dot in it, and its words; and a ring around the choice while the keyboard is there.
type radioRenderer struct {
	radio       *Radio
	ring        *canvas.Rectangle
	edges, dots []*canvas.Circle
	words       []*canvas.Text
}

// The edges of a choice's button: a circle, and a dot in its middle.
const (
	radioCircle float32 = 16
	radioDot    float32 = 8
)

// Layout implements fyne.WidgetRenderer.
func (d *radioRenderer) Layout(fyne.Size) {
	for i, at := range d.radio.places() {
		size := d.radio.sizeOf(i)
		middle := at.AddXY(look.SpaceTiny+look.IconBase/2, size.Height/2)
		around(d.edges[i], middle, radioCircle)
		around(d.dots[i], middle, radioDot)
		words := d.words[i].MinSize()
		d.words[i].Move(at.AddXY(look.SpaceTiny+look.IconBase+look.SpaceSmall, (size.Height-words.Height)/2))
		d.words[i].Resize(words)
		if i == d.radio.at {
			place(d.ring, at, size)
		}
	}
}

// around sets a circle around a point.
func around(c *canvas.Circle, middle fyne.Position, wide float32) {
	c.Move(middle.SubtractXY(wide/2, wide/2))
	c.Resize(fyne.NewSquareSize(wide))
}

// MinSize implements fyne.WidgetRenderer.
func (d *radioRenderer) MinSize() (least fyne.Size) {
	for i, at := range d.radio.places() {
		size := d.radio.sizeOf(i)
		least = least.Max(fyne.NewSize(at.X+size.Width, at.Y+size.Height))
	}
	return least
}

// Refresh implements fyne.WidgetRenderer.
func (d *radioRenderer) Refresh() {
	r := d.radio
	d.ring.StrokeColor = theme.Color(look.Accent)
	Show(d.ring, r.focused)
	for i := range r.options {
		edge := look.Border
		if i == r.at {
			edge = look.Accent
		}
		d.edges[i].StrokeColor, d.edges[i].StrokeWidth, d.edges[i].FillColor = theme.Color(edge), look.Ring, theme.Color(look.Field)
		d.dots[i].FillColor = theme.Color(look.Accent)
		Show(d.dots[i], i == r.at)
		d.words[i].Color, d.words[i].TextSize = theme.Color(look.Text), theme.Size(theme.SizeNameText)
	}
	d.Layout(r.Size())
	for _, o := range d.Objects() {
		o.Refresh()
	}
}

// Objects implements fyne.WidgetRenderer.
func (d *radioRenderer) Objects() []fyne.CanvasObject {
	list := []fyne.CanvasObject{d.ring}
	for i := range d.words {
		list = append(list, d.edges[i], d.dots[i], d.words[i])
	}
	return list
}

// Destroy implements fyne.WidgetRenderer.
func (d *radioRenderer) Destroy() {}
