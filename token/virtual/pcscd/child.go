package pcscd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"holdfast/internal/child"
)

// logged is a process that the bench started, with the file its words go to.
type logged struct {
	*child.Child
	name string
	log  *os.File
}

// startLogged starts a program whose words go to a file. It dies with the bench.
func startLogged(name, logPath string, words ...string) (*logged, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // #nosec G304 -- inside the bench's folder
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(words[0], words[1:]...) // #nosec G204 -- pcscd, or this program
	cmd.Stdout, cmd.Stderr = log, log
	c, err := child.Start(name, cmd)
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &logged{c, name, log}, nil
}

// patience is how long a process may take to end before it is killed.
const patience = 3 * time.Second

// end sends a signal to the process and waits for its end.
func (l *logged) end(sig os.Signal) error {
	if err := l.Signal(sig); err != nil {
		return err
	}
	if !l.Wait(patience) {
		if err := l.Kill(); err != nil {
			return err
		}
	}
	return l.log.Close()
}

// await looks again and again until the process is found ready. It fails when
// the process ends first, with the last of what it said.
func (l *logged) await(ctx context.Context, ready func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-l.Done():
			return fmt.Errorf("%s has ended (%w): %s", l.name, l.Err(), l.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s does not get ready: %w: %s", l.name, ctx.Err(), l.lastWords())
		}
	}
	return nil
}

// lastWords is the end of the process's log.
func (l *logged) lastWords() string {
	data, err := os.ReadFile(l.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-1000):])
}
