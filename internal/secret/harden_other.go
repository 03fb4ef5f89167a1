//go:build !linux

package secret

import (
	"fmt"

	"github.com/awnumar/memcall"
)

// Harden turns core dumps off where the system writes them (not on Windows, whose error reports are configured outside the process).
func Harden() error {
	if err := memcall.DisableCoreDumps(); err != nil {
		return fmt.Errorf("turning core dumps off: %w", err)
	}
	return nil
}
