package keystore

import (
	"context"
	"slices"

	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// Revocation says what a revocation did.
type Revocation struct {
	Generation uint64 // the new one
	Branch     uint32 // the new use branch
	Remaining  int    // keyslots sealed to, present or absent
	HadMaster  bool   // the revoked keyslot opened the master secret: with its PIN and an old envelope it still opens the old one
}

// Revoke takes a keyslot away, present or absent: next generation, a new vault key sealed to every remaining keyslot, the database
// encrypted anew, a new use branch. Refused (LastWayInError) for the last proven everyday keyslot, the last proven recovery
// keyslot and the last master tier (rule 6). reason is "lost", "stolen" or "retired".
func (c *Ceremony) Revoke(ctx context.Context, id, reason string, steps func(Step)) (r Revocation, err error) {
	err = c.run(ctx, func(ctx context.Context) error {
		r, err = c.revoke(ctx, id, reason, steps)
		return err
	})
	return r, err
}

func (c *Ceremony) revoke(ctx context.Context, id, reason string, steps func(Step)) (Revocation, error) {
	v := c.v
	if err := v.usable(true); err != nil {
		return Revocation{}, err
	}
	k := v.env.Core.slot(id)
	if k == nil {
		return Revocation{}, v.noKeyslot(ctx, id)
	}
	rows, err := v.db.Keyslots(ctx)
	if err != nil {
		return Revocation{}, err
	}
	if err := v.env.Core.spare(k, rows); err != nil {
		return Revocation{}, err
	}
	next, err := v.env.Core.next()
	if err != nil {
		return Revocation{}, err
	}
	next.Keyslots = slices.DeleteFunc(next.Keyslots, func(o keyslot) bool { return o.hexID() == id })
	next.newBranch(false)
	c.facts["revoked"], c.facts["reason"] = id, reason
	row := keyslotRow(rows, id)
	row.Revoked, row.RevokedReason = now(), reason
	kept := v.machine.Tokens[id]
	v.machine.Tokens[id] = memory{Label: kept.Label, Physical: kept.Physical, Revoked: true}
	err = c.rekey(ctx, next, steps, func(tx *store.Tx) error {
		e, err := tx.Event(journal.New{
			Act: journal.ActRevoke, Phase: journal.Outcome, Subject: id, Result: journal.OK,
			Facts: map[string]string{"reason": reason, "label": row.Label},
		})
		if err != nil {
			return err
		}
		return tx.PutKeyslot(row, e.Number)
	})
	if !isDone(err) {
		v.machine.Tokens[id] = kept
		return Revocation{}, err
	}
	return Revocation{Generation: next.Generation.Number, Branch: next.Branches.Current, Remaining: len(next.Keyslots), HadMaster: k.has(TierMaster)}, err
}

// spare refuses to take away what the owner cannot do without.
func (c *core) spare(k *keyslot, rows []store.Keyslot) error {
	left := map[string]bool{} // what remains, by the word in LastWayInError
	for i := range c.Keyslots {
		if o := &c.Keyslots[i]; o.hexID() != k.hexID() && c.wayIn(o) {
			for _, what := range o.standsFor(rows) {
				left[what] = true
			}
		}
	}
	takes := k.standsFor(rows)
	if k.has(TierMaster) { // also an unproven one: as long as no proven one remains, it may be what is left
		takes = append(takes, string(TierMaster))
	}
	for _, what := range takes {
		if !left[what] {
			return &LastWayInError{Which: what}
		}
	}
	return nil
}

// standsFor says what a keyslot has proven to be: a way in of its role (for the recovery role through the master tier) and of the
// master tier.
func (k *keyslot) standsFor(rows []store.Keyslot) (what []string) {
	r := keyslotRow(rows, k.hexID())
	master := k.has(TierMaster) && !r.ProvenMaster.IsZero()
	if master {
		what = append(what, string(TierMaster))
	}
	if master || k.Role == RoleEveryday && !r.ProvenVault.IsZero() {
		what = append(what, string(k.Role))
	}
	return what
}

// newBranch ends the current use branch and opens the next one in order, or a random one where order cannot be known.
func (c *core) newBranch(random bool) {
	taken := func(n uint32) bool { return n == c.Branches.Current || slices.Contains(c.Branches.Ended, n) }
	c.Branches.Ended = append(c.Branches.Ended, c.Branches.Current)
	if random || c.Branches.Next >= firstRandomBranch {
		c.Branches.Current = randomBranch(taken)
		return
	}
	c.Branches.Current = c.Branches.Next
	c.Branches.Next++
}

// rekey makes the next generation of next: a new vault key sealed to every keyslot though absent, and the database encrypted under
// it. The envelope's rename is the one commit point; what a crash leaves is removed at the next unlock.
func (c *Ceremony) rekey(ctx context.Context, next *core, steps func(Step), rows func(*store.Tx) error) (err error) {
	v := c.v
	vaultKey, err := secret.Random(32)
	if err != nil {
		return err
	}
	inForce := false
	defer func() {
		if !inForce {
			vaultKey.Destroy()
		}
	}()
	next.Generation = generation{Number: next.Generation.Number + 1, Random: mustRandom(16)}
	if err := next.sealAll(TierVault, vaultKey); err != nil {
		return err
	}
	if err := next.sealBackup(c.m, vaultKey); err != nil {
		return err
	}
	env, digest, err := signEnvelope(next, c.m, vaultKey, v.env.Local.Keyslots)
	if err != nil {
		return err
	}
	report(steps, "step-encrypt")
	db, err := c.nextDatabase(ctx, next, digest, vaultKey, steps, rows)
	if err != nil {
		return err
	}
	report(steps, "step-write")
	if err := v.putEnvelope(env); err != nil {
		return joinClose(err, db) // what it leaves beside the database in force is removed at the next unlock
	}
	inForce = true
	return c.switchTo(env, db, vaultKey)
}

// nextDatabase writes the next generation's database beside the present one.
func (c *Ceremony) nextDatabase(ctx context.Context, next *core, digest []byte, vaultKey *secret.Bytes, steps func(Step), rows func(*store.Tx) error) (*store.DB, error) {
	v, path := c.v, c.v.place.databasePath(next.Generation)
	key, err := databaseKey(vaultKey)
	if err != nil {
		return nil, err
	}
	defer key.Destroy()
	if err := v.db.SnapshotTo(ctx, path, key, func(done, total int) {
		if steps != nil {
			steps(Step{ID: "step-encrypt", Done: done, Total: total})
		}
	}); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, path, key, store.Through(v.fs))
	if err != nil {
		return nil, err
	}
	if err := c.fillNext(ctx, db, next, digest, vaultKey, rows); err != nil {
		return nil, joinClose(err, db)
	}
	return db, nil
}

// fillNext tells the new database its generation, reseals the use branches under the new vault key and writes the act's rows.
func (c *Ceremony) fillNext(ctx context.Context, db *store.DB, next *core, digest []byte, vaultKey *secret.Bytes, rows func(*store.Tx) error) error {
	meta, err := db.Meta(ctx)
	if err != nil {
		return err
	}
	meta.Generation, meta.GenerationRandom, meta.CoreHash, meta.PendingCore = next.Generation.Number, next.Generation.Random, digest, nil
	meta.Installation = c.v.machine.Installation
	sealedNodes, err := c.branchesOf(next, vaultKey)
	if err != nil {
		return err
	}
	return db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetMeta(meta); err != nil {
			return err
		}
		for _, b := range sealedNodes {
			if err := tx.PutBranch(b.number, b.sealed, b.ended); err != nil {
				return err
			}
		}
		return rows(tx)
	})
}

// switchTo goes on with the new generation. The old database is removed at the next unlock, when a remaining token has opened the new one.
func (c *Ceremony) switchTo(env *envelope, db *store.DB, vaultKey *secret.Bytes) error {
	v := c.v
	old, oldKey := v.db, v.vaultKey
	v.db, v.vaultKey, v.env = db, vaultKey, env
	oldKey.Destroy()
	if v.nodes != nil {
		v.nodes.destroy()
		v.nodes = nil
	}
	if err := joinErr(old.Close(), v.anchor(context.Background())); err != nil {
		return &doneError{err}
	}
	return nil
}
