package keystore

import (
	"bytes"
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
	// Steps is told how far the check is that a ceremony waits for ("step-check"); nil when nobody wants to know.
	Steps func(Step)
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
	if err := v.sound(ctx, r.Steps); err != nil {
		return nil, err
	}
	if err := v.take(ctx); err != nil {
		return nil, err
	}
	err := v.run(ctx, func(ctx context.Context) (err error) {
		v.open, err = v.ceremony(ctx, r, p)
		return err
	})
	if err != nil {
		v.release()
		return nil, err
	}
	return v.open, nil // its Close releases the turn
}

func (v *Vault) ceremony(ctx context.Context, r CeremonyRequest, p Prompts) (*Ceremony, error) {
	accepts := r.Act == journal.ActOpenBranch // the one ceremony that a vault open to read only is for
	if err := v.usable(!accepts || v.readOnly == ReadOnlyDamaged); err != nil {
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
	switch {
	case errors.Is(err, context.Canceled):
		c.result = journal.Cancelled
	case isRefusal(err):
		c.result = journal.Refused
	default:
		c.result = journal.Failed
	}
}

// isRefusal tells a rule that said no from something that went wrong.
func isRefusal(err error) bool {
	var last *LastWayInError
	var wrong *WrongWordError
	var readOnly *ReadOnlyError
	if errors.As(err, &last) || errors.As(err, &wrong) || errors.As(err, &readOnly) {
		return true
	}
	for _, s := range []error{ErrVaultHasToken, ErrNoMasterTier, ErrTokenRevoked, ErrNothingToConfirm, ErrSubstituted} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// Close tops up the pool of succession keys, writes the outcome, signs the journal's head with the owner key, and wipes the master
// secret. It must be called, and may be called twice.
func (c *Ceremony) Close() error {
	v := c.v
	v.mu.Lock()
	defer v.mu.Unlock()
	if c.closed {
		return nil
	}
	v.open = nil
	defer v.release()
	return c.conclude()
}

// abort wipes the master secret of a ceremony that the closing of the vault ends. Its intent without outcome is told at the next unlock.
func (c *Ceremony) abort() {
	c.closed = true
	c.v.open = nil
	c.m.destroy()
}

func (c *Ceremony) conclude() error {
	c.closed = true
	if c.m != nil {
		defer c.m.destroy()
	}
	var errs []error
	if c.m != nil && c.v.readOnly == "" && c.result == journal.OK {
		if err := c.fill(c.v.life, poolTarget, nil); err != nil && c.v.life.Err() == nil { // a lock cuts it short, and the next ceremony goes on
			errs = append(errs, err)
		}
	}
	ctx := context.WithoutCancel(c.v.life) // the outcome is written also when a lock has just begun
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

// commit makes next the vault's core: pending in the database, with the act's intent and its rows; then the envelope's rename, the commit point;
// then settled in the database, with the outcome; then the anchor. finish repeats or undoes what a crash left. It says whether next is in force,
// which it may be in spite of an error.
func (c *Ceremony) commit(ctx context.Context, next *core, rows func(*store.Tx) (journal.Event, error)) (inForce bool, err error) {
	v := c.v
	env, digest, err := v.sign(next, c.m)
	if err != nil {
		return false, err
	}
	m, err := v.db.Meta(ctx)
	if err != nil {
		return false, err
	}
	var intent journal.Event
	if err := v.db.Update(ctx, func(tx *store.Tx) (err error) { // rows of a keyslot that is in no core are ignored, so they may come first
		m.PendingCore = digest
		if err := tx.SetMeta(m); err != nil {
			return err
		}
		intent, err = rows(tx)
		return err
	}); err != nil {
		return false, err
	}
	if err := v.putEnvelope(env); err != nil {
		return false, errors.Join(err, c.undo(ctx, intent))
	}
	v.env = env
	return true, v.act(ctx, func(tx *store.Tx) error {
		m.CoreHash, m.PendingCore = digest, nil
		if err := tx.SetMeta(m); err != nil {
			return err
		}
		_, err := tx.Event(outcome(intent, journal.OK, intent.Facts))
		return err
	})
}

// undo takes back a core that has not become the vault's.
func (c *Ceremony) undo(ctx context.Context, intent journal.Event) error {
	if c.v.closed {
		return nil // nobody knows yet: the next unlock sees which core is in force
	}
	m, err := c.v.db.Meta(ctx)
	if err != nil {
		return err
	}
	return c.v.act(ctx, func(tx *store.Tx) error {
		m.PendingCore = nil
		if err := tx.SetMeta(m); err != nil {
			return err
		}
		_, err := tx.Event(outcome(intent, journal.Failed, nil))
		return err
	})
}

// putEnvelope writes an envelope in the place of the one in force. After an error the old one stands; where nobody can say which of the two a crash
// would leave, the vault is closed, so that nothing more is written on either, and the next unlock goes on with the one that is there.
func (v *Vault) putEnvelope(env *envelope) error {
	err := env.write(v.fs, v.place)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("write the envelope: %w", err)
	there, readErr := readEnvelope(v.place)
	if readErr == nil && bytes.Equal(there.Signature, v.env.Signature) {
		return err
	}
	return errors.Join(err, readErr, v.shut())
}

// sign makes the envelope of a core: the owner key's signature, and the local part under the vault key in force.
func (v *Vault) sign(next *core, m *master) (*envelope, []byte, error) {
	return signEnvelope(next, m, v.vaultKey, v.env.Local.Keyslots)
}
