package keystore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
)

// An enrolment that comes to nothing (the token unplugged, the program killed) may leave keys on a token, and a token has 20 slots for them. So what a
// token makes is noted in the state folder before anything else is done with it; a key that no vault came to use makes room again.

// unfinishedFormat names the format of the list.
const unfinishedFormat = "holdfast-unfinished/draft-0"

// unfinishedFile is the list's name in the state folder.
const unfinishedFile = "unfinished.json"

// maxUnfinished is how many keys are remembered; the oldest go first.
const maxUnfinished = 200

// unfinished are keys that enrolments on this machine made and that may stand in no vault's core.
type unfinished struct {
	Format string    `json:"format"`
	Keys   []madeKey `json:"keys"`
}

// madeKey is one key a token made, and the keyslot it was made for.
type madeKey struct {
	Public   blob   `json:"public"`   // as in ECDHRequest.Public
	Slot     byte   `json:"slot"`     // the PIV slot
	Physical string `json:"physical"` // Present's Physical
	Vault    string `json:"vault"`    // id in hex
	Keyslot  string `json:"keyslot"`  // id in hex
	Dir      string `json:"dir"`      // the vault's folder
}

// unfinishedPath is the list of keys that no vault came to use.
func (p Place) unfinishedPath() string { return filepath.Join(p.State, unfinishedFile) }

// readUnfinished loads the list. One that cannot be read says nothing: it only costs slots.
func readUnfinished(p Place) (unfinished, error) {
	none := unfinished{Format: unfinishedFormat, Keys: []madeKey{}}
	data, err := durable.ReadFile(p.unfinishedPath(), maxEnvelope)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	var u unfinished
	if jcs.Unmarshal(data, &u, maxEnvelope) != nil {
		return none, nil //nolint:nilerr // it is written anew
	}
	if u.Format != unfinishedFormat {
		return none, formatError("list of unfinished enrolments", u.Format)
	}
	return u, nil
}

// changeUnfinished rewrites the list durably. Two programs that change it at once may lose a note, which costs slots and no more.
func changeUnfinished(fsys durable.FS, p Place, change func([]madeKey) []madeKey) error {
	u, err := readUnfinished(p)
	if err != nil {
		return err
	}
	if err := cleanTemp(fsys, p.unfinishedPath()); err != nil {
		return err
	}
	if u.Keys = change(u.Keys); len(u.Keys) == 0 {
		return removeIfThere(fsys, p.unfinishedPath())
	}
	u.Keys = u.Keys[max(0, len(u.Keys)-maxUnfinished):]
	data, err := jcs.Marshal(u)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(fsys, p.State, 0o700); err != nil {
		return err
	}
	return durable.WriteFile(fsys, p.unfinishedPath(), data, 0o600)
}

// reclaimable gives the public keys that enrolments have left and that stand in no vault's core.
func (v *Vault) reclaimable() ([][]byte, error) {
	u, err := readUnfinished(v.place)
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	for _, k := range u.Keys {
		if k.abandoned(v.place.State) {
			keys = append(keys, k.Public)
		}
	}
	return keys, nil
}

// abandoned reports whether it is certain that no vault uses the key: its vault's envelope is where it was and does not name it, or nothing was ever
// written there and this machine remembers no such keyslot (a vault may have been moved right after a crash).
func (k madeKey) abandoned(state string) bool {
	place := Place{Dir: k.Dir, State: state}
	env, err := readEnvelope(place)
	switch {
	case err == nil && env.Core.vaultHex() == k.Vault:
		return !env.Core.usesPIV(k.Public)
	case err == nil && env.Core.usesPIV(k.Public):
		return false
	case err != nil && !errors.Is(err, ErrNoVault):
		return false
	}
	m, err := readMachine(place, k.Vault)
	if err != nil {
		return false
	}
	if m == nil {
		return true
	}
	_, known := m.Tokens[k.Keyslot]
	return !known
}

// usesPIV reports whether a keyslot stands on this public key.
func (c *core) usesPIV(public []byte) bool {
	for i := range c.Keyslots {
		for _, t := range c.Keyslots[i].PIV {
			if bytes.Equal(t.Public, public) {
				return true
			}
		}
	}
	return false
}

// noteMade makes what a token has just made durable, before anything is done with it. A key that was in the same slot before is gone.
func (v *Vault) noteMade(c *core, e *enrolment, physical string, made PIVKeys) error {
	return changeUnfinished(v.fs, v.place, func(keys []madeKey) []madeKey {
		for _, k := range made {
			keys = slices.DeleteFunc(keys, func(old madeKey) bool {
				return bytes.Equal(old.Public, k.Public) || physical != "" && old.Physical == physical && old.Slot == k.Slot
			})
			keys = append(keys, madeKey{
				Public: k.Public, Slot: k.Slot, Physical: physical, Vault: c.vaultHex(), Keyslot: hex.EncodeToString(e.slot.ID), Dir: absolute(v.place.Dir),
			})
		}
		return keys
	})
}

// absolute gives the folder's path from the root, since the next enrolment may be started elsewhere.
func absolute(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		return whole
	}
	return dir
}

// forgetMade forgets the keys of a keyslot that stands in a committed core. Where that fails, the next enrolment finds them in the core.
func (v *Vault) forgetMade(e *enrolment) {
	if e == nil || e.slot.Kind != KindPIV {
		return
	}
	id := e.slot.hexID()
	_ = changeUnfinished(v.fs, v.place, func(keys []madeKey) []madeKey {
		return slices.DeleteFunc(keys, func(k madeKey) bool { return k.Keyslot == id })
	})
}
