//go:build unix

package durable

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestUnlockedWhileAProgramStarts holds that a process which still has the lock's file, as one has that is just being started, keeps nobody out.
func TestUnlockedWhileAProgramStarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "cat")
	cmd.ExtraFiles = []*os.File{lock.file}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(again.Unlock(), in.Close(), cmd.Wait()); err != nil {
		t.Error(err)
	}
}
