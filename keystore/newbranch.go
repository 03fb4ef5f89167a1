package keystore

import (
	"context"
	"fmt"

	"holdfast/journal"
	"holdfast/keystore/store"
)

// AcceptState ends a vault's being open to read only: it takes the state as it is, in a folder that was copied, synced or put back
// to an older state, and opens a new use branch with a random number, since what was handed out meanwhile cannot be known. The
// journal names both heads. Keyslots that this machine remembers as revoked are left out: roll-back never crosses a revocation.
func (c *Ceremony) AcceptState(ctx context.Context, steps func(Step)) (branch uint32, err error) {
	err = c.run(ctx, func(ctx context.Context) error {
		branch, err = c.acceptState(ctx, steps)
		return err
	})
	return branch, err
}

func (c *Ceremony) acceptState(ctx context.Context, steps func(Step)) (branch uint32, err error) {
	v := c.v
	if v.readOnly == "" {
		return v.env.Core.Branches.Current, nil
	}
	next, err := v.env.Core.next()
	if err != nil {
		return 0, err
	}
	next.Number = max(next.Number, v.machine.Core.Number+1)
	next.newBranch(true)
	left := v.leaveOut(next, v.machine)
	keyslots, err := v.db.Keyslots(ctx)
	if err != nil {
		return 0, err
	}
	here, err := v.db.Head(ctx)
	if err != nil {
		return 0, err
	}
	seen, why := v.machine.Head, v.readOnly
	err = c.rekey(ctx, next, steps, func(tx *store.Tx) error {
		if err := tx.ClearSuccession(); err != nil { // what was handed out meanwhile cannot be known
			return err
		}
		if err := putRevoked(tx, keyslots, left); err != nil {
			return err
		}
		_, err := tx.Event(journal.New{Act: journal.ActAcceptOlder, Phase: journal.Outcome, Subject: v.ID(), Result: journal.OK, Facts: map[string]string{
			"why": why, "accepted_head": fmt.Sprintf("%d %s", here.Number, hexBytes(here.Hash)),
			"seen_head": fmt.Sprintf("%d %s", seen.Number, hexBytes(seen.Hash)), "use_branch": fmt.Sprint(next.Branches.Current),
		}})
		return err
	})
	if !isDone(err) {
		return 0, err
	}
	v.readOnly = ""
	return next.Branches.Current, err
}
