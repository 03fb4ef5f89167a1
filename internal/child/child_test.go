package child

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestAChildEnds(t *testing.T) {
	for name, end := range map[string]func(*Child) error{
		"told":   func(c *Child) error { return c.Signal(syscall.SIGTERM) },
		"killed": func(c *Child) error { return c.Kill() },
	} {
		begun := time.Now()
		c, err := Start("sleeper", exec.Command("sleep", "600"))
		if err != nil {
			t.Fatal(err)
		}
		if !c.Running() || c.Pid() < 2 {
			t.Errorf("%s: running %v, process %d", name, c.Running(), c.Pid())
		}
		if err := end(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !c.Wait(30*time.Second) || c.Err() == nil || c.Ended().Before(begun) {
			t.Errorf("%s: %v, at %v", name, c.Err(), c.Ended())
		}
		if err := c.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("%s: one that has ended: %v", name, err)
		}
	}
}

func TestAChildThatIsNone(t *testing.T) {
	if c, err := Start("nothing", exec.Command("/nonexistent")); err == nil {
		t.Error(c.Kill())
	}
}
