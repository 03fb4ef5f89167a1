//go:build unix

package app

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/keystore"
)

// TestPipesInPlaceOfFiles puts a pipe that nobody writes to in place of each file that is read before a vault is open. Whoever opened one would wait for
// ever, the window before it shows anything.
func TestPipesInPlaceOfFiles(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	place, vault := s.Place(), s.vault.ID()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pipe := func(path string) {
		t.Helper()
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pipe(a.windowSettingsPath())
	if w, err := a.WindowSettings(); err == nil || w != DefaultWindowSettings() {
		t.Errorf("settings %+v, %v", w, err)
	}
	pipe(a.shownPath(vault))
	if list, err := a.Remembered(place); err != nil || len(list) == 0 {
		t.Errorf("a reminder that cannot be read reminds of everything: %v, %v", list, err)
	}
	envelope := filepath.Join(place.Dir, "envelope.json")
	data, err := os.ReadFile(envelope)
	if err != nil {
		t.Fatal(err)
	}
	pipe(envelope)
	if _, err := a.Locked(place); Explain(err).Code != "damaged" {
		t.Errorf("envelope: %v", err)
	}
	if err := os.Remove(envelope); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(envelope, data, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe(filepath.Join(place.Dir, "lock"))
	if _, err := a.Unlock(t.Context(), Unlock{}, person(t)); Explain(err).Code != "not-plain" {
		t.Errorf("lock: %v", err)
	}
	backup := filepath.Join(t.TempDir(), "x.backup")
	pipe(backup)
	if _, err := keystore.InspectBackup(backup); Explain(err).Code != Explain(keystore.ErrNotBackup).Code {
		t.Errorf("backup: %v", err)
	}
}
