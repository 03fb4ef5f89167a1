package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holdfast/keystore"
	"holdfast/token"
)

// Backup writes the vault to one file that any of its tokens, or its words, opens. A folder that is synced is a fine place for it. elsewhere says
// that the owner vouches for the place being off this machine although it looks like the vault's own disk. A file that is there is replaced only
// where replace says so: it may be the last good backup of a vault that is not as it was.
func (s *Session) Backup(ctx context.Context, path string, elsewhere, replace bool, progress func(done, total int64)) (keystore.BackupInfo, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return keystore.BackupInfo{}, fmt.Errorf("backup %q: %w", path, err)
	}
	if !replace {
		if err := FreeForBackup(abs); err != nil {
			return keystore.BackupInfo{}, err
		}
	}
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (keystore.BackupInfo, error) {
		return v.Backup(ctx, abs, elsewhere, progress)
	})
}

// BackupExistsError says that a backup would take the place of a file that is there.
type BackupExistsError struct{ Path string }

// Error implements error.
func (e *BackupExistsError) Error() string { return fmt.Sprintf("%q is there already", e.Path) }

// FreeForBackup is Free for a backup: a *BackupExistsError.
func FreeForBackup(path string) error {
	err := Free(path)
	if errors.Is(err, fs.ErrExist) {
		return &BackupExistsError{path}
	}
	return err
}

// InspectBackup tells what a backup says of itself without a key; nothing of it is verified.
func (a *App) InspectBackup(path string) (keystore.BackupHeader, error) {
	if err := regular(os.Stat(path)); err != nil { // a window looks while a path is typed, and may meet a device or a pipe on the way
		return keystore.BackupHeader{}, err
	}
	return keystore.InspectBackup(path)
}

// Restore asks for a vault from a backup: opened with the words, which need a token for the restored vault, or with a token whose keyslot is in
// the backup.
type Restore struct {
	Vault      string
	Backup     string
	Words      *Secret // 24 words with one space between; nil to open with the token
	OwnerWords []string
	Token      NewKeyslot // with words: the token that shall open the restored vault; else Token.Token opens the backup
}

// Restored is what a restore brought back.
type Restored struct {
	Place Place
	keystore.RestoreReport
}

// Restore brings a vault back from a backup, under a new use branch.
func (a *App) Restore(ctx context.Context, r Restore, p Prompts, steps func(Step)) (*Session, Restored, error) {
	place, err := a.PlaceForNew(r.Vault)
	if err != nil {
		return nil, Restored{}, err
	}
	q := keystore.RestoreRequest{Backup: r.Backup, Words: r.Words, OwnerWords: r.OwnerWords}
	var t token.Token
	if r.Words != nil {
		var k keystore.NewKeyslot
		if t, k, err = a.newKeyslot(ctx, r.Token, nil); err != nil {
			return nil, Restored{}, err
		}
		q.New = &k
	} else {
		if t, err = a.backupOpener(ctx, r.Token); err != nil {
			return nil, Restored{}, err
		}
		present, err := a.present(t)
		if err != nil {
			return nil, Restored{}, err
		}
		q.Token = &present
	}
	v, report, err := keystore.Restore(ctx, place, q, p, steps)
	if err != nil {
		return nil, Restored{}, err
	}
	return a.session(place, v.ID(), t, v), Restored{Place: place, RestoreReport: report}, nil
}

// backupOpener chooses the token that opens a backup: nothing here remembers which one that is, so of one physical key the smart-card side.
func (a *App) backupOpener(ctx context.Context, n NewKeyslot) (token.Token, error) {
	return a.await(ctx, n.Wait, func(list []token.Token) (token.Token, error) { return newcomer(list, n.Token, nil) })
}

// Recover asks for what the words alone can bring back.
type Recover struct {
	Vault string
	Words *Secret // 24 words with one space between
	Known []string
	Token NewKeyslot
}

// Recovered is what the words alone brought back, and what they cannot.
type Recovered struct {
	Place Place
	keystore.WordsReport
	MissingWords []string // Missing in words for people
}

// gap is how many unused numbers in a row end the scan for identities.
const gap = 100

// Recover makes a vault from the words alone: keys come back, did:key identities are found by scanning.
func (a *App) Recover(ctx context.Context, r Recover, p Prompts, steps func(Step)) (*Session, Recovered, error) {
	place, err := a.PlaceForNew(r.Vault)
	if err != nil {
		return nil, Recovered{}, err
	}
	t, k, err := a.newKeyslot(ctx, r.Token, nil)
	if err != nil {
		return nil, Recovered{}, err
	}
	v, report, err := keystore.RecoverFromWords(ctx, place, keystore.WordsRequest{
		Words: r.Words, New: k, Known: r.Known, Gap: gap,
		Candidate: func(k keystore.MadeKey) (keystore.BuiltIdentity, error) { return buildKey([]keystore.MadeKey{k}) },
	}, p, steps)
	if err != nil {
		return nil, Recovered{}, err
	}
	out := Recovered{Place: place, WordsReport: report}
	for _, id := range report.Missing {
		out.MissingWords = append(out.MissingWords, missingWords(id))
	}
	return a.session(place, v.ID(), t, v), out, nil
}
