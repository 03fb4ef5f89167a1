package journey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/child"
)

// Running is a program with a window that tells nothing: it is only looked at, and measured.
type Running struct {
	Begun   time.Time
	process *child.Child
	log     *os.File
}

// Run starts a program on the screen. Close ends it.
func (s *Screen) Run(p Program) (*Running, error) {
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = append(append([]string{}, p.Env...), s.Env()...)
	cmd.Stdout, cmd.Stderr = log, log
	begun := time.Now()
	c, err := child.Start(filepath.Base(p.Path), cmd)
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &Running{begun, c, log}, nil
}

// Close ends the program. The error of one that does not end holds what it said where it hangs, and that of one that has ended by itself what it
// said before.
func (r *Running) Close() error {
	err := r.alive()
	if err == nil {
		if err = end("the program", r.process); err != nil {
			err = r.said(err)
		}
	}
	return errors.Join(err, r.log.Close())
}

// alive is an error when the program has ended by itself.
func (r *Running) alive() error {
	if r.process.Running() {
		return nil
	}
	return r.said(fmt.Errorf("the program has ended by itself (%w)", cmp.Or(r.process.Err(), errors.New("in peace"))))
}

// said is an error with what the program has said.
func (r *Running) said(err error) error {
	words, e := os.ReadFile(r.log.Name())
	return errors.Join(fmt.Errorf("%w:\n%s", err, words), e)
}

// Resident is the program's memory that is in use now, in bytes.
func (r *Running) Resident() (int64, error) {
	data, err := os.ReadFile(r.proc("status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("%s names no VmRSS", r.proc("status"))
}

// CPU is the processor time that the program has used, with that of the processes it started and that have ended.
func (r *Running) CPU() (time.Duration, error) {
	own, err := r.threads()
	if err := r.alive(); err != nil {
		return 0, err
	}
	if err != nil {
		return 0, err
	}
	data, err := os.ReadFile(r.proc("stat"))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(data), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 15 {
		return 0, fmt.Errorf("%s is of an unknown form", r.proc("stat"))
	}
	children := time.Duration(0)
	for _, ticks := range f[13:15] { // cutime, cstime
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			return 0, err
		}
		children += time.Duration(n) * time.Second / ticksPerSecond
	}
	return own + children, nil
}

// ticksPerSecond is the unit of the times in /proc/PID/stat, USER_HZ, the same on every Linux that Go runs on.
const ticksPerSecond = 100

// threads is the processor time of all threads, in nanoseconds from the scheduler: the ticks in /proc/PID/stat are too coarse for a program at rest.
func (r *Running) threads() (sum time.Duration, err error) {
	list, err := filepath.Glob(r.proc("task/*/schedstat"))
	if err != nil {
		return 0, err
	}
	for _, path := range list {
		data, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // the thread has ended
		}
		if err != nil {
			return 0, err
		}
		f := strings.Fields(string(data))
		if len(f) == 0 {
			return 0, fmt.Errorf("%s is empty", path)
		}
		n, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

func (r *Running) proc(name string) string {
	return fmt.Sprintf("/proc/%d/%s", r.process.Pid(), name)
}

// Idle is the share of one processor that programs use while nothing happens for a time, all in the same time.
func Idle(ctx context.Context, lasting time.Duration, programs ...*Running) ([]float64, error) {
	measure := func() (list []time.Duration, err error) {
		for _, p := range programs {
			used, e := p.CPU()
			list, err = append(list, used), errors.Join(err, e)
		}
		return list, err
	}
	before, err := measure()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	select {
	case <-time.After(lasting):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	after, err := measure()
	if err != nil {
		return nil, err
	}
	shares := make([]float64, len(programs))
	for i := range programs {
		if after[i] == 0 { // one that has just been started may have none yet, but not for so long
			return nil, errors.New("this system does not tell the processor time of threads (/proc/PID/task/TID/schedstat)")
		}
		shares[i] = float64(after[i]-before[i]) / float64(time.Since(begun))
	}
	return shares, nil
}
