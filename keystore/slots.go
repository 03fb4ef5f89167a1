package keystore

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"holdfast/internal/jcs"
)

// Sizes of what a keyslot holds, in bytes.
const (
	hybridPublicSize = 1216 // MLKEM768-X25519 public key
	seedSize         = 32   // MLKEM768-X25519 private key: a seed
	sealedSeedSize   = 12 + seedSize + 16
	saltSize         = 32
	keyslotIDSize    = 16
)

// keyslot is one entry of the core. A kind this version does not know is kept byte for byte in raw, shown, and never counts.
type keyslot struct {
	ID    blob
	Kind  Kind
	Role  Role
	Owner blob                // the owner key in force at enrolment: what the token vouches for, also after a re-rooting
	PIV   map[Tier]*pivTier   // when Kind is piv
	FIDO2 map[Tier]*fido2Tier // when Kind is fido2
	Cred  blob                // FIDO2 credential id
	raw   json.RawMessage     // when the kind is unknown
}

// pivTier is one PIV slot's key and the copy sealed to it.
type pivTier struct {
	Slot   byte   `json:"slot"`
	Curve  Curve  `json:"curve"`
	Public blob   `json:"public"`
	Copy   sealed `json:"copy"`
}

// fido2Tier is one salt, the hybrid key pair whose seed is sealed under that salt's hmac-secret, and the copy sealed to the pair.
type fido2Tier struct {
	Salt   blob   `json:"salt"`
	Public blob   `json:"public"`
	Seed   blob   `json:"seed"` // nonce, ciphertext, tag
	Copy   sealed `json:"copy"`
}

type pivSlotJSON struct {
	ID    blob              `json:"id"`
	Kind  Kind              `json:"kind"`
	Role  Role              `json:"role"`
	Owner blob              `json:"owner"`
	Tiers map[Tier]*pivTier `json:"tiers"`
}

type fido2SlotJSON struct {
	ID    blob                `json:"id"`
	Kind  Kind                `json:"kind"`
	Role  Role                `json:"role"`
	Owner blob                `json:"owner"`
	Cred  blob                `json:"credential"`
	Tiers map[Tier]*fido2Tier `json:"tiers"`
}

// MarshalJSON implements json.Marshaler. Whoever encodes the whole makes it canonical.
func (k keyslot) MarshalJSON() ([]byte, error) {
	switch k.Kind {
	case KindPIV:
		return json.Marshal(pivSlotJSON{k.ID, k.Kind, k.Role, k.Owner, k.PIV})
	case KindFIDO2:
		return json.Marshal(fido2SlotJSON{k.ID, k.Kind, k.Role, k.Owner, k.Cred, k.FIDO2})
	default:
		return k.raw, nil
	}
}

// UnmarshalJSON implements json.Unmarshaler: known kinds strictly, unknown kinds as they are.
func (k *keyslot) UnmarshalJSON(data []byte) error {
	var head struct {
		ID   blob `json:"id"`
		Kind Kind `json:"kind"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	switch head.Kind {
	case KindPIV:
		var j pivSlotJSON
		if err := jcs.Unmarshal(data, &j, maxEnvelope); err != nil {
			return err
		}
		*k = keyslot{ID: j.ID, Kind: j.Kind, Role: j.Role, Owner: j.Owner, PIV: j.Tiers}
	case KindFIDO2:
		var j fido2SlotJSON
		if err := jcs.Unmarshal(data, &j, maxEnvelope); err != nil {
			return err
		}
		*k = keyslot{ID: j.ID, Kind: j.Kind, Role: j.Role, Owner: j.Owner, Cred: j.Cred, FIDO2: j.Tiers}
	default:
		*k = keyslot{ID: head.ID, Kind: head.Kind, raw: slices.Clone(data)}
	}
	return nil
}

// known reports whether this version can open the keyslot's kind.
func (k *keyslot) known() bool { return k.Kind == KindPIV || k.Kind == KindFIDO2 }

// hexID is the keyslot's id as commands and rows name it.
func (k *keyslot) hexID() string { return hex.EncodeToString(k.ID) }

// tiers lists the keyslot's tiers, vault before master.
func (k *keyslot) tiers() []Tier {
	var out []Tier
	for _, t := range []Tier{TierVault, TierMaster} {
		if k.has(t) {
			out = append(out, t)
		}
	}
	return out
}

// has reports whether the keyslot has the tier.
func (k *keyslot) has(t Tier) bool { return k.PIV[t] != nil || k.FIDO2[t] != nil }

// copyOf gives the place of a tier's sealed copy; nil when there is no such tier.
func (k *keyslot) copyOf(t Tier) *sealed {
	if p := k.PIV[t]; p != nil {
		return &p.Copy
	}
	if f := k.FIDO2[t]; f != nil {
		return &f.Copy
	}
	return nil
}

// check holds an entry to its lengths and ranges.
func (k *keyslot) check() error {
	if len(k.ID) != keyslotIDSize {
		return fmt.Errorf("id of %d bytes", len(k.ID))
	}
	if !k.known() {
		if k.Kind == "" || len(k.Kind) > 64 {
			return errors.New("kind missing or too long")
		}
		return nil
	}
	if k.Role != RoleEveryday && k.Role != RoleRecovery {
		return fmt.Errorf("unknown role %q", k.Role)
	}
	if len(k.Owner) != ed25519.PublicKeySize {
		return fmt.Errorf("owner key of %d bytes", len(k.Owner))
	}
	if !k.has(TierVault) || len(k.PIV)+len(k.FIDO2) != len(k.tiers()) {
		return errors.New("no vault tier, or a tier this version does not know")
	}
	if k.Role == RoleRecovery && !k.has(TierMaster) {
		return errors.New("a recovery keyslot without a master tier")
	}
	if k.Kind == KindPIV {
		return k.checkPIV()
	}
	return k.checkFIDO2()
}

func (k *keyslot) checkPIV() error {
	used := map[byte]bool{}
	for t, p := range k.PIV {
		if p.Slot < 0x82 || p.Slot > 0x95 || used[p.Slot] {
			return fmt.Errorf("slot %02x of tier %q is no retired slot or is used twice", p.Slot, t)
		}
		used[p.Slot] = true
		if _, err := pivPublic(p); err != nil {
			return err
		}
		if err := p.Copy.check(); err != nil {
			return err
		}
	}
	return nil
}

func (k *keyslot) checkFIDO2() error {
	if len(k.Cred) == 0 || len(k.Cred) > 1023 {
		return fmt.Errorf("credential id of %d bytes", len(k.Cred))
	}
	for t, f := range k.FIDO2 {
		if len(f.Salt) != saltSize || len(f.Public) != hybridPublicSize || len(f.Seed) != sealedSeedSize {
			return fmt.Errorf("tier %q: salt, key or seed of the wrong length", t)
		}
		if err := f.Copy.check(); err != nil {
			return err
		}
	}
	return nil
}

// check bounds a sealed copy; an empty one means that the keyslot has no copy for the present number.
func (s *sealed) check() error {
	if len(s.Sealed) > 4096 {
		return fmt.Errorf("sealed copy of %d bytes", len(s.Sealed))
	}
	return nil
}

// factsHash is SHA-256 of the canonical entry without copies and without sealed seeds: what both are bound to.
func (k *keyslot) factsHash() ([]byte, error) {
	f := keyslot{ID: k.ID, Kind: k.Kind, Role: k.Role, Owner: k.Owner, Cred: k.Cred}
	if k.PIV != nil {
		f.PIV = map[Tier]*pivTier{}
		for t, p := range k.PIV {
			f.PIV[t] = &pivTier{Slot: p.Slot, Curve: p.Curve, Public: p.Public}
		}
	}
	if k.FIDO2 != nil {
		f.FIDO2 = map[Tier]*fido2Tier{}
		for t, p := range k.FIDO2 {
			f.FIDO2[t] = &fido2Tier{Salt: p.Salt, Public: p.Public}
		}
	}
	b, err := jcs.Marshal(f)
	if err != nil {
		return nil, err
	}
	return hash(b), nil
}
