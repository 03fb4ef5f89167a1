package journal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// What can be wrong with an entry.
const (
	FaultMissing    = "missing"    // there is no entry of this number, though there are later ones or the head names it
	FaultUnreadable = "unreadable" // its columns do not hold what was written
	FaultHash       = "hash"       // its content was changed, or the entry before it: the chain is broken here
	FaultMAC        = "mac"        // content and hash fit, but the vault's key did not write them
	FaultHead       = "head"       // the row that names the newest entry is forged or names another
	FaultIndex      = "index"      // the index of rows that events set does not fit the entry
	FaultSigned     = "signed"     // a head that was signed is not in the journal
)

// Fault is a place where the journal was tampered with or damaged. It is also the error of reading there.
type Fault struct {
	Number uint64 // of the entry
	What   string // one of the Fault constants
}

// Error implements error.
func (f *Fault) Error() string {
	return fmt.Sprintf("journal event %d has been tampered with or damaged (%s)", f.Number, f.What)
}

// judge recomputes an entry's hash and MAC and returns what is wrong, or nothing.
func (j *Journal) judge(e *Event) (string, error) {
	if len(e.Previous) != sha256.Size {
		return FaultMissing, nil // the entry before is not there to chain to
	}
	hash, err := e.digest()
	if err != nil {
		return FaultUnreadable, nil //nolint:nilerr // text that cannot be encoded was not written by us: a finding, not a failure
	}
	if !bytes.Equal(hash, e.Hash) {
		return FaultHash, nil
	}
	mac, err := j.mac(e.macMessage())
	if err != nil {
		return "", fmt.Errorf("journal event %d: %w", e.Number, err)
	}
	if !hmac.Equal(mac, e.MAC) {
		return FaultMAC, nil
	}
	return "", nil
}

// maxFaults ends a verification that finds nothing but faults.
const maxFaults = 1000

// verifyStep is how many entries are read at a time, between two looks at the context.
const verifyStep = 512

// Verify reads the whole journal and returns every place where it was tampered with, in order: gaps, changed entries, forged MACs, a head that is
// not the newest entry, an index that does not fit, signed heads that are gone. Entries that cannot be read are faults too, as long as others can.
// progress may be nil. After an error, which is a failure to read, the faults found so far are returned beside it.
func (j *Journal) Verify(ctx context.Context, q Querier, progress func(done, total uint64)) ([]Fault, error) {
	v := verification{journal: j, q: q}
	indexed, err := q.PrepareContext(ctx, `SELECT count(*) FROM journal_rows WHERE name = ? AND number = ?`)
	if err != nil {
		return nil, fmt.Errorf("verifying the journal: %w", err)
	}
	v.indexed = indexed
	err = errors.Join(v.run(ctx, progress), indexed.Close())
	return v.faults, err
}

func (v *verification) run(ctx context.Context, progress func(done, total uint64)) error {
	if err := v.head(ctx); err != nil {
		return err
	}
	for len(v.faults) < maxFaults {
		more, err := v.step(ctx)
		if err != nil {
			return err
		}
		if progress != nil {
			progress(min(v.last, v.named.Number), v.named.Number)
		}
		if !more {
			break
		}
	}
	return v.finish(ctx)
}

type verification struct {
	journal *Journal
	q       Querier
	indexed *sql.Stmt // does the index name this row under this event
	named   Head      // what the head row names
	last    uint64    // newest number seen
	hash    []byte    // its hash
	fits    bool      // the index is known to name the rows of the entries at hand
	rows    int64     // index entries that the events demand
	faults  []Fault
}

func (v *verification) found(number uint64, what string) {
	v.faults = append(v.faults, Fault{number, what})
}

func (v *verification) head(ctx context.Context) error {
	head, err := v.journal.Head(ctx, v.q)
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		v.found(fault.Number, fault.What)
		head, err = Head{Number: fault.Number}, nil
	}
	if err != nil && ctx.Err() == nil { // without it the newest entry that is there has to do
		v.found(0, FaultHead)
		err = v.q.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM journal`).Scan(&head.Number)
	}
	v.named = head
	return err
}

// step verifies the next entries. An entry with unreadable columns is skipped, by its number, and reported.
func (v *verification) step(ctx context.Context) (more bool, err error) {
	list, err := events(ctx, v.q, `SELECT `+columns+` FROM journal j WHERE j.number > ? ORDER BY j.number LIMIT ?`, v.last, verifyStep)
	if bad := (*columnError)(nil); errors.As(err, &bad) {
		return v.stepAround(ctx, bad.number)
	}
	if err != nil && ctx.Err() == nil {
		return v.oneByOne(ctx, err)
	}
	if err != nil {
		return false, err
	}
	if v.fits, err = v.allIndexed(ctx, list); err != nil {
		return false, err
	}
	defer func() { v.fits = false }()
	for i := range list {
		if err := v.entry(ctx, &list[i]); err != nil {
			return false, err
		}
	}
	return len(list) == verifyStep, nil
}

// allIndexed asks in one question whether the index names every row that the entries set; when it does not, or cannot be read, each is asked for.
func (v *verification) allIndexed(ctx context.Context, list []Event) (bool, error) {
	type pair struct {
		Name   string
		Number uint64
	}
	var pairs []pair
	for _, e := range list {
		for _, row := range e.Rows {
			pairs = append(pairs, pair{row, e.Number})
		}
	}
	text, err := json.Marshal(pairs)
	if err != nil {
		return false, err
	}
	var n int
	err = v.q.QueryRowContext(ctx, `SELECT count(*) FROM json_each(?) j
		CROSS JOIN journal_rows r ON r.name = j.value ->> 'Name' AND r.number = j.value ->> 'Number'`, string(text)).Scan(&n)
	if err != nil && ctx.Err() != nil {
		return false, fmt.Errorf("verifying the journal: %w", err)
	}
	return err == nil && n == len(pairs), nil
}

func (v *verification) stepAround(ctx context.Context, bad uint64) (bool, error) {
	list, err := events(ctx, v.q, `SELECT `+columns+` FROM journal j WHERE j.number > ? AND j.number < ? ORDER BY j.number`, v.last, bad)
	if err != nil {
		return false, err
	}
	for i := range list {
		if err := v.entry(ctx, &list[i]); err != nil {
			return false, err
		}
	}
	v.found(bad, FaultUnreadable)
	v.last, v.hash = bad, nil
	return true, nil
}

// oneByOne goes on where a run of entries could not be read: each by its number, without the one before, up to the newest that the head names.
func (v *verification) oneByOne(ctx context.Context, failed error) (bool, error) {
	end := min(v.last+verifyStep, v.named.Number)
	if v.last >= end {
		return false, failed
	}
	for v.last < end && len(v.faults) < maxFaults {
		list, err := events(ctx, v.q, `SELECT `+ownColumns+` FROM journal j WHERE j.number = ?`, v.last+1)
		switch {
		case ctx.Err() != nil:
			return false, err
		case err != nil:
			v.found(v.last+1, FaultUnreadable)
		case len(list) == 0:
			v.found(v.last+1, FaultMissing)
		case v.hash == nil && v.last > 0: // nothing to chain to, which has been said
			v.last, v.hash = v.last+1, list[0].Hash
			continue
		default:
			list[0].Previous = v.hash
			if v.last == 0 {
				list[0].Previous = make([]byte, sha256.Size)
			}
			if err := v.entry(ctx, &list[0]); err != nil {
				return false, err
			}
			continue
		}
		v.last, v.hash = v.last+1, nil
	}
	return v.last < v.named.Number, nil
}

func (v *verification) entry(ctx context.Context, e *Event) error {
	gap := e.Number != v.last+1
	if gap {
		v.found(v.last+1, FaultMissing)
	}
	what, err := v.journal.judge(e)
	if err != nil {
		return err
	}
	if what != "" && (what != FaultMissing || !gap) {
		v.found(e.Number, what)
	}
	v.last, v.hash = e.Number, e.Hash
	return v.index(ctx, e)
}

// index holds the table of set rows to what the entry says.
func (v *verification) index(ctx context.Context, e *Event) error {
	v.rows += int64(len(e.Rows))
	if v.fits {
		return nil
	}
	for _, row := range e.Rows {
		var n int
		err := v.indexed.QueryRowContext(ctx, row, e.Number).Scan(&n)
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("journal event %d: %w", e.Number, err)
		}
		if err != nil || n != 1 {
			v.found(e.Number, FaultIndex)
		}
	}
	return nil
}

func (v *verification) finish(ctx context.Context) error {
	if len(v.faults) >= maxFaults {
		return nil
	}
	switch {
	case v.last < v.named.Number:
		v.found(v.last+1, FaultMissing)
	case v.last > v.named.Number || v.hash != nil && v.named.Hash != nil && v.last > 0 && !bytes.Equal(v.hash, v.named.Hash):
		v.found(v.named.Number, FaultHead)
	}
	var indexed int64
	if err := v.q.QueryRowContext(ctx, `SELECT count(*) FROM journal_rows`).Scan(&indexed); err != nil {
		return fmt.Errorf("journal index: %w", err)
	}
	if indexed != v.rows && len(v.faults) == 0 {
		v.found(v.last, FaultIndex)
	}
	return v.signed(ctx)
}

func (v *verification) signed(ctx context.Context) error {
	heads, err := v.journal.Signed(ctx, v.q)
	if err != nil {
		return err
	}
	for _, h := range heads {
		held, err := v.journal.Contains(ctx, v.q, h.Head)
		if err != nil {
			return err
		}
		if !held {
			v.found(h.Number, FaultSigned)
		}
	}
	return nil
}
