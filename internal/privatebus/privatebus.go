// Package privatebus is a message bus (D-Bus) for a test or a demonstration: nothing of this machine's is asked or told.
package privatebus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"holdfast/internal/child"
)

// Bus is a running bus.
type Bus struct {
	Address string // as D-Bus clients take it: "unix:path=..."
	daemon  *child.Child
}

const policy = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="org.freedesktop.login1"/>
    <allow send_destination="*" eavesdrop="false"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>`

// patience is how long the daemon has to begin, and to end.
const patience = 30 * time.Second

// Start starts a bus; dir is a folder for its files. One that has ended may be started again in its folder, and has its address again.
func Start(ctx context.Context, dir string) (*Bus, error) {
	socket, config := filepath.Join(dir, "bus"), filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, policy, socket), 0o600); err != nil {
		return nil, err
	}
	daemon, err := child.Start("dbus-daemon", exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--nopidfile"))
	if err != nil {
		return nil, err
	}
	b := &Bus{"unix:path=" + socket, daemon}
	if err := b.await(ctx, socket); err != nil {
		return nil, errors.Join(err, daemon.Kill())
	}
	return b, nil
}

// await waits until the bus listens: its file is there before that.
func (b *Bus) await(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("unix", socket); err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-b.daemon.Done():
			return fmt.Errorf("it has ended: %w", b.daemon.Err())
		case <-ctx.Done():
			return fmt.Errorf("the bus does not get ready: %w", ctx.Err())
		}
	}
}

// Close ends the bus. It may be called again.
func (b *Bus) Close() error {
	if err := b.daemon.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if b.daemon.Wait(patience) {
		return nil
	}
	return errors.Join(errors.New("the bus did not end when it was told to"), b.daemon.Kill())
}
