package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Querier is a database, connection or transaction of database/sql.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// schema: set_rows repeats in journal_rows for the question "which event set this row last"; Verify holds the two together.
var schema = []string{
	`CREATE TABLE journal (
		number INTEGER PRIMARY KEY, time TEXT NOT NULL, act TEXT NOT NULL, phase TEXT NOT NULL, ref INTEGER NOT NULL, subject TEXT NOT NULL,
		result TEXT NOT NULL, facts TEXT NOT NULL, set_rows TEXT NOT NULL, hash BLOB NOT NULL, mac BLOB NOT NULL) STRICT`,
	`CREATE INDEX journal_subject ON journal(subject, number) WHERE subject <> ''`,
	`CREATE INDEX journal_act ON journal(act, number)`,
	`CREATE INDEX journal_time ON journal(time)`,
	`CREATE INDEX journal_ref ON journal(ref) WHERE ref > 0`,
	`CREATE INDEX journal_intent ON journal(number) WHERE phase = 'intent'`,
	`CREATE TABLE journal_rows (name TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (name, number)) STRICT, WITHOUT ROWID`,
	`CREATE TABLE journal_head (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, hash BLOB NOT NULL, mac BLOB NOT NULL) STRICT`,
	`CREATE TABLE journal_signed (number INTEGER NOT NULL, hash BLOB NOT NULL, signature BLOB NOT NULL, time TEXT NOT NULL,
		PRIMARY KEY (number, signature)) STRICT, WITHOUT ROWID`,
}

// Journal writes and checks the record of one vault.
type Journal struct {
	mac MAC
	now func() time.Time
}

// Use makes the journal of a vault from its MAC and a clock.
func Use(mac MAC, now func() time.Time) *Journal { return &Journal{mac: mac, now: now} }

// Create makes the tables, empty, in a new vault database.
func (j *Journal) Create(ctx context.Context, q Querier) error {
	for _, statement := range schema {
		if _, err := q.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("making the journal's tables: %w", err)
		}
	}
	return j.writeHead(ctx, q, Head{Hash: make([]byte, sha256.Size)})
}

func (j *Journal) writeHead(ctx context.Context, q Querier, h Head) error {
	mac, err := j.mac(h.macMessage())
	if err != nil {
		return fmt.Errorf("journal head: %w", err)
	}
	_, err = q.ExecContext(ctx, `INSERT OR REPLACE INTO journal_head (one, number, hash, mac) VALUES (1, ?, ?, ?)`, h.Number, h.Hash, mac)
	if err != nil {
		return fmt.Errorf("journal head: %w", err)
	}
	return nil
}

// Batch collects the events of one transaction. They get their numbers at once, and their hashes in Commit, when the rows they set are known.
type Batch struct {
	journal *Journal
	head    Head // the head before this batch
	events  []Event
}

// Begin starts a batch after the present head, inside the transaction that will also Commit it. A head that is not the newest entry is a *Fault:
// the row that names it, or the entries after it, are of an earlier state.
func (j *Journal) Begin(ctx context.Context, q Querier) (*Batch, error) {
	head, err := j.Head(ctx, q)
	if err != nil {
		return nil, err
	}
	var newest uint64
	if err := q.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM journal`).Scan(&newest); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if newest != head.Number {
		return nil, &Fault{Number: head.Number, What: FaultHead}
	}
	return &Batch{journal: j, head: head}, nil
}

// Add numbers an event. Hash, MAC, Previous and Rows of the result are empty until Commit.
func (b *Batch) Add(n New) (Event, error) {
	e, err := n.event(b.Last(), b.journal.now())
	if err != nil {
		return Event{}, err
	}
	b.events = append(b.events, e)
	return e, nil
}

// Last is the number of the newest event, of this batch or before it.
func (b *Batch) Last() uint64 { return b.head.Number + uint64(len(b.events)) }

// Holds says whether an event belongs to this batch.
func (b *Batch) Holds(number uint64) bool { return number > b.head.Number && number <= b.Last() }

// Sets notes that an event of this batch sets a row, named "table/key".
func (b *Batch) Sets(number uint64, row string) error {
	if !b.Holds(number) {
		return fmt.Errorf("row %q: event %d is not of this transaction", row, number)
	}
	e := &b.events[number-b.head.Number-1]
	e.Rows = append(e.Rows, row)
	return nil
}

// Commit chains and writes the events and returns the new head. The caller commits the transaction.
func (b *Batch) Commit(ctx context.Context, q Querier) (_ Head, err error) {
	if len(b.events) == 0 {
		return b.head, nil
	}
	insert, err := q.PrepareContext(ctx, `INSERT INTO journal
		(number, time, act, phase, ref, subject, result, facts, set_rows, hash, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return Head{}, fmt.Errorf("journal: %w", err)
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	rows, err := q.PrepareContext(ctx, `INSERT INTO journal_rows (name, number) VALUES (?, ?)`)
	if err != nil {
		return Head{}, fmt.Errorf("journal: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	head := b.head
	for i := range b.events {
		e := &b.events[i]
		if err := b.seal(e, head.Hash); err != nil {
			return Head{}, err
		}
		if err := write(ctx, insert, rows, e); err != nil {
			return Head{}, fmt.Errorf("journal event %d: %w", e.Number, err)
		}
		head = Head{Number: e.Number, Hash: e.Hash}
	}
	b.head, b.events = head, nil
	return head, b.journal.writeHead(ctx, q, head)
}

// seal chains an event to the one before and computes its hash and MAC.
func (b *Batch) seal(e *Event, previous []byte) (err error) {
	slices.Sort(e.Rows)
	e.Rows = slices.Compact(e.Rows)
	e.Previous = previous
	if e.Hash, err = e.digest(); err != nil {
		return err
	}
	if e.MAC, err = b.journal.mac(e.macMessage()); err != nil {
		return fmt.Errorf("journal event %d: %w", e.Number, err)
	}
	return nil
}

func write(ctx context.Context, insert, rows *sql.Stmt, e *Event) error {
	facts, err := json.Marshal(e.Facts)
	if err != nil {
		return err
	}
	set, err := json.Marshal(e.Rows)
	if err != nil {
		return err
	}
	_, err = insert.ExecContext(ctx, e.Number, e.Time.Format(timeFormat), string(e.Act), string(e.Phase), e.Ref, e.Subject, e.Result,
		string(facts), string(set), e.Hash, e.MAC)
	if err != nil {
		return err
	}
	for _, name := range e.Rows {
		if _, err := rows.ExecContext(ctx, name, e.Number); err != nil {
			return err
		}
	}
	return nil
}

// PutSigned keeps the owner key's signature over a head. The head must be in the journal.
func (j *Journal) PutSigned(ctx context.Context, q Querier, h Head, signature []byte) error {
	found, err := j.Contains(ctx, q, h)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("signed head %d: the journal does not hold it", h.Number)
	}
	_, err = q.ExecContext(ctx, `INSERT OR IGNORE INTO journal_signed (number, hash, signature, time) VALUES (?, ?, ?, ?)`,
		h.Number, h.Hash, signature, j.now().UTC().Format(timeFormat))
	if err != nil {
		return fmt.Errorf("signed head %d: %w", h.Number, err)
	}
	return nil
}
