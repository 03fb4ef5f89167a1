package secret

import (
	"fmt"
	"log/slog"
	"sync"
	"unicode/utf8"
)

// Typed is what a person is typing: a PIN or passphrase that grows and shrinks in locked memory of a fixed size, so that nothing is ever
// reallocated and left behind.
type Typed struct {
	mu   sync.Mutex
	room *Bytes // guarded by mu
	n    int    // bytes typed so far; guarded by mu
}

// NewTyped makes room for at most max bytes.
func NewTyped(max int) (*Typed, error) {
	room, err := New(max)
	if err != nil {
		return nil, err
	}
	return &Typed{room: room}, nil
}

// Push adds bytes at the end, all or none.
func (t *Typed) Push(p ...byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n+len(p) > t.room.Len() {
		return fmt.Errorf("too long: at most %d bytes", t.room.Len())
	}
	err := t.room.Fill(func(room []byte) error {
		copy(room[t.n:], p)
		return nil
	})
	if err == nil {
		t.n += len(p)
	}
	return err
}

// PushRune adds one character as UTF-8.
func (t *Typed) PushRune(r rune) error {
	var room [utf8.UTFMax]byte
	defer clear(room[:])
	return t.Push(room[:utf8.EncodeRune(room[:], r)]...)
}

// Backspace takes the last character (one UTF-8 sequence, or one byte that is not UTF-8) away and wipes it.
func (t *Typed) Backspace() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		return
	}
	err := t.room.Fill(func(room []byte) error {
		_, size := utf8.DecodeLastRune(room[:t.n])
		clear(room[t.n-size : t.n])
		t.n -= size
		return nil
	})
	if err != nil {
		t.n = 0 // the room is gone, and with it what was typed
	}
}

// Len is the number of bytes typed.
func (t *Typed) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// Take hands over what was typed and starts anew; nothing typed is an error.
func (t *Typed) Take() (*Bytes, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		return nil, fmt.Errorf("nothing was typed")
	}
	out, err := t.room.Part(0, t.n)
	if err != nil {
		return nil, err
	}
	return out, t.wipe()
}

// Clear wipes what was typed and keeps the room for typing again.
func (t *Typed) Clear() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wipe()
}

func (t *Typed) wipe() error {
	t.n = 0
	return t.room.Fill(func(room []byte) error {
		clear(room)
		return nil
	})
}

// Wipe ends the typing: everything is wiped and the memory given back. It may be called again and on nil.
func (t *Typed) Wipe() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n = 0
	t.room.Destroy()
}

// String never shows the content.
func (t *Typed) String() string { return shown }

// GoString never shows the content.
func (t *Typed) GoString() string { return shown }

// Format never shows the content, whatever the verb.
func (t *Typed) Format(f fmt.State, _ rune) { writeShown(f) }

// LogValue never shows the content.
func (t *Typed) LogValue() slog.Value { return slog.StringValue(shown) }

// MarshalJSON always fails.
func (t *Typed) MarshalJSON() ([]byte, error) { return nil, ErrNotEncodable }

// MarshalText always fails.
func (t *Typed) MarshalText() ([]byte, error) { return nil, ErrNotEncodable }

// GobEncode always fails.
func (t *Typed) GobEncode() ([]byte, error) { return nil, ErrNotEncodable }
