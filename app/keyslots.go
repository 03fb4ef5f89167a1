package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast/journal"
	"holdfast/keystore"
	"holdfast/token"
)

// Ceremony says how an act that opens the master secret is confirmed.
type Ceremony struct {
	Token string // the token with the master tier that confirms; "" takes the one that opened the vault, or another that is plugged in
	Wait  WaitFor
	Steps func(Step) // is told how far the check of the vault's record is that a ceremony waits for; nil for nobody
}

// ceremony finds a token with the master tier, opens a ceremony named act, runs fn in it and ends it. The vault is held throughout: fn must
// use the ceremony and nothing else of the vault.
func (s *Session) ceremony(ctx context.Context, v *keystore.Vault, act journal.Act, how Ceremony, p Prompts, fn func(*keystore.Ceremony) error) error {
	slots, err := v.Keyslots(ctx)
	if err != nil {
		return err
	}
	t, err := s.confirmer(ctx, how, openSlots(slots))
	if err != nil {
		return err
	}
	present, err := s.app.present(t)
	if err != nil {
		return err
	}
	c, err := v.Ceremony(ctx, keystore.CeremonyRequest{Act: act, Token: present, Steps: how.Steps}, p)
	if err != nil {
		return err
	}
	if err := fn(c); err != nil {
		c.Fail(err)
		return errors.Join(err, c.Close())
	}
	return c.Close()
}

// confirmer chooses the token that confirms a ceremony: the one named; else the one that opened the vault, if it has the master tier; else the
// best that is plugged in, the recovery token before others.
func (s *Session) confirmer(ctx context.Context, how Ceremony, slots []known) (token.Token, error) {
	masters := slices.DeleteFunc(slices.Clone(slots), func(k known) bool { return !k.Master || k.Revoked })
	return s.app.await(ctx, how.Wait, func(list []token.Token) (token.Token, error) {
		if how.Token == "" {
			for _, t := range list {
				if t.ID == s.token.ID && rank(t, masters) >= 0 {
					return t, nil
				}
			}
		}
		t, err := opener(list, how.Token, masters)
		var none *NoTokenError
		if errors.As(err, &none) {
			none.Want = "has the master tier, which this needs"
		}
		return t, err
	})
}

// Keyslots lists the vault's ways in, revoked ones too.
func (s *Session) Keyslots(ctx context.Context) ([]keystore.KeyslotInfo, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) ([]keystore.KeyslotInfo, error) { return v.Keyslots(ctx) })
}

// Enrol makes a keyslot on a token in a ceremony, durable and proved from the bytes on disk: a recovery keyslot through its master tier.
func (s *Session) Enrol(ctx context.Context, n NewKeyslot, how Ceremony, p Prompts, steps func(Step)) (id string, err error) {
	err = s.do(ctx, func(ctx context.Context, v *keystore.Vault) error {
		slots, err := v.Keyslots(ctx)
		if err != nil {
			return err
		}
		_, k, err := s.app.newKeyslot(ctx, n, openSlots(slots))
		if err != nil {
			return err
		}
		return s.ceremony(ctx, v, journal.ActEnrol, how, p, func(c *keystore.Ceremony) error {
			id, err = c.Enrol(ctx, k, p, steps)
			return err
		})
	})
	return id, err
}

// Prove opens a keyslot's tier with its token, from the bytes on disk, so that the vault knows that it would. It gives the keyslot's id.
func (s *Session) Prove(ctx context.Context, ref string, tier keystore.Tier, wait WaitFor, p Prompts) (id string, err error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (string, error) {
		k, err := keyslot(ctx, v, ref)
		if err != nil {
			return "", err
		}
		slot := openSlots([]keystore.KeyslotInfo{k})
		t, err := s.app.await(ctx, wait, func(list []token.Token) (token.Token, error) { return opener(list, "", slot) })
		if err != nil {
			return "", err
		}
		present, err := s.app.present(t)
		if err != nil {
			return "", err
		}
		return k.ID, v.Prove(ctx, k.ID, tier, present, p)
	})
}

// keyslot finds a keyslot by id, the beginning of its id (4 digits or more), its label, or its token's serial number.
func keyslot(ctx context.Context, v *keystore.Vault, ref string) (keystore.KeyslotInfo, error) {
	list, err := v.Keyslots(ctx)
	if err != nil {
		return keystore.KeyslotInfo{}, err
	}
	var found []keystore.KeyslotInfo
	for _, k := range list {
		if k.ID == ref || k.Label == ref || k.Serial != "" && k.Serial == ref || len(ref) >= 4 && strings.HasPrefix(k.ID, ref) {
			found = append(found, k)
		}
	}
	if alive := slices.DeleteFunc(slices.Clone(found), func(k keystore.KeyslotInfo) bool { return !k.Revoked.IsZero() }); len(alive) > 0 {
		found = alive
	}
	switch len(found) {
	case 0:
		return keystore.KeyslotInfo{}, fmt.Errorf("keyslot %q: %w", ref, keystore.ErrNotFound)
	case 1:
		return found[0], nil
	default:
		return keystore.KeyslotInfo{}, fmt.Errorf("keyslot %q: %w", ref, ErrSeveralKeyslots)
	}
}

// Revoked is what a revocation did, and in words what it could not undo.
type Revoked struct {
	keystore.Revocation
	Keyslot keystore.KeyslotInfo
	Remains []string // what somebody with the token, its PIN and an old copy can still do
}

// Revoke ends a keyslot in a ceremony: next generation, re-encrypted, new use branch; every keyslot that remains is sealed to, though absent.
func (s *Session) Revoke(ctx context.Context, ref, reason string, how Ceremony, p Prompts, steps func(Step)) (Revoked, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (Revoked, error) {
		k, err := keyslot(ctx, v, ref)
		if err != nil {
			return Revoked{}, err
		}
		r := Revoked{Keyslot: k}
		err = s.ceremony(ctx, v, journal.ActRevoke, how, p, func(c *keystore.Ceremony) error {
			r.Revocation, err = c.Revoke(ctx, k.ID, reason, steps)
			return err
		})
		r.Remains = remains(r.Revocation, reason)
		return r, err
	})
}

// remains says what revoking cannot undo.
func remains(r keystore.Revocation, reason string) []string {
	list := []string{
		"Whoever has the revoked token, its PIN and a copy of the vault or of a backup from before can open that copy: everything in it can be read, and its identities' use keys can be used.",
		"Identities made before this moment sign no more here; those who rely on them must be told of new ones.",
	}
	if r.HadMaster {
		list = append(list, "The revoked token also opened the master secret: with an old copy, every key of this vault can be computed, those of later identities too. Only a new master secret ends that.")
	}
	if reason == "retired" {
		list = append(list, "Destroy or reset the retired token, so that nobody else can use it with an old copy.")
	}
	return append(list, "Delete old copies and backups, and make a new backup now.")
}
