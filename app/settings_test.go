package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWindowSettingsStayOrFallBack writes, reads, and reads what is not this program's: the defaults hold, and the window is told.
func TestWindowSettingsStayOrFallBack(t *testing.T) {
	a := home(t, newSoft(t))
	if w, err := a.WindowSettings(); err != nil || w != DefaultWindowSettings() {
		t.Fatalf("%+v, %v", w, err)
	}
	for _, w := range []WindowSettings{
		{Appearance: "dark", TextSize: 130, Clipboard: 10},
		{Appearance: "light", TextSize: 115, Clipboard: 120, Width: 1280, Height: 800},
		DefaultWindowSettings(),
	} {
		if err := a.SaveWindowSettings(w); err != nil {
			t.Fatal(err)
		}
		if got, err := New(nil, a.folders).WindowSettings(); err != nil || got != w {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, w := range []WindowSettings{
		{},
		{Appearance: "blue", TextSize: 100, Clipboard: 60},
		{Appearance: "dark", TextSize: 99, Clipboard: 60},
		{Appearance: "dark", TextSize: 100, Clipboard: 9},
		{Appearance: "dark", TextSize: 100, Clipboard: 121},
		{Appearance: "dark", TextSize: 100, Clipboard: 60, Width: 1024},
		{Appearance: "dark", TextSize: 100, Clipboard: 60, Width: -1024, Height: 640},
		{Appearance: "dark", TextSize: 100, Clipboard: 60, Width: 1024, Height: LargestWindow + 1},
	} {
		if a.SaveWindowSettings(w) == nil {
			t.Errorf("%+v was kept", w)
		}
	}
	path := filepath.Join(a.folders.State, "window.json")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for _, text := range []string{
		"", "x", "{}", "[]", `{"appearance":"dark"}`, `{"appearance":"dark","clipboardSeconds":60,"textSize":100,"more":1}`,
		`{"appearance":"dark","clipboardSeconds":100000,"textSize":100}`, `{"appearance":"dark","appearance":"dark","clipboardSeconds":60,"textSize":100}`,
		`{"appearance":"dark","clipboardSeconds":60,"textSize":100}x`, strings.Repeat(" ", maxWindowSettings) + "{}", "\x00\xff",
	} {
		if err := Save(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if w, err := a.WindowSettings(); err == nil || w != DefaultWindowSettings() {
			t.Errorf("%.40q: %+v, %v", text, w, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if w, err := a.WindowSettings(); err == nil || w != DefaultWindowSettings() {
		t.Errorf("a folder: %+v, %v", w, err)
	}
}

// TestOneWindowForEachVault holds that a vault has one window whatever it is called by, and two vaults have two.
func TestOneWindowForEachVault(t *testing.T) {
	a := home(t, newSoft(t))
	of := func(ref string) string {
		t.Helper()
		path, err := a.InstancePath(ref)
		if err != nil || filepath.Dir(path) != a.folders.State {
			t.Fatalf("%s: %q, %v", ref, path, err)
		}
		return path
	}
	first := of("")
	for _, name := range []string{"main", "work"} {
		if err := MakeFolder(filepath.Join(a.folders.Data, name+".vault")); err != nil {
			t.Fatal(err)
		}
	}
	if of("main") != first || of(filepath.Join(a.folders.Data, "main.vault")) != first {
		t.Error("one vault has two windows")
	}
	link := filepath.Join(t.TempDir(), "link.vault")
	if err := os.Symlink(filepath.Join(a.folders.Data, "main.vault"), link); err != nil {
		t.Fatal(err)
	}
	if of(link) != first {
		t.Error("a link is another vault")
	}
	if of("work") == first || of("") == first || of("") == of("work") {
		t.Error("two vaults have one window")
	}
}
