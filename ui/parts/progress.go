package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// Progress is one longer act under way: what it is, how far it has come, and Cancel. Where nobody knows how far there is no bar; nothing moves on
// its own.
type Progress struct {
	widget.BaseWidget
	words  *widget.Label
	bar    *bar
	cancel *Button
	title  string
}

// NewProgress makes the row of an act.
func NewProgress(title string, cancel func()) *Progress {
	p := &Progress{title: title, words: Short(title), bar: newBar()}
	p.bar.Hide()
	p.cancel = NewButton(translations.T("part.cancel"), "close", Plain, nil)
	p.cancel.press = func() {
		p.cancel.Disable()
		p.words.SetText(translations.T("part.progress.ending", "title", title))
		cancel()
	}
	p.ExtendBaseWidget(p)
	return p
}

// At says how far the act is. total 0 says that nobody knows how much there is; step says what is done now, or is empty.
func (p *Progress) At(step string, done, total int64) {
	if p.cancel.Disabled() {
		return
	}
	words := p.title
	if step != "" {
		words = translations.T("part.progress.step", "title", p.title, "step", step)
	}
	switch {
	case total > 0:
		words = translations.T("part.progress.of", "title", words, "done", done, "total", total)
	case done > 0:
		words = translations.T("part.progress.done", "title", words, "done", done)
	}
	p.words.SetText(words)
	if total > 0 {
		p.bar.set(float32(done) / float32(total))
		p.bar.Show()
	} else {
		p.bar.Hide()
	}
	p.Refresh()
}

// CancelButton is the row's button.
func (p *Progress) CancelButton() *Button { return p.cancel }

// Words are what the row says now.
func (p *Progress) Words() string { return p.words.Text }

// CreateRenderer implements fyne.Widget.
func (p *Progress) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(NewPanel(look.Surface, look.Line),
		PadXY(look.SpaceBase, look.SpaceTiny, Row(look.SpaceBase, Icon(look.IconIn("clock", look.Accent)), Stretch(p.words), p.bar, p.cancel))))
}

// bar is a plain bar that fills from the left.
type bar struct {
	widget.BaseWidget
	part float32
}

func newBar() *bar {
	b := &bar{}
	b.ExtendBaseWidget(b)
	return b
}

func (b *bar) set(part float32) {
	b.part = max(0, min(1, part))
	b.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{bar: b, all: canvas.NewRectangle(nil), done: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type barRenderer struct {
	bar       *bar
	all, done *canvas.Rectangle
}

const (
	barWidth  float32 = 160
	barHeight float32 = 8
)

// Layout implements fyne.WidgetRenderer.
func (r *barRenderer) Layout(s fyne.Size) {
	r.all.Resize(s)
	r.done.Resize(fyne.NewSize(s.Width*r.bar.part, s.Height))
}

// MinSize implements fyne.WidgetRenderer.
func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(barWidth, barHeight) }

// Refresh implements fyne.WidgetRenderer.
func (r *barRenderer) Refresh() {
	r.all.FillColor, r.done.FillColor = theme.Color(look.Line), theme.Color(look.Accent)
	r.all.CornerRadius, r.done.CornerRadius = barHeight/2, barHeight/2
	r.Layout(r.bar.Size())
	r.all.Refresh()
	r.done.Refresh()
}

// Objects implements fyne.WidgetRenderer.
func (r *barRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.all, r.done} }

// Destroy implements fyne.WidgetRenderer.
func (r *barRenderer) Destroy() {}
