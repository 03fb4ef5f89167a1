package keystore

import (
	"fmt"
	"path/filepath"

	"holdfast/internal/durable"
)

// Place says where a vault lives.
type Place struct {
	Dir   string // the vault's folder, NAME.vault
	State string // the machine's state folder: what this machine remembers of its vaults

	files durable.FS // for tests in which the disk fails; nil is the machine's own
}

// disk is the file system the vault lies on.
func (p Place) disk() durable.FS {
	if p.files != nil {
		return disk{p.files}
	}
	return disk{durable.OS{}}
}

// Name is the vault's name: the folder's, without its ending.
func (p Place) Name() string {
	b := filepath.Base(p.Dir)
	return b[:len(b)-len(filepath.Ext(b))]
}

func (p Place) envelopePath() string { return filepath.Join(p.Dir, "envelope.json") }
func (p Place) lockPath() string     { return filepath.Join(p.Dir, "lock") }

// beginningPath is a marker that stands in the folder from the beginning of a Create or Restore until its envelope is written: only then
// are databases without an envelope leavings that may be removed.
func (p Place) beginningPath() string { return filepath.Join(p.Dir, beginningFile) }

// databasePath is the database of one generation. The random part is in the name so that two generations of one number
// (made on either side of a restored copy) never overwrite each other.
func (p Place) databasePath(g generation) string {
	return filepath.Join(p.Dir, fmt.Sprintf("vault-%d-%x.db", g.Number, []byte(g.Random)[:4]))
}

// machinePath is what this machine remembers of one vault.
func (p Place) machinePath(vaultHex string) string {
	return p.statePath(vaultHex, ".json")
}

// statePath is a file of the state folder about one vault.
func (p Place) statePath(vaultHex, ending string) string {
	return filepath.Join(p.State, vaultHex+ending)
}

// refusalsPath holds the refusals met while the vault was locked, until the next unlock folds them into the journal.
func (p Place) refusalsPath(vaultHex string) string {
	return p.statePath(vaultHex, ".refusals")
}
