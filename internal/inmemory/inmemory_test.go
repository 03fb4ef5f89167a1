package inmemory

import (
	"math"
	"os"
	"testing"
)

// TestFoldersAreInMemoryWhereThereIsRoom holds that files can be made in the folder, and that none is named where
// there is too little room.
func TestFoldersAreInMemoryWhereThereIsRoom(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	was := os.TempDir()
	if err := TempDir(); err != nil {
		t.Fatal(err)
	}
	dir, ok := folder(room)
	if now := os.TempDir(); ok && now != dir || !ok && now != was {
		t.Errorf("temporary folders are in %s, %v", now, ok)
	}
	made, err := os.MkdirTemp("", "for-a-test") //nolint:usetesting // it is this folder's place that is tested
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(made); err != nil {
		t.Error(err)
	}
	if dir, ok := folder(math.MaxUint64); ok {
		t.Errorf("%s has all the room there can be", dir)
	}
}
