package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/internal/durable"
	"holdfast/internal/durable/faulty"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := durable.WriteFile(durable.OS{}, path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// read returns the content, or "-" when there is no such file.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "-"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// each fails every step of act on a fresh folder; check is given what the folder's file f holds afterwards.
func each(t *testing.T, setUp func(dir string), act func(f durable.FS, dir string) error, check func(t *testing.T, dir string, f *faulty.FS, err error)) {
	t.Helper()
	steps, err := faulty.Each(func() (func(durable.FS) error, func(*faulty.FS, error)) {
		dir := t.TempDir()
		setUp(dir)
		return func(f durable.FS) error { return act(f, dir) },
			func(f *faulty.FS, err error) { t.Helper(); check(t, dir, f, err) }
	})
	if err != nil || steps == 0 {
		t.Fatalf("%d steps, %v", steps, err)
	}
}

func TestWriteFileIsOldOrNewWhateverFails(t *testing.T) {
	each(t, func(dir string) { write(t, filepath.Join(dir, "f"), "old") },
		func(f durable.FS, dir string) error {
			return durable.WriteFile(f, filepath.Join(dir, "f"), []byte("new"), 0o600)
		},
		func(t *testing.T, dir string, f *faulty.FS, err error) {
			got := read(t, filepath.Join(dir, "f"))
			if !errors.Is(err, faulty.ErrFault) {
				t.Errorf("%s: the fault was swallowed (%v)", f.Failed(), err)
			}
			if got != "old" && got != "new" {
				t.Errorf("%s: the file holds %q", f.Failed(), got)
			}
			// Only once the rename has happened may the new content stand.
			if renamed := strings.HasPrefix(f.Failed(), "sync folder") || f.Persist && strings.HasPrefix(f.Failed(), "rename"); (got == "new") != renamed {
				t.Errorf("%s, persisted %v: the file holds %q", f.Failed(), f.Persist, got)
			}
			checkNoTemp(t, dir, f)
		})
}

// TestWriteFileTakesEveryStep: content before name, and the name brought to the disk, or a power cut undoes what was
// called durable.
func TestWriteFileTakesEveryStep(t *testing.T) {
	var steps []string
	for at := 1; ; at++ {
		dir := t.TempDir()
		f := &faulty.FS{Inner: durable.OS{}, FailAt: at}
		err := durable.WriteFile(f, filepath.Join(dir, "f"), []byte("new"), 0o600)
		if err == nil {
			break
		}
		name := strings.ReplaceAll(f.Failed(), dir, "DIR")
		if i := strings.Index(name, ".tmp-"); i >= 0 {
			name = name[:i] + ".tmp"
		}
		steps = append(steps, name)
	}
	want := []string{
		"open DIR/.f.tmp", "write DIR/.f.tmp", "sync DIR/.f.tmp", "close DIR/.f.tmp", "rename to DIR/f", "sync folder DIR",
	}
	if !slices.Equal(steps, want) {
		t.Errorf("%q, want %q", steps, want)
	}
}

// checkNoTemp allows a temporary file only where its removal could not be done, and wants CleanTemp to find it.
func checkNoTemp(t *testing.T, dir string, f *faulty.FS) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, ".f.tmp-*"))
	if err != nil {
		t.Fatal(err)
	}
	made := !f.Crash && !strings.HasPrefix(f.Failed(), "open")
	if made && len(left) > 0 {
		t.Errorf("%s: %q stays behind", f.Failed(), left)
	}
	removed, err := durable.CleanTemp(durable.OS{}, dir)
	if err != nil || removed != len(left) {
		t.Errorf("cleaned %d of %d: %v", removed, len(left), err)
	}
}

func TestCreateExclusiveNeverTouchesWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := durable.CreateExclusive(durable.OS{}, path, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.CreateExclusive(durable.OS{}, path, []byte("second"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a taken name: %v", err)
	}
	if got := read(t, path); got != "first" {
		t.Errorf("holds %q", got)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%v are left (%v)", entries, err)
	}
	each(t, func(string) {},
		func(f durable.FS, dir string) error {
			return durable.CreateExclusive(f, filepath.Join(dir, "f"), []byte("new"), 0o600)
		},
		func(t *testing.T, dir string, f *faulty.FS, err error) {
			if got := read(t, filepath.Join(dir, "f")); err == nil || got != "-" && got != "new" {
				t.Errorf("%s: %v, the file holds %q", f.Failed(), err, got)
			}
		})
}

func TestPermissionsAreThoseAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "x")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestWriterStreamsAndAborts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "old")
	for _, keep := range []bool{false, true} {
		w, err := durable.Create(durable.OS{}, path, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"ne", "w"} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, path); got != "old" {
			t.Errorf("before Commit the file holds %q", got)
		}
		if keep {
			err = w.Commit()
		} else {
			err = w.Abort()
		}
		if again := w.Abort(); err != nil || again != nil || w.Commit() == nil {
			t.Errorf("keep %v: %v, then %v", keep, err, again)
		}
	}
	if got := read(t, path); got != "new" {
		t.Errorf("holds %q", got)
	}
}

func TestRemoveCanBeRepeated(t *testing.T) {
	each(t, func(dir string) { write(t, filepath.Join(dir, "f"), "1") },
		func(f durable.FS, dir string) error { return durable.Remove(f, filepath.Join(dir, "f")) },
		func(t *testing.T, dir string, f *faulty.FS, err error) {
			if err == nil {
				t.Errorf("%s: the fault was swallowed", f.Failed())
			}
			if err := durable.Remove(durable.OS{}, filepath.Join(dir, "f")); err != nil {
				t.Error(err)
			}
			if got := read(t, filepath.Join(dir, "f")); got != "-" {
				t.Errorf("holds %q", got)
			}
		})
}

func TestMkdirAllCanBeRepeated(t *testing.T) {
	each(t, func(string) {},
		func(f durable.FS, dir string) error {
			return durable.MkdirAll(f, filepath.Join(dir, "a", "b", "c"), 0o700)
		},
		func(t *testing.T, dir string, f *faulty.FS, err error) {
			if err == nil {
				t.Errorf("%s: the fault was swallowed", f.Failed())
			}
			path := filepath.Join(dir, "a", "b", "c")
			if err := durable.MkdirAll(durable.OS{}, path, 0o700); err != nil {
				t.Error(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%v, %v", info, err)
			}
		})
	file := filepath.Join(t.TempDir(), "f")
	write(t, file, "x")
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if err := durable.MkdirAll(durable.OS{}, path, 0o700); err == nil {
			t.Errorf("a folder was made where a file is: %q", path)
		}
	}
}

func TestSyncFileReportsEveryFault(t *testing.T) {
	each(t, func(dir string) { write(t, filepath.Join(dir, "f"), "1") },
		func(f durable.FS, dir string) error { return durable.SyncFile(f, filepath.Join(dir, "f")) },
		func(t *testing.T, dir string, f *faulty.FS, err error) {
			if err == nil || read(t, filepath.Join(dir, "f")) != "1" {
				t.Errorf("%s: %v", f.Failed(), err)
			}
		})
}
