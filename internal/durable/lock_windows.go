package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFlags are none: links take a privilege of their own here.
const lockFlags = 0

// lockFile locks one byte far beyond the content, which others may thus still read; held says that somebody else has it.
func lockFile(file *os.File) (held bool, err error) {
	at := windows.Overlapped{OffsetHigh: 1 << 20}
	err = windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
