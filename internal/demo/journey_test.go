package main

import (
	"path/filepath"
	"testing"

	"holdfast/internal/built"
)

// TestJourney plays the whole journey in the real window. It takes nothing of the module but the programs: it is played again when one of them
// changes, and when this package does.
func TestJourney(t *testing.T) {
	bin := t.TempDir()
	if _, err := built.Programs(bin, built.Wallet, built.Journey, built.Holdfastctl, built.Virtualkey); err != nil {
		t.Fatal(err)
	}
	p, err := programsIn(bin)
	if err != nil {
		t.Fatal(err)
	}
	out := t.ArtifactDir()
	if err := play(t.Context(), p, out, t.Output()); err != nil {
		t.Fatal(err)
	}
	for pattern, least := range map[string]int{"*.png": 5 * len(chapters), journalFile: 1, "report.txt": 1} {
		if list, err := filepath.Glob(filepath.Join(out, pattern)); err != nil || len(list) < least {
			t.Errorf("%s: only %v, %v", pattern, list, err)
		}
	}
}
