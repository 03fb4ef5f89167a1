package keystore

import (
	"fmt"
	"os"
	"testing"

	"holdfast/internal/inmemory"
)

// TestMain keeps the vaults of these tests in memory. On the disk are those of the store's own tests, of the scripts
// of holdfastctl and of the journey.
func TestMain(m *testing.M) {
	if err := inmemory.TempDir(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
