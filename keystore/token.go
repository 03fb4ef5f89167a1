package keystore

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"holdfast/internal/secret"
)

// Present is a token that is present now, seen from the vault: what it is called, which physical token it is a side of, and what
// it can do for a keyslot.
type Present struct {
	Kind     Kind
	Name     string // as the person knows it
	Physical string // equal for both sides of one token; empty when the token does not say
	Model    string
	Serial   string
	Firmware string
	// Unverified says that the device was named by a start flag, so that nothing vouches for it (rule 3).
	Unverified bool
	PIV        PIVEnroller   // when Kind is piv
	FIDO2      FIDO2Enroller // when Kind is fido2
}

// NewKeyslot asks for a keyslot on a token that is present.
type NewKeyslot struct {
	Token Present
	Label string
	Role  Role
	Tiers []Tier // TierVault, or both; a recovery keyslot needs both
}

// Step is the progress of an act: a message id that app has words for, and a count when there is one.
type Step struct {
	ID          string
	Done, Total int
}

// steps calls f when there is one.
func report(f func(Step), id string) {
	if f != nil {
		f(Step{ID: id})
	}
}

// check holds a request to what the format can keep.
func (n NewKeyslot) check() error {
	if strings.TrimSpace(n.Label) == "" {
		return &LabelError{"label", "empty"}
	}
	if err := CheckLabel("label", n.Label); err != nil {
		return err
	}
	if n.Role != RoleEveryday && n.Role != RoleRecovery {
		return fmt.Errorf("unknown role %q", n.Role)
	}
	if len(n.Tiers) == 0 || n.Tiers[0] != TierVault || len(n.Tiers) > 2 || len(n.Tiers) == 2 && n.Tiers[1] != TierMaster {
		return fmt.Errorf("tiers %q: the vault tier, or vault and master", n.Tiers)
	}
	if n.Role == RoleRecovery && len(n.Tiers) != 2 {
		return ErrNoMasterTier
	}
	return nil
}

func (n NewKeyslot) touches() int { return TouchesToEnrol(n.Token.Kind, len(n.Tiers)) }

// TouchesToEnrol is how many touches enrolling and proving a keyslot takes: PIV one (the proof), FIDO2 one to make the credential, one
// for each tier's seed, and the proof.
func TouchesToEnrol(k Kind, tiers int) int {
	if k == KindFIDO2 {
		return 2 + tiers
	}
	return 1
}

// enrolment is a keyslot in the making: the entry for the core, and what only the database keeps.
type enrolment struct {
	slot         *keyslot
	attestations map[Tier][]byte
	aaguid       []byte
	touches      int    // given so far
	of           int    // in all, the proof included
	chosen       chosen // new PINs
}

// gate is what the next touch of the enrolment shows.
func (e *enrolment) gate(p Prompts, name, act string) Gate {
	e.touches++
	return Gate{Prompts: p, Touch: TouchRequest{Act: act, Token: name, Number: e.touches, Of: e.of, Requester: requester}}
}

// requester names this program in prompts.
const requester = "Holdfast"

// enrol makes keys or a credential on the token and the entry that goes with them. Nothing is sealed to it yet, and nothing is
// durable: that is the caller's one step.
func (c *core) enrol(ctx context.Context, v *Vault, n NewKeyslot, owner *master, p Prompts) (*enrolment, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	id := make([]byte, keyslotIDSize)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	e := &enrolment{slot: &keyslot{ID: id, Kind: n.Token.Kind, Role: n.Role, Owner: c.Owner}, of: n.touches(), chosen: chosen{side: n.Token.Kind}}
	p = e.chosen.watch(p)
	switch {
	case n.Token.Kind == KindPIV && n.Token.PIV != nil:
		return e, e.chosen.told(c.enrolPIV(ctx, v, e, n, owner, p))
	case n.Token.Kind == KindFIDO2 && n.Token.FIDO2 != nil:
		return e, e.chosen.told(c.enrolFIDO2(ctx, e, n, p))
	}
	return nil, fmt.Errorf("kind %q cannot be enrolled", n.Token.Kind)
}

func (c *core) enrolPIV(ctx context.Context, v *Vault, e *enrolment, n NewKeyslot, owner *master, p Prompts) error {
	g := Gate{Prompts: p, Touch: TouchRequest{Act: actEnrol, Token: n.Token.Name, Number: 1, Of: e.of, Requester: requester}}
	reclaim, err := v.reclaimable()
	if err != nil {
		return err
	}
	keys, err := n.Token.PIV.EnrolPIV(ctx, PIVEnrolRequest{
		Tiers:   n.Tiers,
		Reclaim: reclaim,
		Made:    func(keys PIVKeys) error { return v.noteMade(c, e, n.Token.Physical, keys) },
		Certificates: func(keys PIVKeys) (map[Tier][]byte, error) {
			out := map[Tier][]byte{}
			for t, k := range keys {
				der, err := owner.certify(c.Vault, k)
				if err != nil {
					return nil, err
				}
				out[t] = der
			}
			return out, nil
		},
	}, g)
	if err != nil {
		return err
	}
	e.chosen.inForce = true
	e.slot.PIV, e.attestations = map[Tier]*pivTier{}, map[Tier][]byte{}
	for _, t := range n.Tiers {
		k, ok := keys[t]
		if !ok {
			return fmt.Errorf("the token made no key for the %s tier", t)
		}
		e.slot.PIV[t] = &pivTier{Slot: k.Slot, Curve: k.Curve, Public: k.Public}
		e.attestations[t] = k.Attestation
	}
	return e.slot.check()
}

func (c *core) enrolFIDO2(ctx context.Context, e *enrolment, n NewKeyslot, p Prompts) error {
	handle := make([]byte, 32)
	if _, err := rand.Read(handle); err != nil {
		return err
	}
	cred, err := n.Token.FIDO2.EnrolFIDO2(ctx, FIDO2EnrolRequest{UserHandle: handle, UserName: "Holdfast vault - do not delete"}, e.gate(p, n.Token.Name, actEnrol))
	if err != nil {
		return err
	}
	e.chosen.inForce = true
	e.slot.Cred, e.aaguid, e.slot.FIDO2 = cred.ID, cred.AAGUID, map[Tier]*fido2Tier{}
	seeds := map[Tier]*secret.Bytes{}
	defer func() {
		for _, s := range seeds {
			s.Destroy()
		}
	}()
	for _, t := range n.Tiers { // every salt and public key first: a seed is bound to all of the keyslot's facts
		f := &fido2Tier{Salt: make([]byte, saltSize)}
		if _, err := rand.Read(f.Salt); err != nil {
			return err
		}
		if seeds[t], f.Public, err = newSeed(); err != nil {
			return err
		}
		e.slot.FIDO2[t] = f
	}
	for _, t := range n.Tiers {
		hm, err := n.Token.FIDO2.HMACSecret(ctx, HMACRequest{Credential: e.slot.Cred, Salt: e.slot.FIDO2[t].Salt}, e.gate(p, n.Token.Name, actEnrol))
		if err != nil {
			return err
		}
		err = c.sealSeed(e.slot, t, hm, seeds[t])
		hm.Destroy()
		if err != nil {
			return err
		}
	}
	return e.slot.check()
}

// newSeed makes an MLKEM768-X25519 key pair: its 32-byte seed and its public key.
func newSeed() (*secret.Bytes, []byte, error) {
	seed, err := secret.Random(seedSize)
	if err != nil {
		return nil, nil, err
	}
	var pub []byte
	err = seed.Expose(func(p []byte) error {
		k, err := hybridKEM().NewPrivateKey(p)
		if err != nil {
			return err
		}
		pub = k.PublicKey().Bytes()
		return nil
	})
	return seed, pub, err
}
