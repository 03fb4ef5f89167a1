// Package inmemory spares tests the waiting for a disk. A test that makes and syncs files hundreds of times over shows
// nothing more where each sync waits for a device: what has not come to the disk is seen only after a loss of power,
// which no test brings about.
package inmemory

import "os"

// room is how much must be free, in bytes, for memory to be taken: more than the tests of a package keep at once
// (350 MB those of packaging, 100 MB others).
const room = 512 << 20

// TempDir makes a folder in memory the place of this process's temporary folders, and of those of the processes that
// it starts. Where the system has none, or too little room there, they stay where they are. It is for TestMain.
func TempDir() error {
	if dir, ok := folder(room); ok {
		return os.Setenv("TMPDIR", dir)
	}
	return nil
}
