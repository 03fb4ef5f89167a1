package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// Panel is a rectangle in colours of the theme; unlike a plain rectangle it follows when the theme changes.
type Panel struct {
	widget.BaseWidget
	fill, edge fyne.ThemeColorName // edge "" draws none
	square     bool
}

// NewPanel makes a rectangle with round corners; an empty edge draws none.
func NewPanel(fill, edge fyne.ThemeColorName) *Panel {
	p := &Panel{fill: fill, edge: edge}
	p.ExtendBaseWidget(p)
	return p
}

// NewGround makes a rectangle with square corners and no edge, such as the ground of a bar.
func NewGround(fill fyne.ThemeColorName) *Panel {
	p := &Panel{fill: fill, square: true}
	p.ExtendBaseWidget(p)
	return p
}

// SetFill changes the colour.
func (p *Panel) SetFill(fill fyne.ThemeColorName) {
	p.fill = fill
	p.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, rect: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type panelRenderer struct {
	panel *Panel
	rect  *canvas.Rectangle
}

// Layout implements fyne.WidgetRenderer.
func (r *panelRenderer) Layout(s fyne.Size) { r.rect.Resize(s) }

// MinSize implements fyne.WidgetRenderer.
func (r *panelRenderer) MinSize() fyne.Size { return fyne.Size{} }

// Objects implements fyne.WidgetRenderer.
func (r *panelRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }

// Destroy implements fyne.WidgetRenderer.
func (r *panelRenderer) Destroy() {}

// Refresh implements fyne.WidgetRenderer.
func (r *panelRenderer) Refresh() {
	r.rect.FillColor = theme.Color(r.panel.fill)
	r.rect.StrokeWidth = 0
	if r.panel.edge != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = theme.Color(r.panel.edge), 1
	}
	r.rect.CornerRadius = look.Radius
	if r.panel.square {
		r.rect.CornerRadius = 0
	}
	r.rect.Refresh()
}
