package body

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockFolder opens the state folder and locks it for this process.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir) // #nosec G304 -- the folder is the caller's choice
	if err != nil {
		return nil, fmt.Errorf("key state folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil { // #nosec G115 -- a descriptor fits
		return nil, errors.Join(fmt.Errorf("key state folder %q is in use by another process: %w", dir, err), f.Close())
	}
	return f, nil
}

// unlockFolder lets others in at once: a process that is just being started keeps a lock that is only closed.
func unlockFolder(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close()) // #nosec G115 -- a descriptor fits
}

// Load reads the JSON state called name into v. It returns false, and leaves v
// alone, when nothing was saved under that name.
func (b *Body) Load(name string, v any) (bool, error) {
	path, err := b.statePath(name)
	if err != nil {
		return false, err
	}
	data, err := os.ReadFile(path) // #nosec G304 -- inside the state folder
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("key state %q: %w", name, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("key state %q: %w", name, err)
	}
	return true, nil
}

// Save keeps v as the JSON state called name. When it returns nil the state
// survives a crash of the process and of the machine; when it fails, the state
// on disk is the old one or the new one, never a mixture.
func (b *Body) Save(name string, v any) error {
	path, err := b.statePath(name)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("key state %q: %w", name, err)
	}
	if err := b.replace(path, append(data, '\n')); err != nil {
		return fmt.Errorf("key state %q: %w", name, err)
	}
	return nil
}

// replace writes a new file beside the old one and renames it into place.
func (b *Body) replace(path string, data []byte) error {
	f, err := os.CreateTemp(b.dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return b.folder.Sync()
}

func (b *Body) statePath(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return "", fmt.Errorf("key state name %q: want a plain word", name)
	}
	return filepath.Join(b.dir, name+".json"), nil
}
