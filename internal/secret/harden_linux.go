package secret

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Harden turns core dumps off and forbids other processes of the same user to attach to this one or read its memory (PR_SET_DUMPABLE 0). Call it
// first thing in main; a child that is executed afterwards must call it again.
func Harden() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turning core dumps off: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("closing the process to others (PR_SET_DUMPABLE): %w", err)
	}
	return nil
}
