package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestJourney plays the whole journey in the real window, with programs that are built for it.
func TestJourney(t *testing.T) {
	sources(t)
	bin := t.TempDir()
	build(t, bin+string(filepath.Separator), "./cmd/holdfastctl", "./cmd/virtualkey")
	build(t, filepath.Join(bin, "journey")+string(filepath.Separator), "-tags", "journey", ".")
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

// sources reads the sources of what is built, so that the go command knows that this test's result depends on them: it does not see what its child
// reads.
func sources(t *testing.T) {
	t.Helper()
	read := 0
	tree := os.DirFS("../..")
	err := fs.WalkDir(tree, ".", func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "build" || d.Name() == "out" || d.Name() == ".git" || d.Name() == ".cache"):
			return filepath.SkipDir
		case !slices.Contains([]string{".go", ".json", ".svg", ".mod", ".sum", ".c", ".h"}, filepath.Ext(path)):
			return nil
		}
		read++
		_, err = fs.ReadFile(tree, path)
		return err
	})
	if err != nil || read < 100 {
		t.Fatalf("%d sources read: %v", read, err)
	}
}

func build(t *testing.T, to string, args ...string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", to}, args...)...)
	c.Dir = "../.."
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}
