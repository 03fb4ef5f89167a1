// Package durable writes so that a crash or a pulled plug at any moment leaves either the old or the new state, never half of one.
//
// Every file appears through a temporary file, fsync, rename and fsync of the folder; nothing is ever truncated in place, and no error of Sync
// or Close is dropped. Each step goes through FS, so that tests can make every single one fail.
package durable

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is an open file of an FS.
type File interface {
	io.Reader
	io.Writer
	Sync() error
	Close() error
}

// FS is every step that a durable write takes. OS is the real one.
type FS interface {
	// OpenFile opens name as os.OpenFile does.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Rename moves a file over whatever has the new name, in one step.
	Rename(oldName, newName string) error
	// RenameExclusive moves a file in one step and fails with fs.ErrExist when the new name is taken.
	RenameExclusive(oldName, newName string) error
	// Remove deletes a file or an empty folder.
	Remove(name string) error
	// Mkdir makes one folder.
	Mkdir(name string, perm fs.FileMode) error
	// Stat describes a file or folder.
	Stat(name string) (fs.FileInfo, error)
	// SyncDir brings the entries of a folder to the disk.
	SyncDir(name string) error
}

// tempMark is part of the name of every temporary file, so that CleanTemp knows its own.
const tempMark = ".tmp-"

// WriteFile makes path hold data: afterwards, also after a crash, it holds the old content or the new one. After an error the new content may
// still be there, since a failed fsync of the folder says nothing about what reached the disk; the caller reads again before it decides.
func WriteFile(fsys FS, path string, data []byte, perm fs.FileMode) error {
	return write(fsys, path, data, perm, fsys.Rename)
}

// CreateExclusive is WriteFile for a name that must be new: it fails with fs.ErrExist when path is taken, without touching it.
func CreateExclusive(fsys FS, path string, data []byte, perm fs.FileMode) error {
	return write(fsys, path, data, perm, fsys.RenameExclusive)
}

func write(fsys FS, path string, data []byte, perm fs.FileMode, place func(from, to string) error) error {
	w, err := create(fsys, path, perm, place)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return errors.Join(err, w.Abort())
	}
	return w.Commit()
}

// Writer is a file in the making: it takes its name only at Commit.
type Writer struct {
	fsys       FS
	file       File
	temp, path string
	place      func(from, to string) error
	done       bool
}

// Create starts a file that replaces path at Commit. One of Commit and Abort ends it.
func Create(fsys FS, path string, perm fs.FileMode) (*Writer, error) {
	return create(fsys, path, perm, fsys.Rename)
}

// CreateNew starts a file that takes the name path at Commit, which fails with fs.ErrExist when the name is taken by then.
func CreateNew(fsys FS, path string, perm fs.FileMode) (*Writer, error) {
	return create(fsys, path, perm, fsys.RenameExclusive)
}

func create(fsys FS, path string, perm fs.FileMode, place func(from, to string) error) (*Writer, error) {
	temp, err := tempName(path)
	if err != nil {
		return nil, err
	}
	file, err := fsys.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, fmt.Errorf("making a temporary file for %q: %w", path, err)
	}
	return &Writer{fsys: fsys, file: file, temp: temp, path: path, place: place}, nil
}

func tempName(path string) (string, error) {
	var tail [8]byte
	if _, err := rand.Read(tail[:]); err != nil {
		return "", fmt.Errorf("naming a temporary file for %q: %w", path, err)
	}
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+tempMark+hex.EncodeToString(tail[:])), nil
}

// Write adds to the file.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return n, fmt.Errorf("writing %q: %w", w.path, err)
	}
	return n, nil
}

// Commit syncs the file, gives it its name and syncs the folder. After an error before the naming the old content stands and the temporary file
// is removed; after an error of the last step the new content may or may not survive a crash.
func (w *Writer) Commit() error {
	if w.done {
		return fmt.Errorf("%q: already ended", w.path)
	}
	if err := w.file.Sync(); err != nil {
		return errors.Join(fmt.Errorf("syncing %q: %w", w.path, err), w.Abort())
	}
	w.done = true
	if err := w.file.Close(); err != nil {
		return errors.Join(fmt.Errorf("closing %q: %w", w.path, err), w.fsys.Remove(w.temp))
	}
	if err := w.place(w.temp, w.path); err != nil {
		err = fmt.Errorf("naming %q: %w", w.path, err)
		if removeErr := w.fsys.Remove(w.temp); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
		return err
	}
	return SyncDir(w.fsys, filepath.Dir(w.path))
}

// Abort drops the file; what had the name before stands. After Commit it does nothing.
func (w *Writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	return errors.Join(w.file.Close(), w.fsys.Remove(w.temp))
}

// CleanTemp removes the temporary files that a crash left in dir and returns how many. The caller holds the lock of the folder.
func CleanTemp(fsys FS, dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("looking for temporary files: %w", err)
	}
	removed := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") || !strings.Contains(e.Name(), tempMark) || !e.Type().IsRegular() {
			continue
		}
		if err := fsys.Remove(filepath.Join(dir, e.Name())); err != nil {
			return removed, fmt.Errorf("removing a temporary file: %w", err)
		}
		removed++
	}
	if removed == 0 {
		return 0, nil
	}
	return removed, SyncDir(fsys, dir)
}
