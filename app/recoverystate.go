package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"holdfast/journal"
	"holdfast/keystore"
)

// RecoveryState is what would bring the vault back, and since when it is there.
type RecoveryState struct {
	Words  time.Time // when the words were written down and confirmed last; zero: never
	Backup *MadeBackup
	Proven int // physically different keys that have opened the master secret, each alone
}

// MadeBackup is the backup made last, as the journal tells.
type MadeBackup struct {
	Path     string
	Time     time.Time
	SameDisk bool // on the disk that holds the vault, so that it counts for nothing
	Vouched  bool // it looks like the vault's own disk; the owner said that it is copied off this computer
}

// RecoveryState tells what would bring the vault back.
func (s *Session) RecoveryState(ctx context.Context) (RecoveryState, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (RecoveryState, error) {
		var r RecoveryState
		words, err := v.Journal(ctx, journal.Filter{Act: journal.ActConfirmWords, Result: journal.OK, Limit: 1})
		if err != nil {
			return r, err
		}
		for _, e := range words {
			r.Words = e.Time
		}
		backups, err := v.Journal(ctx, journal.Filter{Act: journal.ActBackup, Result: journal.OK, Limit: 1})
		if err != nil {
			return r, err
		}
		for _, e := range backups {
			r.Backup = &MadeBackup{Path: e.Facts["to"], Time: e.Time, SameDisk: e.Facts["same_device"] == "true", Vouched: e.Facts["owner_says_elsewhere"] == "true"}
		}
		slots, err := v.Keyslots(ctx)
		r.Proven = provenKeys(slots)
		return r, err
	})
}

// provenKeys counts physical tokens, as the vault does to say whether it is armed: both sides of one are one, and one that does not say which it is
// counts for nothing.
func provenKeys(slots []keystore.KeyslotInfo) int {
	proven := map[string]bool{}
	for _, k := range slots {
		if k.WayIn && k.Physical != "" && !k.ProvenMaster.IsZero() {
			proven[k.Physical] = true
		}
	}
	return len(proven)
}

// BackupPlace is what can be said of the place of a backup before it is made.
type BackupPlace struct {
	Path     string    // absolute
	Replaces time.Time // when the file that is there was changed last; zero: none is there
	SameDisk bool      // it looks like the vault's own disk
	Service  string    // who copies the folder to other machines, where that is seen ("Dropbox")
}

// BackupPlace looks at where a backup shall go.
func (s *Session) BackupPlace(typed string) (BackupPlace, error) {
	path, err := PathOf(typed)
	if err != nil {
		return BackupPlace{}, err
	}
	p := BackupPlace{Path: path}
	info, err := os.Stat(path)
	if err := regular(info, err); err == nil {
		p.Replaces = info.ModTime()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	if p.SameDisk, err = keystore.SameDisk(s.place, path); err != nil {
		return p, writing(path, err)
	}
	var synced *SyncedFolderError
	if err := refuseSynced(filepath.Dir(path)); errors.As(err, &synced) {
		p.Service = synced.Service
	} else if err != nil {
		return p, err
	}
	return p, nil
}
