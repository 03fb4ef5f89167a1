package journal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Filter chooses events; what is zero does not restrict.
type Filter struct {
	Act      Act
	Acts     []Act  // any of these; empty does not restrict
	Ref      uint64 // outcomes of this intent
	Subject  string
	Result   Result
	From, To time.Time // inclusive
	Text     string    // part of subject, act, result or a fact; letter case of ASCII is ignored
	Or       []string  // with Text: or one of these in subject or a fact
	Before   uint64    // only numbers below, to read on
	Limit    int       // at most this many, newest first; 0 means 100, negative means all
}

const defaultLimit = 100

// Head returns the newest entry's number and hash after checking the MAC of the row that names it; number 0 and 32 zero bytes when there is none.
func (j *Journal) Head(ctx context.Context, q Querier) (Head, error) {
	var h Head
	var mac []byte
	err := q.QueryRowContext(ctx, `SELECT number, hash, mac FROM journal_head`).Scan(&h.Number, &h.Hash, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, &Fault{What: FaultHead}
	}
	if err != nil {
		return Head{}, fmt.Errorf("journal head: %w", err)
	}
	want, err := j.mac(h.macMessage())
	if err != nil {
		return Head{}, fmt.Errorf("journal head: %w", err)
	}
	if !hmac.Equal(mac, want) {
		return Head{}, &Fault{Number: h.Number, What: FaultHead}
	}
	return h, nil
}

// Contains says whether the journal holds an entry with this number and hash; number 0 is in every journal.
func (j *Journal) Contains(ctx context.Context, q Querier, h Head) (bool, error) {
	if h.Number == 0 {
		return true, nil
	}
	var hash []byte
	err := q.QueryRowContext(ctx, `SELECT hash FROM journal WHERE number = ?`, h.Number).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("journal event %d: %w", h.Number, err)
	}
	return bytes.Equal(hash, h.Hash), nil
}

// Scan returns events, newest first. It does not verify them.
func (j *Journal) Scan(ctx context.Context, q Querier, f Filter) ([]Event, error) {
	where, args := f.where()
	query := `SELECT ` + columns + ` FROM journal j` + where + ` ORDER BY j.number DESC LIMIT ?`
	limit := f.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	return events(ctx, q, query, append(args, limit)...)
}

func (f Filter) where() (string, []any) {
	var terms []string
	var args []any
	add := func(term string, values ...any) {
		terms = append(terms, term)
		args = append(args, values...)
	}
	if f.Act != "" {
		add("j.act = ?", string(f.Act))
	}
	if len(f.Acts) > 0 {
		var acts []any
		for _, a := range f.Acts {
			acts = append(acts, string(a))
		}
		add("j.act IN (?"+strings.Repeat(", ?", len(acts)-1)+")", acts...)
	}
	if f.Ref > 0 {
		add("j.ref = ?", f.Ref)
	}
	if f.Subject != "" {
		add("j.subject = ? AND j.subject <> ''", f.Subject)
	}
	if f.Result != "" {
		add("j.result = ?", f.Result)
	}
	if !f.From.IsZero() {
		add("j.time >= ?", f.From.UTC().Format(timeFormat))
	}
	if !f.To.IsZero() {
		add("j.time <= ?", f.To.UTC().Format(timeFormat))
	}
	if f.Before > 0 {
		add("j.number < ?", f.Before)
	}
	if f.Text != "" {
		like := containing(f.Text)
		term := `j.subject LIKE ? ESCAPE '\' OR j.act LIKE ? ESCAPE '\' OR j.result LIKE ? ESCAPE '\' OR j.facts LIKE ? ESCAPE '\'`
		values := []any{like, like, like, like}
		for _, name := range f.Or {
			term += ` OR j.subject = ? OR j.facts LIKE ? ESCAPE '\'`
			values = append(values, name, containing(name))
		}
		add("("+term+")", values...)
	}
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

// containing is the pattern of texts that have s in them.
func containing(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// Unfinished returns the intents that have no outcome, oldest first: what a crash interrupted.
func (j *Journal) Unfinished(ctx context.Context, q Querier) ([]Event, error) {
	return events(ctx, q, `SELECT `+columns+` FROM journal j WHERE j.phase = 'intent'
		AND NOT EXISTS (SELECT 1 FROM journal o WHERE o.ref = j.number AND o.ref > 0) ORDER BY j.number`)
}

// Event returns one entry with its hash and MAC checked; sql.ErrNoRows when there is none, a *Fault when it was tampered with.
func (j *Journal) Event(ctx context.Context, q Querier, number uint64) (Event, error) {
	e, err := scanEvent(q.QueryRowContext(ctx, `SELECT `+columns+` FROM journal j WHERE j.number = ?`, number))
	if err != nil {
		return e, fmt.Errorf("journal event %d: %w", number, err)
	}
	what, err := j.judge(&e)
	if err != nil {
		return e, err
	}
	if what != "" {
		return e, &Fault{Number: number, What: what}
	}
	return e, nil
}

// NewestFor returns the number of the newest event that set a row ("table/key"); 0 when none did.
func (j *Journal) NewestFor(ctx context.Context, q Querier, row string) (uint64, error) {
	var number uint64
	err := q.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM journal_rows WHERE name = ?`, row).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("newest event of row %q: %w", row, err)
	}
	return number, nil
}

// Signed returns the heads that the owner key signed, newest first; the caller verifies the signatures.
func (j *Journal) Signed(ctx context.Context, q Querier) (heads []SignedHead, err error) {
	rows, err := q.QueryContext(ctx, `SELECT number, hash, signature, time FROM journal_signed ORDER BY number DESC`)
	if err != nil {
		return nil, fmt.Errorf("signed heads: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var h SignedHead
		var when string
		if err := rows.Scan(&h.Number, &h.Hash, &h.Signature, &when); err != nil {
			return nil, fmt.Errorf("signed heads: %w", err)
		}
		if h.Time, err = time.Parse(timeFormat, when); err != nil {
			return nil, fmt.Errorf("signed head %d: %w", h.Number, err)
		}
		heads = append(heads, h)
	}
	return heads, rows.Err()
}

func events(ctx context.Context, q Querier, query string, args ...any) (list []Event, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		list = append(list, e)
	}
	return list, rows.Err()
}
