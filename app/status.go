package app

import (
	"context"

	"holdfast/keystore"
)

// Status is the open vault's state, with its keyslots and what the owner must know.
type Status struct {
	keystore.Status
	Keyslots []keystore.KeyslotInfo
	Notices  []Notice
}

// Status tells the state of the open vault.
func (s *Session) Status(ctx context.Context) (Status, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (Status, error) {
		st, err := v.Status(ctx)
		if err != nil {
			return Status{}, err
		}
		slots, err := v.Keyslots(ctx)
		if err != nil {
			return Status{}, err
		}
		return Status{Status: st, Keyslots: slots, Notices: s.withDevice(noticesOf(st))}, nil
	})
}

// Notices tells what the owner must know, and remembers it for commands that do not open the vault.
func (s *Session) Notices(ctx context.Context) ([]Notice, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) ([]Notice, error) {
		st, err := v.Status(ctx)
		if err != nil {
			return nil, err
		}
		settled, err := settledNotices(ctx, v)
		if err != nil {
			return nil, err
		}
		return s.withDevice(append(settled, noticesOf(st)...)), s.app.remember(s.id, shownOf(st))
	})
}

// withDevice adds that the token in use was named by its path.
func (s *Session) withDevice(list []Notice) []Notice {
	for _, n := range list {
		if n.ID == "unverified-key" {
			return list
		}
	}
	if s.token.Unverified {
		list = append(list, UnverifiedKey())
	}
	return list
}

// Locked tells what a vault shows without a token: whose it is, and its keyslots.
func (a *App) Locked(p Place) (keystore.Locked, error) { return keystore.Inspect(p) }
