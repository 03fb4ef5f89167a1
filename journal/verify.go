package journal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
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
	v := verification{journal: j, q: q, demanded: tally{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}}
	err := v.run(ctx, progress)
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
	journal  *Journal
	q        Querier
	named    Head   // what the head row names
	last     uint64 // newest number seen
	hash     []byte // its hash
	demanded tally  // the rows that the entries say they set
	faults   []Fault
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
	for i := range list {
		if err := v.entry(&list[i]); err != nil {
			return false, err
		}
	}
	return len(list) == verifyStep, nil
}

func (v *verification) stepAround(ctx context.Context, bad uint64) (bool, error) {
	list, err := events(ctx, v.q, `SELECT `+columns+` FROM journal j WHERE j.number > ? AND j.number < ? ORDER BY j.number`, v.last, bad)
	if err != nil {
		return false, err
	}
	for i := range list {
		if err := v.entry(&list[i]); err != nil {
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
			if err := v.entry(&list[0]); err != nil {
				return false, err
			}
			continue
		}
		v.last, v.hash = v.last+1, nil
	}
	return v.last < v.named.Number, nil
}

func (v *verification) entry(e *Event) error {
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
	v.note(e)
	return nil
}

// note counts the rows that an entry says it set, as compare counts those of the index.
func (v *verification) note(e *Event) {
	for _, row := range e.Rows {
		v.demanded.add(row, e.Number)
	}
}

// tally is a multiset of rows and numbers: two with the same sums are the same but for a chance of 2^-128, since the seeds are random and nobody
// else's.
type tally struct {
	seeds [2]maphash.Seed
	count int64
	sums  [2]uint64
}

func (t *tally) add(row string, number uint64) {
	t.count++
	for i, seed := range t.seeds {
		var h maphash.Hash
		h.SetSeed(seed)
		_, _ = h.WriteString(row) // a hash never fails
		var end [8]byte
		binary.BigEndian.PutUint64(end[:], number)
		_, _ = h.Write(end[:])
		t.sums[i] += h.Sum64()
	}
}

// compare holds the index of set rows to what the entries say, in one pass over it; where the two differ, each entry's rows are asked for.
func (v *verification) compare(ctx context.Context) error {
	held, err := v.indexTally(ctx)
	if err != nil && ctx.Err() != nil || err == nil && held == v.demanded {
		return err
	}
	before := len(v.faults)
	if err := v.locate(ctx); err != nil {
		return err
	}
	if before == 0 && len(v.faults) == 0 { // the index names more than the entries do
		v.found(v.last, FaultIndex)
	}
	return nil
}

func (v *verification) indexTally(ctx context.Context) (t tally, err error) {
	t.seeds = v.demanded.seeds
	rows, err := v.q.QueryContext(ctx, `SELECT name, number FROM journal_rows`)
	if err != nil {
		return t, fmt.Errorf("journal index: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		var number uint64
		if err := rows.Scan(&name, &number); err != nil {
			return t, fmt.Errorf("journal index: %w", err)
		}
		t.add(name, number)
	}
	return t, rows.Err()
}

// locate asks the index for every row of every entry that can be read.
func (v *verification) locate(ctx context.Context) error {
	indexed, err := v.q.PrepareContext(ctx, `SELECT count(*) FROM journal_rows WHERE name = ? AND number = ?`)
	if err != nil {
		return fmt.Errorf("journal index: %w", err)
	}
	defer func() { err = errors.Join(err, indexed.Close()) }()
	for at := uint64(1); at <= v.last && len(v.faults) < maxFaults; at++ {
		list, err := events(ctx, v.q, `SELECT `+ownColumns+` FROM journal j WHERE j.number = ?`, at)
		if err != nil && ctx.Err() != nil {
			return err
		}
		for i := range list {
			if err := v.index(ctx, indexed, &list[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// index holds the table of set rows to what one entry says.
func (v *verification) index(ctx context.Context, indexed *sql.Stmt, e *Event) error {
	for _, row := range e.Rows {
		var n int
		err := indexed.QueryRowContext(ctx, row, e.Number).Scan(&n)
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
	if err := v.compare(ctx); err != nil {
		return err
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
