package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// readOnly is a transaction that sees one state of the database and changes nothing.
var readOnly = &sql.TxOptions{ReadOnly: true}

// newestOf asks for the newest event that set the row, beside the row itself.
const newestOf = `(SELECT coalesce(max(number), 0) FROM journal_rows WHERE name = `

func (c *check) identities(ctx context.Context) error {
	return c.each(ctx, `SELECT `+identityColumns+`, i.document, i.event, i.mac, `+newestOf+`'identities/' || i.id) FROM identities i`,
		func(rows *sql.Rows) error {
			var i Identity
			var created string
			var event, newest uint64
			var mac []byte
			err := rows.Scan(append(i.fields(&created), &i.Document, &event, &mac, &newest)...)
			if err != nil {
				return err
			}
			if i.Created, err = time.Parse(time.RFC3339Nano, created); err != nil {
				c.found(tableIdentities+"/"+i.ID, WhatContent)
				return nil //nolint:nilerr // a finding, not a failure
			}
			return c.row(tableIdentities, i.ID, i.content(), event, newest, mac)
		})
}

func (c *check) keysTable(ctx context.Context) error {
	return c.each(ctx, `SELECT k.key, k.purpose, k.version, k.curve, k.public, k.kind, k.branch, k.number, k.identity, k.state, k.event, k.mac,
		`+newestOf+`'keys/' || k.key) FROM keys k`,
		func(rows *sql.Rows) error {
			var k Key
			var name string
			var event, newest uint64
			var mac []byte
			err := rows.Scan(&name, &k.Purpose, &k.Version, &k.Curve, &k.Public, &k.BranchKind, &k.Branch, &k.Number, &k.Identity, &k.State, &event, &mac, &newest)
			if err != nil {
				return err
			}
			return c.row(tableKeys, name, k.content(), event, newest, mac)
		})
}

func (c *check) decisive(ctx context.Context) error {
	return c.each(ctx, `SELECT d.tbl, d.key, d.content, d.event, d.mac, `+newestOf+`d.tbl || '/' || d.key) FROM decisive d`,
		func(rows *sql.Rows) error {
			var table, key, text string
			var event, newest uint64
			var mac []byte
			if err := rows.Scan(&table, &key, &text, &event, &mac, &newest); err != nil {
				return err
			}
			return c.row(table, key, []byte(text), event, newest, mac)
		})
}

// each hands every row of a query to judge until there are too many findings.
func (c *check) each(ctx context.Context, query string, judge func(*sql.Rows) error) (err error) {
	rows, err := c.q.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("checking the vault database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	n := 0
	for rows.Next() && len(c.findings) < maxFindings {
		if err := judge(rows); err != nil {
			return fmt.Errorf("checking the vault database: %w", err)
		}
		if n++; n%checkStep == 0 {
			c.advance(checkStep)
		}
	}
	c.advance(n % checkStep)
	return rows.Err()
}
