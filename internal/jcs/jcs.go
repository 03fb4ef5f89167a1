// Package jcs writes and reads the JSON Canonicalization Scheme of RFC 8785: one value, one sequence of bytes.
// Whatever is signed, MACed or hashed as JSON in this program goes through it, so that a reader in another
// language computes the same bytes.
//
// Reading is strict, because two readers that disagree about a signed text are an attack: the text must be
// UTF-8 without lone surrogates, every object has each member once, nothing follows the value, and nesting
// ends at MaxDepth.
package jcs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// MaxDepth is the deepest nesting of arrays and objects that is read or written. A bound keeps hostile input
// from exhausting the stack.
const MaxDepth = 32

// ErrTooLarge says that a text is longer than its reader allows.
var ErrTooLarge = errors.New("json text is too large")

// ErrNotCanonical says that a text is valid JSON, but not the canonical form of its value.
var ErrNotCanonical = errors.New("json text is not in canonical form (RFC 8785)")

// Marshal returns the canonical JSON of v. It encodes with encoding/json, so struct tags, json.Marshaler and
// json.RawMessage members work as usual, and rewrites the result.
//
// It refuses what would come back changed: integers that a double cannot hold exactly, and strings that are
// not UTF-8 (encoding/json would replace the bad bytes without a word). Since it knows the latter by the
// escape that encoding/json writes, a raw message must not spell U+FFFD as an escape either.
func Marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode canonical json: %w", err)
	}
	root, err := parse(raw, rules{exactIntegers: true, refuseReplaced: true})
	if err != nil {
		return nil, fmt.Errorf("encode canonical json: %w", err)
	}
	return root.append(make([]byte, 0, len(raw))), nil
}

// Canonical returns the canonical form of a JSON text. Numbers are rounded to doubles, as RFC 8785 section
// 3.2.2.3 has it. The caller bounds the length of data.
func Canonical(data []byte) ([]byte, error) {
	root, err := parse(data, rules{})
	if err != nil {
		return nil, fmt.Errorf("read json: %w", err)
	}
	return root.append(make([]byte, 0, len(data))), nil
}

// RequireCanonical reports an error unless data, of at most max bytes, is the canonical form of its value:
// ErrTooLarge, ErrNotCanonical, or what is wrong with the JSON.
func RequireCanonical(data []byte, max int) error {
	if len(data) > max {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), max)
	}
	canonical, err := Canonical(data)
	if err != nil {
		return err
	}
	if !bytes.Equal(data, canonical) {
		return ErrNotCanonical
	}
	return nil
}

// Unmarshal reads a JSON text of at most max bytes into v, a pointer. The text need not be canonical (see
// RequireCanonical), but it must mean one thing only. Beyond what encoding/json checks it refuses: input that
// is not UTF-8, duplicate members, members that v does not know or knows in another letter case, anything after
// the value, nesting over MaxDepth, integers a double cannot hold, null where v has no place for it, arrays of
// another length than a Go array, and base64 other than the one encoding of its bytes.
//
// Types with their own UnmarshalJSON, and json.RawMessage, are left to check what is inside them; duplicate
// members and the other rules of the text itself hold there too.
func Unmarshal(data []byte, v any, max int) error {
	if len(data) > max {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), max)
	}
	root, err := parse(data, rules{exactIntegers: true})
	if err != nil {
		return fmt.Errorf("read json: %w", err)
	}
	if err := checkTarget(v, root); err != nil {
		return fmt.Errorf("read json: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("read json: %w", err)
	}
	return nil
}
