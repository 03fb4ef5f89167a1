//go:build unix

package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockFlags keep the lock file from being a link to another file, and a pipe from waiting.
const lockFlags = unix.O_NOFOLLOW | unix.O_NONBLOCK

// lockFile takes a flock(2) lock; held says that somebody else has it.
func lockFile(file *os.File) (held bool, err error) {
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// unlockFile drops the lock for everybody, which closing alone does not: a process that is just being started has what this one had open until it runs
// its program, and a flock(2) lock lasts as long as anybody has it open.
func unlockFile(file *os.File) error { return unix.Flock(int(file.Fd()), unix.LOCK_UN) }
