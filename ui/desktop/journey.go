//go:build journey

package desktop

import (
	"bytes"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"holdfast/internal/journey/shown"
	"holdfast/ui/parts"
)

// checksThreads makes the toolkit complain, in the log that the journey reads, of whatever touches a widget beside the UI thread.
const checksThreads = true

// lookEvery is how often the window is looked at.
const lookEvery = 100 * time.Millisecond

// tell says on standard output what the window shows, each time that is different. It is in the journey build alone; it changes nothing and takes no
// order. What it tells is what a person in front of the window can read, the recovery words too: never run this build with a vault of your own.
func tell(win fyne.Window) {
	closed := make(chan struct{})
	win.SetOnClosed(func() { close(closed) })
	go tellUntil(closed, win, os.Stdout)
}

func tellUntil(closed <-chan struct{}, win fyne.Window, out io.Writer) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last []byte
	for number := 1; ; {
		select {
		case <-closed:
			return
		case <-tick.C:
		}
		views := make(chan shown.View, 1)
		fyne.Do(func() { views <- viewOf(win) })
		var v shown.View
		select {
		case v = <-views:
		case <-closed:
			return
		}
		same, err := v.Line()
		if err != nil || bytes.Equal(same, last) {
			continue
		}
		last = same
		v.Number = number
		number++
		line, err := v.Line()
		if err != nil {
			continue
		}
		if _, err := out.Write(line); err != nil {
			return // nobody listens any longer
		}
	}
}

// viewOf sees what shows. UI thread.
func viewOf(win fyne.Window) shown.View {
	c := win.Canvas()
	e := &eye{canvas: c, view: shown.View{Scale: c.Scale()}}
	size := c.Size()
	e.view.Width, e.view.Height = e.pixels(size.Width), e.pixels(size.Height)
	top := c.Overlays().Top()
	e.view.Covered = top != nil
	if top == nil {
		top = c.Content()
	}
	e.see(top, fyne.Position{}, area{to: fyne.NewPos(size.Width, size.Height)})
	return e.view
}

// eye walks over what shows.
type eye struct {
	canvas fyne.Canvas
	view   shown.View
}

// area is the part of the window through which something can be seen.
type area struct{ from, to fyne.Position }

func (a area) with(at fyne.Position, size fyne.Size) area {
	return area{
		fyne.NewPos(max(a.from.X, at.X), max(a.from.Y, at.Y)),
		fyne.NewPos(min(a.to.X, at.X+size.Width), min(a.to.Y, at.Y+size.Height)),
	}
}

func (e *eye) pixels(units float32) int { return int(math.Round(float64(units * e.canvas.Scale()))) }

// rect is the part of an object that can be seen; seen is false when its middle cannot.
func (e *eye) rect(o fyne.CanvasObject, at fyne.Position, through area) (r shown.Rect, seen bool) {
	size := o.Size()
	a := through.with(at, size)
	if a.to.X <= a.from.X || a.to.Y <= a.from.Y {
		return shown.Rect{}, false
	}
	x, y := at.X+size.Width/2, at.Y+size.Height/2
	seen = y >= through.from.Y && y <= through.to.Y && (x >= through.from.X && x <= through.to.X || at.X >= through.from.X)
	return shown.Rect{X: e.pixels(a.from.X), Y: e.pixels(a.from.Y), W: e.pixels(a.to.X - a.from.X), H: e.pixels(a.to.Y - a.from.Y)}, seen
}

// see visits an object and what is in it, in the order of the Tab key.
func (e *eye) see(o fyne.CanvasObject, at fyne.Position, through area) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	switch o := o.(type) {
	case *canvas.Text:
		if r, seen := e.rect(o, at, through); seen && o.Text != "" {
			e.view.Texts = append(e.view.Texts, shown.Text{Words: o.Text, At: r})
		}
	case *fyne.Container:
		for _, inner := range o.Objects {
			e.see(inner, at, through)
		}
	case fyne.Widget:
		e.widget(o, at, through)
	}
}

func (e *eye) widget(o fyne.Widget, at fyne.Position, through area) {
	r, seen := e.rect(o, at, through)
	item, is := e.item(o)
	if is {
		item.At, item.Seen = r, seen
		e.view.Items = append(e.view.Items, item)
	}
	if item.Kind == shown.Word || item.Kind == shown.Blank {
		return // nothing of a recovery word is among the words that a failure tells
	}
	if _, scrolls := o.(interface{ ScrollToTop() }); scrolls {
		through = through.with(at, o.Size())
	}
	for _, inner := range test.WidgetRenderer(o).Objects() {
		e.see(inner, at, through)
	}
}

// item says what a widget is to a person, if it is anything that can be used.
func (e *eye) item(o fyne.Widget) (i shown.Item, is bool) {
	i.Enabled = true
	if d, ok := o.(fyne.Disableable); ok {
		i.Enabled = !d.Disabled()
	}
	f, focusable := o.(fyne.Focusable)
	i.Focused = focusable && e.canvas.Focused() == f
	switch o := o.(type) {
	case *parts.Button:
		i.Kind, i.Words, i.On = shown.Button, o.Words(), o.Selected()
	case *parts.SecretEntry:
		i.Kind, i.Words, i.Length = shown.Secret, o.Name, o.Len()
	case *parts.SecretWord:
		i.Kind, i.Words = shown.Word, inside(o, "")
	case *parts.WordEntry:
		i.Kind, i.Words, i.Length = shown.Blank, o.AccessibilityLabel(), o.Len()
	case *parts.Tile:
		i.Kind, i.Words, i.On = shown.Tile, o.Name(), o.Selected()
	case *parts.Entry:
		i.Kind, i.Words, i.Value = shown.Entry, o.PlaceHolder, o.Text
	case *parts.Check:
		i.Kind, i.Words, i.On = shown.Check, o.Text, o.Checked
	case *parts.Choice:
		i.Kind, i.Words, i.Value = shown.Choice, o.Selected, o.Selected
	case *parts.Radio:
		i.Kind, i.Words, i.Value = shown.Radio, inside(o, " "), o.Selected()
	case *parts.List:
		i.Kind = shown.List
	default:
		i.Kind, i.Words = kindOf(o, focusable), inside(o, " ")
		return i, i.Kind == shown.Other || i.Kind == shown.Row && i.Words != ""
	}
	return i, true
}

// kindOf is the kind of a widget that is none of ours; "" is nothing that one can use.
func kindOf(o fyne.Widget, focusable bool) shown.Kind {
	switch o.(type) {
	case *widget.Label, *widget.Icon, *widget.RichText:
		return ""
	}
	_, tappable := o.(fyne.Tappable)
	switch {
	case focusable:
		return shown.Other
	case tappable:
		return shown.Row
	default:
		return ""
	}
}

// inside are the words that are drawn in a widget.
func inside(o fyne.CanvasObject, between string) string {
	var list []string
	var visit func(fyne.CanvasObject)
	visit = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *canvas.Text:
			if o.Text != "" {
				list = append(list, o.Text)
			}
		case *fyne.Container:
			for _, inner := range o.Objects {
				visit(inner)
			}
		case fyne.Widget:
			for _, inner := range test.WidgetRenderer(o).Objects() {
				visit(inner)
			}
		}
	}
	visit(o)
	return strings.Join(list, between)
}
