package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"holdfast/internal/jcs"
	"holdfast/journal"
)

// Tx is one transaction: events and the rows they set are committed together or not at all. It ends with the function it was given to.
type Tx struct {
	ctx        context.Context //nolint:containedctx // a transaction belongs to the one call that runs it
	db         *DB
	tx         *sql.Tx
	batch      *journal.Batch
	statements map[string]*sql.Stmt
	pending    map[string]uint64 // rows set so far, by name, and the event that set them
	loose      []looseRow        // rows set without naming an event
	looseNames map[string]bool   // their names
	free       []string          // succession keys looked up and not yet taken
	lastFree   string            // the last one looked at
}

// looseRow is written at the end, under the transaction's newest event.
type looseRow struct {
	table, key string
	content    any
}

// Update runs fn in one transaction and commits it durably: after a nil error it survives a power cut, after any other nothing of it does, except
// that an error of the commit itself may leave either. Rows set without naming an event belong to the transaction's newest event, or to one of
// its own (journal.ActSettle) when there is none.
func (d *DB) Update(ctx context.Context, fn func(tx *Tx) error) error {
	ctx, done, err := d.call(ctx)
	if err != nil {
		return err
	}
	defer done()
	d.write.Lock()
	defer d.write.Unlock()
	return d.ended(d.update(ctx, fn))
}

func (d *DB) update(ctx context.Context, fn func(tx *Tx) error) error {
	// database/sql rolls a transaction back by itself, in a goroutine of its own, when its context ends; the connection may then
	// outlive Close. The statements carry the context, and rolling back is ours.
	begun, err := d.sql.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("vault database: %w", err)
	}
	t := &Tx{ctx: ctx, db: d, tx: begun, statements: map[string]*sql.Stmt{}, pending: map[string]uint64{}, looseNames: map[string]bool{}}
	if err := t.run(fn); err != nil {
		if undone := begun.Rollback(); undone != nil && !errors.Is(undone, sql.ErrTxDone) {
			err = errors.Join(err, undone)
		}
		return err
	}
	if err := begun.Commit(); err != nil {
		return fmt.Errorf("vault database: %w", err)
	}
	return nil
}

func (t *Tx) run(fn func(tx *Tx) error) (err error) {
	defer func() {
		for _, s := range t.statements {
			err = errors.Join(err, s.Close())
		}
	}()
	if t.batch, err = t.db.journal.Begin(t.ctx, t.tx); err != nil {
		return err
	}
	if err := fn(t); err != nil {
		return err
	}
	if err := t.writeLoose(); err != nil {
		return err
	}
	_, err = t.batch.Commit(t.ctx, t.tx)
	return err
}

// Event appends an event to the journal. Its Number and Time are set; its Hash, MAC and Rows are known only after the commit.
func (t *Tx) Event(n journal.New) (journal.Event, error) { return t.batch.Add(n) }

// statement prepares SQL once per transaction.
func (t *Tx) statement(query string) (*sql.Stmt, error) {
	if s := t.statements[query]; s != nil {
		return s, nil
	}
	s, err := t.tx.PrepareContext(t.ctx, query)
	if err != nil {
		return nil, fmt.Errorf("vault database: %w", err)
	}
	t.statements[query] = s
	return s, nil
}

func (t *Tx) exec(query string, args ...any) error {
	s, err := t.statement(query)
	if err != nil {
		return err
	}
	if _, err := s.ExecContext(t.ctx, args...); err != nil {
		return fmt.Errorf("vault database: %w", err)
	}
	return nil
}

// sets notes that an event of this transaction sets a row, and returns the row's MAC.
func (t *Tx) sets(table, key string, content []byte, event uint64) ([]byte, error) {
	name := table + "/" + key
	if err := t.batch.Sets(event, name); err != nil {
		return nil, err
	}
	t.pending[name] = event
	return t.db.keys.sign(table, key, content, event)
}

// put writes a decisive row under an event of this transaction.
func (t *Tx) put(table, key string, content any, event uint64) error {
	text, err := jcs.Marshal(content)
	if err != nil {
		return fmt.Errorf("row %s/%s: %w", table, key, err)
	}
	if len(text) > maxContent {
		return fmt.Errorf("row %s/%s of %d bytes: at most %d", table, key, len(text), maxContent)
	}
	mac, err := t.sets(table, key, text, event)
	if err != nil {
		return err
	}
	return t.exec(`INSERT OR REPLACE INTO decisive (tbl, key, content, event, mac) VALUES (?, ?, ?, ?, ?)`, table, key, string(text), event, mac)
}

// putLoose writes a decisive row at the end of the transaction, under its newest event.
func (t *Tx) putLoose(table, key string, content any) {
	t.loose = append(t.loose, looseRow{table, key, content})
	t.looseNames[table+"/"+key] = true
}

func (t *Tx) writeLoose() error {
	if len(t.loose) == 0 {
		return nil
	}
	if !t.batch.Holds(t.batch.Last()) {
		if _, err := t.batch.Add(journal.New{Act: journal.ActSettle}); err != nil {
			return err
		}
	}
	for _, r := range t.loose {
		if err := t.put(r.table, r.key, r.content, t.batch.Last()); err != nil {
			return err
		}
	}
	return nil
}

// reader reads rows as this transaction sees them.
func (t *Tx) reader() reader { return reader{q: t.tx, db: t.db, pending: t.pending} }
