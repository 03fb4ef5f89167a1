package body

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The sides of a key, as they stand in the record.
const (
	PIV        = "piv"
	FIDO2      = "fido2"
	Management = "management"
)

// Operation is one thing that the key was asked to do, as the record keeps it:
// one JSON object on a line.
type Operation struct {
	Time       time.Time `json:"time"`                 // filled in when zero
	Side       string    `json:"side"`                 // PIV, FIDO2 or Management
	Name       string    `json:"name"`                 // "general authenticate", "getAssertion"
	Slot       string    `json:"slot,omitempty"`       // PIV slot in hex, "82"
	Credential string    `json:"credential,omitempty"` // SHA-256 of the credential id, hex
	Salts      []string  `json:"salts,omitempty"`      // SHA-256 of each hmac-secret salt, hex
	PIN        bool      `json:"pin"`                  // the PIN was verified for this operation
	Touch      bool      `json:"touch"`                // a touch was given for this operation
	Result     string    `json:"result"`               // status word "9000", CTAP status "0x31"
}

// RecordFile is the name of the record in the state folder.
const RecordFile = "operations.jsonl"

// record keeps operations in memory and, as they happen, in a file.
type record struct {
	file *os.File
	all  []Operation
	err  error // the first operation that could not be written
}

func (r *record) open(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, RecordFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // #nosec G304 -- the folder is the caller's choice
	if err != nil {
		return fmt.Errorf("record of operations: %w", err)
	}
	r.file = f
	return nil
}

func (r *record) close() error { return errors.Join(r.err, r.file.Close()) }

func (r *record) add(op Operation) error {
	r.all = append(r.all, op)
	line, err := json.Marshal(op)
	if err != nil {
		return err
	}
	_, err = r.file.Write(append(line, '\n'))
	return err
}

// Record notes an operation. An operation that cannot be written to the file is
// still in Operations; Close reports the failure.
func (b *Body) Record(op Operation) {
	if op.Time.IsZero() {
		op.Time = time.Now().UTC()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.record.add(op); err != nil && b.record.err == nil {
		b.record.err = fmt.Errorf("record of operations: %w", err)
	}
}

// Operations are those recorded since the key was opened or the record was
// reset, oldest first.
func (b *Body) Operations() []Operation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.record.all)
}

// ResetRecord forgets all operations, in memory and in the file.
func (b *Body) ResetRecord() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.record.file.Truncate(0); err != nil {
		return fmt.Errorf("record of operations: %w", err)
	}
	b.record.all = nil
	return nil
}
