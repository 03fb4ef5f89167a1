package keystore

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/internal/durable"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// Settled is an act that something interrupted and that this unlock finished or undid: its owner must know which.
type Settled struct {
	Act      journal.Act
	Subject  string // id in hex of the keyslot or identity; the vault's own for a ceremony
	Time     time.Time
	Finished bool // else undone
}

// Settled lists what this unlock finished or undid.
func (v *Vault) Settled() []Settled { return slices.Clone(v.settled) }

// finish ends what a crash interrupted between the database and the envelope's rename, which is the commit point: a core that
// stands in the envelope is finished in the database, one that does not is undone. Either way the journal says which.
func (v *Vault) finish(ctx context.Context, m store.Meta, coreHash []byte) error {
	open, err := v.db.Unfinished(ctx)
	if err != nil {
		return err
	}
	committed := bytes.Equal(m.PendingCore, coreHash)
	if !committed && !bytes.Equal(m.CoreHash, coreHash) {
		return damaged("vault", "envelope and database are of different states and neither follows the other")
	}
	if len(m.PendingCore) == 0 && len(open) == 0 {
		return nil
	}
	return v.act(ctx, func(tx *store.Tx) error {
		m.CoreHash, m.PendingCore = coreHash, nil
		if err := tx.SetMeta(m); err != nil {
			return err
		}
		for _, e := range open {
			how := "undone"
			if committed {
				how = "finished"
			}
			if _, err := tx.Event(outcome(e, journal.Interrupted, map[string]string{"after_restart": how})); err != nil {
				return err
			}
			v.settled = append(v.settled, Settled{Act: e.Act, Subject: e.Subject, Time: e.Time, Finished: committed})
		}
		return nil
	})
}

// sweep removes what an earlier generation or an interrupted re-keying left: the vault has just been opened by a token of the
// present one. Roll-back never crosses a revocation, so nothing older is kept.
func (v *Vault) sweep() error {
	if err := removeIfThere(v.fs, v.place.beginningPath()); err != nil {
		return err
	}
	present := filepath.Base(v.place.databasePath(v.env.Core.Generation))
	entries, err := os.ReadDir(v.place.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		n := e.Name()
		if !strings.HasPrefix(n, "vault-") || strings.HasPrefix(n, present) {
			continue
		}
		if err := durable.Remove(v.fs, filepath.Join(v.place.Dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_, err = durable.CleanTemp(v.fs, v.place.Dir)
	return errors.Join(err, cleanTemp(v.fs, v.place.machinePath(v.ID())), cleanTemp(v.fs, v.place.refusalsPath(v.ID())))
}
