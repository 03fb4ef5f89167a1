package keystore

import (
	"context"
	"encoding/binary"

	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// successionKeys derives n succession keys of the control branch, each on its own random pair of numbers. Only their public halves
// and numbers leave: the private halves exist again in a ceremony and not before.
func (m *master) successionKeys(ctx context.Context, n int, progress func(int)) ([]store.PoolKey, error) {
	seed, err := derive.Seed(m.secret)
	if err != nil {
		return nil, err
	}
	defer seed.Destroy()
	control, err := derive.FromSeed(seed, derive.Ed25519, derive.Root, uint32(derive.BranchControl))
	if err != nil {
		return nil, err
	}
	defer control.Destroy()
	out := make([]store.PoolKey, 0, n)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		k := store.PoolKey{Number: binary.BigEndian.Uint32(mustRandom(4)) >> 1, Identity: binary.BigEndian.Uint32(mustRandom(4)) >> 1}
		if k.Public, err = control.PublicAt(k.Number, k.Identity, uint32(derive.Succession), 0); err != nil {
			return nil, err
		}
		out = append(out, k)
		if progress != nil {
			progress(i + 1)
		}
	}
	return out, nil
}

// FillPool makes the pool hold at least n succession keys: did:peer:4 documents take one each without a ceremony of their own.
func (c *Ceremony) FillPool(ctx context.Context, n int, progress func(made int)) error {
	return c.run(ctx, func(ctx context.Context) error { return c.fill(ctx, n, progress) })
}

func (c *Ceremony) fill(ctx context.Context, n int, progress func(int)) error {
	left, err := c.v.db.PoolLeft(ctx)
	if err != nil || left >= n {
		return err
	}
	keys, err := c.m.successionKeys(ctx, n-left, progress)
	if err != nil {
		return err
	}
	return c.v.db.Update(ctx, func(tx *store.Tx) error { return tx.AddSuccession(keys) })
}
