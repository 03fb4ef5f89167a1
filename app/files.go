package app

import (
	"errors"
	"fmt"
	"io"

	"holdfast/internal/durable"
)

// SaveNew writes a file that must not exist yet: whole and durable, or not at all.
func SaveNew(path string, data []byte) error {
	return durable.CreateExclusive(durable.OS{}, path, data, 0o644)
}

// SaveStream writes a file that must not exist yet from what write writes: whole and durable, or not at all.
func SaveStream(path string, write func(w io.Writer) error) error {
	w, err := durable.CreateNew(durable.OS{}, path, 0o600)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		return errors.Join(fmt.Errorf("writing %q: %w", path, err), w.Abort())
	}
	return w.Commit()
}

// Save writes a file, over one that is there: afterwards it is the old one or the new one, whole.
func Save(path string, data []byte) error {
	return durable.WriteFile(durable.OS{}, path, data, 0o644)
}
