package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.txt", "A.txt", ".hidden"} {
		if err := SaveNew(filepath.Join(dir, name), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "zoo"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "broken")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "b.txt"), filepath.Join(dir, "not", "there")} {
		f, err := ReadFolder(path)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range f.Entries {
			names = append(names, e.Name)
		}
		if f.Path != dir || f.Up != filepath.Dir(dir) || len(names) != 3 || names[0] != "zoo" || names[1] != "A.txt" || names[2] != "b.txt" || !f.Entries[0].Folder || f.Entries[1].Size != 1 {
			t.Errorf("%s: %+v", path, f)
		}
	}
}

func TestPathOf(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for typed, want := range map[string]string{"": "/home/me", "~": "/home/me", "~/x": "/home/me/x", "x/y": "/home/me/x/y", " /a/../b ": "/b", "~x": "/home/me/~x"} {
		if got, err := PathOf(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}
