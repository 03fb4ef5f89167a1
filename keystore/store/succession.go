package store

import (
	"context"
	"errors"
	"fmt"
)

// PoolKey is a succession key made in a ceremony: its public half and the random pair of numbers of its path in the control branch.
type PoolKey struct {
	Number, Identity uint32
	Public           []byte
}

// pooled is a succession key's content. A key that was taken stays, so that it is never taken again.
type pooled struct {
	Number   uint32 `json:"number"`
	Identity uint32 `json:"identity"`
	Public   []byte `json:"public"`
	Taken    bool   `json:"taken"`
}

func (p pooled) key() string { return fmt.Sprintf("%d/%d", p.Number, p.Identity) }

// AddSuccession adds keys to the pool. A pair of numbers that was ever in it is refused.
func (t *Tx) AddSuccession(keys []PoolKey) error {
	for _, k := range keys {
		p := pooled{Number: k.Number, Identity: k.Identity, Public: k.Public}
		var old pooled
		err := t.reader().get(t.ctx, tableSuccession, p.key(), &old)
		if err == nil || t.setsLoosely(tableSuccession, p.key()) {
			return fmt.Errorf("succession key %s is in the pool already", p.key())
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		t.putLoose(tableSuccession, p.key(), p)
	}
	return nil
}

// setsLoosely says whether the transaction sets a row without naming an event.
func (t *Tx) setsLoosely(table, key string) bool { return t.looseNames[table+"/"+key] }

// TakeSuccession takes n keys out of the pool for good; ErrPoolEmpty when fewer than n are left.
func (t *Tx) TakeSuccession(n int) ([]PoolKey, error) {
	free, err := t.freeSuccession(n)
	if err != nil {
		return nil, err
	}
	if len(free) < n {
		return nil, fmt.Errorf("%d asked for, %d left: %w", n, len(free), ErrPoolEmpty)
	}
	out := make([]PoolKey, n)
	for i, key := range free {
		var p pooled
		if err := t.reader().get(t.ctx, tableSuccession, key, &p); err != nil {
			return nil, err
		}
		if p.Taken || p.key() != key {
			return nil, &TamperedError{tableSuccession + "/" + key, WhatContent}
		}
		p.Taken = true
		t.putLoose(tableSuccession, key, p)
		out[i] = PoolKey{Number: p.Number, Identity: p.Identity, Public: p.Public}
	}
	return out, nil
}

// freeSuccession finds up to n keys that are neither taken nor about to be.
func (t *Tx) freeSuccession(n int) (free []string, err error) {
	s, err := t.statement(`SELECT key FROM decisive WHERE tbl = 'succession' AND json_extract(content, '$.taken') = 0 ORDER BY key LIMIT ?`)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(t.ctx, n+len(t.loose))
	if err != nil {
		return nil, fmt.Errorf("succession keys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("succession keys: %w", err)
		}
		if len(free) < n && !t.setsLoosely(tableSuccession, key) {
			free = append(free, key)
		}
	}
	return free, rows.Err()
}

// PoolLeft is how many succession keys are left.
func (d *DB) PoolLeft(ctx context.Context) (int, error) {
	return read(ctx, d, func(ctx context.Context) (n int, err error) {
		err = d.sql.QueryRowContext(ctx, `SELECT count(*) FROM decisive WHERE tbl = 'succession' AND json_extract(content, '$.taken') = 0`).Scan(&n)
		return n, err
	})
}
