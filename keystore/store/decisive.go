package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"holdfast/internal/jcs"
	"holdfast/journal"
)

// maxContent is the most bytes one decisive row holds (1 MiB).
const maxContent = 1 << 20

// reader reads rows and believes none of them unseen: MAC and event number are checked on every read.
type reader struct {
	q       journal.Querier
	db      *DB
	pending map[string]uint64 // rows that the running transaction set; nil outside one
}

func (d *DB) reader() reader { return reader{q: d.sql, db: d} }

// newest is the number of the event that set a row last; 0 when none did.
func (r reader) newest(ctx context.Context, table, key string) (uint64, error) {
	name := table + "/" + key
	if event, set := r.pending[name]; set {
		return event, nil
	}
	return r.db.journal.NewestFor(ctx, r.q, name)
}

// believe checks a row that was read: its MAC, and that no newer event set it.
func (r reader) believe(ctx context.Context, table, key string, content []byte, event uint64, mac []byte) error {
	if err := r.db.keys.judge(table, key, content, event, mac); err != nil {
		return err
	}
	newest, err := r.newest(ctx, table, key)
	if err != nil {
		return err
	}
	if newest != event {
		return &TamperedError{table + "/" + key, WhatStale}
	}
	return nil
}

// gone tells a row that never was from one that was taken away.
func (r reader) gone(ctx context.Context, table, key string) error {
	newest, err := r.newest(ctx, table, key)
	if err != nil {
		return err
	}
	if newest != 0 {
		return &TamperedError{table + "/" + key, WhatMissing}
	}
	return ErrNotFound
}

// get reads one decisive row into content, a pointer; ErrNotFound when there never was one.
func (r reader) get(ctx context.Context, table, key string, content any) error {
	var text string
	var event uint64
	var mac []byte
	err := r.q.QueryRowContext(ctx, `SELECT content, event, mac FROM decisive WHERE tbl = ? AND key = ?`, table, key).Scan(&text, &event, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return r.gone(ctx, table, key)
	}
	if err != nil {
		return fmt.Errorf("row %s/%s: %w", table, key, err)
	}
	if err := r.believe(ctx, table, key, []byte(text), event, mac); err != nil {
		return err
	}
	return parseContent(table, key, text, content)
}

func parseContent(table, key, text string, content any) error {
	if err := jcs.Unmarshal([]byte(text), content, maxContent); err != nil {
		return errors.Join(&TamperedError{table + "/" + key, WhatContent}, err)
	}
	return nil
}

// rawRow is a row of the table decisive before it is believed.
type rawRow struct {
	key, text string
	event     uint64
	mac       []byte
}

// list reads every row of a table, in the order of keys, and refuses when one that an event set is gone.
func list[T any](ctx context.Context, r reader, table string) ([]T, error) {
	raws, err := r.raw(ctx, table)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(raws))
	present := make(map[string]bool, len(raws))
	for i, raw := range raws {
		if err := r.believe(ctx, table, raw.key, []byte(raw.text), raw.event, raw.mac); err != nil {
			return nil, err
		}
		if err := parseContent(table, raw.key, raw.text, &out[i]); err != nil {
			return nil, err
		}
		present[raw.key] = true
	}
	return out, r.complete(ctx, table, "", present)
}

func (r reader) raw(ctx context.Context, table string) (raws []rawRow, err error) {
	rows, err := r.q.QueryContext(ctx, `SELECT key, content, event, mac FROM decisive WHERE tbl = ? ORDER BY key`, table)
	if err != nil {
		return nil, fmt.Errorf("rows of %s: %w", table, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var raw rawRow
		if err := rows.Scan(&raw.key, &raw.text, &raw.event, &raw.mac); err != nil {
			return nil, fmt.Errorf("rows of %s: %w", table, err)
		}
		raws = append(raws, raw)
	}
	return raws, rows.Err()
}

// complete refuses when an event set a row of the table, under a key that starts with prefix, that is not among those present.
func (r reader) complete(ctx context.Context, table, prefix string, present map[string]bool) (err error) {
	from := table + "/" + prefix
	to := from[:len(from)-1] + string(from[len(from)-1]+1)
	rows, err := r.q.QueryContext(ctx, `SELECT DISTINCT name FROM journal_rows WHERE name >= ? AND name < ?`, from, to)
	if err != nil {
		return fmt.Errorf("rows of %s: %w", table, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return fmt.Errorf("rows of %s: %w", table, err)
		}
		if !present[name[len(table)+1:]] {
			return &TamperedError{name, WhatMissing}
		}
	}
	return rows.Err()
}
