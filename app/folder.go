package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folder is what a person chooses a file from.
type Folder struct {
	Path    string        // absolute
	Up      string        // the folder above; "" at the top
	Entries []FolderEntry // folders first, then files, each by name
}

// FolderEntry is one thing in a folder.
type FolderEntry struct {
	Name   string // as it is; Visible before it is shown
	Folder bool
	Size   int64
	Time   time.Time // changed last
}

// ReadFolder lists the folder at path, or the nearest one above it that exists; "" is the person's own. Hidden entries and what is neither file nor
// folder are left out.
func ReadFolder(path string) (Folder, error) {
	dir, err := nearestFolder(path)
	if err != nil {
		return Folder{}, err
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return Folder{}, fmt.Errorf("folder %q: %w", dir, err)
	}
	f := Folder{Path: dir}
	if up := filepath.Dir(dir); up != dir {
		f.Up = up
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, e.Name())) // through links, as opening it does
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			continue
		}
		f.Entries = append(f.Entries, FolderEntry{Name: e.Name(), Folder: info.IsDir(), Size: info.Size(), Time: info.ModTime()})
	}
	slices.SortStableFunc(f.Entries, func(a, b FolderEntry) int {
		if a.Folder != b.Folder {
			if a.Folder {
				return -1
			}
			return 1
		}
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return f, nil
}

// nearestFolder is path where it is a folder, else the nearest folder above it.
func nearestFolder(path string) (string, error) {
	at, err := PathOf(path)
	if err != nil {
		return "", err
	}
	for {
		info, err := os.Stat(at)
		if err == nil && info.IsDir() {
			return at, nil
		}
		if up := filepath.Dir(at); up != at {
			at = up
			continue
		}
		return "", errors.Join(err, fmt.Errorf("folder %q: %w", path, fs.ErrNotExist))
	}
}

// PathOf gives the absolute path of what a person typed in a window, where nobody knows of a working folder: "~" and relative paths begin in the
// person's own folder.
func PathOf(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if filepath.IsAbs(typed) {
		return filepath.Clean(typed), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("path %q: %w", typed, err)
	}
	if rest, found := strings.CutPrefix(typed, "~"); found && (rest == "" || os.IsPathSeparator(rest[0])) {
		typed = rest
	}
	return filepath.Join(home, typed), nil
}
