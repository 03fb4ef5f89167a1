package store

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/ncruces/go-sqlite3"

	"holdfast/journal"
)

// ErrDiskFull says that there is no room left where the vault lies. What was being written is undone; nothing that was there is lost. It is a
// syscall.ENOSPC too, whatever the system called it.
var ErrDiskFull = fmt.Errorf("the disk is full (%w)", syscall.ENOSPC)

// PartDatabase is what a *DamagedError of this package names.
const PartDatabase = "database"

// DamagedError says which part of a vault or backup cannot be trusted, and why.
type DamagedError struct {
	What string // "envelope", "core signature", "database", "machine memory", "backup"
	Why  error  // of the database: SQLite's error, a *TamperedError or a *journal.Fault, which name the place
}

// Error implements error.
func (e *DamagedError) Error() string { return fmt.Sprintf("%s is damaged: %v", e.What, e.Why) }

// Unwrap gives the reason.
func (e *DamagedError) Unwrap() error { return e.Why }

// judged turns what SQLite, a row's MAC or the journal's chain say into a *DamagedError of the database, and want of room into ErrDiskFull.
func judged(err error) error {
	var (
		known  *DamagedError
		row    *TamperedError
		record *journal.Fault
	)
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, ErrDiskFull):
		return err
	case isFull(err):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	case errors.As(err, &row), errors.As(err, &record), isUnreadable(err):
		return &DamagedError{What: PartDatabase, Why: err}
	}
	return err
}

// isFull tells want of room, also under a quota.
func isFull(err error) bool {
	return errors.Is(err, sqlite3.FULL) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// isUnreadable tells pages that are no pages of this database, or that the disk does not give back.
func isUnreadable(err error) bool {
	for _, otherwise := range []sqlite3.ExtendedErrorCode{sqlite3.IOERR_NOMEM, sqlite3.IOERR_LOCK, sqlite3.IOERR_RDLOCK, sqlite3.IOERR_UNLOCK, sqlite3.IOERR_ACCESS} {
		if errors.Is(err, otherwise) {
			return false // want of memory or of a lock: the file may be sound
		}
	}
	return errors.Is(err, sqlite3.CORRUPT) || errors.Is(err, sqlite3.NOTADB) || errors.Is(err, sqlite3.IOERR) || errors.Is(err, sqlite3.FORMAT)
}
