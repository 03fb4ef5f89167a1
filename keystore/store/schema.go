package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"holdfast/internal/secret"
	"holdfast/journal"
)

// applicationID marks the file as a Holdfast vault database ("HFST"); schemaVersion is its format, draft 0.
const (
	applicationID = 0x48465354
	schemaVersion = 1
)

// Names of the tables whose rows decide something. "table/key" names a row in MACs, in the journal and in findings.
const (
	tableMeta       = "meta"
	tableIdentities = "identities"
	tableKeys       = "keys"
	tableKeyslots   = "keyslots"
	tableSettings   = "settings"
	tablePolicy     = "policy"
	tableCounters   = "counters"
	tableBranches   = "branches"
	tableSuccession = "succession"
	tableBackups    = "backups"
)

// schema: identities and keys have tables of their own, for search and scale; everything else that decides is one canonical JSON text per row.
var schema = []string{
	`CREATE TABLE vault_secret (one INTEGER PRIMARY KEY CHECK (one = 1), journal BLOB NOT NULL) STRICT`,
	`CREATE TABLE decisive (tbl TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL, event INTEGER NOT NULL, mac BLOB NOT NULL,
		PRIMARY KEY (tbl, key)) STRICT, WITHOUT ROWID`,
	`CREATE INDEX decisive_free ON decisive(key) WHERE tbl = 'succession' AND json_extract(content, '$.taken') = 0`,
	`CREATE TABLE identities (
		seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, did TEXT NOT NULL UNIQUE, long_form TEXT NOT NULL, method TEXT NOT NULL,
		label TEXT NOT NULL, party TEXT NOT NULL, state TEXT NOT NULL, branch INTEGER NOT NULL, number INTEGER NOT NULL, created TEXT NOT NULL,
		document BLOB NOT NULL, event INTEGER NOT NULL, mac BLOB NOT NULL) STRICT`,
	`CREATE INDEX identities_label ON identities(label) WHERE label <> ''`,
	`CREATE INDEX identities_method ON identities(method, seq)`,
	`CREATE INDEX identities_state ON identities(state, seq)`,
	`CREATE INDEX identities_branch ON identities(branch)`,
	`CREATE VIRTUAL TABLE identity_search USING fts5(label, party, did, content='identities', content_rowid='seq', tokenize='trigram')`,
	`CREATE TABLE keys (
		key TEXT PRIMARY KEY, purpose INTEGER NOT NULL, version INTEGER NOT NULL, curve TEXT NOT NULL, public BLOB NOT NULL, kind INTEGER NOT NULL,
		branch INTEGER NOT NULL, number INTEGER NOT NULL, identity INTEGER NOT NULL, state TEXT NOT NULL,
		event INTEGER NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID`,
}

// fill makes the tables and first rows of a new vault in one transaction.
func (d *DB) fill(ctx context.Context, m Meta, journalSecret *secret.Bytes) error {
	ctx, done, err := d.call(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := d.useJournalSecret(journalSecret); err != nil {
		return err
	}
	mode := fmt.Sprintf(`PRAGMA journal_mode = WAL; PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, schemaVersion)
	if _, err := d.sql.ExecContext(ctx, mode); err != nil {
		return fmt.Errorf("making the vault database: %w", err)
	}
	tx, err := d.sql.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("making the vault database: %w", err)
	}
	if err := d.fillTx(ctx, tx, journalSecret); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("making the vault database: %w", err)
	}
	return d.Update(ctx, func(tx *Tx) error { return tx.SetMeta(m) })
}

func (d *DB) fillTx(ctx context.Context, tx *sql.Tx, journalSecret *secret.Bytes) error {
	for _, statement := range schema {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("making the vault database: %w", err)
		}
	}
	if err := d.journal.Create(ctx, tx); err != nil {
		return err
	}
	return journalSecret.Expose(func(p []byte) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO vault_secret (one, journal) VALUES (1, ?)`, p); err != nil {
			return fmt.Errorf("making the vault database: %w", err)
		}
		return nil
	})
}

// recognise checks that the file is a vault database of a known format and takes its journal secret.
func (d *DB) recognise(ctx context.Context) error {
	ctx, done, err := d.call(ctx)
	if err != nil {
		return err
	}
	defer done()
	var application, version int64
	err = d.sql.QueryRowContext(ctx, `SELECT a.application_id, v.user_version FROM pragma_application_id a, pragma_user_version v`).Scan(&application, &version)
	if errors.Is(err, sqlite3.NOTADB) {
		return ErrWrongKey
	}
	if err != nil {
		return fmt.Errorf("opening the vault database: %w", err)
	}
	if application != applicationID {
		return ErrNotVault
	}
	if version > schemaVersion {
		return fmt.Errorf("format %d: %w", version, ErrNewerFormat)
	}
	if _, err := d.sql.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return fmt.Errorf("opening the vault database: %w", err)
	}
	return d.loadJournalSecret(ctx)
}

func (d *DB) loadJournalSecret(ctx context.Context) error {
	var raw []byte
	if err := d.sql.QueryRowContext(ctx, `SELECT journal FROM vault_secret`).Scan(&raw); err != nil {
		return fmt.Errorf("%w: its journal secret is missing (%w)", ErrNotVault, err)
	}
	s, err := secret.Move(raw)
	if err != nil {
		return fmt.Errorf("journal secret: %w", err)
	}
	defer s.Destroy()
	return d.useJournalSecret(s)
}

func (d *DB) useJournalSecret(s *secret.Bytes) error {
	keys, err := deriveMACKeys(s)
	if err != nil {
		return err
	}
	d.keys = keys
	d.journal = journal.Use(keys.event, time.Now)
	return nil
}
