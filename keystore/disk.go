package keystore

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"holdfast/internal/durable"
	"holdfast/keystore/store"
)

// disk is a file system whose errors name want of room, store.ErrDiskFull, whatever system it is.
type disk struct{ durable.FS }

// room turns want of room, also under a quota, into store.ErrDiskFull.
func room(err error) error {
	const windowsDiskFull = syscall.Errno(112) // ERROR_DISK_FULL; elsewhere the number is EHOSTDOWN, which no file gives
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, windowsDiskFull) {
		return fmt.Errorf("%w: %w", store.ErrDiskFull, err)
	}
	return err
}

// OpenFile implements durable.FS.
func (d disk) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	f, err := d.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, room(err)
	}
	return diskFile{f}, nil
}

// Rename implements durable.FS.
func (d disk) Rename(from, to string) error { return room(d.FS.Rename(from, to)) }

// RenameExclusive implements durable.FS.
func (d disk) RenameExclusive(from, to string) error { return room(d.FS.RenameExclusive(from, to)) }

// Mkdir implements durable.FS.
func (d disk) Mkdir(name string, perm fs.FileMode) error { return room(d.FS.Mkdir(name, perm)) }

// SyncDir implements durable.FS.
func (d disk) SyncDir(name string) error { return room(d.FS.SyncDir(name)) }

type diskFile struct{ durable.File }

// Write implements io.Writer.
func (f diskFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	return n, room(err)
}

// Sync implements durable.File.
func (f diskFile) Sync() error { return room(f.File.Sync()) }

// Close implements durable.File.
func (f diskFile) Close() error { return room(f.File.Close()) }
