// Package single keeps one window for one vault: the first holds a lock and listens on a socket in the state folder; a second asks it to come to the
// front, and ends. That is all that can be asked: whatever else is sent is dropped unread. Only the same account is heard.
package single

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"holdfast/internal/durable"
)

// The whole protocol: one line there, one line back.
const (
	ask    = "raise\n"
	answer = "raised\n"
)

// patience bounds each conversation.
const patience = 2 * time.Second

// longestPath is the longest path of a socket (108 bytes on Linux, 104 elsewhere, with their end).
const longestPath = 103

// ErrSilent says that a first one is there and does not answer.
var ErrSilent = errors.New("the one that is running does not answer")

// Instance is the one window of a vault.
type Instance struct {
	lock   *durable.Lock
	socket net.Listener // nil where no socket can be had: a second start then says that the first is there
	raise  chan struct{}
}

// First takes the place of the one window under a path in the state folder; path.lock and path.socket are made. Where another has it, that one is asked to
// come to the front, and both the instance and the error are nil. What a killed process left behind hinders nobody: the system drops its lock.
func First(path string) (*Instance, error) {
	if err := durable.MkdirAll(durable.OS{}, filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	lock, err := durable.TryLock(path + ".lock")
	if errors.Is(err, durable.ErrLocked) {
		return nil, Raise(path)
	}
	if err != nil {
		return nil, err
	}
	i := &Instance{lock: lock, raise: make(chan struct{}, 1)}
	if err := i.listen(path + ".socket"); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return i, nil
}

// listen opens the socket, in place of one that a killed process left.
func (i *Instance) listen(path string) error {
	if !supported || len(path) > longestPath {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { //nolint:gosec // in the program's own state folder
		return fmt.Errorf("the socket of an earlier window: %w", err)
	}
	l, err := listenPrivately(path)
	if err != nil {
		return fmt.Errorf("the window's socket: %w", err)
	}
	i.socket = l
	go i.serve()
	return nil
}

// serve answers until the socket is closed.
func (i *Instance) serve() {
	for {
		c, err := i.socket.Accept()
		if err != nil {
			return
		}
		go i.hear(c)
	}
}

// hear takes one question, and drops whoever asks another or is another account.
func (i *Instance) hear(c net.Conn) {
	defer func() { _ = c.Close() }() // whoever asked has the answer, or none
	if c.SetDeadline(time.Now().Add(patience)) != nil || !sameAccount(c) {
		return
	}
	got := make([]byte, len(ask))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != ask {
		return
	}
	select {
	case i.raise <- struct{}{}:
	default: // one is waiting already
	}
	if _, err := io.WriteString(c, answer); err != nil {
		return
	}
}

// Raised receives each time another start asks for the window.
func (i *Instance) Raised() <-chan struct{} { return i.raise }

// Close gives the place up.
func (i *Instance) Close() error {
	var err error
	if i.socket != nil {
		err = i.socket.Close() // takes the socket's file away, too
	}
	return errors.Join(err, i.lock.Unlock())
}

// Raise asks the one window to come to the front: ErrSilent when it does not answer.
func Raise(path string) error {
	d := net.Dialer{Timeout: patience}
	c, err := d.DialContext(context.Background(), "unix", path+".socket")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSilent, err)
	}
	defer func() { _ = c.Close() }() // the answer is read
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := io.WriteString(c, ask); err != nil {
		return fmt.Errorf("%w: %w", ErrSilent, err)
	}
	var said strings.Builder
	if _, err := io.Copy(&said, io.LimitReader(c, int64(len(answer)))); err != nil || said.String() != answer {
		return errors.Join(ErrSilent, err)
	}
	return nil
}
