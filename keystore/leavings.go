package keystore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"holdfast/internal/durable"
)

// beginningFile stands in a vault's folder while Create or Restore is under way.
const beginningFile = "beginning"

// isLeaving reports whether a name is one that an interrupted Create or Restore leaves: the marker of its beginning, databases without an envelope,
// temporary files.
func isLeaving(name string) bool {
	return name == beginningFile || strings.HasPrefix(name, "vault-") || strings.HasPrefix(name, ".") && strings.Contains(name, tempMark)
}

// tempMark is part of the name of a file that a durable write has not finished.
const tempMark = ".tmp-"

// cleanTemp removes what unfinished writes of one file have left beside it. Other files of the folder may be somebody else's, and being written.
func cleanTemp(fsys durable.FS, path string) error {
	dir, base := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+base+tempMark) && e.Type().IsRegular() {
			errs = append(errs, removeIfThere(fsys, filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// abandon removes what a Create or Restore that did not come to its end has written. It never removes an envelope.
func (v *Vault) abandon() error {
	if _, err := os.Stat(v.place.envelopePath()); err == nil {
		return nil
	}
	entries, err := os.ReadDir(v.place.Dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if isLeaving(e.Name()) && e.Name() != beginningFile {
			if err := durable.Remove(v.fs, filepath.Join(v.place.Dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	if _, err := durable.CleanTemp(v.fs, v.place.Dir); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return removeIfThere(v.fs, v.place.beginningPath()) // last: it is what says that the others are leavings
}

// unmake takes back a Create or Restore that did not come to its end, in a folder that held no vault before: the envelope first, since without it
// nothing counts. It returns why, and what went wrong besides. remembered is what this machine remembered of the vault before; nil when nothing.
func (v *Vault) unmake(why error, remembered *machine) error {
	lock := v.lock
	v.lock = nil // held until the folder is as it was
	errs := []error{why, v.Close()}
	if err := removeIfThere(v.fs, v.place.envelopePath()); err != nil {
		return errors.Join(append(errs, err, lock.Unlock())...)
	}
	if remembered != nil {
		errs = append(errs, remembered.write(v.fs, v.place))
	} else if v.id != "" {
		errs = append(errs, removeIfThere(v.fs, v.place.machinePath(v.id)), cleanTemp(v.fs, v.place.machinePath(v.id)))
	}
	return errors.Join(append(errs, v.abandon(), lock.Unlock())...)
}

// removeIfThere removes a file that may not exist.
func removeIfThere(fsys durable.FS, path string) error {
	if err := durable.Remove(fsys, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
