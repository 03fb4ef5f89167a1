package store

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3"
)

// TestWantOfRoomIsNoDamage: an error that comes of a full disk or a quota is ErrDiskFull, one of a write that the disk did not take is EIO, and neither
// is damage; what cannot be read is.
func TestWantOfRoomIsNoDamage(t *testing.T) {
	for _, system := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		if err := noRoom(fmt.Errorf("write: %w", system)); !errors.Is(err, sqlite3.FULL) {
			t.Errorf("%v reaches SQLite as %v", system, err)
		}
	}
	if err := noRoom(syscall.EIO); errors.Is(err, sqlite3.FULL) {
		t.Error("a failing disk passes for a full one")
	}
	if !isFull(sqlite3.FULL) || isNotTaken(sqlite3.FULL) || isUnreadable(sqlite3.FULL) {
		t.Error("a full disk is not told as one")
	}
	if !isNotTaken(sqlite3.IOERR_WRITE) || isUnreadable(sqlite3.IOERR_WRITE) {
		t.Error("a write that was not taken passes for damage")
	}
	if !isUnreadable(sqlite3.CORRUPT) || !isUnreadable(sqlite3.NOTADB) || isNotTaken(sqlite3.CORRUPT) {
		t.Error("damage is not told as such")
	}
}
