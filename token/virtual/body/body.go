// Package body is what the two sides of an emulated security key share: its
// button, its plug, its serial number and firmware, the folder that keeps its
// state, and the record of every operation. The smart-card side (package piv)
// and the FIDO2 side (package ctap) each hold a *Body and nothing of each other.
package body

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// ErrUnplugged tells that the key was pulled out while it was being waited for.
// Transports answer nothing then: a key that is gone sends no status.
var ErrUnplugged = errors.New("the key is unplugged")

// Options say which key is made or opened.
type Options struct {
	Dir      string    // state folder; made with mode 0700 when it is missing
	Serial   uint32    // 0 takes the folder's own, or 1 for a new key
	Firmware string    // "5.7.1"; empty takes the folder's own, or DefaultFirmware
	Make     string    // "canokey", see MakeUsage; empty takes the folder's own, or a YubiKey's; it cannot be changed
	Random   io.Reader // nil means crypto/rand
}

// DefaultFirmware is what a new key reports when nothing else is asked for.
const DefaultFirmware = "5.7.1"

// Body is one key as a physical thing. Its methods may be called from several
// goroutines.
//
// Lock and Unlock guard the state of both sides, so that an operation of one
// side never sees half an operation of the other. No method of Body takes that
// lock. It is not to be held while waiting for a touch.
type Body struct {
	sync.Mutex // state of both sides; see above

	dir    string
	random io.Reader
	folder *os.File // holds the lock on the state folder

	mu       sync.Mutex // all below
	identity identity
	plug     plug
	touch    touch
	freeze   gate
	limits   map[Unit]int
	record   record
	faults   []Injection
}

// identity is what the key says about itself, kept as "body.json".
type identity struct {
	Serial   uint32 `json:"serial"`
	Firmware string `json:"firmware"`
	Make     Make   `json:"make"`
}

// Open makes the key's state folder, or opens it again. The folder is locked:
// a second process that opens it gets an error. The key starts plugged in.
func Open(o Options) (*Body, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("key state folder: %w", err)
	}
	folder, err := lockFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	b := &Body{dir: o.Dir, random: o.Random, folder: folder, limits: map[Unit]int{}}
	if b.random == nil {
		b.random = rand.Reader
	}
	b.plug.init()
	b.freeze.init()
	if err := b.start(o); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return b, nil
}

// start reads the kept identity, lets the options overrule it and opens the record.
func (b *Body) start(o Options) error {
	id := identity{Serial: 1, Firmware: DefaultFirmware, Make: YubiKey()}
	known, err := b.Load("body", &id)
	if err != nil {
		return err
	}
	if o.Make != "" {
		asked, err := ParseMake(o.Make)
		if err != nil {
			return err
		}
		if known && asked != id.Make {
			return fmt.Errorf("the key in %q is of make %q, not %q", b.dir, id.Make, asked)
		}
		id.Make = asked
	}
	if o.Serial != 0 {
		id.Serial = o.Serial
	}
	if o.Firmware != "" {
		id.Firmware = o.Firmware
	}
	if _, err := parseVersion(id.Firmware); err != nil {
		return err
	}
	if err := b.Save("body", id); err != nil {
		return err
	}
	b.identity = id
	return b.record.open(b.dir)
}

// Close unplugs the key, closes its record and gives the state folder free.
// It reports an operation that could not be written to the record, too.
func (b *Body) Close() error {
	b.Unplug()
	b.mu.Lock()
	defer b.mu.Unlock()
	return errors.Join(b.record.close(), unlockFolder(b.folder))
}

// Dir is the state folder.
func (b *Body) Dir() string { return b.dir }

// Random is where the key takes its randomness from.
func (b *Body) Random() io.Reader { return b.random }

// Serial is the number that the key reports.
func (b *Body) Serial() uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.identity.Serial
}

// SetSerial changes the number that the key reports, and keeps it.
func (b *Body) SetSerial(serial uint32) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.identity
	id.Serial = serial
	if err := b.Save("body", id); err != nil {
		return err
	}
	b.identity = id
	return nil
}

// Firmware is the version that the key reports.
func (b *Body) Firmware() (major, minor, patch byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := parseVersion(b.identity.Firmware)
	if err != nil {
		return 0, 0, 0 // cannot be: every way in parses it first
	}
	return v[0], v[1], v[2]
}

// Make is what keys of this key's maker have.
func (b *Body) Make() Make {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.identity.Make
}

// AtLeast tells whether the reported firmware is the given version or later.
func (b *Body) AtLeast(major, minor, patch byte) bool {
	x, y, z := b.Firmware()
	have := int(x)<<16 | int(y)<<8 | int(z)
	return have >= int(major)<<16|int(minor)<<8|int(patch)
}

// SetFirmware changes the version that the key reports, for example "5.4.3",
// and keeps it.
func (b *Body) SetFirmware(version string) error {
	if _, err := parseVersion(version); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.identity
	id.Firmware = version
	if err := b.Save("body", id); err != nil {
		return err
	}
	b.identity = id
	return nil
}

// parseVersion reads "major.minor.patch", each 0 to 255.
func parseVersion(s string) ([3]byte, error) {
	var v [3]byte
	if _, err := fmt.Sscanf(s, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
		return v, fmt.Errorf("firmware version %q is not major.minor.patch", s)
	}
	if fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) != s {
		return v, fmt.Errorf("firmware version %q is not major.minor.patch", s)
	}
	return v, nil
}

// Frozen waits while the key is frozen; it returns at once when it is not. A
// frozen key takes commands and answers none of them. The error is that of ctx,
// or ErrUnplugged.
func (b *Body) Frozen(ctx context.Context) error {
	b.mu.Lock()
	thawed, gone := b.freeze.open, b.plug.gone()
	b.mu.Unlock()
	select {
	case <-thawed:
		return nil
	default:
	}
	select {
	case <-thawed:
		return nil
	case <-gone:
		return ErrUnplugged
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Freeze makes the key stop answering until Thaw.
func (b *Body) Freeze() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.freeze.shut()
}

// Thaw lets a frozen key answer again.
func (b *Body) Thaw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.freeze.unlock()
}
