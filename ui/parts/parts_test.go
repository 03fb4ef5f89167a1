package parts

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/internal/secret"
	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// inWindow puts an object into a window of the smallest size, in the wallet's theme.
func inWindow(t *testing.T, o fyne.CanvasObject) fyne.Window {
	t.Helper()
	if err := translations.Load(); err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(look.NewTheme(look.Light))
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(look.WindowWidth, look.WindowHeight))
	return w
}

// at is the place of an object on the window.
func at(o fyne.CanvasObject) fyne.Position {
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
}

// texts are the words in an object that can be seen.
func texts(o fyne.CanvasObject) string {
	var b strings.Builder
	for _, inner := range test.LaidOutObjects(o) {
		if text, ok := inner.(*canvas.Text); ok && inner.Visible() {
			b.WriteString(text.Text + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestWordsBeginWhereButtonsBegin(t *testing.T) {
	words, button := Say("words that are said"), NewButton("act", "", Plain, nil)
	column := Column(look.SpaceBase, words, Row(0, button), Say(strings.Repeat("many words ", 100)), Line("last"))
	w := inWindow(t, column)
	if x := at(words).X + 8; x != at(button).X {
		t.Errorf("words at %v, button at %v", x, at(button).X)
	}
	if gap := at(button).Y - (at(words).Y + words.Size().Height - 8); gap != look.SpaceBase {
		t.Errorf("%v between words and button", gap)
	}
	last := column.Objects[3]
	many := column.Objects[2]
	if at(last).Y+8 < at(many).Y+many.MinSize().Height-8 {
		t.Error("words that wrap run into the next ones")
	}
	w.Resize(fyne.NewSize(400, 640))
	if at(last).Y+8 < at(many).Y+many.MinSize().Height-8 {
		t.Error("in a narrow window they do")
	}
}

func TestFrameReadsInOrder(t *testing.T) {
	var buttons []*Button
	for _, name := range []string{"top", "left", "centre", "right", "bottom"} {
		buttons = append(buttons, NewButton(name, "", Plain, nil))
	}
	w := inWindow(t, Frame(buttons[0], buttons[1], buttons[2], buttons[3], buttons[4]))
	for _, want := range buttons {
		w.Canvas().FocusNext()
		if w.Canvas().Focused() != fyne.Focusable(want) {
			t.Fatalf("the focus is on %v, not on %q", w.Canvas().Focused(), want.Words())
		}
	}
	if at(buttons[4]).Y < at(buttons[2]).Y || at(buttons[3]).X < at(buttons[2]).X || at(buttons[1]).X > at(buttons[2]).X {
		t.Error("the frame is out of place")
	}
}

func TestButton(t *testing.T) {
	pressed := 0
	b := NewButton("act", "add", Primary, func() { pressed++ })
	w := inWindow(t, Row(0, b))
	test.Tap(b)
	w.Canvas().Focus(b)
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if pressed != 4 {
		t.Errorf("pressed %d times", pressed)
	}
	b.SetEnabled(false)
	test.Tap(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pressed != 4 {
		t.Error("a disabled button acts")
	}
	seen := map[string]bool{}
	for rank := Plain; rank <= Quietly; rank++ {
		for state := range 4 {
			b := NewButton("act", "add", rank, func() {})
			b.hovered, b.selected = state == 1, state == 2
			b.SetEnabled(state != 3)
			ground, ink := b.colors()
			seen[fmt.Sprint(rank, state, ground, ink)] = true
			if ground == ink {
				t.Errorf("rank %d, state %d: %s on itself", rank, state, ink)
			}
			paired(t, ink, ground)
		}
	}
	if len(seen) != 16 {
		t.Errorf("%d states", len(seen))
	}
}

// paired fails for colours whose contrast nobody measures.
func paired(t *testing.T, ink, ground fyne.ThemeColorName) {
	t.Helper()
	if ground == "" {
		ground = look.Page
	}
	for _, p := range look.Pairs() {
		if p.On == ink && p.Under == ground {
			return
		}
	}
	t.Errorf("%s on %s: nobody measures it", ink, ground)
}

func TestFocusIsSeen(t *testing.T) {
	b := NewButton("act", "", Plain, nil)
	w := inWindow(t, Row(0, b))
	before := test.RenderObjectToMarkup(b)
	w.Canvas().Focus(b)
	if test.RenderObjectToMarkup(b) == before {
		t.Error("the focus shows nowhere")
	}
}

func TestDialogs(t *testing.T) {
	under := NewButton("under", "", Plain, nil)
	w := inWindow(t, Row(0, under))
	s := NewDialogs(w.Canvas())
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { s.Key(e) })
	cancelled, confirmed := 0, 0
	d := &Dialog{Title: "title", Body: Say("body"), Cancel: func() { cancelled++ }}
	ok := NewButton("ok", "", Primary, func() { confirmed++ })
	field := NewEntry("hint")
	d.Body = Column(look.SpaceBase, Say("body"), field)
	d.Buttons, d.Default, d.Focus = []*Button{NewButton("no", "", Plain, s.Close), ok}, ok, field
	s.Show(d)
	if w.Canvas().Focused() != fyne.Focusable(field) {
		t.Errorf("the focus is on %v", w.Canvas().Focused())
	}
	for range 3 { // the toolkit measures and refreshes when it likes
		d.overlay.Refresh()
		d.overlay.MinSize()
		wanted(d.overlay, look.Dialog)
	}
	if at(ok).Y < at(field).Y+field.Size().Height || at(ok).X < 512 {
		t.Errorf("the button is at %v, the field at %v", at(ok), at(field))
	}
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if confirmed != 1 {
		t.Error("Enter in a field does not confirm")
	}
	for range 10 { // the focus never leaves the dialog
		w.Canvas().FocusNext()
		if w.Canvas().Focused() == fyne.Focusable(under) {
			t.Fatal("what is under the dialog has the focus")
		}
	}
	test.TapCanvas(w.Canvas(), at(under).AddXY(5, 5))
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if cancelled != 1 || s.Covered() || s.Top() != nil {
		t.Error("Escape closes nothing")
	}
	s.Show(d)
	d.Firm = true
	s.Key(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if !s.Covered() {
		t.Error("Escape closed what must be answered")
	}
	s.Show(&Dialog{Title: "above", Body: Say("x")})
	s.Clear()
	if s.Covered() || s.Top() != nil || cancelled != 2 {
		t.Errorf("something is left; %d cancelled", cancelled)
	}
	s.Clear()
}

func TestTallDialogScrolls(t *testing.T) {
	w := inWindow(t, Line("x"))
	s := NewDialogs(w.Canvas())
	ok := NewButton("ok", "", Primary, nil)
	s.Show(&Dialog{Title: "title", Body: Say(strings.Repeat("many words ", 1000)), Buttons: []*Button{ok}})
	if y := at(ok).Y + ok.Size().Height; y > look.WindowHeight {
		t.Errorf("the button ends at %v", y)
	}
}

func TestSecretEntry(t *testing.T) {
	before := secret.Live()
	e, err := NewSecretEntry(8)
	if err != nil {
		t.Fatal(err)
	}
	w := inWindow(t, e)
	var told []int
	e.OnChanged = func(n int) { told = append(told, n) }
	w.Canvas().Focus(e)
	test.Type(e, "123456789")
	if e.Len() != 8 || !e.Full() {
		t.Errorf("%d bytes, full %v", e.Len(), e.Full())
	}
	if markup := test.RenderObjectToMarkup(e); strings.Contains(markup, "<text") || strings.Count(markup, "<circle") != 8 {
		t.Errorf("it draws %s", markup)
	}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	if _, takes := any(e).(fyne.Shortcutable); takes {
		t.Error("it takes shortcuts, so it could be pasted into or copied from")
	}
	got, err := e.Take()
	if err != nil || got.Len() != 7 || e.Len() != 0 {
		t.Errorf("%v, %d bytes, %d left", err, got.Len(), e.Len())
	}
	got.Destroy()
	if _, err := e.Take(); err == nil {
		t.Error("nothing was taken twice")
	}
	test.Type(e, "äö")
	if e.dots != 2 || e.Len() != 4 {
		t.Errorf("%d dots for %d bytes", e.dots, e.Len())
	}
	if err := e.Clear(); err != nil || e.Len() != 0 {
		t.Error(err)
	}
	test.Type(e, "12")
	e.Wipe()
	e.Wipe()
	test.Type(e, "3")
	if after := secret.Live(); after != before || e.Len() != 0 {
		t.Errorf("%d secrets live, %d before; %d bytes", after, before, e.Len())
	}
	if told[len(told)-1] != 2 {
		t.Errorf("told %v", told)
	}
}

func TestSecretWord(t *testing.T) {
	s := NewSecretWord()
	inWindow(t, s)
	word := []byte("abandon")
	s.Set(word)
	clear(word)
	if got := strings.ReplaceAll(texts(s), " ", ""); got != "abandon" {
		t.Errorf("it shows %q", got)
	}
	for _, cell := range s.cells {
		if len(cell.Text) > 1 {
			t.Errorf("%q is drawn as one text", cell.Text)
		}
	}
	s.Set([]byte("zoo"))
	if got := strings.ReplaceAll(texts(s), " ", ""); got != "zoo" {
		t.Errorf("it shows %q", got)
	}
	s.Wipe()
	if got := texts(s); got != "" {
		t.Errorf("%q is left", got)
	}
}

// TestHugeListIsCheap holds that a list of 100,000 rows makes widgets for those that can be seen and no others.
func TestHugeListIsCheap(t *testing.T) {
	const rows = 100_000
	made, opened := 0, -1
	l := NewList(func() int { return rows }, func() fyne.CanvasObject { made++; return Short("") }, func(at int, o fyne.CanvasObject) {
		if l, ok := o.(*widget.Label); ok {
			l.SetText(fmt.Sprint("row ", at))
		}
	}, func(at int) { opened = at })
	w := inWindow(t, l)
	for range 50 {
		l.ScrollToOffset(l.GetScrollOffset() + 70_000)
	}
	if made > rows/100 { // those that leave are used again; the race detector drops some of them
		t.Errorf("%d rows were made", made)
	}
	w.Canvas().Focus(l)
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if !strings.Contains(texts(l), fmt.Sprint("row ", rows-1)) {
		t.Errorf("the end shows %q", texts(l))
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if opened != rows-1 {
		t.Errorf("row %d was opened", opened)
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if opened != 1 {
		t.Errorf("row %d was opened", opened)
	}
	l.Select(7)
	if opened != 7 {
		t.Errorf("row %d was opened", opened)
	}
	opened = -1
	l.Select(7)
	if opened != 7 {
		t.Error("a row opens only once")
	}
}

func TestClipExpires(t *testing.T) {
	inWindow(t, Line(""))
	board := fyne.CurrentApp().Clipboard()
	var later []func()
	clip := NewClip(board, func(d time.Duration, fn func()) func() {
		at := len(later)
		later = append(later, fn)
		return func() { later[at] = func() {} }
	})
	o := Copyable("did:key:z6Mk", clip)
	for _, inner := range test.LaidOutObjects(o) {
		if b, ok := inner.(*Button); ok {
			test.Tap(b)
		}
	}
	if board.Content() != "did:key:z6Mk" || !strings.Contains(texts(o), "60") {
		t.Errorf("the clipboard holds %q; %q", board.Content(), texts(o))
	}
	clip.Copy("second")
	later[0]()
	if board.Content() != "second" {
		t.Error("an older copy's end took the newer one")
	}
	later[1]()
	if board.Content() != "" {
		t.Error("a copy stays")
	}
	clip.Copy("third")
	board.SetContent("somebody else's")
	clip.Wipe()
	if board.Content() != "somebody else's" {
		t.Error("what another program copied was taken away")
	}
}

func TestProgress(t *testing.T) {
	cancelled := 0
	p := NewProgress("work", func() { cancelled++ })
	inWindow(t, p)
	p.At("", 0, 0)
	if p.Words() != "work" || p.bar.Visible() {
		t.Errorf("%q", p.Words())
	}
	p.At("step", 1, 4)
	if p.Words() != "work: step: 1 of 4" || !p.bar.Visible() || p.bar.part != 0.25 {
		t.Errorf("%q, %v", p.Words(), p.bar.part)
	}
	p.At("", 7, 0)
	if p.Words() != "work: 7" || p.bar.Visible() {
		t.Errorf("%q", p.Words())
	}
	test.Tap(p.CancelButton())
	test.Tap(p.CancelButton())
	p.At("", 9, 10)
	if cancelled != 1 || !strings.Contains(p.Words(), "stopping") {
		t.Errorf("cancelled %d times; %q", cancelled, p.Words())
	}
}

func TestFailureAndConfirm(t *testing.T) {
	w := inWindow(t, Line(""))
	s := NewDialogs(w.Canvas())
	x := app.Explain(errors.New("odd"))
	done := 0
	s.Show(FailureDialog(x, &Remedy{"mend", func() { done++ }}, s.Hide))
	for _, words := range []string{x.What, x.Safe, x.Now} {
		if !strings.Contains(texts(s.Top().overlay), words) {
			t.Errorf("%q does not show", words)
		}
	}
	s.Top().Buttons[1].Press()
	if done != 1 || s.Covered() {
		t.Error("the remedy did not come")
	}
	for _, danger := range []bool{false, true} {
		done = 0
		s.Show(ConfirmDialog("sure?", "words", "act", danger, s.Hide, func() { done++ }))
		w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if s.Covered() || (done == 1) == danger {
			t.Errorf("danger %v: Enter did it %d times", danger, done)
		}
	}
}

func TestWizard(t *testing.T) {
	inWindow(t, Line("")) // the theme is there before the first words are measured
	ready, left, done, cancelled := false, 0, 0, 0
	var ahead func()
	steps := []WizardStep{
		{Title: "one", Build: func() (fyne.CanvasObject, fyne.Focusable) { return Line("1"), nil }, Ready: func() bool { return ready }},
		{Title: "two", Lead: "lead", Build: func() (fyne.CanvasObject, fyne.Focusable) { return Line("2"), nil }, Leave: func(on func()) { left++; ahead = on }},
		{Title: "three", Next: "finish", NoWay: true, Build: func() (fyne.CanvasObject, fyne.Focusable) { return Line("3"), nil }},
	}
	var focused []fyne.Focusable
	wz := NewWizard(steps, func(f fyne.Focusable) { focused = append(focused, f) }, func() { cancelled++ }, func() { done++ })
	inWindow(t, wz.Object)
	back, next := wz.Buttons()
	if !next.Disabled() || !back.Disabled() {
		t.Error("one can go on, or back")
	}
	wz.Next()
	ready = true
	wz.Check()
	test.Tap(next)
	if wz.at != 1 || !strings.Contains(texts(wz.Object), "2 of 3") {
		t.Fatalf("step %d: %q", wz.at, texts(wz.Object))
	}
	test.Tap(back)
	test.Tap(next)
	test.Tap(next)
	late := ahead
	test.Tap(back)
	late() // work of a step that was left ends
	if wz.at != 0 || left != 1 {
		t.Errorf("step %d, left %d", wz.at, left)
	}
	test.Tap(next)
	test.Tap(next)
	ahead()
	ahead() // twice is once
	if wz.at != 2 || !back.Disabled() || next.Words() != "finish" {
		t.Errorf("step %d", wz.at)
	}
	wz.Back()
	test.Tap(next)
	if wz.at != 2 || done != 1 || len(focused) == 0 {
		t.Errorf("step %d, done %d", wz.at, done)
	}
}

func TestEmptyTeaches(t *testing.T) {
	pressed := 0
	o, b := Empty("identities", "words", "act", func() { pressed++ })
	inWindow(t, o)
	test.Tap(b)
	if pressed != 1 || !strings.Contains(texts(o), "words") {
		t.Errorf("%q", texts(o))
	}
}

// TestNothingMovesByItself holds that no prompt animates: a picture that moves costs a core where drawing is done in software.
func TestNothingMovesByItself(t *testing.T) {
	touch := NewTouch(TouchFacts{Act: "a", Identity: "i", Key: "k", Requester: "r", Number: 1, Of: 2}, func(*Dialog) {}, func() {})
	w := inWindow(t, touch.Body)
	touch.Left(90 * time.Second)
	if !strings.Contains(texts(touch.Body), "90 more") {
		t.Errorf("%q", texts(touch.Body))
	}
	first := test.RenderToMarkup(w.Canvas())
	if second := test.RenderToMarkup(w.Canvas()); first != second {
		t.Error("it changes")
	}
	touch.Left(0)
	if !strings.Contains(texts(touch.Body), "may have stopped") {
		t.Errorf("%q", texts(touch.Body))
	}
}

// TestMarkup holds what the parts draw to what they drew before; a change is looked at, then taken over from testdata/failed.
func TestMarkup(t *testing.T) {
	notice := Notice(Warns, "what is so", "remedy", func() {})
	failure := Failure(app.Explanation{What: "what happened", Safe: "what is safe", Now: "what to do"}, &Remedy{"mend", func() {}})
	for name, o := range map[string]fyne.CanvasObject{"notice": notice, "failure": failure, "fact": Fact("name", "value"), "button": Row(0, NewButton("act", "add", Primary, nil))} {
		t.Run(name, func(t *testing.T) {
			w := inWindow(t, Column(0, o))
			w.Resize(fyne.NewSize(600, 300))
			test.AssertRendersToMarkup(t, name+".xml", w.Canvas())
		})
	}
}

func TestKeysOfTheWindowPassFields(t *testing.T) {
	e := NewEntry("hint")
	c := NewCheck("words", func(bool) {})
	ch := NewChoice([]string{"a", "b"}, 0, func(int) {})
	w := inWindow(t, Column(0, e, c, ch))
	var got []fyne.KeyName
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { got = append(got, k.Name) })
	for _, f := range []fyne.Focusable{e, c, ch} {
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
	}
	if len(got) != 6 {
		t.Errorf("%v", got)
	}
	e.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyL, Modifier: fyne.KeyModifierControl}) // no text, no panic
	test.Type(e, "typed")
	e.TypedShortcut(&fyne.ShortcutSelectAll{})
	if e.SelectedText() != "typed" {
		t.Error("the field's own shortcuts are lost")
	}
}
