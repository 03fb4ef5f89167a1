package keystore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"holdfast/internal/durable"
	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// Create makes a vault in a folder that must not hold one, enrols its first token, and proves it by opening the vault from disk
// with it. The envelope is written last: until then nothing counts, and what a crash leaves is removed by the next Create.
func Create(ctx context.Context, place Place, n NewKeyslot, p Prompts, steps func(Step)) (*Vault, error) {
	m, err := openMaster(ctx, nil, chance{})
	if err != nil {
		return nil, err
	}
	defer m.destroy()
	return foundVault(ctx, place, founding{master: m, keyslot: n, branch: 0, next: 1, ended: []uint32{}, act: journal.ActCreateVault}, p, steps)
}

// founding is what a vault begins with.
type founding struct {
	master  *master
	keyslot NewKeyslot
	branch  uint32
	next    uint32   // the next use branch in order
	ended   []uint32 // use branches known to be used up
	act     journal.Act
}

// foundVault makes a vault from a master secret and proves its first token.
func foundVault(ctx context.Context, place Place, f founding, p Prompts, steps func(Step)) (v *Vault, err error) {
	if f.keyslot.Role != RoleEveryday && f.act == journal.ActCreateVault {
		return nil, fmt.Errorf("the first keyslot is an everyday one, not %q", f.keyslot.Role)
	}
	if err := f.keyslot.check(); err != nil {
		return nil, err
	}
	if len(f.keyslot.Tiers) != 2 {
		return nil, ErrNoMasterTier // without it nothing could ever open the master secret again
	}
	if v, err = newVault(place); err != nil {
		return nil, err
	}
	if err := v.found(ctx, f, p, steps); err != nil {
		return nil, v.unmake(err, nil)
	}
	if err := v.lockHere(); err != nil {
		return nil, joinClose(err, v)
	}
	v.startCheck()
	return v, nil
}

// newVault prepares the folder of a vault to be: locked, and holding nothing but leavings of an interrupted Create.
func newVault(place Place) (*Vault, error) {
	v := newHandle(place)
	if err := durable.MkdirAll(v.fs, place.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := durable.TryLock(place.lockPath())
	if err != nil {
		return nil, err
	}
	v.lock = lock
	if err := v.clearLeavings(); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// clearLeavings removes what an interrupted Create left, and refuses a folder that holds anything else.
func (v *Vault) clearLeavings() error {
	entries, err := os.ReadDir(v.place.Dir)
	if err != nil {
		return err
	}
	begun := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == beginningFile })
	for _, e := range entries {
		switch n := e.Name(); {
		case n == "lock":
		case isDatabase(n) && !begun: // a vault whose envelope is gone, and no leaving of ours
			return missingEnvelope(n)
		case !isLeaving(n):
			return fmt.Errorf("%s holds %q: %w", v.place.Dir, n, ErrVaultExists)
		}
	}
	if err := v.abandon(); err != nil {
		return err
	}
	return durable.WriteFile(v.fs, v.place.beginningPath(), []byte("a vault is being made or restored in this folder\n"), 0o600)
}

func (v *Vault) found(ctx context.Context, f founding, p Prompts, steps func(Step)) (err error) {
	if v.vaultKey, err = secret.Random(32); err != nil {
		return err
	}
	c := &core{
		Format: Format, Number: 1, Previous: blob{}, Vault: mustRandom(16), Owner: blob(f.master.public),
		Generation: generation{Number: 1, Random: mustRandom(16)},
		Master:     masters{Number: 1, Earlier: []earlierMaster{}},
		Branches:   branches{Current: f.branch, Ended: f.ended, Next: f.next},
	}
	report(steps, "step-make-keys")
	e, err := c.enrol(ctx, v, f.keyslot, f.master, p)
	if err != nil {
		return err
	}
	defer func() { err = e.chosen.told(err) }()
	if err := c.sealBackup(f.master, v.vaultKey); err != nil {
		return err
	}
	if err := c.admit(e, v, f.master); err != nil {
		return err
	}
	env, digest, err := signEnvelope(c, f.master, v.vaultKey, nil)
	if err != nil {
		return err
	}
	report(steps, "step-write")
	v.machine = &machine{
		Format: machineFormat, Vault: c.Vault, Owner: c.Owner, Installation: mustRandom(16),
		Core: coreAnchor{Number: 1, Hash: digest}, Tokens: map[string]memory{e.slot.hexID(): {Label: f.keyslot.Label, Physical: f.keyslot.Token.Physical}},
	}
	v.env, v.id = env, c.vaultHex()
	if err := v.firstDatabase(ctx, f, e, digest); err != nil {
		return err
	}
	if err := v.machine.write(v.fs, v.place); err != nil {
		return err
	}
	if err := env.write(v.fs, v.place); err != nil {
		return err
	}
	if err := removeIfThere(v.fs, v.place.beginningPath()); err != nil {
		return err
	}
	v.opened = e.slot.hexID()
	report(steps, "step-prove")
	if err := v.prove(ctx, e.slot.hexID(), TierVault, f.keyslot.Token, e.gate(p, f.keyslot.Token.Name, actProve)); err != nil {
		return err
	}
	if err := v.anchor(ctx); err != nil {
		return err
	}
	v.forgetMade(e)
	return nil
}

// firstDatabase makes the database of generation 1: the first events, the keyslot's row, the first use branch, a pool of succession keys.
func (v *Vault) firstDatabase(ctx context.Context, f founding, e *enrolment, digest []byte) error {
	key, err := databaseKey(v.vaultKey)
	if err != nil {
		return err
	}
	defer key.Destroy()
	journalSecret, err := derive.Internal(f.master.secret, derive.LabelJournal)
	if err != nil {
		return err
	}
	defer journalSecret.Destroy()
	c := &v.env.Core
	meta := store.Meta{
		Vault: c.Vault, Installation: v.machine.Installation, Owner: c.Owner,
		Generation: c.Generation.Number, GenerationRandom: c.Generation.Random, CoreHash: digest,
	}
	if v.db, err = store.Create(ctx, v.place.databasePath(c.Generation), key, meta, journalSecret, store.Through(v.fs)); err != nil {
		return err
	}
	sealedNodes, err := sealBranch(f.master, c, f.branch, v.vaultKey)
	if err != nil {
		return err
	}
	pool, err := f.master.successionKeys(ctx, poolTarget, nil)
	if err != nil {
		return err
	}
	return v.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Event(journal.New{
			Act: f.act, Phase: journal.Outcome, Subject: c.vaultHex(), Result: journal.OK,
			Facts: map[string]string{"created": now().Format(time.RFC3339)},
		})
		if err != nil {
			return err
		}
		if _, err := putNewKeyslot(tx, e, f.keyslot, journal.Outcome); err != nil {
			return err
		}
		if err := tx.PutBranch(f.branch, sealedNodes, false); err != nil {
			return err
		}
		return tx.AddSuccession(pool)
	})
}
