package store

import (
	"errors"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// roomVFS is a file layer whose files answer want of room with SQLITE_FULL, as SQLite's own unix layer does. The layer below answers a failed write
// with SQLITE_IOERR_WRITE and the system's error beside it, which the next call forgets: by the time a statement fails, nobody knows why.
type roomVFS struct{ vfs.VFS }

// Open implements vfs.VFS.
func (r roomVFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpen(r.VFS, name, flags)
	return roomFileOf(f, err), flags, noRoom(err)
}

// OpenFilename implements vfs.VFSFilename.
func (r roomVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(r.VFS, name, flags)
	return roomFileOf(f, err), flags, noRoom(err)
}

func roomFileOf(f vfs.File, err error) vfs.File {
	if err != nil {
		return nil
	}
	return &roomFile{f}
}

// noRoom turns want of room, also under a quota, into SQLITE_FULL.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return vfs.SystemError(err, sqlite3.FULL)
	}
	return err
}

// roomFile passes everything on, what a file may implement beyond vfs.File included.
type roomFile struct{ vfs.File }

var (
	_ vfs.FileUnwrap             = (*roomFile)(nil)
	_ vfs.FileLockState          = (*roomFile)(nil)
	_ vfs.FilePersistWAL         = (*roomFile)(nil)
	_ vfs.FilePowersafeOverwrite = (*roomFile)(nil)
	_ vfs.FileSizeHint           = (*roomFile)(nil)
	_ vfs.FileHasMoved           = (*roomFile)(nil)
	_ vfs.FileSharedMemory       = (*roomFile)(nil)
)

// WriteAt implements io.WriterAt.
func (f *roomFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, noRoom(err)
}

// Truncate implements vfs.File.
func (f *roomFile) Truncate(size int64) error { return noRoom(f.File.Truncate(size)) }

// Sync implements vfs.File.
func (f *roomFile) Sync(flags vfs.SyncFlag) error { return noRoom(f.File.Sync(flags)) }

// SizeHint implements vfs.FileSizeHint.
func (f *roomFile) SizeHint(size int64) error { return noRoom(vfsutil.WrapSizeHint(f.File, size)) }

// Unwrap implements vfs.FileUnwrap.
func (f *roomFile) Unwrap() vfs.File { return f.File }

// SharedMemory implements vfs.FileSharedMemory.
func (f *roomFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

// LockState implements vfs.FileLockState.
func (f *roomFile) LockState() vfs.LockLevel { return vfsutil.WrapLockState(f.File) }

// HasMoved implements vfs.FileHasMoved.
func (f *roomFile) HasMoved() (bool, error) { return vfsutil.WrapHasMoved(f.File) }

// PersistWAL implements vfs.FilePersistWAL.
func (f *roomFile) PersistWAL() bool { return vfsutil.WrapPersistWAL(f.File) }

// SetPersistWAL implements vfs.FilePersistWAL.
func (f *roomFile) SetPersistWAL(keep bool) { vfsutil.WrapSetPersistWAL(f.File, keep) }

// PowersafeOverwrite implements vfs.FilePowersafeOverwrite.
func (f *roomFile) PowersafeOverwrite() bool { return vfsutil.WrapPowersafeOverwrite(f.File) }

// SetPowersafeOverwrite implements vfs.FilePowersafeOverwrite.
func (f *roomFile) SetPowersafeOverwrite(psow bool) { vfsutil.WrapSetPowersafeOverwrite(f.File, psow) }
