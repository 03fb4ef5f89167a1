package keystore

import (
	"context"

	"holdfast/journal"
	"holdfast/keystore/store"
)

// Enrol makes a keyslot on a token that is present, seals to it, makes it durable, and proves it by opening it from disk with the
// new token: through the master tier where it has one. It returns the keyslot's id in hex. Where the proof fails the keyslot is
// there, unproven: it counts for nothing until Prove succeeds.
func (c *Ceremony) Enrol(ctx context.Context, n NewKeyslot, p Prompts, steps func(Step)) (id string, err error) {
	err = c.run(ctx, func(ctx context.Context) error {
		id, err = c.enrol(ctx, n, p, steps)
		return err
	})
	return id, err
}

func (c *Ceremony) enrol(ctx context.Context, n NewKeyslot, p Prompts, steps func(Step)) (id string, err error) {
	v := c.v
	if err := v.enrollable(n); err != nil {
		return "", err
	}
	next, err := v.env.Core.next()
	if err != nil {
		return "", err
	}
	report(steps, "step-make-keys")
	e, err := next.enrol(ctx, v, n, c.m, p)
	if err != nil {
		return "", err
	}
	defer func() { err = e.chosen.told(err) }()
	if err := next.admit(e, v, c.m); err != nil {
		return "", err
	}
	report(steps, "step-write")
	c.facts["enrolled"] = e.slot.hexID()
	v.machine.Tokens[e.slot.hexID()] = memory{Label: n.Label, Physical: n.Token.Physical} // of a keyslot in no core it says nothing
	inForce, err := c.commit(context.WithoutCancel(ctx), next, func(tx *store.Tx) (journal.Event, error) { return putNewKeyslot(tx, e, n, journal.Intent) })
	if !inForce {
		return "", err
	}
	v.forgetMade(e)
	if err != nil {
		return e.slot.hexID(), err
	}
	report(steps, "step-prove")
	return e.slot.hexID(), v.prove(ctx, e.slot.hexID(), e.proofTier(), n.Token, e.gate(p, n.Token.Name, actOfProof(e.proofTier())))
}

// proofTier is the tier a new keyslot is proven through.
func (e *enrolment) proofTier() Tier {
	if e.slot.has(TierMaster) {
		return TierMaster
	}
	return TierVault
}

// enrollable refuses what could not be a way in of its own: a side of a token that already holds a keyslot of this kind.
func (v *Vault) enrollable(n NewKeyslot) error {
	if err := v.usable(true); err != nil {
		return err
	}
	if n.Token.Physical == "" {
		return nil
	}
	for id, m := range v.machine.Tokens {
		k := v.env.Core.slot(id)
		if k != nil && m.Physical == n.Token.Physical && k.Kind == n.Token.Kind {
			return ErrVaultHasToken
		}
	}
	return nil
}

// admit adds the entry to the core and seals to it both tiers it has.
func (c *core) admit(e *enrolment, v *Vault, m *master) error {
	c.Keyslots = append(c.Keyslots, *e.slot)
	k := &c.Keyslots[len(c.Keyslots)-1]
	if err := c.seal(k, TierVault, v.vaultKey); err != nil {
		return err
	}
	if k.has(TierMaster) {
		return c.seal(k, TierMaster, m.secret)
	}
	return nil
}

// putNewKeyslot writes what only the database keeps of a keyslot, under an event of the phase given.
func putNewKeyslot(tx *store.Tx, e *enrolment, n NewKeyslot, phase journal.Phase) (journal.Event, error) {
	ev, err := tx.Event(journal.New{
		Act: journal.ActEnrol, Phase: phase, Subject: e.slot.hexID(),
		Facts: map[string]string{"kind": string(n.Token.Kind), "role": string(n.Role), "label": n.Label},
	})
	if err != nil {
		return ev, err
	}
	row := store.Keyslot{
		ID: e.slot.hexID(), Kind: string(n.Token.Kind), Role: string(n.Role), Label: n.Label,
		Physical: n.Token.Physical, Model: n.Token.Model, Serial: n.Token.Serial, Firmware: n.Token.Firmware,
		AAGUID: e.aaguid, Attestations: map[string][]byte{}, Enrolled: now(),
	}
	for t, a := range e.attestations {
		row.Attestations[string(t)] = a
	}
	return ev, tx.PutKeyslot(row, ev.Number)
}
