package keystore

import (
	"context"
	"fmt"

	"holdfast/journal"
	"holdfast/keystore/store"
)

// Prove opens one tier of a keyslot from the bytes on disk with its token, and notes that it did: PIN and touch. Nothing that was
// opened is kept.
func (v *Vault) Prove(ctx context.Context, id string, tier Tier, token Present, p Prompts) error {
	if err := v.sound(ctx, nil); err != nil {
		return err
	}
	g := Gate{Prompts: p, Touch: TouchRequest{Act: actOfProof(tier), Token: token.Name, Number: 1, Of: 1, Requester: requester}}
	return v.turnOf(ctx, func(ctx context.Context) error {
		if err := v.usable(changes); err != nil {
			return err
		}
		return v.prove(ctx, id, tier, token, g)
	})
}

// prove reads the envelope anew, opens the tier, compares what it opened with what the vault holds, and notes the proof.
func (v *Vault) prove(ctx context.Context, id string, tier Tier, token Present, g Gate) error {
	env, err := readEnvelope(v.place)
	if err != nil {
		return err
	}
	k := env.Core.slot(id)
	if k == nil {
		return v.noKeyslot(ctx, id)
	}
	if !k.has(tier) {
		return ErrNoMasterTier
	}
	if tier == TierMaster {
		m, err := openMaster(ctx, v.env.Core.owner(), keyslotSource{core: &env.Core, slot: k, token: token, gate: g})
		if err != nil {
			return err
		}
		m.destroy()
	} else {
		key, err := env.Core.open(ctx, k, tier, token, g)
		if err != nil {
			return err
		}
		same := key.Equal(v.vaultKey)
		key.Destroy()
		if !same {
			return damaged("envelope", "the keyslot opens another vault key")
		}
	}
	return v.proven(ctx, k, tier)
}

// noKeyslot tells a keyslot that was revoked from one that never was.
func (v *Vault) noKeyslot(ctx context.Context, id string) error {
	rows, err := v.db.Keyslots(ctx)
	if err != nil {
		return err
	}
	if !keyslotRow(rows, id).Revoked.IsZero() {
		return fmt.Errorf("keyslot %s: %w", id, ErrTokenRevoked)
	}
	return fmt.Errorf("keyslot %s: %w", id, ErrNotFound)
}

// proven notes in a decisive row that a keyslot's tier has just opened what it must.
func (v *Vault) proven(ctx context.Context, k *keyslot, t Tier) error {
	if v.readOnly != "" {
		return nil
	}
	rows, err := v.db.Keyslots(ctx)
	if err != nil {
		return err
	}
	row := keyslotRow(rows, k.hexID())
	if t == TierMaster {
		row.ProvenMaster = now()
	} else {
		row.ProvenVault = now()
	}
	return v.act(ctx, func(tx *store.Tx) error {
		e, err := tx.Event(journal.New{Act: journal.ActProve, Phase: journal.Outcome, Subject: row.ID, Result: journal.OK, Facts: map[string]string{"tier": string(t)}})
		if err != nil {
			return err
		}
		return tx.PutKeyslot(row, e.Number)
	})
}
