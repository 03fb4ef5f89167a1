package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// readOnly is a transaction that sees one state of the database and changes nothing.
var readOnly = &sql.TxOptions{ReadOnly: true}

// newestOf asks for the newest event that set the row, beside the row itself.
const newestOf = `(SELECT coalesce(max(number), 0) FROM journal_rows WHERE name = `

// sweep is one table to be read row by row: judge scans a row, judges it and returns its name ("table/key").
type sweep struct {
	query string   // without its order
	order []string // columns that order the rows
	names string   // the prefixes of row names, as a condition on journal_rows.name
	judge func(*sql.Rows) (name string, err error)
}

func (c *check) identities(ctx context.Context) error {
	return c.each(ctx, sweep{
		query: `SELECT ` + identityColumns + `, i.document, i.event, i.mac, ` + newestOf + `'identities/' || i.id) FROM identities i`,
		order: []string{"i.seq"}, names: `name >= 'identities/' AND name < 'identities0'`, judge: c.identity,
	})
}

func (c *check) identity(rows *sql.Rows) (string, error) {
	var i Identity
	var created string
	var event, newest uint64
	var mac []byte
	err := rows.Scan(append(i.fields(&created), &i.Document, &event, &mac, &newest)...)
	if err != nil {
		return "", err
	}
	if i.Created, err = time.Parse(time.RFC3339Nano, created); err != nil {
		c.found(tableIdentities+"/"+i.ID, WhatContent)
		return tableIdentities + "/" + i.ID, nil //nolint:nilerr // a finding, not a failure
	}
	return tableIdentities + "/" + i.ID, c.row(tableIdentities, i.ID, i.content(), event, newest, mac)
}

func (c *check) keysTable(ctx context.Context) error {
	return c.each(ctx, sweep{
		query: `SELECT k.key, k.purpose, k.version, k.curve, k.public, k.kind, k.branch, k.number, k.identity, k.state, k.event, k.mac,
			` + newestOf + `'keys/' || k.key) FROM keys k`,
		order: []string{"k.key"}, names: `name >= 'keys/' AND name < 'keys0'`, judge: c.key,
	})
}

func (c *check) key(rows *sql.Rows) (string, error) {
	var k Key
	var name string
	var event, newest uint64
	var mac []byte
	err := rows.Scan(&name, &k.Purpose, &k.Version, &k.Curve, &k.Public, &k.BranchKind, &k.Branch, &k.Number, &k.Identity, &k.State, &event, &mac, &newest)
	if err != nil {
		return "", err
	}
	return tableKeys + "/" + name, c.row(tableKeys, name, k.content(), event, newest, mac)
}

func (c *check) decisive(ctx context.Context) error {
	return c.each(ctx, sweep{
		query: `SELECT d.tbl, d.key, d.content, d.event, d.mac, ` + newestOf + `d.tbl || '/' || d.key) FROM decisive d`,
		order: []string{"d.tbl", "d.key"},
		names: `NOT (name >= 'identities/' AND name < 'identities0') AND NOT (name >= 'keys/' AND name < 'keys0')`, judge: c.decisiveRow,
	})
}

func (c *check) decisiveRow(rows *sql.Rows) (string, error) {
	var table, key, text string
	var event, newest uint64
	var mac []byte
	if err := rows.Scan(&table, &key, &text, &event, &mac, &newest); err != nil {
		return "", err
	}
	return table + "/" + key, c.row(table, key, []byte(text), event, newest, mac)
}

// each hands every row of a table to its judge, until there are too many findings. Where pages cannot be read it reads the table once from either
// end, and then names every row that an event set and that it did not come to.
func (c *check) each(ctx context.Context, s sweep) error {
	before := len(c.findings)
	failed := c.scan(ctx, s, "", nil)
	if failed == nil || ctx.Err() != nil {
		return failed
	}
	c.findings = c.findings[:before]
	seen := map[string]bool{}
	for _, direction := range []string{" ASC", " DESC"} {
		if err := c.scan(ctx, s, direction, seen); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return c.unread(ctx, s, seen, failed)
}

// scan reads a table in one direction. seen, where it is not nil, collects names, and ends the scan at the first that it holds already.
func (c *check) scan(ctx context.Context, s sweep, direction string, seen map[string]bool) (err error) {
	rows, err := c.q.QueryContext(ctx, s.query+` ORDER BY `+strings.Join(s.order, direction+", ")+direction)
	if err != nil {
		return fmt.Errorf("checking the vault database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	n := 0
	for rows.Next() && len(c.findings) < maxFindings {
		name, err := s.judge(rows)
		if err != nil {
			return fmt.Errorf("checking the vault database: %w", err)
		}
		if seen[name] {
			break
		}
		if seen != nil {
			seen[name] = true
		}
		if n++; n%checkStep == 0 {
			c.advance(checkStep)
		}
	}
	c.advance(n % checkStep)
	return rows.Err()
}

// unread names the rows of a table that events set and that were not seen. failed is why not all were; it is the finding when no row can be named.
func (c *check) unread(ctx context.Context, s sweep, seen map[string]bool, failed error) (err error) {
	named := false
	rows, err := c.q.QueryContext(ctx, `SELECT DISTINCT name FROM journal_rows WHERE `+s.names)
	if err != nil {
		return errors.Join(failed, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() && len(c.findings) < maxFindings {
		var name string
		if err := rows.Scan(&name); err != nil {
			return errors.Join(failed, err)
		}
		if !seen[name] {
			c.found(name, WhatUnreadable)
			named = true
		}
	}
	if err := rows.Err(); err != nil {
		return errors.Join(failed, err)
	}
	if !named {
		return failed
	}
	return nil
}
