package keystore

import (
	"errors"
	"fmt"

	"holdfast/keystore/store"
)

// The sentinels a caller acts on.
var (
	// ErrNoVault: there is no vault in the folder.
	ErrNoVault = errors.New("no vault in this folder")
	// ErrVaultExists: the folder already holds a vault or something else.
	ErrVaultExists = errors.New("the folder is not empty")
	// ErrNotFound: no identity, keyslot or key answers to the name.
	ErrNotFound = errors.New("not found")
	// ErrAmbiguous: more than one identity answers to the name.
	ErrAmbiguous = errors.New("more than one identity has this name")
	// ErrNoKeyslotForToken: the token present opens no keyslot of this vault.
	ErrNoKeyslotForToken = errors.New("this token opens no keyslot of the vault")
	// ErrSubstituted: the envelope is signed by another owner key than this machine remembers.
	ErrSubstituted = errors.New("the envelope is signed by another owner key than the one this machine remembers")
	// ErrUnconfirmedOwner: this machine remembers no owner key and neither the token nor the owner has confirmed the envelope's.
	ErrUnconfirmedOwner = errors.New("nothing here confirms whose vault this is")
	// ErrOwnerWords: the four words given are not those of the envelope's owner key.
	ErrOwnerWords = errors.New("the four words do not name this vault's owner key")
	// ErrNewerFormat: a newer Holdfast wrote the file.
	ErrNewerFormat = errors.New("written by a newer version in a format this version does not know")
	// ErrPoolEmpty: no succession key is left; a ceremony makes more.
	ErrPoolEmpty = errors.New("no succession key left")
	// ErrWordsOfAnotherVault: the words are valid but give another owner key.
	ErrWordsOfAnotherVault = errors.New("the words belong to another vault")
	// ErrNoMasterTier: the keyslot does not open the master secret.
	ErrNoMasterTier = errors.New("the keyslot has no master tier")
	// ErrClosed: the vault or ceremony has been closed or locked.
	ErrClosed = errors.New("the vault is closed")
	// ErrNotBackup: the file is no Holdfast backup.
	ErrNotBackup = errors.New("not a Holdfast backup")
	// ErrNothingToConfirm: words are confirmed only in the ceremony that showed them.
	ErrNothingToConfirm = errors.New("the words have not been shown in this ceremony")
	// ErrSamePhysicalToken: a recovery keyslot on the token that holds the everyday keyslot would not survive its loss.
	ErrSamePhysicalToken = errors.New("the other side of a token that is already enrolled")
	// ErrVaultHasToken: this side of the token already holds a keyslot of the vault.
	ErrVaultHasToken = errors.New("this side of the token is already enrolled")
	// ErrTokenRevoked: the token's keyslot has been revoked.
	ErrTokenRevoked = errors.New("the token's keyslot has been revoked")
	// ErrNeedsTouch: a setting of locking is loosened only with a touch of a token that opens the vault.
	ErrNeedsTouch = errors.New("loosening a lock setting takes a touch")
)

// IsDiskFull tells that there is no room left where the vault or a backup lies: store.ErrDiskFull, which is a syscall.ENOSPC too. What was being
// written is undone; nothing that was there is lost.
func IsDiskFull(err error) bool { return errors.Is(err, store.ErrDiskFull) }

// DamagedError says which part of a vault or backup cannot be trusted, and why.
type DamagedError = store.DamagedError

// MemoryError says that what this machine remembers of a vault cannot be read. The vault itself is untouched.
type MemoryError struct {
	Path string // the file in the state folder
	Why  error
}

// Error implements error.
func (e *MemoryError) Error() string { return fmt.Sprintf("%s cannot be read: %v", e.Path, e.Why) }

// Unwrap gives the reason.
func (e *MemoryError) Unwrap() error { return e.Why }

func damaged(what string, format string, a ...any) error {
	return &DamagedError{What: what, Why: fmt.Errorf(format, a...)}
}

// The reasons a vault is opened to read only.
const (
	ReadOnlyCopied     = "copied-folder" // the folder belongs to another installation
	ReadOnlyRolledBack = "rolled-back"   // an anchor names a newer state than the one found
	ReadOnlyDamaged    = "damaged"       // the database opens, and parts of it cannot be read or believed: VerifyJournal says where
)

// ReadOnlyError refuses an act that derives or changes, with the reason.
type ReadOnlyError struct{ Why string }

// Error implements error.
func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("the vault is open to read only: %s", e.Why)
}

// LastWayInError refuses to revoke what the owner cannot do without (rule 6).
type LastWayInError struct{ Which string } // "everyday", "recovery", "master"

// Error implements error.
func (e *LastWayInError) Error() string {
	return fmt.Sprintf("the last proven %s keyslot cannot be revoked", e.Which)
}

// WrongWordError says which word was wrong, by position from 1, never the word.
type WrongWordError struct{ Position int }

// Error implements error.
func (e *WrongWordError) Error() string { return fmt.Sprintf("word %d is not right", e.Position) }

// SigningEndedError refuses a signature because of the key's state or its use branch.
type SigningEndedError struct {
	State  string // the key's state, or "ended-branch"
	Branch uint32 // the use branch the key comes from
}

// Error implements error.
func (e *SigningEndedError) Error() string {
	return fmt.Sprintf("the key is %s and signs no more (use branch %d)", e.State, e.Branch)
}

// joinClose closes what an error leaves open.
func joinClose(err error, c interface{ Close() error }) error { return errors.Join(err, c.Close()) }

func joinErr(errs ...error) error { return errors.Join(errs...) }
