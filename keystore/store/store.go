// Package store is the vault's database: SQLite encrypted page by page with Adiantum, whose key arrives by handle and never in SQL or a URI.
//
// Encryption hides and does not authenticate: an old page put back would turn a compromised key active again. So every row that decides something
// carries the number of the journal event that set it and a MAC over its table, key, content and that number, and is believed only when the MAC
// holds and no newer event set the row. Check holds the whole database to this.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"

	"holdfast/internal/durable"
	"holdfast/internal/secret"
	"holdfast/journal"
)

var (
	// ErrWrongKey says that the key does not open the database (or that its first page is damaged: the two cannot be told apart).
	ErrWrongKey = errors.New("the key does not open the vault database")
	// ErrNewerFormat says that a newer version wrote the database.
	ErrNewerFormat = errors.New("the vault database was written by a newer version")
	// ErrNotVault says that the file opens but holds no vault.
	ErrNotVault = errors.New("the database holds no vault")
	// ErrClosed says that the database was closed, also under a call that was running.
	ErrClosed = errors.New("the vault database is closed")
	// ErrNotFound says that there is no such identity, key or row.
	ErrNotFound = errors.New("not found in the vault database")
	// ErrPoolEmpty says that fewer succession keys are left than were asked for; a ceremony makes more.
	ErrPoolEmpty = errors.New("not enough succession keys left")
)

// TamperedError names a row that cannot be believed.
type TamperedError struct {
	Place string // "table/key"
	What  string // one of the What constants
}

// What can be wrong with a row.
const (
	WhatMAC     = "mac"     // the vault's key did not write it
	WhatStale   = "stale"   // a newer event set the row: this is an earlier state of it
	WhatMissing = "missing" // an event set the row, and it is gone
	WhatEvent   = "event"   // the event it names did not set it
	WhatContent = "content" // the MAC holds, but the content is not in the form this version writes
	// WhatUnreadable: an event set the row, and the pages that hold it cannot be read.
	WhatUnreadable = "unreadable"
)

// Error implements error.
func (e *TamperedError) Error() string {
	return fmt.Sprintf("%s in the vault database has been tampered with or damaged (%s)", e.Place, e.What)
}

// handleNow and handleNext are what SQL and URIs carry instead of keys.
const (
	handleNow  = "now"
	handleNext = "next"
)

// connections is how many readers work side by side; writers take turns.
const connections = 4

// DB is an open vault database. It is safe for use by several goroutines.
type DB struct {
	sql     *sql.DB
	cipher  *cipher
	keys    *macKeys
	journal *journal.Journal
	path    string
	files   durable.FS

	life  context.Context // ends at Close
	end   context.CancelFunc
	write sync.Mutex // one Update at a time

	mu     sync.Mutex
	closed bool       // guarded by mu
	calls  int        // running calls; guarded by mu
	idle   *sync.Cond // calls has dropped to 0
}

// Create makes the database of a new vault at path, which must not exist, encrypted under key (KeySize bytes). journalSecret, 32 bytes from the
// master secret, is kept in it: the MACs of journal and rows derive from it and so survive re-keying.
func Create(ctx context.Context, path string, key *secret.Bytes, m Meta, journalSecret *secret.Bytes, options ...Option) (*DB, error) {
	d, err := connect(path, key, "rw", options)
	if err != nil {
		return nil, err
	}
	if err := reserve(d.files, path); err != nil {
		return nil, errors.Join(judged(err), d.Close())
	}
	if err := d.fill(ctx, m, journalSecret); err != nil {
		return nil, errors.Join(judged(err), d.Close(), removeDatabase(path))
	}
	if err := durable.SyncFile(d.files, path); err != nil {
		return nil, errors.Join(judged(err), d.Close(), removeDatabase(path))
	}
	return d, nil
}

// Option changes how a database is used.
type Option func(*DB)

// Through makes the steps that bring files and names to the disk go through files, which is durable.OS otherwise. SQLite's own reading and writing
// does not.
func Through(files durable.FS) Option { return func(d *DB) { d.files = files } }

// reserve makes the empty file that becomes a database, readable to its owner only; it fails with fs.ErrExist when the name is taken.
func reserve(files durable.FS, path string) error {
	file, err := files.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("making the vault database: %w", err)
	}
	return file.Close()
}

// removeDatabase takes away what a failed creation or snapshot left.
func removeDatabase(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Open opens the database at path. A wrong key is ErrWrongKey, a missing file fs.ErrNotExist.
func Open(ctx context.Context, path string, key *secret.Bytes, options ...Option) (*DB, error) {
	if _, err := os.Stat(path); err != nil { //nolint:gosec // the owner chooses where the vault lies
		return nil, err
	}
	d, err := connect(path, key, "rw", options)
	if err != nil {
		return nil, err
	}
	if err := d.recognise(ctx); err != nil {
		return nil, errors.Join(judged(err), d.Close())
	}
	return d, nil
}

// connect prepares the connections without touching the file.
func connect(path string, key *secret.Bytes, mode string, options []Option) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("vault database: %w", err)
	}
	c, err := register()
	if err != nil {
		return nil, err
	}
	if err := c.add(handleNow, key); err != nil {
		c.close()
		return nil, err
	}
	pool, err := driver.Open(c.uri(path, handleNow, mode)+"&_txlock=immediate", prepare)
	if err != nil {
		c.close()
		return nil, fmt.Errorf("vault database: %w", err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetConnMaxIdleTime(time.Minute)
	d := &DB{sql: pool, cipher: c, path: path, files: durable.OS{}}
	for _, o := range options {
		o(d)
	}
	d.idle = sync.NewCond(&d.mu)
	d.life, d.end = context.WithCancel(context.Background())
	return d, nil
}

// uri names a database file to SQLite, with the handle of its key.
func (c *cipher) uri(path, handle, mode string) string {
	name := filepath.ToSlash(path)
	if name[0] != '/' {
		name = "/" + name // a Windows drive
	}
	return "file:" + (&url.URL{Path: name}).EscapedPath() + "?vfs=" + c.name + "&textkey=" + handle + "&mode=" + mode
}

// prepare sets up each connection: full-text search, every commit synced, nothing temporary on disk, nothing believed of a hostile schema. Up to
// 4 MiB of pages are kept by each connection: more cost memory that is never given back and made nothing measurably quicker, decryption included. The log
// of up to 32 MiB is moved into the database seldom; a commit is durable in the log.
func prepare(c *sqlite3.Conn) error {
	if err := fts5.Register(c); err != nil {
		return err
	}
	return c.Exec(`PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;
		PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 8192; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA recursive_triggers = OFF`)
}

// Close stops running calls, closes the file and wipes the keys. It may be called again.
func (d *DB) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	d.end()
	for d.calls > 0 {
		d.idle.Wait()
	}
	d.mu.Unlock()
	err := d.sql.Close()
	d.cipher.close()
	d.keys.destroy()
	if err != nil {
		return fmt.Errorf("closing the vault database: %w", err)
	}
	return nil
}

// call starts a call that Close stops and waits for; the returned function ends it.
func (d *DB) call(ctx context.Context) (context.Context, func(), error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, nil, ErrClosed
	}
	d.calls++
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(d.life, cancel)
	return ctx, func() {
		stop()
		cancel()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.calls--
		if d.calls == 0 {
			d.idle.Broadcast()
		}
	}, nil
}

// ended turns the error of a call that Close stopped into ErrClosed, and tells damage and want of room from other errors.
func (d *DB) ended(err error) error {
	if err != nil && d.life.Err() != nil {
		return fmt.Errorf("%w (%w)", ErrClosed, err)
	}
	return judged(err)
}

// read runs fn as one call.
func read[T any](ctx context.Context, d *DB, fn func(ctx context.Context) (T, error)) (T, error) {
	var zero T
	ctx, done, err := d.call(ctx)
	if err != nil {
		return zero, err
	}
	defer done()
	out, err := fn(ctx)
	if err != nil {
		return zero, d.ended(err)
	}
	return out, nil
}
