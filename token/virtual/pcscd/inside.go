package pcscd

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"holdfast/token/virtual"
)

// Names inside a bench's folder.
const (
	benchSocket   = "bench.sock"
	readyFile     = "ready"
	runFolder     = "run"
	confFolder    = "conf"
	driversFolder = "drivers"
	keysFolder    = "keys"
	lostFolder    = "lost"
	pcscSocket    = "pcscd.comm"
	deviceSuffix  = ".hid" // after the name of a key
)

// settling is how long pcscd or a key may take to get ready.
const settling = 20 * time.Second

// Inside is the bench inside its room: it starts pcscd and the first keys,
// calls ready, and takes orders until ctx ends or the lifeline is cut. It is
// called by the command that Outside starts, and by nothing else.
func Inside(ctx context.Context, o Options, alive io.Reader, ready func()) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		<-lifeline(alive)
	}()
	k := newKeys(o)
	pcscd, err := startPCSCD(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.endAll(), pcscd.end(syscall.SIGTERM)) }()
	for _, start := range o.firstKeys() {
		if err := k.start(ctx, start); err != nil {
			return err
		}
	}
	go func() {
		defer cancel()
		<-pcscd.Done()
	}()
	return takeOrders(ctx, o, k, ready)
}

// startPCSCD furnishes the room and starts pcscd in it.
func startPCSCD(ctx context.Context, o Options) (*logged, error) {
	run := filepath.Join(o.Dir, runFolder)
	if err := os.MkdirAll(run, 0o755); err != nil { // #nosec G301 -- as pcscd makes it
		return nil, err
	}
	program, err := findPCSCD()
	if err != nil {
		return nil, err
	}
	driver := o.Driver
	if driver == "" {
		if driver, err = findDriver(); err != nil {
			return nil, err
		}
	}
	conf := filepath.Join(o.Dir, confFolder)
	if err := writeReaders(conf, filepath.Join(o.Dir, driversFolder), driver, o.friendlyNames()); err != nil {
		return nil, err
	}
	if err := furnish(run); err != nil {
		return nil, err
	}
	c, err := startLogged("pcscd", filepath.Join(o.Dir, "pcscd.log"), program, "--foreground", "--config", conf)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	if err := c.await(ctx, func() bool { return answers(filepath.Join(socketFolder, pcscSocket)) }); err != nil {
		return nil, errors.Join(err, c.end(syscall.SIGKILL))
	}
	return c, nil
}

// answers tells whether something accepts connections on a Unix socket.
func answers(path string) bool {
	conn, err := net.Dial("unix", path)
	return err == nil && conn.Close() == nil
}

// takeOrders serves the bench's control socket, and says that it is ready once
// it does.
func takeOrders(ctx context.Context, o Options, k *keys, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served, listening := make(chan error, 1), make(chan struct{})
	go func() {
		served <- virtual.ServeOrders(ctx, filepath.Join(o.Dir, benchSocket), k.order, func() { close(listening) })
	}()
	select {
	case <-listening:
	case err := <-served:
		return err
	}
	if err := writeNew(filepath.Join(o.Dir, readyFile), []byte("ready\n"), 0o600); err != nil {
		return err
	}
	ready()
	err := <-served
	err = errors.Join(ignoreEnd(err), os.Remove(filepath.Join(o.Dir, readyFile)))
	return err
}

// ignoreEnd drops the error of an ended context: the bench was told to end.
func ignoreEnd(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
