package secret

import (
	"strings"
	"testing"
)

func typing(t *testing.T, max int) *Typed {
	t.Helper()
	typed, err := NewTyped(max)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(typed.Wipe)
	return typed
}

func TestTypedGrowsShrinksAndHandsOver(t *testing.T) {
	typed := typing(t, 8)
	for _, r := range "12é" {
		if err := typed.PushRune(r); err != nil {
			t.Fatal(err)
		}
	}
	typed.Backspace()
	if err := typed.Push('3', '4'); err != nil || typed.Len() != 4 {
		t.Fatalf("%d bytes, %v", typed.Len(), err)
	}
	if err := typed.Push([]byte("56789")...); err == nil || typed.Len() != 4 {
		t.Errorf("9 bytes in a room of 8: %v, now %d", err, typed.Len())
	}
	pin, err := typed.Take()
	if err != nil {
		t.Fatal(err)
	}
	defer pin.Destroy()
	if string(content(t, pin)) != "1234" || typed.Len() != 0 {
		t.Errorf("took %q, %d left", content(t, pin), typed.Len())
	}
	if _, err := typed.Take(); err == nil {
		t.Error("took a second time what was typed once")
	}
	if left := strings.Trim(string(content(t, typed.room)), "\x00"); left != "" {
		t.Errorf("%q stays behind", left)
	}
}

func TestBackspaceWipesWhatItTakes(t *testing.T) {
	typed := typing(t, 4)
	if err := typed.Push('9'); err != nil {
		t.Fatal(err)
	}
	typed.Backspace()
	typed.Backspace()
	if got := content(t, typed.room)[0]; got != 0 {
		t.Errorf("%q stays behind", got)
	}
}

func TestWipedTypedRefuses(t *testing.T) {
	typed := typing(t, 4)
	typed.Wipe()
	typed.Wipe()
	if err := typed.Push('1'); err == nil || typed.Len() != 0 {
		t.Errorf("typing after Wipe: %v", err)
	}
	(*Typed)(nil).Wipe()
}
