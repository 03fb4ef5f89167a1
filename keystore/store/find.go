package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Query chooses identities; what is zero does not restrict.
type Query struct {
	Text   string // words, each part of label, party or DID; letter case is ignored
	Method string
	State  string
	Branch Branch // where the keys come from
	Limit  int    // at most this many, newest first; 0 means 50
	After  string // id of the last identity seen, to read on
	Skip   int    // leave out this many of those that would come first
}

// Branch restricts a query by the use branch of the keys; the zero Branch does not.
type Branch struct {
	Number  uint32
	Is      bool // only those whose keys come from it
	Outside bool // only those whose keys come from another
}

const defaultLimit = 50

// trigram is the shortest word that full-text search finds.
const trigram = 3

// Find returns identities, newest first, without their documents. It is for lists and does not check rows: whoever acts on one reads it with
// Identity or SigningKey.
func (d *DB) Find(ctx context.Context, q Query) ([]Identity, error) {
	return read(ctx, d, func(ctx context.Context) ([]Identity, error) {
		seq, err := d.after(ctx, q)
		if err != nil {
			return nil, err
		}
		limit := q.Limit
		if limit <= 0 {
			limit = defaultLimit
		}
		order, terms, args := q.sql(seq)
		query := `SELECT ` + identityColumns + ` FROM identities i WHERE i.seq IN (SELECT ` + order + terms + ` ORDER BY ` + order + ` DESC LIMIT ? OFFSET ?) ORDER BY i.seq DESC`
		return d.identities(ctx, query, append(args, limit, max(q.Skip, 0))...)
	})
}

// CountFound says how many identities a query finds, whatever its limit and however many it skips.
func (d *DB) CountFound(ctx context.Context, q Query) (int, error) {
	return read(ctx, d, func(ctx context.Context) (n int, err error) {
		seq, err := d.after(ctx, q)
		if err != nil {
			return 0, err
		}
		_, terms, args := q.sql(seq)
		if err := d.sql.QueryRowContext(ctx, `SELECT count(*)`+terms, args...).Scan(&n); err != nil {
			return 0, fmt.Errorf("counting identities: %w", err)
		}
		return n, nil
	})
}

// after finds the place in the list that a query reads on from; 0 is the beginning.
func (d *DB) after(ctx context.Context, q Query) (seq int64, err error) {
	if q.After == "" {
		return 0, nil
	}
	if err := d.sql.QueryRowContext(ctx, `SELECT seq FROM identities WHERE id = ?`, q.After).Scan(&seq); err != nil {
		return 0, fmt.Errorf("identity %q to read on after: %w", q.After, ErrNotFound)
	}
	return seq, nil
}

// sql gives what a query reads from and what restricts it, and the column that is the order of the list. It names no more tables than it must, so
// that rows which are only counted or skipped are read from an index.
func (q Query) sql(after int64) (order, terms string, args []any) {
	var list []string
	add := func(term string, values ...any) {
		list = append(list, term)
		args = append(args, values...)
	}
	long, short := q.words()
	for _, word := range short {
		add(`(i.label LIKE ? ESCAPE '\' OR i.party LIKE ? ESCAPE '\' OR i.did LIKE ? ESCAPE '\')`, word, word, word)
	}
	if q.Method != "" {
		add("i.method = ?", q.Method)
	}
	if q.State != "" {
		add("i.state = ?", q.State)
	}
	if q.Branch.Is {
		add("i.branch = ?", q.Branch.Number)
	}
	if q.Branch.Outside {
		add("i.branch <> ?", q.Branch.Number)
	}
	from := "identities i"
	order = "i.seq"
	if len(long) > 0 {
		from, order = "identity_search s", "s.rowid"
		if len(list) > 0 {
			from += " JOIN identities i ON i.seq = s.rowid"
		}
		add("identity_search MATCH ?", strings.Join(long, " AND "))
	}
	if after > 0 {
		add(order+" < ?", after)
	}
	terms = " FROM " + from
	if len(list) > 0 {
		terms += " WHERE " + strings.Join(list, " AND ")
	}
	return order, terms, args
}

// words splits the text into phrases for full-text search and, for words too short for it, patterns for LIKE.
func (q Query) words() (long, short []string) {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	for _, word := range strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(q.Text, "\x00", " "), "")) {
		if utf8.RuneCountInString(word) >= trigram {
			long = append(long, `"`+strings.ReplaceAll(word, `"`, `""`)+`"`)
		} else {
			short = append(short, "%"+escape.Replace(word)+"%")
		}
	}
	return long, short
}

func (d *DB) identities(ctx context.Context, query string, args ...any) (out []Identity, err error) {
	rows, err := d.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("finding identities: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var i Identity
		var created string
		if err := rows.Scan(i.fields(&created)...); err != nil {
			return nil, fmt.Errorf("finding identities: %w", err)
		}
		if i.Created, err = time.Parse(time.RFC3339Nano, created); err != nil {
			return nil, &TamperedError{tableIdentities + "/" + i.ID, WhatContent}
		}
		out = append(out, i)
	}
	return out, rows.Err()
}

// Lookup returns the ids of the identities that answer to ref: id, DID in its short or long form, or exact label. It returns two at most: whoever
// asks wants exactly one.
func (d *DB) Lookup(ctx context.Context, ref string) ([]string, error) {
	return read(ctx, d, func(ctx context.Context) (ids []string, err error) {
		short := ref
		if at := strings.LastIndexByte(ref, ':'); at > 0 {
			short = ref[:at]
		}
		rows, err := d.sql.QueryContext(ctx, `SELECT id FROM identities WHERE id = ?1 UNION SELECT id FROM identities WHERE did = ?1
			UNION SELECT id FROM identities WHERE did = ?2 AND long_form = ?1 UNION SELECT id FROM identities WHERE label = ?1 AND label <> '' LIMIT 2`, ref, short)
		if err != nil {
			return nil, fmt.Errorf("looking up %q: %w", ref, err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return nil, fmt.Errorf("looking up %q: %w", ref, err)
			}
			ids = append(ids, id)
		}
		return ids, rows.Err()
	})
}

// Count is the number of identities.
func (d *DB) Count(ctx context.Context) (int, error) {
	return d.count(ctx, `SELECT count(*) FROM identities`)
}

// CountOutside is the number of identities whose keys come from another use branch than the one given.
func (d *DB) CountOutside(ctx context.Context, branch uint32) (int, error) {
	return d.count(ctx, `SELECT count(*) FROM identities WHERE branch <> ?`, branch)
}

func (d *DB) count(ctx context.Context, query string, args ...any) (int, error) {
	return read(ctx, d, func(ctx context.Context) (n int, err error) {
		if err := d.sql.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
			return 0, fmt.Errorf("counting identities: %w", err)
		}
		return n, nil
	})
}
