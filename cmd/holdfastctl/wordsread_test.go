package main

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"holdfast/app"
)

// The words that are asked back come as numbered lines in any order, or all in order without numbers.
func TestWordsAreAskedBackInBothForms(t *testing.T) {
	for name, text := range map[string]string{
		"numbered": "3 cherry\n7 grape\n1 apple\n", "in order": "apple banana cherry\ndate elder  fig\r\n\tGrape hazel",
	} {
		k := newWordLines(iotest.OneByteReader(strings.NewReader(text)))
		for position, want := range map[int]string{1: "apple", 3: "cherry"} {
			s, err := k.take(t.Context(), strconv.Itoa(position), app.ErrNoWords)
			if err != nil || !is(t, s, want) {
				t.Errorf("%s, %d: %v", name, position, err)
			}
			s.Destroy()
		}
		s, err := k.take(t.Context(), "7", app.ErrNoWords)
		if err != nil || !is(t, s, "grape") {
			t.Errorf("%s, 7: %v", name, err)
		}
		s.Destroy()
		if _, err := k.take(t.Context(), "9", app.ErrNoWords); !errors.Is(err, app.ErrNoWords) {
			t.Errorf("%s, 9: %v", name, err)
		}
		k.destroy()
	}
	k := newWordLines(strings.NewReader(""))
	if _, err := k.take(t.Context(), "1", app.ErrNoWords); !errors.Is(err, app.ErrNoWords) {
		t.Errorf("nothing: %v", err)
	}
}

func TestAllWordsMayBeNumbered(t *testing.T) {
	for _, text := range []string{"apple banana cherry", "1 apple\n2 banana\n3 cherry\n", "1. Apple\r\n2. banana\r\n3.\tcherry"} {
		s, err := readWords(strings.NewReader(text))
		if err != nil || !is(t, s, "apple banana cherry") {
			t.Errorf("%q: %v", text, err)
		}
		s.Destroy()
	}
	for _, text := range []string{"2 apple\n1 banana\n", "1 apple\n1 banana\n", "1 apple 3 banana", "1apple banana"} {
		if _, err := readWords(strings.NewReader(text)); !errors.Is(err, app.ErrBadLine) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := readWords(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}
