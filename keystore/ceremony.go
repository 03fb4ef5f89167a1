package keystore

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"holdfast/internal/jcs"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// poolTarget is how many succession keys each ceremony leaves in the pool.
const poolTarget = 256

// CeremonyRequest names a ceremony to its owner, and the token that opens the master secret.
type CeremonyRequest struct {
	Act     journal.Act // what it is for: shown before the touch, written in the journal
	Token   Present
	Keyslot string // id in hex; empty finds the token's
}

// Ceremony is an act that holds the master secret, from its touch to Close. It holds the vault: other acts wait.
type Ceremony struct {
	v      *Vault
	m      *master
	intent journal.Event
	shown  bool // the words have been shown in this ceremony
	result string
	facts  map[string]string
	closed bool
}

// Ceremony opens the master secret with a token's master tier: its own PIN and touch. The owner key derived from it is compared
// with the core's before anything is derived, sealed or shown. It waits for the background check, and stops at what that found.
func (v *Vault) Ceremony(ctx context.Context, r CeremonyRequest, p Prompts) (*Ceremony, error) {
	if err := v.sound(ctx); err != nil {
		return nil, err
	}
	v.mu.Lock()
	c, err := v.ceremony(ctx, r, p)
	if err != nil {
		v.mu.Unlock()
		return nil, err
	}
	return c, nil // Close unlocks
}

func (v *Vault) ceremony(ctx context.Context, r CeremonyRequest, p Prompts) (*Ceremony, error) {
	accepts := r.Act == journal.ActOpenBranch // the one ceremony that a vault open to read only is for
	if err := v.usable(!accepts); err != nil {
		return nil, err
	}
	k, err := v.find(ctx, OpenRequest{Token: r.Token, Keyslot: r.Keyslot})
	if err != nil {
		return nil, err
	}
	if !k.has(TierMaster) {
		return nil, ErrNoMasterTier
	}
	var intent journal.Event
	err = v.act(ctx, func(tx *store.Tx) error {
		intent, err = tx.Event(journal.New{Act: r.Act, Phase: journal.Intent, Subject: v.ID(), Facts: map[string]string{"keyslot": k.hexID()}})
		return err
	})
	if err != nil {
		return nil, err
	}
	g := Gate{Prompts: p, Touch: TouchRequest{Act: string(r.Act), Token: r.Token.Name, Number: 1, Of: 1, Requester: requester}}
	m, err := openMaster(ctx, ed25519.PublicKey(v.env.Core.Owner), keyslotSource{core: &v.env.Core, slot: k, token: r.Token, gate: g})
	c := &Ceremony{v: v, m: m, intent: intent, result: journal.OK, facts: map[string]string{}}
	if err != nil {
		c.Fail(err)
		return nil, errors.Join(err, c.conclude())
	}
	if err := v.proven(ctx, k, TierMaster); err != nil {
		c.Fail(err)
		return nil, errors.Join(err, c.conclude())
	}
	return c, nil
}

// Fail makes the journal say that the ceremony did not succeed. The error's words stay out of the journal; its kind goes in.
func (c *Ceremony) Fail(err error) {
	c.result = journal.Failed
	if errors.Is(err, context.Canceled) {
		c.result = journal.Cancelled
	}
}

// Close tops up the pool of succession keys, writes the outcome, signs the journal's head with the owner key, and wipes the master
// secret. It must be called, and may be called twice.
func (c *Ceremony) Close() error {
	if c.closed {
		return nil
	}
	err := c.conclude()
	c.v.mu.Unlock()
	return err
}

func (c *Ceremony) conclude() error {
	c.closed = true
	if c.m != nil {
		defer c.m.destroy()
	}
	if c.v.closed {
		return nil // lock won: the intent without outcome is told at the next unlock
	}
	ctx := context.Background()
	var errs []error
	if c.m != nil && c.v.readOnly == "" && c.result == journal.OK {
		errs = append(errs, c.fill(ctx, poolTarget, nil))
	}
	errs = append(errs, c.v.act(ctx, func(tx *store.Tx) error {
		_, err := tx.Event(outcome(c.intent, c.result, c.facts))
		return err
	}))
	if c.m != nil {
		errs = append(errs, c.signHead(ctx))
	}
	return errors.Join(errs...)
}

// signHead signs the journal's newest event with the owner key.
func (c *Ceremony) signHead(ctx context.Context) error {
	h, err := c.v.db.Head(ctx)
	if err != nil {
		return err
	}
	body, err := headBody(c.v.env.Core.Vault, h)
	if err != nil {
		return err
	}
	sig, err := c.m.sign(labelHead, body)
	if err != nil {
		return err
	}
	return c.v.db.Update(ctx, func(tx *store.Tx) error { return tx.PutHead(h, sig) })
}

// headBody is what the owner key signs of a journal head.
func headBody(vault []byte, h journal.Head) ([]byte, error) {
	return jcs.Marshal(map[string]any{"vault": blob(vault), "number": h.Number, "hash": blob(h.Hash)})
}

// commit makes next the vault's core: pending in the database, then the envelope's rename (the commit point), then settled in the
// database, then the anchor. rows are changed in the last step; finish repeats what a crash left of it.
func (c *Ceremony) commit(ctx context.Context, next *core, rows func(*store.Tx) error) error {
	v := c.v
	env, digest, err := v.sign(next, c.m)
	if err != nil {
		return err
	}
	m, err := v.db.Meta(ctx)
	if err != nil {
		return err
	}
	if err := v.db.Update(ctx, func(tx *store.Tx) error { // rows of a keyslot that is in no core are ignored, so they may come first
		m.PendingCore = digest
		if err := tx.SetMeta(m); err != nil {
			return err
		}
		return rows(tx)
	}); err != nil {
		return err
	}
	if err := env.write(v.fs, v.place); err != nil {
		return fmt.Errorf("write the envelope: %w", err)
	}
	v.env = env
	return v.act(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		m.CoreHash, m.PendingCore = digest, nil
		return tx.SetMeta(m)
	})
}

// sign makes the envelope of a core: the owner key's signature, and the local part under the vault key in force.
func (v *Vault) sign(next *core, m *master) (*envelope, []byte, error) {
	return signEnvelope(next, m, v.vaultKey, v.env.Local.Keyslots)
}
