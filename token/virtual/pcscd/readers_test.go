package pcscd

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDriverBesideItsProgram unpacks, as it were, the driver's package into a folder of the search path.
func TestDriverBesideItsProgram(t *testing.T) {
	dir := t.TempDir()
	driver := filepath.Join(dir, "usr", "lib", "pcsc", "drivers", "serial", "libifdvpcd.so")
	program := filepath.Join(dir, "usr", "bin", vpcdProgram)
	for path, mode := range map[string]os.FileMode{driver: 0o644, program: 0o755} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Dir(program))
	if got, err := findDriver(); err != nil || got != driver {
		t.Errorf("%q, %v, want %q", got, err, driver)
	}
}
