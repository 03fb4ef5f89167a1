package durable

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// ErrNotPlain says that a file of the program's own is something else: a folder, a pipe, a device, a link, or far larger than what it writes there.
var ErrNotPlain = errors.New("not an ordinary file, or too large")

// ReadFile reads a whole file of at most limit bytes. What is no ordinary file is refused before it is opened: a pipe would wait for its writer, and a
// device never ends.
func ReadFile(path string, limit int64) (data []byte, err error) {
	file, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err = io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, notPlain(path)
	}
	return data, err
}

// OpenFile opens an ordinary file for reading, and nothing else.
func OpenFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err := plain(path, info, err); err != nil {
		return nil, err
	}
	file, err := os.Open(path) //nolint:gosec // the caller chooses the path
	if err != nil {
		return nil, err
	}
	info, err = file.Stat() // of what was opened: another may have taken its place meanwhile
	if err := plain(path, info, err); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func plain(path string, info os.FileInfo, err error) error {
	switch {
	case errors.Is(err, syscall.ELOOP):
		return notPlain(path)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return notPlain(path)
	}
	return nil
}

func notPlain(path string) error { return &os.PathError{Op: "reading", Path: path, Err: ErrNotPlain} }
