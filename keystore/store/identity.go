package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Identity is a DID that the owner controls.
type Identity struct {
	ID       string // random, of this vault only
	DID      string
	LongForm string // did:peer:4 has one; else empty
	Method   string
	Label    string
	Party    string // whom it was made for; empty when for nobody in particular
	State    string
	Branch   uint32 // use branch its keys come from
	Number   uint32 // identity number in it
	Created  time.Time
	Document []byte // DID document, canonical JSON; not filled in by Find
}

// identityColumns lists what scanIdentity reads, from a table or alias named i.
const identityColumns = `i.id, i.did, i.long_form, i.method, i.label, i.party, i.state, i.branch, i.number, i.created`

func (i *Identity) fields(created *string) []any {
	return []any{&i.ID, &i.DID, &i.LongForm, &i.Method, &i.Label, &i.Party, &i.State, &i.Branch, &i.Number, created}
}

// content is what the row's MAC is over: every field with its length before it.
func (i *Identity) content() []byte {
	var out []byte
	for _, part := range []string{i.ID, i.DID, i.LongForm, i.Method, i.Label, i.Party, i.State, i.Created.UTC().Format(time.RFC3339Nano), string(i.Document)} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part))) //nolint:gosec // bounded by check
		out = append(out, part...)
	}
	out = binary.BigEndian.AppendUint32(out, i.Branch)
	return binary.BigEndian.AppendUint32(out, i.Number)
}

func (i *Identity) check() error {
	if i.ID == "" || strings.Contains(i.ID, "/") || i.DID == "" || i.Method == "" || i.State == "" {
		return fmt.Errorf("identity %q: id, DID, method or state is missing or malformed", i.ID)
	}
	for _, text := range []string{i.ID, i.DID, i.LongForm, i.Method, i.Label, i.Party, i.State} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > maxContent {
			return fmt.Errorf("identity %q: a text is not UTF-8 or too long", i.ID)
		}
	}
	if len(i.Document) > maxContent {
		return fmt.Errorf("identity %q: document of %d bytes, at most %d", i.ID, len(i.Document), maxContent)
	}
	return nil
}

// InsertIdentity writes a new identity and its keys under an event of this transaction.
func (t *Tx) InsertIdentity(i Identity, keys []Key, event uint64) error {
	if err := i.check(); err != nil {
		return err
	}
	if i.Document == nil {
		i.Document = []byte{}
	}
	mac, err := t.sets(tableIdentities, i.ID, i.content(), event)
	if err != nil {
		return err
	}
	s, err := t.statement(`INSERT INTO identities (id, did, long_form, method, label, party, state, branch, number, created, document, event, mac)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	result, err := s.ExecContext(t.ctx, i.ID, i.DID, i.LongForm, i.Method, i.Label, i.Party, i.State, i.Branch, i.Number,
		i.Created.UTC().Format(time.RFC3339Nano), i.Document, event, mac)
	if err != nil {
		return fmt.Errorf("identity %q: %w", i.ID, err)
	}
	seq, err := result.LastInsertId()
	if err != nil {
		return fmt.Errorf("identity %q: %w", i.ID, err)
	}
	if err := t.exec(`INSERT INTO identity_search (rowid, label, party, did) VALUES (?, ?, ?, ?)`, seq, i.Label, i.Party, i.DID); err != nil {
		return err
	}
	for _, k := range keys {
		if err := t.PutKey(i.ID, k, event); err != nil {
			return err
		}
	}
	return nil
}

// UpdateIdentity replaces everything about an identity but its keys; its id must exist.
func (t *Tx) UpdateIdentity(i Identity, event uint64) error {
	if err := i.check(); err != nil {
		return err
	}
	old, seq, err := t.reader().identity(t.ctx, i.ID)
	if err != nil {
		return err
	}
	if i.Document == nil {
		i.Document = []byte{}
	}
	mac, err := t.sets(tableIdentities, i.ID, i.content(), event)
	if err != nil {
		return err
	}
	err = t.exec(`INSERT INTO identity_search (identity_search, rowid, label, party, did) VALUES ('delete', ?, ?, ?, ?)`, seq, old.Label, old.Party, old.DID)
	if err != nil {
		return err
	}
	err = t.exec(`UPDATE identities SET did = ?, long_form = ?, method = ?, label = ?, party = ?, state = ?, branch = ?, number = ?, created = ?,
		document = ?, event = ?, mac = ? WHERE seq = ?`, i.DID, i.LongForm, i.Method, i.Label, i.Party, i.State, i.Branch, i.Number,
		i.Created.UTC().Format(time.RFC3339Nano), i.Document, event, mac, seq)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO identity_search (rowid, label, party, did) VALUES (?, ?, ?, ?)`, seq, i.Label, i.Party, i.DID)
}

// Identity returns an identity with its document and all its keys, checked; ErrNotFound when there is none.
func (d *DB) Identity(ctx context.Context, id string) (Identity, []Key, error) {
	var keys []Key
	i, err := read(ctx, d, func(ctx context.Context) (Identity, error) {
		i, _, err := d.reader().identity(ctx, id)
		if err != nil {
			return i, err
		}
		keys, err = d.reader().keys(ctx, id, "")
		return i, err
	})
	return i, keys, err
}

// Identity is DB.Identity without the keys, as this transaction sees it.
func (t *Tx) Identity(id string) (Identity, error) {
	i, _, err := t.reader().identity(t.ctx, id)
	return i, err
}

func (r reader) identity(ctx context.Context, id string) (i Identity, seq int64, err error) {
	var created string
	var event uint64
	var mac []byte
	row := r.q.QueryRowContext(ctx, `SELECT `+identityColumns+`, i.seq, i.document, i.event, i.mac FROM identities i WHERE i.id = ?`, id)
	err = row.Scan(append(i.fields(&created), &seq, &i.Document, &event, &mac)...)
	if errors.Is(err, sql.ErrNoRows) {
		return i, 0, r.gone(ctx, tableIdentities, id)
	}
	if err != nil {
		return i, 0, fmt.Errorf("identity %q: %w", id, err)
	}
	if i.Created, err = time.Parse(time.RFC3339Nano, created); err != nil {
		return i, 0, &TamperedError{tableIdentities + "/" + id, WhatContent}
	}
	return i, seq, r.believe(ctx, tableIdentities, id, i.content(), event, mac)
}
