//go:build unix

package durable_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/internal/durable"
)

// stand puts things in place of a file that are none, or none of a fair size.
func stand(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.Mkdir(at("folder"), 0o700),
		unix.Mkfifo(at("pipe"), 0o600),
		os.Symlink("/dev/zero", at("device")),
		os.Symlink(at("loop"), at("loop")),
		os.WriteFile(at("large"), make([]byte, 11), 0o600),
		os.WriteFile(at("right"), make([]byte, 10), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"folder": at("folder"), "pipe": at("pipe"), "device": at("device"), "loop": at("loop"), "large": at("large"), "right": at("right")}
}

// TestReadOfWhatIsNoFile would wait for ever at the pipe, and never end at the device.
func TestReadOfWhatIsNoFile(t *testing.T) {
	paths := stand(t)
	for _, name := range []string{"folder", "pipe", "device", "loop", "large"} {
		if data, err := durable.ReadFile(paths[name], 10); !errors.Is(err, durable.ErrNotPlain) || data != nil {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
	if data, err := durable.ReadFile(paths["right"], 10); err != nil || len(data) != 10 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if _, err := durable.ReadFile(paths["right"]+"x", 10); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestLockEmptiesNoOtherFile: the lock file is emptied, so a link in its place must lead nowhere.
func TestLockEmptiesNoOtherFile(t *testing.T) {
	paths := stand(t)
	for _, name := range []string{"folder", "pipe", "device", "loop"} {
		if lock, err := durable.TryLock(paths[name]); !errors.Is(err, durable.ErrNotPlain) || lock != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	letter, link := filepath.Join(t.TempDir(), "letter"), filepath.Join(t.TempDir(), "lock")
	if err := errors.Join(os.WriteFile(letter, []byte("dear"), 0o600), os.Symlink(letter, link)); err != nil {
		t.Fatal(err)
	}
	if lock, err := durable.TryLock(link); !errors.Is(err, durable.ErrNotPlain) || lock != nil {
		t.Errorf("a link: %v", err)
	}
	if data, err := os.ReadFile(letter); err != nil || !bytes.Equal(data, []byte("dear")) {
		t.Errorf("the letter says %q, %v", data, err)
	}
}
