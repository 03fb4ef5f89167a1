package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/internal/secret"
	"holdfast/ui/look"
)

// SecretEntry is where a person types a PIN or a recovery word. What is typed goes byte by byte into locked memory of a fixed size; the widget draws
// dots and knows nothing but how many. It takes no paste and gives no copy, so nothing of it ever is a string or in the clipboard.
type SecretEntry struct {
	widget.BaseWidget
	OnSubmitted func()        // Enter; nil lets Enter confirm the dialog
	OnChanged   func(int)     // told how many bytes are typed
	Name        string        // what is typed here, for those who cannot see it
	typed       *secret.Typed // what was typed
	dots        int           // characters typed
	full        bool          // the last character found no room
	focused     bool
}

var (
	_ fyne.Focusable     = (*SecretEntry)(nil)
	_ fyne.Tappable      = (*SecretEntry)(nil)
	_ desktop.Cursorable = (*SecretEntry)(nil)
)

// shownDots is how many dots are drawn at most; more are told by a full row.
const shownDots = 32

// NewSecretEntry makes room for at most most bytes. The error says that there is no locked memory left.
func NewSecretEntry(most int) (*SecretEntry, error) {
	typed, err := secret.NewTyped(most)
	if err != nil {
		return nil, err
	}
	e := &SecretEntry{typed: typed}
	e.ExtendBaseWidget(e)
	return e, nil
}

// Len is the number of bytes typed.
func (e *SecretEntry) Len() int { return e.typed.Len() }

// Full reports that the last character did not fit.
func (e *SecretEntry) Full() bool { return e.full }

// Take hands over what was typed and empties the field.
func (e *SecretEntry) Take() (*secret.Bytes, error) {
	out, err := e.typed.Take()
	if err == nil {
		e.changed(0, false)
	}
	return out, err
}

// Clear wipes what was typed.
func (e *SecretEntry) Clear() error {
	err := e.typed.Clear()
	e.changed(0, false)
	return err
}

// Wipe ends the typing and gives the memory back. It must be called when the field is taken away; it may be called again.
func (e *SecretEntry) Wipe() {
	e.typed.Wipe()
	e.dots, e.full, e.OnChanged, e.OnSubmitted = 0, false, nil, nil
	e.Refresh()
}

func (e *SecretEntry) changed(dots int, full bool) {
	e.dots, e.full = dots, full
	e.Refresh()
	if e.OnChanged != nil {
		e.OnChanged(e.typed.Len())
	}
}

// TypedRune implements fyne.Focusable.
func (e *SecretEntry) TypedRune(r rune) {
	stirred(e)
	if e.typed.PushRune(r) != nil {
		e.changed(e.dots, true)
		return
	}
	e.changed(e.dots+1, false)
}

// TypedKey implements fyne.Focusable.
func (e *SecretEntry) TypedKey(k *fyne.KeyEvent) {
	switch {
	case k.Name == fyne.KeyBackspace && e.dots > 0:
		e.typed.Backspace()
		e.changed(e.dots-1, false)
	case enter(k) && e.OnSubmitted != nil:
		e.OnSubmitted()
	case enter(k) || windowKey(k):
		forward(e, k)
	}
}

// FocusGained implements fyne.Focusable.
func (e *SecretEntry) FocusGained() { e.focused = true; e.Refresh() }

// FocusLost implements fyne.Focusable. What was typed stays until it is taken or wiped.
func (e *SecretEntry) FocusLost() { e.focused = false; e.Refresh() }

// Tapped implements fyne.Tappable.
func (e *SecretEntry) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(e); c != nil {
		c.Focus(e)
	}
}

// Ask gives the field the focus.
func (e *SecretEntry) Ask() { e.Tapped(nil) }

// Cursor implements desktop.Cursorable.
func (e *SecretEntry) Cursor() desktop.Cursor { return desktop.TextCursor }

// AccessibilityLabel implements fyne.Accessible.
func (e *SecretEntry) AccessibilityLabel() string { return e.Name }

// AccessibilityRole implements fyne.Accessible.
func (e *SecretEntry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (e *SecretEntry) CreateRenderer() fyne.WidgetRenderer {
	r := &secretRenderer{entry: e, box: canvas.NewRectangle(nil), caret: canvas.NewRectangle(nil)}
	for range shownDots {
		r.dots = append(r.dots, canvas.NewCircle(color.Transparent))
	}
	r.Refresh()
	return r
}

type secretRenderer struct {
	entry      *SecretEntry
	box, caret *canvas.Rectangle
	dots       []*canvas.Circle
}

const (
	dotEdge float32 = 9
	dotStep float32 = 14
)

// Layout implements fyne.WidgetRenderer.
func (r *secretRenderer) Layout(s fyne.Size) {
	r.box.Resize(s)
	room := max(0, int((s.Width-2*look.SpaceBase)/dotStep))
	n := min(r.entry.dots, room, len(r.dots))
	for i, d := range r.dots {
		d.Resize(fyne.NewSquareSize(dotEdge))
		d.Move(fyne.NewPos(look.SpaceBase+float32(i)*dotStep, (s.Height-dotEdge)/2))
		d.Hidden = i >= n
	}
	r.caret.Resize(fyne.NewSize(2, s.Height-2*look.SpaceSmall))
	r.caret.Move(fyne.NewPos(look.SpaceBase+float32(n)*dotStep, look.SpaceSmall))
}

// MinSize implements fyne.WidgetRenderer.
func (r *secretRenderer) MinSize() fyne.Size {
	return fyne.NewSize(8*dotStep+2*look.SpaceBase, look.IconBase+2*look.SpaceSmall)
}

// Refresh implements fyne.WidgetRenderer.
func (r *secretRenderer) Refresh() {
	r.box.FillColor, r.box.CornerRadius = theme.Color(look.Field), look.Radius
	r.box.StrokeColor, r.box.StrokeWidth = theme.Color(look.Border), 1
	if r.entry.focused {
		r.box.StrokeColor, r.box.StrokeWidth = theme.Color(look.Accent), look.Ring
	}
	r.caret.FillColor = theme.Color(look.Accent)
	r.caret.Hidden = !r.entry.focused
	for _, d := range r.dots {
		d.FillColor = theme.Color(look.Text)
	}
	r.Layout(r.entry.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// Objects implements fyne.WidgetRenderer.
func (r *secretRenderer) Objects() []fyne.CanvasObject {
	list := []fyne.CanvasObject{r.box}
	for _, d := range r.dots {
		list = append(list, d)
	}
	return append(list, r.caret)
}

// Destroy implements fyne.WidgetRenderer.
func (r *secretRenderer) Destroy() {}
