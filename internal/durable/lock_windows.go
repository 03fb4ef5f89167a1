package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFlags are none: links take a privilege of their own here.
const lockFlags = 0

// locked is where the one byte is that is locked: far beyond the content, which others may thus still read.
func locked() windows.Overlapped { return windows.Overlapped{OffsetHigh: 1 << 20} }

// lockFile takes the lock; held says that somebody else has it.
func lockFile(file *os.File) (held bool, err error) {
	at := locked()
	err = windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}

// unlockFile drops the lock at once: after a close alone the system drops it when it comes to it.
func unlockFile(file *os.File) error {
	at := locked()
	return windows.UnlockFileEx(windows.Handle(file.Fd()), 0, 1, 0, &at)
}
