// Package secret holds what must not leak: keys, seeds, PINs.
//
// A Bytes lives outside the garbage collected heap in pages that are locked against swapping, sit between guard pages, are read-only except
// while Fill writes, and are wiped when destroyed. On Linux kernels with memfd_secret(2) the pages also leave the kernel's own mapping, so that
// not even a process of the superuser reads them through /proc; elsewhere they come from memguard. While such pages exist the kernel refuses to
// hibernate, which would write them to disk.
//
// Locked memory is scarce (8 MiB on most desktops), so the number of live Bytes is bounded: running out is ErrExhausted, never a panic.
package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync"
)

// MaxLen is the most bytes one Bytes holds (64 KiB); no key, seed or PIN comes near.
const MaxLen = 64 << 10

var (
	// ErrExhausted says that no more locked memory is to be had; destroying a Bytes makes room for another.
	ErrExhausted = errors.New("too many secrets are held in locked memory at once; close something and try again")
	// ErrDestroyed says that the secret was wiped before this use.
	ErrDestroyed = errors.New("the secret has been wiped and can no longer be used")
	// ErrNotEncodable is the answer to every attempt to marshal a secret.
	ErrNotEncodable = errors.New("a secret cannot be encoded")
)

// Bytes is a secret of a fixed length in locked memory. The zero value is a destroyed secret. It is safe for use by several goroutines; a
// function passed to Expose or Fill must not use the same Bytes again.
type Bytes struct {
	mu   sync.RWMutex
	room *region // nil once destroyed; guarded by mu
	n    int
	stop runtime.Cleanup
}

// New returns n zero bytes (1 to MaxLen).
func New(n int) (*Bytes, error) {
	if n < 1 || n > MaxLen {
		return nil, fmt.Errorf("a secret of %d bytes: the length must be 1 to %d", n, MaxLen)
	}
	room, err := pages.take(n)
	if err != nil {
		return nil, err
	}
	b := &Bytes{room: room, n: n}
	// A Bytes that was forgotten is wiped when the collector finds it, so that a leak costs time and not the whole budget.
	b.stop = runtime.AddCleanup(b, func(r *region) { pages.give(r) }, room)
	return b, nil
}

// Random returns n bytes from the system's random source.
func Random(n int) (*Bytes, error) {
	return filled(n, func(p []byte) error {
		_, err := rand.Read(p)
		return err
	})
}

// Move copies src into locked memory and wipes src, also when it fails.
func Move(src []byte) (*Bytes, error) {
	defer clear(src)
	return filled(len(src), func(p []byte) error {
		copy(p, src)
		return nil
	})
}

// ReadFrom reads exactly n bytes from r straight into locked memory. A reader that buffers keeps its own copy: give it the file or pipe itself.
func ReadFrom(r io.Reader, n int) (*Bytes, error) {
	return filled(n, func(p []byte) error {
		if _, err := io.ReadFull(r, p); err != nil {
			return fmt.Errorf("reading a secret of %d bytes: %w", n, err)
		}
		return nil
	})
}

func filled(n int, fn func(p []byte) error) (*Bytes, error) {
	b, err := New(n)
	if err != nil {
		return nil, err
	}
	if err := b.Fill(fn); err != nil {
		b.Destroy()
		return nil, err
	}
	return b, nil
}

// Len is the number of bytes; it stays known after Destroy.
func (b *Bytes) Len() int {
	if b == nil {
		return 0
	}
	return b.n
}

// Expose lends the secret to fn for reading. p is valid only during fn, must not be kept and faults when written. This is the one method that
// reads, so its callers are the audit surface.
func (b *Bytes) Expose(fn func(p []byte) error) error {
	return b.read(fn)
}

func (b *Bytes) read(fn func(p []byte) error) error {
	if b == nil {
		return ErrDestroyed
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	p, err := b.view()
	if err != nil {
		return err
	}
	err = fn(p)
	runtime.KeepAlive(b)
	return err
}

// Fill lends the secret's memory to fn for writing; outside Fill the pages are read-only. p must not be kept.
func (b *Bytes) Fill(fn func(p []byte) error) error {
	if b == nil {
		return ErrDestroyed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.view()
	if err != nil {
		return err
	}
	if err := b.room.writable(); err != nil {
		return fmt.Errorf("making a secret's memory writable: %w", err)
	}
	err = fn(p)
	if roErr := b.room.readOnly(); roErr != nil {
		err = errors.Join(err, fmt.Errorf("making a secret's memory read-only: %w", roErr))
	}
	runtime.KeepAlive(b)
	return err
}

// view returns the bytes in place; mu is held.
func (b *Bytes) view() ([]byte, error) {
	if b.room == nil {
		return nil, ErrDestroyed
	}
	p := b.room.bytes()
	if len(p) < b.n {
		return nil, ErrDestroyed
	}
	// The end of the page borders the guard page, so that running over the end faults at once.
	return p[len(p)-b.n : len(p) : len(p)], nil
}

// Clone copies the secret into locked memory of its own.
func (b *Bytes) Clone() (*Bytes, error) {
	return b.part(0, b.Len())
}

// Part copies n bytes starting at from into locked memory of their own.
func (b *Bytes) Part(from, n int) (*Bytes, error) {
	if from < 0 || n < 1 || from > b.Len()-n {
		return nil, fmt.Errorf("part of a secret: bytes %d to %d of %d", from, from+n, b.Len())
	}
	return b.part(from, n)
}

func (b *Bytes) part(from, n int) (*Bytes, error) {
	if b == nil {
		return nil, ErrDestroyed
	}
	var out *Bytes
	err := b.read(func(p []byte) error {
		var err error
		out, err = filled(n, func(q []byte) error {
			copy(q, p[from:from+n])
			return nil
		})
		return err
	})
	return out, err
}

// Equal compares two secrets in constant time. Destroyed secrets equal nothing.
func (b *Bytes) Equal(other *Bytes) bool {
	if b == nil || other == nil {
		return false
	}
	if b == other {
		return b.read(func([]byte) error { return nil }) == nil
	}
	equal := false
	err := b.read(func(p []byte) error {
		return other.read(func(q []byte) error {
			equal = subtle.ConstantTimeCompare(p, q) == 1
			return nil
		})
	})
	return err == nil && equal
}

// Destroyed says whether the secret is gone.
func (b *Bytes) Destroyed() bool {
	if b == nil {
		return true
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.room == nil
}

// Destroy wipes the secret and gives its memory back. It waits for a running Expose, and may be called again and on nil.
func (b *Bytes) Destroy() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.room == nil {
		return
	}
	b.stop.Stop()
	pages.give(b.room)
	b.room = nil
}

const shown = "secret"

// String never shows the content.
func (b *Bytes) String() string { return shown }

// GoString never shows the content.
func (b *Bytes) GoString() string { return shown }

// Format never shows the content, whatever the verb.
func (b *Bytes) Format(f fmt.State, _ rune) { writeShown(f) }

// LogValue never shows the content.
func (b *Bytes) LogValue() slog.Value { return slog.StringValue(shown) }

// MarshalJSON always fails.
func (b *Bytes) MarshalJSON() ([]byte, error) { return nil, ErrNotEncodable }

// MarshalText always fails.
func (b *Bytes) MarshalText() ([]byte, error) { return nil, ErrNotEncodable }

// MarshalBinary always fails.
func (b *Bytes) MarshalBinary() ([]byte, error) { return nil, ErrNotEncodable }

// GobEncode always fails.
func (b *Bytes) GobEncode() ([]byte, error) { return nil, ErrNotEncodable }

func writeShown(f fmt.State) {
	if _, err := io.WriteString(f, shown); err != nil {
		return // a printer that cannot print has nobody to tell
	}
}
