package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Meta is what the database knows of its vault; after opening it is compared with the envelope.
type Meta struct {
	Vault            []byte `json:"vault"`             // 16 random bytes
	Installation     []byte `json:"installation"`      // 16 random bytes, the machine's that this folder belongs to
	Owner            []byte `json:"owner"`             // Ed25519 public key
	Generation       uint64 `json:"generation"`        // from 1
	GenerationRandom []byte `json:"generation_random"` // 16 bytes
	CoreHash         []byte `json:"core_hash"`         // SHA-256 of the core in force
	PendingCore      []byte `json:"pending_core"`      // hash of a core about to be committed; nil when none
}

const metaKey = "vault"

// SetMeta replaces what the database knows of its vault.
func (t *Tx) SetMeta(m Meta) error {
	if len(m.Vault) != 16 || len(m.Installation) != 16 || len(m.Owner) != 32 || m.Generation == 0 || len(m.GenerationRandom) != 16 {
		return errors.New("vault facts: a part has the wrong length")
	}
	t.putLoose(tableMeta, metaKey, m)
	return nil
}

// Meta returns what the database knows of its vault.
func (d *DB) Meta(ctx context.Context) (Meta, error) {
	return read(ctx, d, func(ctx context.Context) (m Meta, err error) {
		err = d.reader().get(ctx, tableMeta, metaKey, &m)
		return m, err
	})
}

// Keyslot is what the envelope does not say of a keyslot. A zero time means never.
type Keyslot struct {
	ID            string            `json:"id"`
	Kind          string            `json:"kind"`
	Role          string            `json:"role"`
	Label         string            `json:"label"`
	Physical      string            `json:"physical"` // the physical token, the same for both its sides
	Model         string            `json:"model"`
	Serial        string            `json:"serial"`
	Firmware      string            `json:"firmware"`
	AAGUID        []byte            `json:"aaguid"`
	Attestations  map[string][]byte `json:"attestations"` // by slot or tier: certificates or statements
	Enrolled      time.Time         `json:"enrolled"`
	ProvenVault   time.Time         `json:"proven_vault"`
	ProvenMaster  time.Time         `json:"proven_master"`
	Revoked       time.Time         `json:"revoked"`
	RevokedReason string            `json:"revoked_reason"`
}

// PutKeyslot writes or replaces a keyslot's row under an event of this transaction.
func (t *Tx) PutKeyslot(k Keyslot, event uint64) error {
	if k.ID == "" {
		return errors.New("keyslot without an id")
	}
	k.Enrolled, k.ProvenVault, k.ProvenMaster, k.Revoked = k.Enrolled.UTC(), k.ProvenVault.UTC(), k.ProvenMaster.UTC(), k.Revoked.UTC()
	return t.put(tableKeyslots, k.ID, k, event)
}

// Keyslots returns every keyslot that ever was, revoked ones too, in the order of ids.
func (d *DB) Keyslots(ctx context.Context) ([]Keyslot, error) {
	return read(ctx, d, func(ctx context.Context) ([]Keyslot, error) { return list[Keyslot](ctx, d.reader(), tableKeyslots) })
}

// value is a setting's or policy's content. Removed keeps the row, so that its absence is not mistaken for its never having been.
type value struct {
	Value   string `json:"value"`
	Removed bool   `json:"removed"`
}

// PutSetting sets a setting under an event of this transaction.
func (t *Tx) PutSetting(name, content string, event uint64) error {
	return t.put(tableSettings, name, value{Value: content}, event)
}

// RemoveSetting unsets a setting.
func (t *Tx) RemoveSetting(name string, event uint64) error {
	return t.put(tableSettings, name, value{Removed: true}, event)
}

// Setting returns a setting, and whether it is set.
func (d *DB) Setting(ctx context.Context, name string) (string, bool, error) {
	return d.value(ctx, tableSettings, name)
}

// PutPolicy keeps what an administrator fixed, under an event of this transaction.
func (t *Tx) PutPolicy(name, content string, event uint64) error {
	return t.put(tablePolicy, name, value{Value: content}, event)
}

// RemovePolicy takes a policy away.
func (t *Tx) RemovePolicy(name string, event uint64) error {
	return t.put(tablePolicy, name, value{Removed: true}, event)
}

// Policy returns a policy, and whether it is set.
func (d *DB) Policy(ctx context.Context, name string) (string, bool, error) {
	return d.value(ctx, tablePolicy, name)
}

func (d *DB) value(ctx context.Context, table, name string) (string, bool, error) {
	v, err := read(ctx, d, func(ctx context.Context) (v value, err error) {
		err = d.reader().get(ctx, table, name, &v)
		return v, err
	})
	if errors.Is(err, ErrNotFound) {
		return "", false, nil
	}
	return v.Value, err == nil && !v.Removed, err
}

// branch is a use branch's content.
type branch struct {
	Sealed []byte `json:"sealed"`
	Ended  bool   `json:"ended"`
}

// PutBranch keeps the sealed nodes of a use branch, and whether it has ended: an ended branch signs nothing.
func (t *Tx) PutBranch(number uint32, sealed []byte, ended bool) error {
	t.putLoose(tableBranches, strconv.FormatUint(uint64(number), 10), branch{sealed, ended})
	return nil
}

// Branch returns the sealed nodes of a use branch; ErrNotFound when this installation never held it.
func (d *DB) Branch(ctx context.Context, number uint32) (sealed []byte, ended bool, err error) {
	b, err := read(ctx, d, func(ctx context.Context) (b branch, err error) {
		err = d.reader().get(ctx, tableBranches, strconv.FormatUint(uint64(number), 10), &b)
		return b, err
	})
	return b.Sealed, b.Ended, err
}

// Branches lists the numbers of every use branch held, ended ones too.
func (d *DB) Branches(ctx context.Context) ([]uint32, error) {
	return read(ctx, d, func(ctx context.Context) ([]uint32, error) {
		raws, err := d.reader().raw(ctx, tableBranches)
		if err != nil {
			return nil, err
		}
		numbers := make([]uint32, len(raws))
		for i, raw := range raws {
			n, err := strconv.ParseUint(raw.key, 10, 32)
			if err != nil {
				return nil, &TamperedError{tableBranches + "/" + raw.key, WhatContent}
			}
			numbers[i] = uint32(n)
		}
		return numbers, nil
	})
}

// counter is the next free identity number of a use branch.
type counter struct {
	Next uint32 `json:"next"`
}

// maxNumber is the first number that no hardened path element can carry (BIP-32).
const maxNumber = 1 << 31

// NextIdentities hands out n consecutive identity numbers of a use branch, from 0. No number is handed out twice.
func (t *Tx) NextIdentities(branch uint32, n int, event uint64) (first uint32, err error) {
	var c counter
	key := strconv.FormatUint(uint64(branch), 10)
	if err := t.reader().get(t.ctx, tableCounters, key, &c); err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	if n < 1 || n > maxNumber-int(c.Next) {
		return 0, fmt.Errorf("%d identity numbers of use branch %d: %d are left", n, branch, maxNumber-int(c.Next))
	}
	return c.Next, t.put(tableCounters, key, counter{c.Next + uint32(n)}, event) //nolint:gosec // checked above
}

// SkipIdentities makes sure that no identity number of a use branch below next is handed out, as a scan that found identities asks for.
func (t *Tx) SkipIdentities(branch, next uint32, event uint64) error {
	var c counter
	key := strconv.FormatUint(uint64(branch), 10)
	if err := t.reader().get(t.ctx, tableCounters, key, &c); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if next > maxNumber {
		return fmt.Errorf("identity number %d: at most %d", next, maxNumber)
	}
	if next <= c.Next {
		return nil
	}
	return t.put(tableCounters, key, counter{next}, event)
}

// Backup is a backup that was made.
type Backup struct {
	Path       string    `json:"path"`
	Time       time.Time `json:"time"`
	Head       uint64    `json:"head"` // the newest journal entry inside
	SameDevice bool      `json:"same_device"`
	Size       int64     `json:"size"` // bytes
}

// PutBackup notes a backup that was made, under an event of this transaction; one of the same path and time replaces the note.
func (t *Tx) PutBackup(b Backup, event uint64) error {
	b.Time = b.Time.UTC()
	return t.put(tableBackups, b.Time.Format(time.RFC3339Nano)+" "+b.Path, b, event)
}

// Backups returns every backup made, oldest first.
func (d *DB) Backups(ctx context.Context) ([]Backup, error) {
	return read(ctx, d, func(ctx context.Context) ([]Backup, error) { return list[Backup](ctx, d.reader(), tableBackups) })
}
