// Package child is a program that a test or a demonstration starts and ends, by its own process id. Linux only.
package child

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Child is a program that was started. Its methods may be called from several goroutines.
type Child struct {
	name  string
	cmd   *exec.Cmd
	done  chan struct{} // closed when it has ended
	err   error         // how it ended; read after done
	ended time.Time     // read after done
}

// Start starts a program; name is what errors call it. The kernel kills it when this process dies, whatever it dies of; that is tied to the thread
// that started it, so one thread is kept for it.
func Start(name string, cmd *exec.Cmd) (*Child, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c := &Child{name: name, cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err, c.ended = cmd.Wait(), time.Now()
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, c.failed(err)
	}
	return c, nil
}

func (c *Child) failed(err error) error { return fmt.Errorf("%s: %w", c.name, err) }

// Pid is its process id.
func (c *Child) Pid() int { return c.cmd.Process.Pid }

// Done is closed when it has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Running tells whether it has not ended yet.
func (c *Child) Running() bool { return !c.Wait(0) }

// Wait waits until it has ended by itself; false says that it did not in time.
func (c *Child) Wait(patience time.Duration) bool {
	select {
	case <-c.done:
		return true
	default:
	}
	if patience <= 0 {
		return false
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		return false
	}
}

// Err is how it ended, nil in peace. It must have ended.
func (c *Child) Err() error {
	if c.err == nil {
		return nil
	}
	return c.failed(c.err)
}

// Ended is when it ended. It must have ended.
func (c *Child) Ended() time.Time { return c.ended }

// Signal sends it a signal. One that has ended is sent none, which is no error.
func (c *Child) Signal(sig os.Signal) error {
	if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return c.failed(err)
	}
	return nil
}

// Kill ends it, whatever it is doing.
func (c *Child) Kill() error {
	if err := c.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-c.done
	return nil
}
