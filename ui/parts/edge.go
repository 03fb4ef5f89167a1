package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"holdfast/ui/look"
)

// edged draws the edge of a field around a widget of the toolkit that has none of its own, so that it is seen on any ground.
type edged struct {
	fyne.WidgetRenderer
	edge    *canvas.Rectangle
	focused func() bool
}

func newEdged(inner fyne.WidgetRenderer, focused func() bool) *edged {
	e := &edged{WidgetRenderer: inner, edge: canvas.NewRectangle(color.Transparent), focused: focused}
	e.draw()
	return e
}

func (e *edged) draw() {
	e.edge.CornerRadius, e.edge.StrokeWidth, e.edge.StrokeColor = look.Radius, 1, theme.Color(look.Border)
	if e.focused() {
		e.edge.StrokeWidth, e.edge.StrokeColor = look.Ring, theme.Color(look.Accent)
	}
}

// Layout implements fyne.WidgetRenderer.
func (e *edged) Layout(s fyne.Size) {
	e.WidgetRenderer.Layout(s)
	e.edge.Resize(s)
}

// Objects implements fyne.WidgetRenderer.
func (e *edged) Objects() []fyne.CanvasObject { return append(e.WidgetRenderer.Objects(), e.edge) }

// Refresh implements fyne.WidgetRenderer.
func (e *edged) Refresh() {
	e.WidgetRenderer.Refresh()
	e.draw()
	e.edge.Refresh()
}
