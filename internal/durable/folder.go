package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove deletes a file or an empty folder and syncs its folder. A name that does not exist is fine: after a crash a removal is repeated.
func Remove(fsys FS, name string) error {
	err := fsys.Remove(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing %q: %w", name, err)
	}
	return SyncDir(fsys, filepath.Dir(name))
}

// MkdirAll makes a folder and those above it that are missing, and syncs the folder above each. An existing folder keeps its permissions.
func MkdirAll(fsys FS, name string, perm fs.FileMode) error {
	info, err := fsys.Stat(name)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("making the folder %q: a file has that name", name)
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("making the folder %q: %w", name, err)
	}
	parent := filepath.Dir(name)
	if parent != name {
		if err := MkdirAll(fsys, parent, perm); err != nil {
			return err
		}
	}
	if err := fsys.Mkdir(name, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the folder %q: %w", name, err)
	}
	return SyncDir(fsys, parent)
}

// SyncDir brings the names in a folder to the disk.
func SyncDir(fsys FS, dir string) error {
	if err := fsys.SyncDir(dir); err != nil {
		return fmt.Errorf("syncing the folder %q: %w", dir, err)
	}
	return nil
}

// SyncFile brings a file that something else wrote (a database copy) to the disk, and its name with it.
func SyncFile(fsys FS, name string) error {
	file, err := fsys.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("syncing %q: %w", name, err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("syncing %q: %w", name, err)
	}
	return SyncDir(fsys, filepath.Dir(name))
}
