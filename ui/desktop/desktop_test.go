package desktop

import (
	"errors"
	"strings"
	"testing"

	"holdfast/ui/translations"
)

// TestNoWindowIsSaidInWords feeds the toolkit's log as it stands where there is no display or no OpenGL.
func TestNoWindowIsSaidInWords(t *testing.T) {
	if err := translations.Load(); err != nil {
		t.Fatal(err)
	}
	for _, sign := range noWindow() {
		var out strings.Builder
		r := &refusal{out: &out}
		for _, line := range []string{"Fyne error:  " + sign + "\n", "  Cause: x\n", "Fyne error:  window creation error\n"} {
			if _, err := r.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		said := out.String()
		if strings.Count(said, "holdfastctl") != 1 || !strings.Contains(said, sign) || strings.Index(said, "holdfastctl") > strings.Index(said, "Fyne error") {
			t.Errorf("%s: %q", sign, said)
		}
		if !errors.Is(r.err(), ErrNoWindow) {
			t.Errorf("%s: %v", sign, r.err())
		}
	}
}

func TestTheLogPasses(t *testing.T) {
	var out strings.Builder
	r := &refusal{out: &out}
	for _, line := range []string{"Fyne error:  Error parsing user locale C\n", "  Cause: not well-formed\n", "  At: x.go:1\n", "Fyne error:  something\n", "  Cause: y\n"} {
		if n, err := r.Write([]byte(line)); err != nil || n != len(line) {
			t.Fatal(n, err)
		}
	}
	if out.String() != "Fyne error:  something\n  Cause: y\n" || r.err() != nil {
		t.Errorf("%q %v", out.String(), r.err())
	}
}
