package durable

import (
	"io/fs"
	"os"
)

// OS is the file system of the machine.
type OS struct{}

var _ FS = OS{}

// OpenFile implements FS.
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	file, err := os.OpenFile(name, flag, perm) //nolint:gosec // the caller chooses the path; that is what a file system is for
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Rename implements FS.
func (OS) Rename(oldName, newName string) error { return rename(oldName, newName) }

// RenameExclusive implements FS.
func (OS) RenameExclusive(oldName, newName string) error { return renameExclusive(oldName, newName) }

// Remove implements FS.
func (OS) Remove(name string) error { return os.Remove(name) }

// Mkdir implements FS.
func (OS) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }

// Stat implements FS.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// SyncDir implements FS.
func (OS) SyncDir(name string) error { return syncDir(name) }
