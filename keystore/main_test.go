package keystore

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"holdfast/internal/inmemory"
)

// TestMain keeps the vaults of these tests in memory. On the disk are those of the store's own tests, of the scripts
// of holdfastctl and of the journey. What they leave to the collector is collected less often: each opens hundreds of
// databases, and half a gigabyte more is not missed.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	if err := inmemory.TempDir(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
