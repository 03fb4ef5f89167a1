package keystore

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"holdfast/keystore/store"
)

// Why a vault is not armed.
const (
	NotArmedSecondToken = "second-token"        // no second token is enrolled
	NotArmedSameToken   = "same-physical-token" // the second keyslot is the other side of the first token
	NotArmedUnknown     = "unknown-token"       // a token does not say which physical token it is, so it cannot count as a second one
	NotArmedUnproven    = "not-proven-master"   // a second token is enrolled but not proven through its master tier
)

// Status is what the owner must know at a glance.
type Status struct {
	Armed          bool
	WhyNotArmed    string // one of the NotArmed reasons; empty when armed
	WordsConfirmed bool
	BackedUp       bool // a backup has been made to another device than the vault's
	LastBackup     time.Time
	ReadOnly       string // one of the ReadOnly reasons; empty when everything is allowed
	Generation     uint64
	MasterNumber   uint64
	Branch         uint32
	Identities     int
	EndedBranch    int // identities whose keys come from an ended use branch: they decrypt and verify, and sign no more
	PoolLeft       int // succession keys left before a ceremony is needed
}

// KeyslotInfo is one way in, or what once was one.
type KeyslotInfo struct {
	ID                                string // hex
	Kind                              Kind
	Role                              Role
	Label                             string
	Tiers                             []Tier
	Slots                             map[Tier]byte // PIV slots
	Physical, Model, Serial, Firmware string
	Enrolled                          time.Time
	ProvenVault, ProvenMaster         time.Time // zero: never
	WayIn                             bool      // opens the newest generation
	WhyNot                            string    // "no-copy", "unknown-kind", "revoked"; empty for a way in
	Revoked                           time.Time
	RevokedReason                     string
}

// Proven reports whether the keyslot has ever opened what it must.
func (k KeyslotInfo) Proven() bool { return !k.ProvenVault.IsZero() || !k.ProvenMaster.IsZero() }

// wayIn reports whether a keyslot holds a copy for the present generation and, where it has the tier, master number. What is not a
// way in counts for nothing.
func (c *core) wayIn(k *keyslot) bool {
	if !k.known() || !k.has(TierVault) {
		return false
	}
	ok := k.copyOf(TierVault).Of == c.Generation.Number && len(k.copyOf(TierVault).Sealed) > 0
	if k.has(TierMaster) {
		ok = ok && k.copyOf(TierMaster).Of == c.Master.Number && len(k.copyOf(TierMaster).Sealed) > 0
	}
	return ok
}

// Keyslots lists the core's keyslots, then the revoked ones.
func (v *Vault) Keyslots(ctx context.Context) ([]KeyslotInfo, error) {
	return during(ctx, v, reads, v.keyslots)
}

func (v *Vault) keyslots(ctx context.Context) ([]KeyslotInfo, error) {
	rows, err := v.db.Keyslots(ctx)
	if err != nil {
		return nil, err
	}
	c := &v.env.Core
	var out []KeyslotInfo
	for i := range c.Keyslots {
		k := &c.Keyslots[i]
		info := rowInfo(keyslotRow(rows, k.hexID()))
		info.Kind, info.Role, info.Tiers, info.Slots = k.Kind, k.Role, k.tiers(), map[Tier]byte{}
		for t, p := range k.PIV {
			info.Slots[t] = p.Slot
		}
		switch info.WayIn = c.wayIn(k); {
		case !k.known():
			info.WhyNot = "unknown-kind"
		case !info.WayIn:
			info.WhyNot = "no-copy"
		}
		out = append(out, info)
	}
	for _, r := range rows {
		if !r.Revoked.IsZero() && c.slot(r.ID) == nil {
			info := rowInfo(r)
			info.WhyNot = "revoked"
			out = append(out, info)
		}
	}
	return out, nil
}

func rowInfo(r store.Keyslot) KeyslotInfo {
	return KeyslotInfo{
		ID: r.ID, Kind: Kind(r.Kind), Role: Role(r.Role), Label: r.Label, Physical: r.Physical, Model: r.Model,
		Serial: r.Serial, Firmware: r.Firmware, Enrolled: r.Enrolled, ProvenVault: r.ProvenVault, ProvenMaster: r.ProvenMaster,
		Revoked: r.Revoked, RevokedReason: r.RevokedReason,
	}
}

// Status gathers what the owner must know.
func (v *Vault) Status(ctx context.Context) (Status, error) {
	return during(ctx, v, reads, v.status)
}

func (v *Vault) status(ctx context.Context) (Status, error) {
	slots, err := v.keyslots(ctx)
	if err != nil {
		return Status{}, err
	}
	c := &v.env.Core
	s := Status{ReadOnly: v.readOnly, Generation: c.Generation.Number, MasterNumber: c.Master.Number, Branch: c.Branches.Current}
	s.WhyNotArmed = notArmed(slots)
	s.Armed = s.WhyNotArmed == ""
	if _, s.WordsConfirmed, err = v.db.Setting(ctx, settingWords); err != nil {
		return Status{}, err
	}
	backups, err := v.db.Backups(ctx)
	if err != nil {
		return Status{}, err
	}
	for _, b := range backups {
		s.BackedUp = s.BackedUp || !b.SameDevice
		if b.Time.After(s.LastBackup) {
			s.LastBackup = b.Time
		}
	}
	if s.Identities, err = v.db.Count(ctx); err != nil {
		return Status{}, err
	}
	if s.EndedBranch, err = v.db.CountOutside(ctx, c.Branches.Current); err != nil {
		return Status{}, err
	}
	s.PoolLeft, err = v.db.PoolLeft(ctx)
	return s, err
}

// notArmed says why a vault is not armed: two ways in on two physical tokens, each proven through its master tier, so that the loss of one never
// takes the master secret with it. Fingers and unknown kinds count as none, and so does a token that does not say which physical token it is.
func notArmed(slots []KeyslotInfo) string {
	var ways []KeyslotInfo
	unknown := false
	for _, k := range slots {
		switch {
		case !k.WayIn:
		case k.Physical == "":
			unknown = true
		default:
			ways = append(ways, k)
		}
	}
	second, unproven := false, false
	for _, a := range ways {
		for _, b := range ways {
			if a.ID == b.ID {
				continue
			}
			second = true
			if a.Physical == b.Physical {
				continue
			}
			if !a.ProvenMaster.IsZero() && !b.ProvenMaster.IsZero() {
				return ""
			}
			unproven = true
		}
	}
	switch {
	case unproven:
		return NotArmedUnproven
	case unknown:
		return NotArmedUnknown
	case second:
		return NotArmedSameToken
	}
	return NotArmedSecondToken
}

// Locked is what can be said of a vault without opening it.
type Locked struct {
	Vault      string // id in hex
	Owner      string // owner key, base64url
	OwnerWords [4]string
	Remembered bool // this machine remembers the owner key, and it is this one
	Generation uint64
	ReadOnly   string
	Keyslots   []LockedKeyslot
}

// LockedKeyslot is a keyslot as the locked screen shows it.
type LockedKeyslot struct {
	ID       string
	Kind     Kind
	Role     Role
	Known    bool   // this version can open the kind
	Master   bool   // it has a master tier
	Label    string // from the machine's memory; empty where it remembers none
	Physical string
}

// Inspect reads the envelope and checks it with what this machine remembers. No token is needed and nothing is written.
func Inspect(place Place) (Locked, error) {
	env, err := readEnvelope(place)
	if err != nil {
		return Locked{}, err
	}
	v := &Vault{place: place, env: env}
	c := &env.Core
	if v.machine, err = readMachine(place, c.vaultHex()); err != nil {
		return Locked{}, err
	}
	if v.machine != nil && !c.owner().Equal(v.machine.owner()) {
		return Locked{}, ErrSubstituted
	}
	if err := v.notReplayed(); err != nil {
		return Locked{}, err
	}
	l := Locked{
		Vault: c.vaultHex(), Owner: base64.RawURLEncoding.EncodeToString(c.Owner), OwnerWords: ownerWords(c.Owner),
		Remembered: v.machine != nil, Generation: c.Generation.Number, ReadOnly: v.readOnly,
	}
	for i := range c.Keyslots {
		k := &c.Keyslots[i]
		lk := LockedKeyslot{ID: k.hexID(), Kind: k.Kind, Role: k.Role, Known: k.known(), Master: k.has(TierMaster)}
		if v.machine != nil {
			m := v.machine.Tokens[lk.ID]
			lk.Label, lk.Physical = m.Label, m.Physical
		}
		l.Keyslots = append(l.Keyslots, lk)
	}
	return l, nil
}

// String is a keyslot in one line for messages.
func (k KeyslotInfo) String() string { return fmt.Sprintf("%s (%s, %s)", k.Label, k.Kind, k.Role) }
