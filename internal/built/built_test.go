package built

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWhatMakeHasBuiltIsTaken finds make's own programs by way of the variable, and nothing that make has not built.
func TestWhatMakeHasBuiltIsTaken(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(HandedDown, "any")
	paths, err := Programs(t.TempDir(), "no-such-program")
	if err == nil {
		t.Fatalf("a program that nobody has built was found: %q", paths)
	}
	name := "for-a-test-" + filepath.Base(t.TempDir())
	own := filepath.Join(root, Folder, name)
	if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, []byte("a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(own); err != nil {
			t.Error(err)
		}
	})
	if paths, err = Programs(t.TempDir(), name); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(paths[0]); err != nil || string(data) != "a program" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestWithoutMakeProgramsAreBuilt holds that a test run by hand needs nobody else.
func TestWithoutMakeProgramsAreBuilt(t *testing.T) {
	t.Setenv(HandedDown, "")
	if err := os.Unsetenv(HandedDown); err != nil {
		t.Fatal(err)
	}
	if _, err := Programs(t.TempDir(), "no-such-program"); err == nil {
		t.Error("a program that is none was built")
	}
	if testing.Short() {
		t.Skip("builds a program")
	}
	paths, err := Programs(t.TempDir(), Virtualkey)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(paths[0]); err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("%v, %v", info, err)
	}
}
