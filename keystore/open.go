package keystore

import (
	"bytes"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io/fs"

	"holdfast/internal/durable"
	"holdfast/journal"
	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// OpenRequest says which token shall open a vault.
type OpenRequest struct {
	Token      Present
	Keyslot    string   // id in hex; empty finds the one that belongs to the token
	OwnerWords []string // the four words from the recovery sheet, for a machine that remembers nothing
}

// Open opens the vault with a token's vault tier: one PIN, one touch. Before the PIN is asked, the envelope's signature is checked
// with the owner key that this machine remembers; where it remembers none, the token or the owner's four words must name it.
func Open(ctx context.Context, place Place, r OpenRequest, p Prompts) (*Vault, error) {
	v := newHandle(place)
	if err := v.unlock(ctx, r, p); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func (v *Vault) unlock(ctx context.Context, r OpenRequest, p Prompts) (err error) {
	if v.lock, err = lockFolder(v.place); err != nil {
		return err
	}
	if v.env, err = readEnvelope(v.place); err != nil {
		return err
	}
	c := &v.env.Core
	v.id = c.vaultHex()
	if err := v.lockHere(); err != nil {
		return err
	}
	if v.machine, err = readMachine(v.place, v.id); err != nil {
		return err
	}
	if v.machine != nil && !bytes.Equal(v.machine.Owner, c.Owner) {
		return ErrSubstituted
	}
	if err := v.notReplayed(); err != nil {
		return err
	}
	k, err := v.find(ctx, r)
	if err != nil {
		return err
	}
	if err := v.confirmOwner(ctx, k, r); err != nil {
		return err
	}
	g := Gate{Prompts: p, Touch: TouchRequest{Act: actOpen, Token: r.Token.Name, Number: 1, Of: 1, Requester: requester}}
	if v.vaultKey, err = c.open(ctx, k, TierVault, r.Token, g); err != nil {
		return err
	}
	v.opened = k.hexID()
	if err := v.openDatabase(ctx); err != nil {
		return err
	}
	if err := v.begin(ctx, k); err != nil {
		return err
	}
	v.startCheck()
	return nil
}

// begin leaves database, envelope and machine telling one story and writes the unlock into the journal. Where the database is too damaged for
// that, the vault is open to read only, so that its owner can be told where.
func (v *Vault) begin(ctx context.Context, k *keyslot) error {
	err := v.settle(ctx)
	if err == nil {
		err = v.noteUnlock(ctx, k)
	}
	if isDatabaseDamage(err) {
		v.readOnly = ReadOnlyDamaged
		return nil
	}
	return err
}

// isDatabaseDamage tells what the database itself is unable to give from its being another one than the envelope says.
func isDatabaseDamage(err error) bool {
	var where *DamagedError
	return errors.As(err, &where) && where.What == store.PartDatabase
}

// noteUnlock writes the unlock into the journal. A folder that is open to read only is left as it is; one that was brought here is
// remembered, now that token or owner have said whose it is.
func (v *Vault) noteUnlock(ctx context.Context, k *keyslot) error {
	if v.readOnly != "" && v.machine.Core.Number != 0 {
		return nil
	}
	if err := v.rememberTokens(ctx); err != nil {
		return err
	}
	if v.readOnly != "" {
		return v.anchor(ctx)
	}
	v.rememberRevocations()
	return v.act(ctx, func(tx *store.Tx) error {
		_, err := tx.Event(journal.New{Act: journal.ActUnlock, Subject: k.hexID(), Facts: map[string]string{"kind": string(k.Kind)}})
		return err
	})
}

// rememberRevocations marks what this machine remembers and the newest core no longer holds: a crash may have come between the two.
func (v *Vault) rememberRevocations() {
	for id, m := range v.machine.Tokens {
		if v.env.Core.slot(id) == nil && !m.Revoked {
			m.Revoked = true
			v.machine.Tokens[id] = m
		}
	}
}

// rememberTokens fills in the tokens of keyslots that this machine does not remember: all of them in a folder that was brought here, the newest
// one where a crash came between the envelope and this machine's memory.
func (v *Vault) rememberTokens(ctx context.Context) error {
	var rows []store.Keyslot
	for i := range v.env.Core.Keyslots {
		id := v.env.Core.Keyslots[i].hexID()
		if _, known := v.machine.Tokens[id]; known {
			continue
		}
		if rows == nil {
			var err error
			if rows, err = v.db.Keyslots(ctx); err != nil {
				return err
			}
		}
		row := keyslotRow(rows, id)
		v.machine.Tokens[id] = memory{Label: row.Label, Physical: row.Physical}
	}
	return nil
}

// lockHere takes the vault for this process on this machine, whatever folder it lies in: two copies of one folder, open at once, would hand
// out the same numbers.
func (v *Vault) lockHere() (err error) {
	if v.lockID != nil {
		return nil
	}
	if err := durable.MkdirAll(v.fs, v.place.State, 0o700); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	v.lockID, err = durable.TryLock(v.place.statePath(v.id, ".lock"))
	return err
}

// lockFolder takes the folder for this process.
func lockFolder(place Place) (*durable.Lock, error) {
	l, err := durable.TryLock(place.lockPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", place.Dir, ErrNoVault)
	}
	return l, err
}

// notReplayed holds the core to the anchor: an older core is opened to read only, another core of the same number is refused.
func (v *Vault) notReplayed() error {
	if v.machine == nil {
		return nil
	}
	d, err := v.env.Core.digest()
	if err != nil {
		return err
	}
	switch a := v.machine.Core; {
	case v.env.Core.Number < a.Number:
		v.readOnly = ReadOnlyRolledBack
	case v.env.Core.Number == a.Number && !bytes.Equal(d, a.Hash):
		return damaged("envelope", "it is another core %d than the one this machine has seen", a.Number)
	}
	return nil
}

// find picks the keyslot of a token, and refuses one that this machine remembers as revoked: an older envelope put back does not undo
// a revocation.
func (v *Vault) find(ctx context.Context, r OpenRequest) (*keyslot, error) {
	k, err := v.findAny(ctx, r)
	if err != nil {
		return nil, err
	}
	if v.machine != nil && v.machine.Tokens[k.hexID()].Revoked {
		return nil, fmt.Errorf("keyslot %s: %w", k.hexID(), ErrTokenRevoked)
	}
	return k, nil
}

// findAny picks the keyslot: the one named, the one whose token this machine remembers, or the one whose certificate the token holds.
func (v *Vault) findAny(ctx context.Context, r OpenRequest) (*keyslot, error) {
	c := &v.env.Core
	if r.Keyslot != "" {
		if k := c.slot(r.Keyslot); k != nil {
			return k, nil
		}
		return nil, fmt.Errorf("keyslot %s: %w", r.Keyslot, ErrNotFound)
	}
	if k := v.remembered(r.Token); k != nil {
		return k, nil
	}
	var only *keyslot
	for i := range c.Keyslots {
		k := &c.Keyslots[i]
		if k.Kind != r.Token.Kind {
			continue
		}
		if k.Kind == KindPIV {
			if _, ok, err := k.belongs(ctx, r.Token.PIV); err != nil {
				return nil, err
			} else if ok {
				return k, nil
			}
			continue
		}
		if v.machine != nil && v.machine.Tokens[k.hexID()].Physical != "" && r.Token.Physical != "" {
			continue // remembered as another token's
		}
		if only != nil {
			return nil, fmt.Errorf("several passkey keyslots could be this token's: %w", ErrAmbiguous)
		}
		only = k
	}
	if only == nil {
		return nil, v.notOurs(r.Token)
	}
	return only, nil
}

// remembered is the keyslot this machine remembers for the token's physical identity and kind.
func (v *Vault) remembered(t Present) *keyslot {
	if v.machine == nil || t.Physical == "" {
		return nil
	}
	for id, m := range v.machine.Tokens {
		if k := v.env.Core.slot(id); m.Physical == t.Physical && k != nil && k.Kind == t.Kind {
			return k
		}
	}
	return nil
}

// notOurs says why a token opens nothing: revoked, when this machine remembers it and the core does not.
func (v *Vault) notOurs(t Present) error {
	if v.machine == nil || t.Physical == "" {
		return ErrNoKeyslotForToken
	}
	for id, m := range v.machine.Tokens {
		if m.Physical == t.Physical && v.env.Core.slot(id) == nil {
			return ErrTokenRevoked
		}
	}
	return ErrNoKeyslotForToken
}

// confirmOwner answers whose vault this is where the machine remembers nothing: the four words, or the token's certificate. A FIDO2
// keyslot's sealed seed names the owner key in its associated data, so opening it is the confirmation.
func (v *Vault) confirmOwner(ctx context.Context, k *keyslot, r OpenRequest) error {
	if v.machine != nil {
		return nil
	}
	if len(r.OwnerWords) > 0 {
		return checkOwnerWords(v.env.Core.Owner, r.OwnerWords)
	}
	if !bytes.Equal(k.Owner, v.env.Core.Owner) { // enrolled before a re-rooting, which this version cannot follow
		return ErrUnconfirmedOwner
	}
	if k.Kind == KindFIDO2 {
		return nil
	}
	if r.Token.PIV == nil {
		return ErrNoKeyslotForToken
	}
	der, err := r.Token.PIV.OwnerCertificate(ctx, k.PIV[TierVault].Slot)
	if err != nil {
		return err
	}
	if len(der) == 0 {
		return ErrUnconfirmedOwner
	}
	if err := v.env.Core.vouches(der, k.PIV[TierVault]); err != nil {
		return errors.Join(ErrUnconfirmedOwner, err)
	}
	return nil
}

// openDatabase checks the local part and opens the generation's database.
func (v *Vault) openDatabase(ctx context.Context) error {
	c := &v.env.Core
	d, err := c.digest()
	if err != nil {
		return err
	}
	mac, err := localMAC(v.vaultKey, d, v.env.Local.Keyslots)
	if err != nil {
		return err
	}
	if !hmac.Equal(mac, v.env.Local.MAC) {
		return damaged("envelope", "its local part is not authenticated by the vault key")
	}
	key, err := databaseKey(v.vaultKey)
	if err != nil {
		return err
	}
	defer key.Destroy()
	v.db, err = store.Open(ctx, v.place.databasePath(c.Generation), key, store.Through(v.fs))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return damaged("vault", "the database of generation %d is missing", c.Generation.Number)
	case errors.Is(err, store.ErrWrongKey), errors.Is(err, store.ErrNotVault):
		return &DamagedError{What: store.PartDatabase, Why: err}
	}
	return err
}

// settle compares database, envelope and machine, and finishes or undoes what was interrupted.
func (v *Vault) settle(ctx context.Context) error {
	c := &v.env.Core
	coreHash, err := c.digest()
	if err != nil {
		return err
	}
	if v.machine == nil { // a folder brought to this machine: confirmed above, remembered from now on, read only until a new use branch
		v.machine = &machine{Format: machineFormat, Vault: c.Vault, Owner: c.Owner, Installation: mustRandom(16), Tokens: map[string]memory{}}
	}
	m, err := v.db.Meta(ctx)
	if err != nil {
		return err
	}
	if !bytes.Equal(m.Vault, c.Vault) || !bytes.Equal(m.Owner, c.Owner) || m.Generation != c.Generation.Number || !bytes.Equal(m.GenerationRandom, c.Generation.Random) {
		return damaged("vault", "its database belongs to another vault, owner or generation than the envelope")
	}
	if !bytes.Equal(m.Installation, v.machine.Installation) {
		v.readOnly = ReadOnlyCopied
	}
	if err := v.anchored(ctx); err != nil {
		return err
	}
	if v.readOnly == ReadOnlyRolledBack && !bytes.Equal(m.CoreHash, coreHash) && !bytes.Equal(m.PendingCore, coreHash) {
		return damaged("envelope", "it is older than the database and than this machine's anchor")
	}
	if v.readOnly != "" {
		return nil
	}
	return v.tidy(ctx, m, coreHash)
}

// tidy finishes or undoes what was interrupted, takes in what was refused while the vault was locked, and removes what is no longer in force.
func (v *Vault) tidy(ctx context.Context, m store.Meta, coreHash []byte) error {
	if err := v.finish(ctx, m, coreHash); err != nil {
		return err
	}
	if err := v.foldRefusals(ctx); err != nil {
		return err
	}
	return v.sweep()
}

// anchored asks whether the journal contains the head this machine has seen; if not, the state is older than the anchor.
func (v *Vault) anchored(ctx context.Context) error {
	h := v.machine.Head
	if h.Number == 0 {
		return nil
	}
	ok, err := v.db.Contains(ctx, journal.Head{Number: h.Number, Hash: h.Hash})
	if err != nil {
		return err
	}
	if !ok && v.readOnly == "" {
		v.readOnly = ReadOnlyRolledBack
	}
	return nil
}

// checkOwnerWords compares the words from the sheet with the owner key's.
func checkOwnerWords(owner []byte, words []string) error {
	want := ownerWords(owner)
	if len(words) != len(want) {
		return ErrOwnerWords
	}
	for i, w := range words {
		if w != want[i] {
			return ErrOwnerWords
		}
	}
	return nil
}

// ownerWords are four BIP-39 words, 44 bits of the owner key's hash, for comparing by eye with the recovery sheet.
func ownerWords(owner []byte) [4]string {
	h := hash(labelled("holdfast draft-0 owner words", owner))
	var out [4]string
	bits := uint64(h[0])<<40 | uint64(h[1])<<32 | uint64(h[2])<<24 | uint64(h[3])<<16 | uint64(h[4])<<8 | uint64(h[5])
	bits >>= 4 // 44 bits
	for i := 3; i >= 0; i-- {
		out[i] = derive.Word(int(bits & 2047))
		bits >>= 11
	}
	return out
}
