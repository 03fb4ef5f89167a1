// Package pcscd is a bench for emulated security keys: a pcscd of its own, with
// virtual readers, in a private network and with private mounts, so that any
// number of benches stand side by side and none touches the system's. The keys
// run inside; their FIDO2 terminals and control sockets are seen outside, and
// so is pcscd's socket. For tests and demonstrations only; Linux only.
package pcscd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"holdfast/token/virtual"
)

// Options describe a bench.
type Options struct {
	Dir           string // folder for everything; keep its path short, sockets are made in it
	Program       string // path of the program virtualkey
	Driver        string // libifdvpcd.so; empty: found
	Readers       int    // number of readers; 0: as many as keys, at least 3
	Keys          int    // keys key1, key2, ... to start at once
	Serial        uint32 // serial number of the first new key; 0: 10000001
	Firmware      string // what new keys report; empty: the key's own choice
	Make          string // what new keys are, see body.MakeUsage; empty: a YubiKey's
	Touched       bool   // keys begin with automatic touch
	SmartCardOnly bool   // keys have no FIDO2 side

	// ReaderNames name the first reader, the second, and so on, as a key of that
	// make shows itself; an empty name, and none, is a YubiKey's. pcscd has its
	// readers from the start, so a key is given the reader that is named for it.
	ReaderNames []string
}

// firstSerial is the serial number of a bench's first key.
const firstSerial = 10000001

// complete fills in what was left to the bench, and makes paths absolute.
func (o *Options) complete() (err error) {
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return err
	}
	if o.Program, err = filepath.Abs(o.Program); err != nil {
		return err
	}
	if o.Readers == 0 {
		o.Readers = max(o.Keys, 3)
	}
	if o.Keys > o.Readers {
		return fmt.Errorf("%d keys do not go into %d readers", o.Keys, o.Readers)
	}
	if o.Serial == 0 {
		o.Serial = firstSerial
	}
	if len(o.ReaderNames) > o.Readers {
		return fmt.Errorf("%d names for %d readers", len(o.ReaderNames), o.Readers)
	}
	for _, name := range o.ReaderNames {
		if err := checkReaderName(name); err != nil {
			return err
		}
	}
	return os.MkdirAll(o.Dir, 0o700)
}

// firstKeys are the keys that a bench starts with.
func (o Options) firstKeys() []KeyOptions {
	var all []KeyOptions
	for n := range o.Keys {
		all = append(all, KeyOptions{Name: fmt.Sprintf("key%d", n+1)})
	}
	return all
}

// words is the command line that means these options.
func (o Options) words() []string {
	words := []string{
		"--dir", o.Dir, "--readers", strconv.Itoa(o.Readers), "--keys", strconv.Itoa(o.Keys),
		"--serial", strconv.FormatUint(uint64(o.Serial), 10),
	}
	if o.Driver != "" {
		words = append(words, "--driver", o.Driver)
	}
	if o.Firmware != "" {
		words = append(words, "--firmware", o.Firmware)
	}
	if o.Make != "" {
		words = append(words, "--make", o.Make)
	}
	for _, name := range o.ReaderNames {
		words = append(words, "--reader-name", name)
	}
	if o.Touched {
		words = append(words, "--touched")
	}
	if o.SmartCardOnly {
		words = append(words, "--smart-card-only")
	}
	return words
}

// InsideCommand is the hidden command of virtualkey that calls Inside.
const InsideCommand = "bench-inside"

// Outside runs a bench until ctx ends: it starts the program again, in a room
// of its own, and holds its lifeline. The words of the bench go to stdout and
// stderr; "ready" on stdout says that it is.
func Outside(ctx context.Context, o Options, stdout, stderr io.Writer) error {
	if err := o.complete(); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(o.Dir, readyFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd, err := startInRoom(func() *exec.Cmd {
		cmd := exec.Command(o.Program, append([]string{InsideCommand}, o.words()...)...) // #nosec G204 -- this program
		cmd.Stdin, cmd.Stdout, cmd.Stderr = reader, stdout, stderr
		return cmd
	})
	if err != nil {
		return errors.Join(err, reader.Close(), writer.Close())
	}
	cut := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { cut <- writer.Close() })
	err = errors.Join(cmd.Wait(), reader.Close())
	if stop() {
		return errors.Join(err, writer.Close())
	}
	return errors.Join(err, <-cut)
}

// Bench is a running bench, as a Go test holds it.
type Bench struct {
	options Options
	dir     string
	stop    context.CancelFunc
	done    chan error
}

// Start runs a bench in a process of its own and waits until it is ready. The
// program virtualkey must have been built before. Close ends it; so does the
// end of ctx.
func Start(ctx context.Context, o Options) (*Bench, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(o.Program); err != nil {
		return nil, fmt.Errorf("program virtualkey: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	b := &Bench{options: o, dir: o.Dir, stop: stop, done: make(chan error, 1)}
	var words bytes.Buffer // read only after the process has ended
	go func() {
		err := Outside(ctx, o, io.Discard, &words)
		if err != nil && words.Len() > 0 {
			err = fmt.Errorf("%s: %w", bytes.TrimSpace(words.Bytes()), err)
		}
		b.done <- err
	}()
	if err := b.awaitReady(ctx); err != nil {
		stop()
		return nil, err
	}
	return b, nil
}

func (b *Bench) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-b.done:
			if err == nil {
				err = errors.New("it ended at once")
			}
			return fmt.Errorf("bench of emulated keys: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if _, err := os.Stat(filepath.Join(b.dir, readyFile)); err == nil {
				return nil
			}
		}
	}
}

// Close ends the bench with all its processes and waits for their end.
func (b *Bench) Close() error {
	b.stop()
	return <-b.done
}

// Env is what to add to a program's environment so that it talks to this
// bench's pcscd: "PCSCLITE_CSOCK_NAME=path".
func (b *Bench) Env() []string { return []string{"PCSCLITE_CSOCK_NAME=" + b.Socket()} }

// Socket is the path of pcscd's socket.
func (b *Bench) Socket() string { return filepath.Join(b.dir, runFolder, pcscSocket) }

// Dir is the bench's folder.
func (b *Bench) Dir() string { return b.dir }

// ReaderName is the name that programs see for a reader, counted from 0.
func (b *Bench) ReaderName(reader int) string { return b.options.friendlyName(reader) + slotSuffix }

// HID is the path of a key's FIDO2 side, as libfido2 opens it.
func (b *Bench) HID(key string) string { return filepath.Join(b.dir, key+deviceSuffix) }

// State is the state folder of a key; the record of its operations is in it.
func (b *Bench) State(key string) string { return filepath.Join(b.dir, keysFolder, key) }

// Trace is the file with all APDUs that a key got and gave.
func (b *Bench) Trace(key string) string { return filepath.Join(b.dir, key+".trace") }

// Authority is the folder of the authority that attests to all keys.
func (b *Bench) Authority() string { return filepath.Join(b.dir, "authority") }

// StartKey starts a key and waits until programs can reach it.
func (b *Bench) StartKey(ctx context.Context, s KeyOptions) error {
	_, err := b.Order(ctx, s.words()...)
	return err
}

// Order gives the bench an order; see Usage.
func (b *Bench) Order(ctx context.Context, words ...string) ([]string, error) {
	return virtual.Ask(ctx, filepath.Join(b.dir, benchSocket), words...)
}

// Key gives a key an order; see virtual.Usage.
func (b *Bench) Key(ctx context.Context, key string, words ...string) ([]string, error) {
	return virtual.Ask(ctx, filepath.Join(b.dir, key+".sock"), words...)
}
