package pcscd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process that the bench started.
type child struct {
	name string
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; read after done
	when time.Time     // when it ended; read after done
}

// startChild starts a program whose words go to a file. The program is killed
// when the bench dies: the kernel ties that to the thread that started it, so
// one thread is kept for it.
func startChild(name, logPath string, words ...string) (*child, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // #nosec G304 -- inside the bench's folder
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(words[0], words[1:]...) // #nosec G204 -- pcscd, or this program
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c := &child{name: name, cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err, c.when = cmd.Wait(), time.Now()
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), log.Close())
	}
	return c, nil
}

// running tells whether the process is still there.
func (c *child) running() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// patience is how long a process may take to end before it is killed.
const patience = 3 * time.Second

// end sends a signal to the process and waits for its end.
func (c *child) end(sig os.Signal) error {
	if c.running() {
		if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-timer.C:
		if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		<-c.done
	}
	return c.log.Close()
}

// await looks again and again until the process is found ready. It fails when
// the process ends first, with the last of what it said.
func (c *child) await(ctx context.Context, ready func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-c.done:
			return fmt.Errorf("%s has ended (%w): %s", c.name, c.err, c.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s does not get ready: %w: %s", c.name, ctx.Err(), c.lastWords())
		}
	}
	return nil
}

// lastWords is the end of the process's log.
func (c *child) lastWords() string {
	data, err := os.ReadFile(c.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-1000):])
}
