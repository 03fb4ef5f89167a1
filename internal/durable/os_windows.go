package durable

import (
	"os"

	"golang.org/x/sys/windows"
)

func rename(oldName, newName string) error {
	return moveFile(oldName, newName, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
}

func renameExclusive(oldName, newName string) error {
	return moveFile(oldName, newName, windows.MOVEFILE_WRITE_THROUGH)
}

func moveFile(oldName, newName string, flags uint32) error {
	from, err := windows.UTF16PtrFromString(oldName)
	if err != nil {
		return &os.LinkError{Op: "rename", Old: oldName, New: newName, Err: err}
	}
	to, err := windows.UTF16PtrFromString(newName)
	if err != nil {
		return &os.LinkError{Op: "rename", Old: oldName, New: newName, Err: err}
	}
	if err := windows.MoveFileEx(from, to, flags); err != nil {
		return &os.LinkError{Op: "rename", Old: oldName, New: newName, Err: err}
	}
	return nil
}

// syncDir does nothing: Windows cannot flush a folder; MOVEFILE_WRITE_THROUGH has waited for the rename already.
func syncDir(string) error { return nil }
