package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// Finding is a place where the database was tampered with or damaged.
type Finding struct {
	Place string // "table/key", "journal/NUMBER", "page NUMBER", "pages", "search", or a table that cannot be read
	What  string // a What constant, a journal.Fault constant, or SQLite's words
}

// maxFindings ends a check that finds nothing but findings.
const maxFindings = 1000

// checkStep is how many rows are read at a time.
const checkStep = 512

// Check reads the whole database and returns what is wrong with it: pages (SQLite's integrity check), the journal's chain, MACs and head, and for
// every decisive row its MAC, that no newer event set it, and that none is missing. It may run beside everything else; what is written meanwhile is
// not seen. progress, which may be nil, counts entries and rows. What cannot be read is a finding too, and the check goes on with the parts that
// can; its errors are that ctx ended or the database was closed.
func (d *DB) Check(ctx context.Context, progress func(done, total int)) ([]Finding, error) {
	return read(ctx, d, func(ctx context.Context) (_ []Finding, err error) {
		conn, err := d.own(ctx)
		if err != nil {
			return nil, fmt.Errorf("checking the vault database: %w", err)
		}
		defer func() { err = errors.Join(err, discard(conn)) }()
		tx, err := conn.BeginTx(context.WithoutCancel(ctx), readOnly)
		if err != nil {
			return nil, fmt.Errorf("checking the vault database: %w", err)
		}
		defer func() { err = errors.Join(err, tx.Rollback()) }()
		c := &check{reader: reader{q: tx, db: d}, progress: progress}
		for _, part := range []checkPart{
			{"pages", c.size},
			{"pages", c.pages},
			{"journal", c.chain},
			{tableIdentities, c.identities},
			{tableKeys, c.keysTable},
			{"decisive", c.decisive},
			{"journal_rows", c.missing},
			{"search", c.search},
		} {
			if err := part.run(ctx); err != nil && ctx.Err() != nil {
				return nil, err
			} else if err != nil {
				c.found(part.place, err.Error())
			}
			if len(c.findings) >= maxFindings {
				break
			}
		}
		return c.findings, nil
	})
}

// own is a connection for something that reads everything once. It keeps few pages, and is closed and not kept (discard), since what memory SQLite has
// taken for a connection it gives back only then.
func (d *DB) own(ctx context.Context) (*sql.Conn, error) {
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, `PRAGMA cache_size = -8192`); err != nil {
		return nil, errors.Join(err, discard(conn))
	}
	return conn, nil
}

// discard closes a connection; others do not get it.
func discard(conn *sql.Conn) error {
	err := conn.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) {
		return nil
	}
	return err
}

// checkPart is one part of a check, and the place that is named when it cannot be read at all.
type checkPart struct {
	place string
	run   func(context.Context) error
}

// check is one run of Check, in one read transaction.
type check struct {
	reader
	progress    func(done, total int)
	done, total int
	rows        int // decisive rows that exist
	findings    []Finding
}

func (c *check) found(place, what string) { c.findings = append(c.findings, Finding{place, what}) }

func (c *check) advance(n int) {
	c.done += n
	if c.progress != nil {
		c.progress(min(c.done, c.total), c.total)
	}
}

// size counts the work.
func (c *check) size(ctx context.Context) error {
	err := c.q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM identities) + (SELECT count(*) FROM keys) + (SELECT count(*) FROM decisive)`).Scan(&c.rows)
	if err != nil {
		return fmt.Errorf("checking the vault database: %w", err)
	}
	var events int
	if err := c.q.QueryRowContext(ctx, `SELECT count(*) FROM journal`).Scan(&events); err != nil {
		return fmt.Errorf("checking the vault database: %w", err)
	}
	c.total = c.rows + events
	c.advance(0)
	return nil
}

func (c *check) pages(ctx context.Context) (err error) {
	rows, err := c.q.QueryContext(ctx, `PRAGMA integrity_check(100)`)
	if err != nil {
		return fmt.Errorf("checking the pages of the vault database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return fmt.Errorf("checking the pages of the vault database: %w", err)
		}
		line = strings.TrimPrefix(line, "*** in database main ***\n") // there is only one
		if line != "ok" {
			c.found(pageOf(line), line)
		}
	}
	return rows.Err()
}

// pageOf is the page that a line of SQLite's integrity check names: "Tree 5 page 12 cell 3: ...", "Page 7: never used".
func pageOf(line string) string {
	words := strings.Fields(line)
	for i, w := range words[:max(len(words)-1, 0)] {
		if number := strings.TrimRight(words[i+1], ":,"); strings.EqualFold(w, "page") && strings.Trim(number, "0123456789") == "" && number != "" {
			return "page " + number
		}
	}
	return "pages"
}

func (c *check) chain(ctx context.Context) error {
	var seen uint64
	faults, err := c.db.journal.Verify(ctx, c.q, func(done, _ uint64) {
		c.advance(int(done - seen)) //nolint:gosec // a step
		seen = done
	})
	for _, f := range faults {
		c.found(fmt.Sprintf("journal/%d", f.Number), f.What)
	}
	return err
}

// row judges one row: its MAC, and its event against the newest that set it.
func (c *check) row(table, key string, content []byte, event, newest uint64, mac []byte) error {
	err := c.db.keys.judge(table, key, content, event, mac)
	if tampered := (*TamperedError)(nil); errors.As(err, &tampered) {
		c.found(tampered.Place, tampered.What)
		return nil
	}
	if err == nil && event != newest {
		c.found(table+"/"+key, WhatStale)
	}
	return err
}

// missing names the rows that events set and that are gone. When the counts agree and every row that exists is known to the journal, none is.
func (c *check) missing(ctx context.Context) (err error) {
	var named int
	if err := c.q.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT DISTINCT name FROM journal_rows)`).Scan(&named); err != nil {
		return fmt.Errorf("checking the vault database: %w", err)
	}
	if named == c.rows && len(c.findings) == 0 {
		return nil
	}
	rows, err := c.q.QueryContext(ctx, `SELECT DISTINCT r.name FROM journal_rows r WHERE NOT EXISTS (SELECT 1 FROM identities WHERE id = substr(r.name, 12) AND substr(r.name, 1, 11) = 'identities/')
		AND NOT EXISTS (SELECT 1 FROM keys WHERE key = substr(r.name, 6) AND substr(r.name, 1, 5) = 'keys/')
		AND NOT EXISTS (SELECT 1 FROM decisive WHERE tbl = substr(r.name, 1, instr(r.name, '/') - 1) AND key = substr(r.name, instr(r.name, '/') + 1))
		LIMIT ?`, maxFindings)
	if err != nil {
		return fmt.Errorf("checking the vault database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return fmt.Errorf("checking the vault database: %w", err)
		}
		c.found(name, WhatMissing)
	}
	return rows.Err()
}

// search lets SQLite compare the full-text index with the identities.
func (c *check) search(ctx context.Context) error {
	var wrong int
	err := c.q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM identities) <> (SELECT count(*) FROM identity_search_docsize)`).Scan(&wrong)
	if err != nil {
		return fmt.Errorf("checking the search index: %w", err)
	}
	if wrong != 0 {
		c.found("search", "index")
	}
	return nil
}

// CheckSearch holds the full-text index to the identities, word by word, which Check leaves out: it takes a second for every 100,000 identities and
// keeps writers waiting.
func (d *DB) CheckSearch(ctx context.Context) ([]Finding, error) {
	return read(ctx, d, func(ctx context.Context) ([]Finding, error) {
		d.write.Lock()
		defer d.write.Unlock()
		_, err := d.sql.ExecContext(ctx, `INSERT INTO identity_search (identity_search, rank) VALUES ('integrity-check', 1)`)
		if err == nil || ctx.Err() != nil {
			return nil, err
		}
		return []Finding{{"search", err.Error()}}, nil
	})
}
