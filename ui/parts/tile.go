package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"holdfast/ui/look"
)

// Tile is a card that can be pressed: a thing to open, or one of several to choose. Enter and the space bar press it, and a ring shows where the
// focus is.
type Tile struct {
	pressable
	name    string // what it is, for those who cannot see it, and for tests
	content fyne.CanvasObject
}

var (
	_ fyne.Focusable    = (*Tile)(nil)
	_ fyne.Tappable     = (*Tile)(nil)
	_ desktop.Hoverable = (*Tile)(nil)
	_ fyne.Accessible   = (*Tile)(nil)
)

// NewTile makes a tile around words and icons that cannot be pressed themselves.
func NewTile(name string, content fyne.CanvasObject, press func()) *Tile {
	t := &Tile{name: name, content: PadXY(look.SpaceBase, look.SpaceBase, content)}
	t.self, t.press = t, press
	t.ExtendBaseWidget(t)
	return t
}

// Name is what the tile is.
func (t *Tile) Name() string { return t.name }

// AccessibilityLabel implements fyne.Accessible.
func (t *Tile) AccessibilityLabel() string { return t.name }

// CreateRenderer implements fyne.Widget.
func (t *Tile) CreateRenderer() fyne.WidgetRenderer {
	r := &tileRenderer{tile: t, ground: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	r.paint()
	return r
}

type tileRenderer struct {
	tile         *Tile
	ground, ring *canvas.Rectangle
}

// paint gives ground and ring the colours of the moment.
func (r *tileRenderer) paint() {
	t := r.tile
	fill, edge, width := look.Surface, look.Line, float32(1)
	switch {
	case t.Disabled():
		fill = look.Page
	case t.selected:
		fill, edge = look.AccentSoft, look.Accent
	case t.hovered && t.press != nil:
		fill = look.Hover
	}
	if t.focused {
		edge, width = look.Accent, look.Ring
		if t.selected {
			edge = look.Text
		}
	}
	r.ground.FillColor, r.ring.FillColor = theme.Color(fill), color.Transparent
	r.ring.StrokeColor, r.ring.StrokeWidth = theme.Color(edge), width
	r.ground.CornerRadius, r.ring.CornerRadius = look.Radius, look.Radius
}

// Refresh implements fyne.WidgetRenderer.
func (r *tileRenderer) Refresh() {
	r.paint()
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// Layout implements fyne.WidgetRenderer.
func (r *tileRenderer) Layout(s fyne.Size) {
	for _, o := range r.Objects() {
		o.Resize(s)
	}
}

// MinSize implements fyne.WidgetRenderer.
func (r *tileRenderer) MinSize() fyne.Size { return r.tile.content.MinSize() }

// Objects implements fyne.WidgetRenderer.
func (r *tileRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.tile.content, r.ring}
}

// Destroy implements fyne.WidgetRenderer.
func (r *tileRenderer) Destroy() {}
