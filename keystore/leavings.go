package keystore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"holdfast/internal/durable"
)

// isLeaving reports whether a name is one that an interrupted Create or Restore leaves: databases without an envelope, temporary files.
func isLeaving(name string) bool {
	return strings.HasPrefix(name, "vault-") || strings.HasPrefix(name, ".holdfast-") || name == restoreFile || strings.HasPrefix(name, restoreFile)
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
		if isLeaving(e.Name()) {
			if err := durable.Remove(v.fs, filepath.Join(v.place.Dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	if _, err := durable.CleanTemp(v.fs, v.place.Dir); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// removeIfThere removes a file that may not exist.
func removeIfThere(fsys durable.FS, path string) error {
	if err := durable.Remove(fsys, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
