package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrLocked says that another process holds the lock; errors.As to *HeldError names it.
var ErrLocked = errors.New("in use by another process")

// HeldError names who holds a lock.
type HeldError struct {
	Path    string
	PID     int    // 0 when the holder did not say
	Program string // the holder's file name, as it says itself; may be empty
}

// Error implements error.
func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%q is in use by another process", e.Path)
	}
	return fmt.Sprintf("%q is in use by process %d", e.Path, e.PID)
}

// Is makes errors.Is(err, ErrLocked) hold.
func (e *HeldError) Is(target error) bool { return target == ErrLocked }

// Lock is a lock file held by this process. The system drops it when the process ends, however it ends, so a file left behind locks nobody out.
type Lock struct{ file *os.File }

// TryLock takes the lock file at path without waiting, making the file when it is missing. When it is held, also within this process, the error
// is a *HeldError. The file stays after Unlock: removing it would let two processes hold two files of one name. A link is not followed, since the file is
// emptied: who can write the folder would choose which file of the owner's that is.
func TryLock(path string) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|lockFlags, 0o600) //nolint:gosec // the caller chooses the path
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", lockError(path, err))
	}
	info, err := file.Stat()
	if err := plain(path, info, err); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the lock file: %w", err), file.Close())
	}
	held, err := lockFile(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking %q: %w", path, err), file.Close())
	}
	if held {
		held := &HeldError{Path: path}
		held.PID, held.Program = holder(file)
		return nil, errors.Join(held, file.Close())
	}
	if err := sign(file); err != nil {
		return nil, errors.Join(fmt.Errorf("signing the lock file %q: %w", path, err), file.Close())
	}
	return &Lock{file}, nil
}

// lockError tells a link or a folder in place of the lock file from other reasons why it cannot be opened.
func lockError(path string, err error) error {
	if info, e := os.Lstat(path); e == nil && !info.Mode().IsRegular() {
		return notPlain(path)
	}
	return err
}

// sign writes the process number and the program's name into the file; it is a courtesy to whoever is turned away, and no data.
func sign(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	program := ""
	if path, err := os.Executable(); err == nil {
		program = filepath.Base(path)
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"+program+"\n"), 0)
	return err
}

func holder(file *os.File) (pid int, program string) {
	text, err := io.ReadAll(io.LimitReader(file, 128))
	if err != nil {
		return 0, ""
	}
	number, rest, _ := strings.Cut(string(text), "\n")
	pid, err = strconv.Atoi(number)
	if err != nil || pid < 0 {
		return 0, ""
	}
	program, _, _ = strings.Cut(rest, "\n")
	return pid, program
}

// Unlock lets others in. It may be called again and on nil.
func (l *Lock) Unlock() error {
	if l == nil || l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return errors.Join(file.Truncate(0), unlockFile(file), file.Close())
}
