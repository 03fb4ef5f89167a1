package journey

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"holdfast/internal/child"
)

// endPatience is how long a program may take to end before it is killed.
const endPatience = 5 * time.Second

// end tells a program to end, and waits for it. One that does not is told to say where it hangs, in its log, as programs in Go do.
func end(name string, c *child.Child) error {
	if err := c.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if c.Wait(endPatience) {
		return nil
	}
	late := fmt.Errorf("%s did not end within %s of being told to", name, endPatience)
	if err := c.Signal(syscall.SIGQUIT); err == nil && c.Wait(endPatience) {
		return late
	}
	return errors.Join(late, c.Kill())
}

// pollEvery is how often something is looked at that cannot be waited for.
const pollEvery = 20 * time.Millisecond

// until looks again and again until something is so, or ctx ends.
func until(ctx context.Context, what string, so func() (bool, error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if ok, err := so(); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
	}
}
