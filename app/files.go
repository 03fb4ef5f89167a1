package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"holdfast/internal/durable"
)

// fileError names the file that a person asked for, whatever file the failing step was about: a new file is made under a name of its own first.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string { return fmt.Sprintf("writing %q: %v", e.path, e.err) }

func (e *fileError) Unwrap() error { return e.err }

func writing(path string, err error) error {
	if err == nil {
		return nil
	}
	return &fileError{path, err}
}

// Free refuses a name that is taken, so that no work is done for a file that cannot be made: fs.ErrExist. Whoever writes the file refuses it again.
func Free(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return writing(path, fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return err
	}
}

// SaveNew writes a file that must not exist yet: whole and durable, or not at all.
func SaveNew(path string, data []byte) error {
	return writing(path, durable.CreateExclusive(durable.OS{}, path, data, 0o644))
}

// SaveStream writes a file that must not exist yet from what write writes: whole and durable, or not at all.
func SaveStream(path string, write func(w io.Writer) error) error {
	w, err := durable.CreateNew(durable.OS{}, path, 0o600)
	if err != nil {
		return writing(path, err)
	}
	if err := write(w); err != nil {
		return errors.Join(err, writing(path, w.Abort()))
	}
	return writing(path, w.Commit())
}

// Save writes a file, over one that is there: afterwards it is the old one or the new one, whole.
func Save(path string, data []byte) error {
	return writing(path, durable.WriteFile(durable.OS{}, path, data, 0o644))
}

// MakeFolder makes a folder, and those above it, unless it is there.
func MakeFolder(path string) error {
	return writing(path, durable.MkdirAll(durable.OS{}, path, 0o755))
}
