package ui

import (
	"strings"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/parts"
)

// walk visits what can be seen, from the outside in, with the place of each on the window and the part of the window that it is clipped to.
func walk(o fyne.CanvasObject, at fyne.Position, visit func(o fyne.CanvasObject, at fyne.Position)) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	visit(o, at)
	switch o := o.(type) {
	case *fyne.Container:
		for _, inner := range o.Objects {
			walk(inner, at, visit)
		}
	case fyne.Widget:
		for _, inner := range test.WidgetRenderer(o).Objects() {
			walk(inner, at, visit)
		}
	}
}

// texts are all the words that can be seen.
func (r *rig) texts() []string {
	var list []string
	walk(r.top(), fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if text, ok := o.(*canvas.Text); ok && text.Text != "" {
			list = append(list, text.Text)
		}
	})
	return list
}

// shows reports whether words can be seen, in one text or across the lines they were broken into.
func (r *rig) shows(words string) bool {
	return strings.Contains(strings.Join(strings.Fields(strings.Join(r.texts(), " ")), " "), strings.Join(strings.Fields(words), " "))
}

// button finds a button that can be reached by what it says.
func (r *rig) button(words string) *parts.Button {
	var found *parts.Button
	walk(r.top(), fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*parts.Button); ok && b.Words() == words {
			found = b
		}
	})
	return found
}

// press clicks a button that can be reached.
func (r *rig) press(words string) {
	r.t.Helper()
	b := r.button(words)
	if b == nil {
		r.t.Fatalf("no button %q among %q", words, r.texts())
	}
	if b.Disabled() {
		r.t.Fatalf("button %q is disabled", words)
	}
	test.Tap(b)
}

// find gives the widgets of a type that can be reached.
func find[T fyne.CanvasObject](r *rig) []T {
	var list []T
	walk(r.top(), fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if x, ok := o.(T); ok {
			list = append(list, x)
		}
	})
	return list
}

// key types a key as the window's driver does: to the widget with the focus, else to the window.
func (r *rig) key(name fyne.KeyName) {
	e := &fyne.KeyEvent{Name: name}
	if f := r.win.Canvas().Focused(); f != nil {
		f.TypedKey(e)
		return
	}
	if typed := r.win.Canvas().OnTypedKey(); typed != nil {
		typed(e)
	}
}

// typing types characters into what has the focus.
func (r *rig) typing(chars string) {
	r.t.Helper()
	f := r.win.Canvas().Focused()
	if f == nil {
		r.t.Fatal("nothing has the focus")
	}
	test.Type(f, chars)
}

// focusOrder walks with the Tab key once around and gives the place of each stop.
func (r *rig) focusOrder() []fyne.Position {
	c := r.win.Canvas()
	c.Unfocus()
	var order []fyne.Position
	var first fyne.Focusable
	for range 200 {
		c.FocusNext()
		f := c.Focused()
		if f == nil || f == first {
			return order
		}
		if first == nil {
			first = f
		}
		if o, ok := f.(fyne.CanvasObject); ok {
			order = append(order, r.placeOf(o))
		}
	}
	return order
}

func (r *rig) placeOf(want fyne.CanvasObject) (found fyne.Position) {
	walk(r.top(), fyne.Position{}, func(o fyne.CanvasObject, at fyne.Position) {
		if o == want {
			found = at
		}
	})
	return found
}

// uncut fails for every text that has less room than it needs or lies outside what can be seen. Texts that end in an ellipsis on purpose
// (parts.Short) are measured as drawn.
func (r *rig) uncut(what string) {
	r.t.Helper()
	size := r.win.Canvas().Size()
	var visit func(o fyne.CanvasObject, at fyne.Position, clip fyne.Position, to fyne.Position, scrolls bool)
	visit = func(o fyne.CanvasObject, at fyne.Position, from, to fyne.Position, scrolls bool) {
		if o == nil || !o.Visible() {
			return
		}
		at = at.Add(o.Position())
		switch o := o.(type) {
		case *canvas.Text:
			need := fyne.MeasureText(o.Text, o.TextSize, o.TextStyle)
			if o.Text == "" {
				return
			}
			if at.X < from.X-0.5 || at.X+need.Width > to.X+0.5 {
				r.t.Errorf("%s: %q is cut at the side: %.0f to %.0f in %.0f to %.0f", what, o.Text, at.X, at.X+need.Width, from.X, to.X)
			}
			if !scrolls && (at.Y < from.Y-0.5 || at.Y+need.Height > to.Y+0.5) {
				r.t.Errorf("%s: %q is cut above or below: %.0f to %.0f in %.0f to %.0f", what, o.Text, at.Y, at.Y+need.Height, from.Y, to.Y)
			}
		case *fyne.Container:
			for _, inner := range o.Objects {
				visit(inner, at, from, to, scrolls)
			}
		case fyne.Widget:
			_, button := o.(*parts.Button)
			_, list := o.(*parts.List)
			_, label := o.(*widget.Label)
			clip := button || list || label || isScroll(o)
			inside, until := from, to
			if clip {
				inside = fyne.NewPos(max(from.X, at.X), max(from.Y, at.Y))
				until = fyne.NewPos(min(to.X, at.X+o.Size().Width), min(to.Y, at.Y+o.Size().Height))
			}
			for _, inner := range test.WidgetRenderer(o).Objects() {
				visit(inner, at, inside, until, scrolls || list || isScroll(o))
			}
		}
	}
	visit(r.top(), fyne.Position{}, fyne.Position{}, fyne.NewPos(size.Width, size.Height), false)
}

// isScroll reports whether a widget shows a part of something larger.
func isScroll(o fyne.CanvasObject) bool {
	_, ok := o.(interface{ ScrollToTop() })
	return ok
}

func TestRigFindsCutWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		inner := &testing.T{}
		cut := &rig{Window: r.Window, t: inner}
		long := canvas.NewText(strings.Repeat("word ", 200), nil)
		r.frame.body.Objects = []fyne.CanvasObject{long}
		cut.uncut("a text wider than the window")
		if !inner.Failed() {
			t.Fatal("a cut text was not found")
		}
	})
}
