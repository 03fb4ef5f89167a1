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
	out := make([]PoolKey, 0, max(n, 0))
	for range n {
		p, err := t.nextFree()
		if errors.Is(err, ErrPoolEmpty) {
			return nil, fmt.Errorf("%d asked for, %d left: %w", n, len(out), err)
		}
		if err != nil {
			return nil, err
		}
		t.spend(p)
		out = append(out, PoolKey{Number: p.Number, Identity: p.Identity, Public: p.Public})
	}
	return out, nil
}

// ClearSuccession takes every key that is left out of the pool, unused: after a roll-back nobody knows which were handed out before.
func (t *Tx) ClearSuccession() error {
	for {
		p, err := t.nextFree()
		if errors.Is(err, ErrPoolEmpty) {
			return nil
		}
		if err != nil {
			return err
		}
		t.spend(p)
	}
}

func (t *Tx) spend(p pooled) {
	p.Taken = true
	t.putLoose(tableSuccession, p.key(), p)
}

// poolStep is how many free keys are looked up at a time.
const poolStep = 256

// nextFree reads the next key that was free when the transaction began; ErrPoolEmpty when there is none.
func (t *Tx) nextFree() (p pooled, err error) {
	if len(t.free) == 0 {
		if t.free, err = t.freeKeys(t.lastFree, poolStep); err != nil {
			return p, err
		}
	}
	if len(t.free) == 0 {
		return p, ErrPoolEmpty
	}
	key := t.free[0]
	t.free, t.lastFree = t.free[1:], key
	if err := t.reader().get(t.ctx, tableSuccession, key, &p); err != nil {
		return p, err
	}
	if p.Taken || p.key() != key {
		return p, &TamperedError{tableSuccession + "/" + key, WhatContent}
	}
	return p, nil
}

// freeKeys lists names of free keys, in order, after the one given.
func (t *Tx) freeKeys(after string, limit int) (keys []string, err error) {
	s, err := t.statement(`SELECT key FROM decisive WHERE tbl = 'succession' AND json_extract(content, '$.taken') = 0 AND key > ? ORDER BY key LIMIT ?`)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(t.ctx, after, limit)
	if err != nil {
		return nil, fmt.Errorf("succession keys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("succession keys: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// PoolLeft is how many succession keys are left.
func (d *DB) PoolLeft(ctx context.Context) (int, error) {
	return read(ctx, d, func(ctx context.Context) (n int, err error) {
		err = d.sql.QueryRowContext(ctx, `SELECT count(*) FROM decisive WHERE tbl = 'succession' AND json_extract(content, '$.taken') = 0`).Scan(&n)
		return n, err
	})
}
