package parts

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/internal/secret"
	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// maxLetters is the length of the longest recovery word (BIP-39, English).
const maxLetters = 8

// WordEntry is where a person types one recovery word. The letters stand in an array of fixed size and are drawn one by one from the alphabet, so that
// the word never is a string. Nothing can be pasted: the clipboard is a string that other programs read.
type WordEntry struct {
	widget.BaseWidget
	OnChanged func() // a letter came or went
	OnNext    func() // the word is done: space or Enter
	OnBack    func() // backspace in an empty field
	OnPaste   func() // somebody tried to paste

	number  int
	known   func(letters []byte) bool
	letters [maxLetters]byte
	n       int
	wrong   bool // what was typed is no word of the list
	focused bool
}

var (
	_ fyne.Focusable     = (*WordEntry)(nil)
	_ fyne.Tappable      = (*WordEntry)(nil)
	_ fyne.Shortcutable  = (*WordEntry)(nil)
	_ desktop.Cursorable = (*WordEntry)(nil)
	_ fyne.Accessible    = (*WordEntry)(nil)
)

// NewWordEntry makes the field of the word with this number, from 1. known reports whether letters are a word, and keeps nothing of them.
func NewWordEntry(number int, known func(letters []byte) bool) *WordEntry {
	e := &WordEntry{number: number, known: known}
	e.ExtendBaseWidget(e)
	return e
}

// Len is the number of letters typed.
func (e *WordEntry) Len() int { return e.n }

// Wrong reports whether the field was left with something that is no word.
func (e *WordEntry) Wrong() bool { return e.wrong }

// Check looks whether what was typed is a word, and marks it where it is none.
func (e *WordEntry) Check() bool {
	e.wrong = e.n > 0 && !e.known(e.letters[:e.n])
	e.Refresh()
	return e.n > 0 && !e.wrong
}

// Take hands the word over and empties the field.
func (e *WordEntry) Take() (*secret.Bytes, error) {
	defer e.Wipe()
	return Sentence([]*WordEntry{e})
}

// Wipe empties the field.
func (e *WordEntry) Wipe() {
	clear(e.letters[:])
	e.n, e.wrong = 0, false
	e.Refresh()
}

// Sentence puts the words of fields into locked memory, one space between. The fields keep theirs.
func Sentence(fields []*WordEntry) (*secret.Bytes, error) {
	typed, err := secret.NewTyped(len(fields) * (maxLetters + 1))
	if err != nil {
		return nil, err
	}
	defer typed.Wipe()
	for i, e := range fields {
		if i > 0 {
			if err := typed.Push(' '); err != nil {
				return nil, err
			}
		}
		if err := typed.Push(e.letters[:e.n]...); err != nil {
			return nil, err
		}
	}
	return typed.Take()
}

func (e *WordEntry) changed() {
	stirred(e)
	e.wrong = false
	e.Refresh()
	if e.OnChanged != nil {
		e.OnChanged()
	}
}

// TypedRune implements fyne.Focusable. Only letters are taken; a space ends the word.
func (e *WordEntry) TypedRune(r rune) {
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	switch {
	case r == ' ' && e.n > 0 && e.OnNext != nil:
		e.OnNext()
	case r >= 'a' && r <= 'z' && e.n < maxLetters:
		e.letters[e.n] = byte(r)
		e.n++
		e.changed()
	}
}

// TypedKey implements fyne.Focusable.
func (e *WordEntry) TypedKey(k *fyne.KeyEvent) {
	switch {
	case k.Name == fyne.KeyBackspace && e.n > 0:
		e.n--
		e.letters[e.n] = 0
		e.changed()
	case k.Name == fyne.KeyBackspace && e.OnBack != nil:
		e.OnBack()
	case enter(k) && e.OnNext != nil:
		e.OnNext()
	case enter(k) || windowKey(k):
		forward(e, k)
	}
}

// TypedShortcut implements fyne.Shortcutable: paste is refused, and what is the window's stays the window's.
func (e *WordEntry) TypedShortcut(s fyne.Shortcut) {
	if _, paste := s.(*fyne.ShortcutPaste); paste {
		if e.OnPaste != nil {
			e.OnPaste()
		}
		return
	}
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(e).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// FocusGained implements fyne.Focusable.
func (e *WordEntry) FocusGained() { e.focused = true; e.Refresh() }

// FocusLost implements fyne.Focusable.
func (e *WordEntry) FocusLost() {
	e.focused = false
	e.Check()
}

// Tapped implements fyne.Tappable.
func (e *WordEntry) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(e); c != nil {
		c.Focus(e)
	}
}

// Cursor implements desktop.Cursorable.
func (e *WordEntry) Cursor() desktop.Cursor { return desktop.TextCursor }

// AccessibilityLabel implements fyne.Accessible.
func (e *WordEntry) AccessibilityLabel() string {
	return translations.T("part.word", "n", e.number)
}

// AccessibilityRole implements fyne.Accessible.
func (e *WordEntry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (e *WordEntry) CreateRenderer() fyne.WidgetRenderer {
	r := &wordEntryRenderer{entry: e, box: canvas.NewRectangle(nil), caret: canvas.NewRectangle(nil), number: canvas.NewText(strconv.Itoa(e.number), nil), sign: canvas.NewImageFromResource(nil)}
	r.sign.FillMode = canvas.ImageFillContain
	r.number.TextSize = look.TypeSmall
	for i := range r.cells {
		r.cells[i] = canvas.NewText("", nil)
		r.cells[i].TextStyle.Monospace = true
		r.cells[i].TextSize = look.TypeLead
	}
	r.Refresh()
	return r
}

type wordEntryRenderer struct {
	entry      *WordEntry
	box, caret *canvas.Rectangle
	number     *canvas.Text
	sign       *canvas.Image // beside what is no word
	cells      [maxLetters]*canvas.Text
}

// numberWidth is the room for two digits.
const numberWidth float32 = 22

func (r *wordEntryRenderer) step() fyne.Size {
	return fyne.MeasureText(letters[:1], look.TypeLead, fyne.TextStyle{Monospace: true})
}

// Layout implements fyne.WidgetRenderer.
func (r *wordEntryRenderer) Layout(s fyne.Size) {
	r.box.Resize(s)
	number, step := r.number.MinSize(), r.step()
	r.number.Resize(number)
	r.number.Move(fyne.NewPos(look.SpaceSmall, (s.Height-number.Height)/2))
	from := look.SpaceSmall + numberWidth
	for i, c := range r.cells {
		c.Move(fyne.NewPos(from+float32(i)*step.Width, (s.Height-step.Height)/2))
		c.Resize(step)
	}
	r.caret.Resize(fyne.NewSize(2, s.Height-2*look.SpaceSmall))
	r.caret.Move(fyne.NewPos(from+float32(r.entry.n)*step.Width, look.SpaceSmall))
	r.sign.Resize(fyne.NewSquareSize(look.SpaceWide))
	r.sign.Move(fyne.NewPos(s.Width-look.SpaceWide-look.SpaceTiny, (s.Height-look.SpaceWide)/2))
}

// MinSize implements fyne.WidgetRenderer.
func (r *wordEntryRenderer) MinSize() fyne.Size {
	step := r.step()
	return fyne.NewSize(look.SpaceSmall+numberWidth+maxLetters*step.Width+look.SpaceTiny+look.SpaceWide+look.SpaceTiny, look.IconBase+2*look.SpaceSmall)
}

// Refresh implements fyne.WidgetRenderer.
func (r *wordEntryRenderer) Refresh() {
	e := r.entry
	r.box.FillColor, r.box.CornerRadius = theme.Color(look.Field), look.Radius
	r.box.StrokeColor, r.box.StrokeWidth = theme.Color(look.Border), 1
	switch {
	case e.focused:
		r.box.StrokeColor, r.box.StrokeWidth = theme.Color(look.Accent), look.Ring
	case e.wrong:
		r.box.StrokeColor, r.box.StrokeWidth = theme.Color(look.Bad), look.Ring
	}
	r.number.Color = theme.Color(look.Muted)
	r.caret.FillColor, r.caret.Hidden = theme.Color(look.Accent), !e.focused
	r.sign.Resource, r.sign.Hidden = look.IconIn("error", look.Bad), !e.wrong
	for i, c := range r.cells {
		c.Text, c.Color = "", theme.Color(look.Text)
		if i < e.n {
			at := int(e.letters[i] - 'a')
			c.Text = letters[at : at+1]
		}
	}
	r.Layout(e.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// Objects implements fyne.WidgetRenderer.
func (r *wordEntryRenderer) Objects() []fyne.CanvasObject {
	list := []fyne.CanvasObject{r.box, r.number}
	for _, c := range r.cells {
		list = append(list, c)
	}
	return append(list, r.caret, r.sign)
}

// Destroy implements fyne.WidgetRenderer. The toolkit calls it for what has not been seen for a while, such as the fields of another step: what was
// typed stays until whoever shows the field wipes it.
func (r *wordEntryRenderer) Destroy() {}
