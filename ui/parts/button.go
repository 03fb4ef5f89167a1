package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"holdfast/ui/look"
)

// Rank is how loud a button is.
type Rank int

// The ranks: Plain for most; Primary for the one that is the next thing to do; Danger for what destroys; Quiet for what stands in a row or a bar.
const (
	Plain Rank = iota
	Primary
	Danger
	Quietly
)

// Button is an act. Enter and the space bar press it, and a ring shows where the focus is.
type Button struct {
	pressable
	words   string
	icon    string // name; "" shows none
	rank    Rank
	leading bool // the words stand at the left, as in a list of places
}

var (
	_ fyne.Focusable    = (*Button)(nil)
	_ fyne.Tappable     = (*Button)(nil)
	_ fyne.Disableable  = (*Button)(nil)
	_ desktop.Hoverable = (*Button)(nil)
	_ fyne.Accessible   = (*Button)(nil)
)

// NewButton makes a button; icon is the name of an icon, or empty.
func NewButton(words, icon string, rank Rank, press func()) *Button {
	b := &Button{words: words, icon: icon, rank: rank}
	b.self, b.press = b, press
	b.ExtendBaseWidget(b)
	return b
}

// NewPlace makes a button of the list of places at the left of the window.
func NewPlace(words, icon string, press func()) *Button {
	b := NewButton(words, icon, Quietly, press)
	b.leading = true
	return b
}

// Words are what the button says.
func (b *Button) Words() string { return b.words }

// Rank is how loud the button is.
func (b *Button) Rank() Rank { return b.rank }

// SetWords changes what the button says.
func (b *Button) SetWords(words string) {
	b.words = words
	b.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Button) AccessibilityLabel() string { return b.words }

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{button: b, ground: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil), icon: canvas.NewImageFromResource(nil), words: canvas.NewText("", nil)}
	r.icon.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type buttonRenderer struct {
	button       *Button
	ground, ring *canvas.Rectangle
	icon         *canvas.Image
	words        *canvas.Text
}

// colors are ground and ink; an empty ground shows what lies under the button.
func (b *Button) colors() (ground, ink fyne.ThemeColorName) {
	switch {
	case b.Disabled() && b.rank == Quietly:
		return "", look.Muted
	case b.Disabled():
		return theme.ColorNameDisabledButton, look.Muted
	case b.selected:
		return look.AccentSoft, look.Accent
	case b.rank == Primary:
		return look.Accent, look.OnAccent
	case b.rank == Danger:
		return look.Bad, look.OnBad
	case b.rank == Quietly && !b.hovered:
		return "", look.Text
	case b.hovered:
		return look.Hover, look.Text
	default:
		return theme.ColorNameButton, look.Text
	}
}

// Refresh implements fyne.WidgetRenderer.
func (r *buttonRenderer) Refresh() {
	b := r.button
	ground, ink := b.colors()
	r.ground.CornerRadius, r.ring.CornerRadius = look.Radius, look.Radius
	r.ground.FillColor = color.Transparent
	if ground != "" {
		r.ground.FillColor = theme.Color(ground)
	}
	r.ring.FillColor = color.Transparent
	r.ring.StrokeWidth = 0
	if b.focused {
		r.ring.StrokeWidth = look.Ring
		r.ring.StrokeColor = theme.Color(look.Accent)
		if b.rank == Primary || b.rank == Danger {
			r.ring.StrokeColor = theme.Color(look.Text)
		}
	}
	r.words.Text, r.words.Color, r.words.TextSize = b.words, theme.Color(ink), theme.Size(theme.SizeNameText)
	r.words.TextStyle.Bold = b.rank == Primary || b.selected
	if b.icon != "" {
		r.icon.Resource = look.IconIn(b.icon, ink)
	}
	r.Layout(b.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// Layout implements fyne.WidgetRenderer.
func (r *buttonRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	r.ring.Resize(s)
	words := r.words.MinSize()
	width, icon := words.Width, r.iconEdge()
	if icon > 0 && r.button.words != "" {
		width += icon + look.SpaceSmall
	} else if icon > 0 {
		width = icon
	}
	x := (s.Width - width) / 2
	if r.button.leading {
		x = look.SpaceBase
	}
	if icon > 0 {
		r.icon.Resize(fyne.NewSquareSize(icon))
		r.icon.Move(fyne.NewPos(x, (s.Height-icon)/2))
		x += icon + look.SpaceSmall
	}
	r.words.Move(fyne.NewPos(x, (s.Height-words.Height)/2))
	r.words.Resize(words)
}

func (r *buttonRenderer) iconEdge() float32 {
	if r.button.icon == "" {
		return 0
	}
	return look.IconBase
}

// MinSize implements fyne.WidgetRenderer.
func (r *buttonRenderer) MinSize() fyne.Size {
	words := r.words.MinSize()
	if r.button.words == "" {
		words.Width = 0
	}
	m := fyne.NewSize(words.Width+2*look.SpaceBase, max(words.Height, look.IconBase)+2*look.SpaceSmall)
	if icon := r.iconEdge(); icon > 0 {
		m.Width += icon
		if r.button.words != "" {
			m.Width += look.SpaceSmall
		}
	}
	return m
}

// Objects implements fyne.WidgetRenderer.
func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.ground}
	if r.button.icon != "" {
		objects = append(objects, r.icon)
	}
	return append(objects, r.words, r.ring)
}

// Destroy implements fyne.WidgetRenderer.
func (r *buttonRenderer) Destroy() {}
