package store

import (
	"context"

	"holdfast/journal"
)

// SignedHead is a journal head that the owner key signed.
type SignedHead = journal.SignedHead

// PutHead keeps the owner key's signature over a journal head.
func (t *Tx) PutHead(h journal.Head, signature []byte) error {
	return t.db.journal.PutSigned(t.ctx, t.tx, h, signature)
}

// Head returns the newest journal entry's number and hash.
func (d *DB) Head(ctx context.Context) (journal.Head, error) {
	return read(ctx, d, func(ctx context.Context) (journal.Head, error) { return d.journal.Head(ctx, d.sql) })
}

// Contains says whether the journal holds an entry with this number and hash: an anchor is satisfied when it does.
func (d *DB) Contains(ctx context.Context, h journal.Head) (bool, error) {
	return read(ctx, d, func(ctx context.Context) (bool, error) { return d.journal.Contains(ctx, d.sql, h) })
}

// Journal returns events, newest first.
func (d *DB) Journal(ctx context.Context, f journal.Filter) ([]journal.Event, error) {
	return read(ctx, d, func(ctx context.Context) ([]journal.Event, error) { return d.journal.Scan(ctx, d.sql, f) })
}

// Heads returns the heads that the owner key signed, newest first; the caller verifies the signatures.
func (d *DB) Heads(ctx context.Context) ([]SignedHead, error) {
	return read(ctx, d, func(ctx context.Context) ([]SignedHead, error) { return d.journal.Signed(ctx, d.sql) })
}

// Unfinished returns the intents without an outcome, oldest first.
func (d *DB) Unfinished(ctx context.Context) ([]journal.Event, error) {
	return read(ctx, d, func(ctx context.Context) ([]journal.Event, error) { return d.journal.Unfinished(ctx, d.sql) })
}
