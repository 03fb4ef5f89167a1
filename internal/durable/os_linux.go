package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameExclusive uses renameat2(2), and link(2) on file systems that do not know its flag.
func renameExclusive(oldName, newName string) error {
	err := unix.Renameat2(unix.AT_FDCWD, oldName, unix.AT_FDCWD, newName, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return linkExclusive(oldName, newName)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: oldName, New: newName, Err: err}
	}
	return nil
}
