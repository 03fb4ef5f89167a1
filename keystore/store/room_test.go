package store

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// smallDisk is a file layer whose files answer every write beyond some bytes with an error of the system's.
type smallDisk struct {
	vfs.VFS
	room int64
	err  error
}

func (s smallDisk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(s.VFS, name, flags)
	if err != nil {
		return nil, flags, err
	}
	return &smallFile{File: f, disk: s}, flags, nil
}

type smallFile struct {
	vfs.File
	disk smallDisk
}

func (f *smallFile) WriteAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.disk.room {
		return 0, f.disk.err
	}
	return f.File.WriteAt(p, off)
}

// fillUp writes to a database on such a disk until it answers with an error.
func fillUp(t *testing.T, system error) error {
	t.Helper()
	name := "small-" + filepath.Base(t.TempDir())
	vfs.Register(name, roomVFS{smallDisk{VFS: vfs.Find(""), room: 64 << 10, err: system}})
	defer vfs.Unregister(name)
	db, err := sqlite3.Open("file:" + filepath.Join(t.TempDir(), "x.db") + "?vfs=" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Exec(`CREATE TABLE t (b BLOB)`); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err := db.Exec(`INSERT INTO t VALUES (randomblob(1000))`); err != nil {
			return err
		}
	}
	t.Fatal("the disk never became full")
	return nil
}

// TestWantOfRoomIsNoDamage: a full disk and a spent quota are ErrDiskFull, a write that the disk did not take is EIO, and neither is damage.
func TestWantOfRoomIsNoDamage(t *testing.T) {
	for _, system := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		if err := fillUp(t, system); !isFull(err) || isUnreadable(err) {
			t.Errorf("%v comes up as %v", system, err)
		}
	}
	if err := fillUp(t, syscall.EIO); isFull(err) || isUnreadable(err) || !isNotTaken(err) {
		t.Errorf("a failed write comes up as %v", err)
	}
	for _, damage := range []error{sqlite3.CORRUPT, sqlite3.NOTADB} {
		if !isUnreadable(damage) || isNotTaken(damage) || errors.Is(damage, sqlite3.FULL) {
			t.Errorf("%v is not told as damage", damage)
		}
	}
}
