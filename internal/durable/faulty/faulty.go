// Package faulty is a file system for tests in which one chosen step fails: without having happened, or though it happened. It shows that no
// durable act ends half done, whichever step goes wrong.
package faulty

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"holdfast/internal/durable"
)

// ErrFault is the error of the step that fails, and of every step after it in a crash.
var ErrFault = errors.New("injected fault")

// FS passes every step to Inner and counts it; step number FailAt (from 1; 0 for none) fails.
type FS struct {
	Inner   durable.FS
	FailAt  int
	Persist bool // the failing step takes effect all the same
	Crash   bool // every step after the failing one fails too, as if the power were gone

	mu    sync.Mutex
	steps int      // steps so far; guarded by mu
	names []string // what each step was; guarded by mu
}

var _ durable.FS = (*FS)(nil)

// Steps is how many steps were taken.
func (f *FS) Steps() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.steps
}

// Failed names the step that failed, for messages; empty when none did.
func (f *FS) Failed() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.FailAt < 1 || f.FailAt > f.steps {
		return ""
	}
	return f.names[f.FailAt-1]
}

func (f *FS) step(name string, do func() error) error {
	f.mu.Lock()
	f.steps++
	f.names = append(f.names, name)
	at := f.steps
	f.mu.Unlock()
	switch {
	case f.FailAt == 0 || at < f.FailAt || at > f.FailAt && !f.Crash:
		return do()
	case at == f.FailAt && f.Persist:
		if err := do(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w at step %d (%s)", ErrFault, at, name)
}

// OpenFile implements durable.FS.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	var file durable.File
	err := f.step("open "+name, func() error {
		var err error
		file, err = f.Inner.OpenFile(name, flag, perm)
		return err
	})
	if err != nil && file != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err != nil {
		return nil, err
	}
	return &openFile{file, f, name}, nil
}

// Rename implements durable.FS.
func (f *FS) Rename(oldName, newName string) error {
	return f.step("rename to "+newName, func() error { return f.Inner.Rename(oldName, newName) })
}

// RenameExclusive implements durable.FS.
func (f *FS) RenameExclusive(oldName, newName string) error {
	return f.step("exclusive rename to "+newName, func() error { return f.Inner.RenameExclusive(oldName, newName) })
}

// Remove implements durable.FS.
func (f *FS) Remove(name string) error {
	return f.step("remove "+name, func() error { return f.Inner.Remove(name) })
}

// Mkdir implements durable.FS.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	return f.step("mkdir "+name, func() error { return f.Inner.Mkdir(name, perm) })
}

// Stat implements durable.FS; it changes nothing and never fails on purpose.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.Inner.Stat(name) }

// SyncDir implements durable.FS.
func (f *FS) SyncDir(name string) error {
	return f.step("sync folder "+name, func() error { return f.Inner.SyncDir(name) })
}

type openFile struct {
	durable.File
	fs   *FS
	name string
}

func (o *openFile) Write(p []byte) (int, error) {
	n := 0
	err := o.fs.step("write "+o.name, func() error {
		var err error
		n, err = o.File.Write(p)
		return err
	})
	return n, err
}

func (o *openFile) Sync() error { return o.fs.step("sync "+o.name, o.File.Sync) }

// Close always closes the real file, so that tests leak no descriptors.
func (o *openFile) Close() error {
	closed := false
	err := o.fs.step("close "+o.name, func() error {
		closed = true
		return o.File.Close()
	})
	if !closed {
		return errors.Join(err, o.File.Close())
	}
	return err
}

// Each runs act once without a fault to learn its steps, and then four times per step: failed, failed but persisted, and both with a crash.
// fresh prepares a new state and returns the act on it; check is called after each faulty run with the error of act. Each returns the number of
// steps, for the test to insist that there were some.
func Each(fresh func() (act func(durable.FS) error, check func(f *FS, err error))) (int, error) {
	act, _ := fresh()
	dry := &FS{Inner: durable.OS{}}
	if err := act(dry); err != nil {
		return 0, fmt.Errorf("without a fault: %w", err)
	}
	for at := 1; at <= dry.Steps(); at++ {
		for mode := range 4 {
			act, check := fresh()
			f := &FS{Inner: durable.OS{}, FailAt: at, Persist: mode&1 != 0, Crash: mode&2 != 0}
			check(f, act(f))
		}
	}
	return dry.Steps(), nil
}
