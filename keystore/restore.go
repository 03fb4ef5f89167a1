package keystore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// RestoreRequest brings a vault back from a backup file: with the 24 words and a new token, or with a token that is in the backup.
type RestoreRequest struct {
	Backup     string
	Words      *secret.Bytes // 24 words separated by single spaces; or
	Token      *Present      // a token whose keyslot is in the backup: vault tier, then master tier
	Keyslot    string        // id in hex of Token's keyslot; empty finds it
	OwnerWords []string      // the four words from the recovery sheet, where the token names no owner key
	New        *NewKeyslot   // with Words: the token that shall open the restored vault
}

// RestoreReport says what came back.
type RestoreReport struct {
	Identities int
	Branch     uint32        // the new use branch
	Created    time.Time     // of the backup
	Generation uint64        // the new one
	Ended      int           // identities whose keys sign no more, since their use branch has ended
	Revoked    []string      // labels of keyslots that the backup has and this machine remembers as revoked: they were left out
	Ways       []KeyslotInfo // every way in that came back: the owner revokes those of tokens that are lost
	Older      bool          // this machine remembers a newer state than the backup's: what was done since is not in it
}

// Restore brings a vault back into a folder that must not hold one. The core's signature, the owner key of the words or of the
// token's master tier, and the payload's authentication under the vault key all have to agree. A restored vault is a new
// generation with a new, random use branch and a new installation id; every keyslot of the backup stays a way in, but for those that this machine
// remembers as revoked: a backup made before a revocation does not undo it, and a token that was revoked restores nothing (ErrTokenRevoked).
func Restore(ctx context.Context, place Place, r RestoreRequest, p Prompts, steps func(Step)) (*Vault, RestoreReport, error) {
	if (r.Words == nil) == (r.Token == nil) || (r.Words != nil) != (r.New != nil) {
		return nil, RestoreReport{}, errors.New("a restore takes words and a new token, or a token of the backup")
	}
	b, err := openBackupFile(r.Backup)
	if err != nil {
		return nil, RestoreReport{}, err
	}
	defer func() { _ = b.Close() }() // only read from
	v, err := newVault(place)
	if err != nil {
		return nil, RestoreReport{}, err
	}
	rep, err := v.restore(ctx, b, r, p, steps)
	if err != nil {
		return nil, rep, v.unmake(err, v.before)
	}
	if err := v.lockHere(); err != nil {
		return nil, rep, joinClose(err, v)
	}
	v.startCheck()
	return v, rep, nil
}

func (v *Vault) restore(ctx context.Context, b *backupFile, r RestoreRequest, p Prompts, steps func(Step)) (rep RestoreReport, err error) {
	old := &b.Envelope
	v.env = old
	if v.machine, err = readMachine(v.place, old.Core.vaultHex()); err != nil {
		return rep, err
	}
	v.before, v.id = v.machine, old.Core.vaultHex()
	if v.before != nil { // it may be open from another folder
		if err := v.lockHere(); err != nil {
			return rep, err
		}
	}
	if v.machine != nil && !old.Core.owner().Equal(v.machine.owner()) {
		return rep, ErrSubstituted
	}
	oldKey, m, err := v.restoreKeys(ctx, r, p)
	if err != nil {
		return rep, err
	}
	defer oldKey.Destroy()
	defer m.destroy()
	path := filepath.Join(v.place.Dir, restoreFile)
	if err := b.unpack(ctx, v.fs, path, oldKey, steps); err != nil {
		return rep, err
	}
	key, err := expand(oldKey, b.Salt, labelBackupDB)
	if err != nil {
		return rep, err
	}
	defer key.Destroy()
	from, err := store.Open(ctx, path, key, store.Through(v.fs))
	if err != nil {
		return rep, &DamagedError{What: "backup", Why: err}
	}
	found, err := from.Check(ctx, nil)
	if err == nil && len(found) > 0 {
		err = damaged("backup", "%s: %s", found[0].Place, found[0].What)
	}
	if err != nil {
		return rep, joinClose(err, from)
	}
	rep, err = v.rebuild(ctx, from, oldKey, m, r, p, steps)
	if err != nil {
		return rep, err
	}
	rep.Created, err = time.Parse(time.RFC3339, b.Created)
	return rep, errors.Join(err, removeIfThere(v.fs, path))
}

// restoreKeys opens the backup's vault key and the master secret, from the words or from the token's two tiers.
func (v *Vault) restoreKeys(ctx context.Context, r RestoreRequest, p Prompts) (*secret.Bytes, *master, error) {
	c := &v.env.Core
	if r.Words != nil {
		m, err := openMaster(ctx, c.owner(), wordSource{r.Words})
		if err != nil {
			return nil, nil, err
		}
		key, err := c.openBackup(m)
		if err != nil {
			m.destroy()
			return nil, nil, err
		}
		return key, m, nil
	}
	req := OpenRequest{Token: *r.Token, Keyslot: r.Keyslot, OwnerWords: r.OwnerWords}
	k, err := v.find(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	if !k.has(TierMaster) {
		return nil, nil, ErrNoMasterTier
	}
	if err := v.confirmOwner(ctx, k, req); err != nil {
		return nil, nil, err
	}
	touch := TouchRequest{Act: actRestore, Token: r.Token.Name, Number: 1, Of: 2, Requester: requester}
	key, err := c.open(ctx, k, TierVault, *r.Token, Gate{Prompts: p, Touch: touch})
	if err != nil {
		return nil, nil, err
	}
	touch.Number = 2
	m, err := openMaster(ctx, c.owner(), keyslotSource{core: c, slot: k, token: *r.Token, gate: Gate{Prompts: p, Touch: touch}})
	if err != nil {
		key.Destroy()
		return nil, nil, err
	}
	v.opened = k.hexID()
	return key, m, nil
}

// revival is a backup's state on its way to being the vault's.
type revival struct {
	next     *core
	left     []string        // ids of the keyslots that this machine remembers as revoked
	keyslots []store.Keyslot // the backup's rows
	head     journal.Head    // the backup's newest event
	e        *enrolment      // of the new token; nil when a token of the backup opened it
}

// revive makes the core that follows the backup's: a random use branch, without what was revoked, with the new token.
func (v *Vault) revive(ctx context.Context, from *store.DB, m *master, r RestoreRequest, p Prompts, steps func(Step), rep *RestoreReport) (n revival, err error) {
	if n.next, err = v.env.Core.next(); err != nil {
		return n, err
	}
	n.next.newBranch(true)
	n.left = v.leaveOut(n.next, v.before)
	for _, id := range n.left {
		rep.Revoked = append(rep.Revoked, v.before.Tokens[id].Label)
	}
	if v.before != nil {
		rep.Older = v.before.Core.Number > v.env.Core.Number
		n.next.Number = max(n.next.Number, v.before.Core.Number+1)
	}
	if n.head, err = from.Head(ctx); err != nil {
		return n, err
	}
	if n.keyslots, err = from.Keyslots(ctx); err != nil {
		return n, err
	}
	if r.New == nil {
		return n, nil
	}
	report(steps, "step-make-keys")
	if n.e, err = n.next.enrol(ctx, v, *r.New, m, p); err != nil {
		return n, err
	}
	n.next.Keyslots = append(n.next.Keyslots, *n.e.slot)
	return n, n.next.seal(&n.next.Keyslots[len(n.next.Keyslots)-1], TierMaster, m.secret)
}

// write puts into the restored database what the restore means for it.
func (n revival) write(tx *store.Tx, v *Vault, r RestoreRequest) error {
	if err := tx.ClearSuccession(); err != nil { // what was handed out since the backup cannot be known
		return err
	}
	_, err := tx.Event(journal.New{
		Act: journal.ActRestore, Phase: journal.Outcome, Subject: n.next.vaultHex(), Result: journal.OK,
		Facts: map[string]string{"backup_head": fmt.Sprintf("%d %s", n.head.Number, hexBytes(n.head.Hash)), "use_branch": fmt.Sprint(n.next.Branches.Current)},
	})
	if err != nil {
		return err
	}
	if err := putRevoked(tx, n.keyslots, n.left); err != nil {
		return err
	}
	if err := v.unprove(tx, n.next, n.keyslots); err != nil || n.e == nil {
		return err
	}
	_, err = putNewKeyslot(tx, n.e, *r.New, journal.Outcome)
	return err
}

// rebuild writes the restored vault: enrols the new token, re-keys, and writes the envelope last.
func (v *Vault) rebuild(ctx context.Context, from *store.DB, oldKey *secret.Bytes, m *master, r RestoreRequest, p Prompts, steps func(Step)) (rep RestoreReport, err error) {
	n, err := v.revive(ctx, from, m, r, p, steps, &rep)
	if n.e != nil {
		defer func() { err = n.e.chosen.told(err) }()
	}
	if err == nil {
		v.machine, err = v.rememberRestored(ctx, from, n.next, n.e, r)
	}
	if err != nil {
		return rep, joinClose(err, from)
	}
	// The backup's database stands in for the present one, and the ordinary re-keying does the rest.
	v.db = from
	if v.vaultKey, err = oldKey.Clone(); err != nil {
		return rep, err
	}
	c := &Ceremony{v: v, m: m, facts: map[string]string{}, result: journal.OK}
	if err := c.rekey(ctx, n.next, steps, func(tx *store.Tx) error { return n.write(tx, v, r) }); err != nil {
		return rep, err
	}
	if n.e != nil {
		v.opened = n.e.slot.hexID()
		report(steps, "step-prove")
		if err := v.prove(ctx, v.opened, n.e.proofTier(), r.New.Token, n.e.gate(p, r.New.Token.Name, actOfProof(n.e.proofTier()))); err != nil {
			return rep, err
		}
	}
	if err = v.reportRestore(ctx, c, &rep); err == nil {
		v.forgetMade(n.e)
	}
	return rep, err
}

// leaveOut takes the keyslots that a machine's memory knows as revoked out of an older core, and gives their ids.
func (v *Vault) leaveOut(next *core, m *machine) (ids []string) {
	if m == nil {
		return nil
	}
	next.Keyslots = slices.DeleteFunc(next.Keyslots, func(k keyslot) bool {
		if !m.Tokens[k.hexID()].Revoked {
			return false
		}
		ids = append(ids, k.hexID())
		return true
	})
	return ids
}

// rememberRestored is what this machine remembers of a vault that has just come back to it.
func (v *Vault) rememberRestored(ctx context.Context, from *store.DB, next *core, e *enrolment, r RestoreRequest) (*machine, error) {
	rows, err := from.Keyslots(ctx)
	if err != nil {
		return nil, err
	}
	m := &machine{Format: machineFormat, Vault: next.Vault, Owner: next.Owner, Installation: mustRandom(16), Tokens: map[string]memory{}}
	for i := range next.Keyslots {
		id := next.Keyslots[i].hexID()
		if j := slices.IndexFunc(rows, func(k store.Keyslot) bool { return k.ID == id }); j >= 0 {
			m.Tokens[id] = memory{Label: rows[j].Label, Physical: rows[j].Physical}
		}
	}
	if v.before != nil { // revocations stay remembered, also those the backup does not know
		for id, t := range v.before.Tokens {
			if t.Revoked {
				m.Tokens[id] = t
			}
		}
	}
	if e != nil {
		m.Tokens[e.slot.hexID()] = memory{Label: r.New.Label, Physical: r.New.Token.Physical}
	}
	return m, nil
}

// unprove takes back the proofs of every token but the one that has just opened the backup: what was proven then says nothing of what is
// left now, and a restored vault is armed by tokens that are here.
func (v *Vault) unprove(tx *store.Tx, next *core, keyslots []store.Keyslot) error {
	for _, row := range keyslots {
		if next.slot(row.ID) == nil {
			continue
		}
		row.ProvenVault, row.ProvenMaster = time.Time{}, time.Time{}
		if row.ID == v.opened { // both tiers, a moment ago
			row.ProvenVault, row.ProvenMaster = now(), now()
		}
		e, err := tx.Event(journal.New{Act: journal.ActProve, Subject: row.ID, Facts: map[string]string{"after": "restore", "proven": fmt.Sprint(row.ID == v.opened)}})
		if err != nil {
			return err
		}
		if err := tx.PutKeyslot(row, e.Number); err != nil {
			return err
		}
	}
	return nil
}

// putRevoked writes the revocations that the backup is too old to know.
func putRevoked(tx *store.Tx, keyslots []store.Keyslot, ids []string) error {
	for _, id := range ids {
		row := keyslotRow(keyslots, id)
		row.Revoked, row.RevokedReason = now(), "older-backup"
		e, err := tx.Event(journal.New{Act: journal.ActRevoke, Subject: id, Facts: map[string]string{"reason": row.RevokedReason, "label": row.Label}})
		if err != nil {
			return err
		}
		if err := tx.PutKeyslot(row, e.Number); err != nil {
			return err
		}
	}
	return nil
}

// reportRestore signs the journal head and counts what came back.
func (v *Vault) reportRestore(ctx context.Context, c *Ceremony, rep *RestoreReport) (err error) {
	if err := removeIfThere(v.fs, v.place.beginningPath()); err != nil {
		return err
	}
	if err := c.fill(ctx, poolTarget, nil); err != nil {
		return err
	}
	if err := c.signHead(ctx); err != nil {
		return err
	}
	if rep.Identities, err = v.db.Count(ctx); err != nil {
		return err
	}
	cur := v.env.Core.Branches.Current
	rep.Branch, rep.Generation = cur, v.env.Core.Generation.Number
	if rep.Ended, err = v.db.CountOutside(ctx, cur); err != nil {
		return err
	}
	rep.Ways, err = v.keyslots(ctx)
	rep.Ways = slices.DeleteFunc(rep.Ways, func(k KeyslotInfo) bool { return !k.WayIn })
	return err
}
