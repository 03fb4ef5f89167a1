package parts

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/internal/secret"
)

// joined are the words of an object without spaces between letters.
func joined(o fyne.CanvasObject) string { return strings.ReplaceAll(texts(o), " ", "") }

func holds(t *testing.T, s *secret.Bytes, want string) bool {
	t.Helper()
	w, err := secret.Move([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Destroy()
	return s.Equal(w)
}

func TestWordEntry(t *testing.T) {
	before := secret.Live()
	e := NewWordEntry(7, app.KnownWord)
	w := inWindow(t, Column(0, e))
	changes, next, back, paste := 0, 0, 0, 0
	e.OnChanged, e.OnNext, e.OnBack, e.OnPaste = func() { changes++ }, func() { next++ }, func() { back++ }, func() { paste++ }
	w.Canvas().Focus(e)
	test.Type(e, "Abändön!3 ")
	if joined(e) != "7abndn" || e.Len() != 5 || changes != 5 || next != 1 {
		t.Errorf("%q, %d letters, %d changes, %d next", joined(e), e.Len(), changes, next)
	}
	w.Canvas().Unfocus()
	if !e.Wrong() {
		t.Error("it takes what is no word for one")
	}
	w.Canvas().Focus(e)
	for range 6 {
		e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	}
	if e.Len() != 0 || back != 1 || e.Wrong() {
		t.Errorf("%d letters, %d back", e.Len(), back)
	}
	fyne.CurrentApp().Clipboard().SetContent("abandon")
	e.TypedShortcut(&fyne.ShortcutPaste{Clipboard: fyne.CurrentApp().Clipboard()})
	if e.Len() != 0 || paste != 1 {
		t.Errorf("%d letters were pasted, %d told", e.Len(), paste)
	}
	test.Type(e, "abandonment")
	if e.Len() != 8 || e.Check() {
		t.Errorf("%d letters", e.Len())
	}
	e.Wipe()
	test.Type(e, "abandon")
	for _, o := range test.LaidOutObjects(e) {
		if strings.Contains(texts(o), "abandon") {
			t.Errorf("%q is drawn as one text", texts(o))
		}
	}
	got, err := e.Take()
	if err != nil || !holds(t, got, "abandon") || e.Len() != 0 || joined(e) != "7" {
		t.Errorf("%v, %q is left", err, joined(e))
	}
	got.Destroy()
	if e.letters != [maxLetters]byte{} {
		t.Error("letters are left in the field")
	}
	if _, err := e.Take(); err == nil {
		t.Error("an empty field gives a word")
	}
	if after := secret.Live(); after != before {
		t.Errorf("%d secrets live, %d before", after, before)
	}
}

func TestSentence(t *testing.T) {
	var fields []*WordEntry
	for i, word := range []string{"zoo", "abandon", "letter"} {
		e := NewWordEntry(i+1, app.KnownWord)
		inWindow(t, e)
		test.Type(e, word)
		fields = append(fields, e)
	}
	got, err := Sentence(fields)
	if err != nil || !holds(t, got, "zoo abandon letter") {
		t.Error(err)
	}
	got.Destroy()
	if fields[0].Len() != 3 {
		t.Error("the fields lost their words")
	}
}

func TestSecretWords(t *testing.T) {
	s := &SecretWords{}
	var words [][]byte
	for range wordCount {
		words = append(words, []byte("abstract"))
	}
	words[6] = []byte("zoo")
	s.Set(words)
	for _, w := range words {
		clear(w)
	}
	first := s.Page(0, 6)
	inWindow(t, first)
	if got := joined(first); got != "1abstract2abstract3abstract4abstract5abstract6abstract" {
		t.Errorf("%q", got)
	}
	second := s.Page(6, 6)
	inWindow(t, second)
	if got := joined(second); !strings.HasPrefix(got, "7zoo8abstract") {
		t.Errorf("%q", got)
	}
	if got := joined(first); got != "123456" {
		t.Errorf("of the page before is left %q", got)
	}
	inWindow(t, s.Page(0, 6))
	if s.shown[0].cells[0].Text != "a" {
		t.Error("going back shows nothing")
	}
	third := s.Page(18, 6)
	inWindow(t, third)
	s.Wipe()
	if got := joined(third); got != "192021222324" || s.words != [wordCount][maxLetters]byte{} {
		t.Errorf("%q is left", got)
	}
}
