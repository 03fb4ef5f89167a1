package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// The states of a key (NIST SP 800-57 part 1 section 7). Only an active key signs.
const (
	PreActivation = "pre-activation"
	Active        = "active"
	Suspended     = "suspended"
	Deactivated   = "deactivated"
	Compromised   = "compromised"
	Destroyed     = "destroyed"
)

// follows says which states a key may go to; nothing leaves destroyed, and compromised is never lifted.
var follows = map[string][]string{
	PreActivation: {Active, Suspended, Deactivated, Compromised, Destroyed},
	Active:        {Suspended, Deactivated, Compromised, Destroyed},
	Suspended:     {Active, Deactivated, Compromised, Destroyed},
	Deactivated:   {Compromised, Destroyed},
	Compromised:   {Destroyed},
	Destroyed:     {},
}

// Key is a key of an identity: its public half, where it is derived, and its state.
type Key struct {
	Purpose    int // row of the table of purposes (package derive)
	Version    int
	Curve      string
	Public     []byte
	BranchKind int // 0 use, 1 control, 2 recovery
	// Branch, Number and Identity are the numbers of its derivation path.
	Branch, Number, Identity uint32
	State                    string
}

func keyName(identity string, purpose, version int) string {
	return identity + "/" + strconv.Itoa(purpose) + "/" + strconv.Itoa(version)
}

// content is what the row's MAC is over; the row's key, which names identity, purpose and version, is in the MAC by itself.
func (k *Key) content() []byte {
	var out []byte
	for _, part := range []string{k.Curve, k.State, string(k.Public)} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part))) //nolint:gosec // bounded by check
		out = append(out, part...)
	}
	for _, n := range []int64{int64(k.Purpose), int64(k.Version), int64(k.BranchKind), int64(k.Branch), int64(k.Number), int64(k.Identity)} {
		out = binary.BigEndian.AppendUint64(out, uint64(n)) //nolint:gosec // a bit pattern
	}
	return out
}

func (k *Key) check(identity string) error {
	if _, known := follows[k.State]; !known {
		return fmt.Errorf("key %s: unknown state %q", keyName(identity, k.Purpose, k.Version), k.State)
	}
	if k.Purpose < 0 || k.Version < 0 || k.Curve == "" || len(k.Public) == 0 || len(k.Public) > 1<<16 {
		return fmt.Errorf("key %s: curve or public half is missing, or a number negative", keyName(identity, k.Purpose, k.Version))
	}
	return nil
}

// PutKey writes or replaces a key of an identity under an event of this transaction.
func (t *Tx) PutKey(identity string, k Key, event uint64) error {
	if err := k.check(identity); err != nil {
		return err
	}
	name := keyName(identity, k.Purpose, k.Version)
	mac, err := t.sets(tableKeys, name, k.content(), event)
	if err != nil {
		return err
	}
	return t.exec(`INSERT OR REPLACE INTO keys (key, purpose, version, curve, public, kind, branch, number, identity, state, event, mac)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		name, k.Purpose, k.Version, k.Curve, k.Public, k.BranchKind, k.Branch, k.Number, k.Identity, k.State, event, mac)
}

// SetKeyState moves a key to another state under an event of this transaction. What SP 800-57 does not allow is refused: a compromised key never
// becomes active again.
func (t *Tx) SetKeyState(identity string, purpose, version int, state string, event uint64) error {
	keys, err := t.reader().keys(t.ctx, identity, strconv.Itoa(purpose)+"/")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(keys, func(k Key) bool { return k.Version == version })
	if at < 0 {
		return fmt.Errorf("key %s: %w", keyName(identity, purpose, version), ErrNotFound)
	}
	k := keys[at]
	if !slices.Contains(follows[k.State], state) {
		return fmt.Errorf("key %s: a key that is %s cannot become %q", keyName(identity, purpose, version), k.State, state)
	}
	k.State = state
	return t.PutKey(identity, k, event)
}

// keys reads the keys of an identity, all or those whose name goes on with more ("PURPOSE/"), and checks each: MAC, newest event, none missing.
func (r reader) keys(ctx context.Context, identity, more string) (keys []Key, err error) {
	type stored struct {
		Key
		name  string
		event uint64
		mac   []byte
	}
	from := identity + "/" + more
	to := from[:len(from)-1] + "0" // the character after the slash
	rows, err := r.q.QueryContext(ctx, `SELECT key, purpose, version, curve, public, kind, branch, number, identity, state, event, mac
		FROM keys WHERE key >= ? AND key < ?`, from, to)
	if err != nil {
		return nil, fmt.Errorf("keys of identity %q: %w", identity, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []stored
	for rows.Next() {
		var s stored
		err := rows.Scan(&s.name, &s.Purpose, &s.Version, &s.Curve, &s.Public, &s.BranchKind, &s.Branch, &s.Number, &s.Identity, &s.State, &s.event, &s.mac)
		if err != nil {
			return nil, fmt.Errorf("keys of identity %q: %w", identity, err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("keys of identity %q: %w", identity, err)
	}
	present := make(map[string]bool, len(all))
	for _, s := range all {
		if err := r.believe(ctx, tableKeys, s.name, s.content(), s.event, s.mac); err != nil {
			return nil, err
		}
		present[s.name] = true
		keys = append(keys, s.Key)
	}
	slices.SortFunc(keys, func(a, b Key) int { return (a.Purpose-b.Purpose)*maxVersions + a.Version - b.Version })
	return keys, r.complete(ctx, tableKeys, from, present)
}

// maxVersions only orders keys: purposes first.
const maxVersions = 1 << 20

// SigningKey returns the newest version of an identity's key for a purpose, in whatever state it is. It is believed only when its MAC holds, no
// newer event set it, no version is missing, and the journal entry it names is whole and says that it set this row.
func (d *DB) SigningKey(ctx context.Context, identity string, purpose int) (Key, error) {
	return read(ctx, d, func(ctx context.Context) (Key, error) {
		r := d.reader()
		keys, err := r.keys(ctx, identity, strconv.Itoa(purpose)+"/")
		if err != nil {
			return Key{}, err
		}
		if len(keys) == 0 {
			return Key{}, fmt.Errorf("key of identity %q for purpose %d: %w", identity, purpose, ErrNotFound)
		}
		newest := keys[len(keys)-1]
		return newest, r.witnessed(ctx, tableKeys, keyName(identity, purpose, newest.Version))
	})
}

// witnessed checks that the newest event of a row is whole and names the row.
func (r reader) witnessed(ctx context.Context, table, key string) error {
	number, err := r.newest(ctx, table, key)
	if err != nil {
		return err
	}
	e, err := r.db.journal.Event(ctx, r.q, number)
	if err != nil {
		return err
	}
	if !slices.Contains(e.Rows, table+"/"+key) {
		return &TamperedError{table + "/" + key, WhatEvent}
	}
	return nil
}
