package parts

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/ui/look"
)

// TestRadioByKeyboard chooses with the arrows; the Tab key stops once, and Escape is the window's.
func TestRadioByKeyboard(t *testing.T) {
	var chosen []int
	r := NewRadio([]string{"one", "two", "three"}, 0, func(at int) { chosen = append(chosen, at) })
	after := NewButton("after", "", Plain, nil)
	w := inWindow(t, Column(look.SpaceSmall, r, after))
	var passed []fyne.KeyName
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { passed = append(passed, k.Name) })
	w.Canvas().FocusNext()
	if w.Canvas().Focused() != fyne.Focusable(r) {
		t.Fatalf("focus on %T", w.Canvas().Focused())
	}
	for _, k := range []fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeyRight, fyne.KeyDown, fyne.KeyLeft, fyne.KeySpace, fyne.KeyEscape, fyne.KeyF1} {
		r.TypedKey(&fyne.KeyEvent{Name: k})
	}
	if !slices.Equal(chosen, []int{1, 2, 1}) || r.Selected() != "two" {
		t.Errorf("chosen %v, %q", chosen, r.Selected())
	}
	passed = slices.DeleteFunc(passed, func(k fyne.KeyName) bool { return k == Stirred })
	if !slices.Equal(passed, []fyne.KeyName{fyne.KeyEscape, fyne.KeyF1}) {
		t.Errorf("passed on: %v", passed)
	}
	w.Canvas().FocusNext()
	if w.Canvas().Focused() != fyne.Focusable(after) {
		t.Error("the group is more than one stop")
	}
}

// TestRadioByMouse clicks on choices under and beside each other.
func TestRadioByMouse(t *testing.T) {
	for _, horizontal := range []bool{false, true} {
		chosen := -1
		r := NewRadio([]string{"one", "two", "three"}, 0, func(at int) { chosen = at })
		r.Horizontal = horizontal
		w := inWindow(t, Column(0, r))
		test.TapAt(r, r.places()[2].AddXY(10, 10))
		if chosen != 2 || w.Canvas().Focused() != fyne.Focusable(r) {
			t.Errorf("horizontal %v: chosen %d", horizontal, chosen)
		}
		chosen = -1
		test.TapAt(r, r.places()[2].AddXY(10, 10))
		r.SetSelected("no such choice")
		if chosen != -1 {
			t.Error("told although nothing changed")
		}
		if s := r.MinSize(); horizontal == (s.Height > s.Width) {
			t.Errorf("horizontal %v is %v", horizontal, s)
		}
	}
}

// TestEnterShowsTheChoices opens a list with Enter, and passes what the field has no use for on to the window.
func TestEnterShowsTheChoices(t *testing.T) {
	c := NewChoice([]string{"one", "two"}, 0, func(int) {})
	w := inWindow(t, Column(0, c))
	var passed []fyne.KeyName
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { passed = append(passed, k.Name) })
	w.Canvas().Focus(c)
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	if !slices.Equal(passed, []fyne.KeyName{fyne.KeyPageDown}) {
		t.Errorf("passed on: %v", passed)
	}
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if w.Canvas().Overlays().Top() == nil || texts(w.Canvas().Overlays().Top()) != "one two" {
		t.Error("the choices do not show")
	}
}
