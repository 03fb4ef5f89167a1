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

	not string // id of a keyslot that does not confirm: the one whose revocation this is; "" is none
}

// ceremony finds a token with the master tier, opens a ceremony named act, runs fn in it and ends it. The vault is held throughout: fn must
// use the ceremony and nothing else of the vault.
func (s *Session) ceremony(ctx context.Context, v *keystore.Vault, act journal.Act, how Ceremony, p Prompts, fn func(*keystore.Ceremony) error) error {
	how.Wait = s.swaps(ctx, how.Wait)
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
	masters := slices.DeleteFunc(slices.Clone(slots), func(k known) bool { return !k.Master || k.Revoked || k.ID == how.not })
	goes := func(t token.Token) bool {
		return slices.ContainsFunc(slots, func(k known) bool { return k.ID == how.not && k.fits(t) })
	}
	return s.app.await(ctx, how.Wait, func(all []token.Token) (token.Token, error) {
		list := slices.DeleteFunc(slices.Clone(all), goes)
		if how.Token == "" {
			for _, t := range list {
				if s.opened(t) && rank(t, masters) >= 0 {
					return t, nil
				}
			}
		} else if len(narrow(list, how.Token, masters)) == 0 && slices.ContainsFunc(narrow(all, how.Token, slots), goes) {
			return token.Token{}, ErrConfirmsItself
		}
		t, err := opener(list, how.Token, masters)
		var none *NoTokenError
		if errors.As(err, &none) {
			none.Want = "opens everything, which this needs"
			if how.not != "" {
				none.Want = "opens everything and stays, which this needs"
			}
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
		n.Wait = s.swaps(ctx, n.Wait)
		slots, err := v.Keyslots(ctx)
		if err != nil {
			return err
		}
		t, k, err := s.app.newKeyslot(ctx, n, openSlots(slots))
		if err != nil {
			return err
		}
		still := s.app.stays(ctx, t)
		return s.ceremony(ctx, v, journal.ActEnrol, how, p, func(c *keystore.Ceremony) error {
			if k.Token, err = s.app.again(ctx, n.Wait, t, still); err != nil { // the one that confirmed may have taken its place
				return err
			}
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
		t, err := s.app.await(ctx, s.swaps(ctx, wait), func(list []token.Token) (token.Token, error) {
			t, err := opener(list, "", slot)
			var none *NoTokenError
			if errors.As(err, &none) {
				none.Name = k.Label
			}
			return t, err
		})
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

// Revoke ends a keyslot in a ceremony: next generation, re-encrypted, new use branch; every keyslot that remains is sealed to, though absent. A key
// that stays confirms it: whoever revokes has proven a way in that is left to him.
func (s *Session) Revoke(ctx context.Context, ref, reason string, how Ceremony, p Prompts, steps func(Step)) (Revoked, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (Revoked, error) {
		k, err := keyslot(ctx, v, ref)
		if err != nil {
			return Revoked{}, err
		}
		slots, err := v.Keyslots(ctx)
		if err == nil && k.Revoked.IsZero() {
			err = LastWayIn(slots, k.ID) // before anybody is asked for a PIN
		}
		if err != nil {
			return Revoked{}, err
		}
		r := Revoked{Keyslot: k}
		how.not = k.ID
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
		"Whoever has the revoked key, its PIN and a copy of the vault or of a backup from before can open that copy: everything in it can be read, and its identities can be used.",
		"Identities made before this moment sign no more here; those who rely on them must be told of new ones.",
	}
	if r.HadMaster {
		list = append(list, "The revoked key also opened the master secret, from which everything is computed: with an old copy, the keys of later identities can be computed too. Only a new master secret ends that.")
	}
	if reason == "retired" {
		list = append(list, "Destroy or reset the retired key, so that nobody else can use it with an old copy.")
	}
	return append(list, "Delete old copies and backups, and make a new backup now.")
}
