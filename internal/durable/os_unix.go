//go:build unix

package durable

import (
	"errors"
	"os"
)

func rename(oldName, newName string) error { return os.Rename(oldName, newName) }

// linkExclusive gives the file its new name with link(2), which fails when the name is taken, and then drops the old one.
func linkExclusive(oldName, newName string) error {
	if err := os.Link(oldName, newName); err != nil {
		return err
	}
	return os.Remove(oldName)
}

func syncDir(name string) error {
	dir, err := os.Open(name) //nolint:gosec // the caller chooses the path
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
