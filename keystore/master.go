package keystore

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hpke"

	"holdfast/internal/secret"
	"holdfast/keystore/derive"
)

// master is an opened master secret. It lives as long as the ceremony that opened it and no longer.
type master struct {
	secret *secret.Bytes // 32 bytes, the BIP-39 entropy
	public ed25519.PublicKey
}

// source is where a master secret comes from: a keyslot's master tier, the 24 words, or (at the making of a vault) chance.
type source interface {
	masterSecret(ctx context.Context) (*secret.Bytes, error)
}

// openMaster is the one place where a master secret is opened, from any source (rule 7). What it opens is compared with the
// owner key first; expected is nil only where there is none yet: a new vault, or words without a vault.
func openMaster(ctx context.Context, expected ed25519.PublicKey, s source) (*master, error) {
	b, err := s.masterSecret(ctx)
	if err != nil {
		return nil, err
	}
	m := &master{secret: b}
	if err := m.withOwner(func(key ed25519.PrivateKey) error {
		m.public = bytes.Clone(key.Public().(ed25519.PublicKey)) //nolint:errcheck // crypto/ed25519 documents the type
		return nil
	}); err != nil {
		m.destroy()
		return nil, err
	}
	if expected != nil && !m.public.Equal(expected) {
		m.destroy()
		if _, words := s.(wordSource); words {
			return nil, ErrWordsOfAnotherVault
		}
		return nil, damaged("envelope", "the master secret sealed to this keyslot is not the owner's: %w", ErrSubstituted)
	}
	return m, nil
}

func (m *master) destroy() { m.secret.Destroy() }

// chance makes a new master secret.
type chance struct{}

func (chance) masterSecret(context.Context) (*secret.Bytes, error) { return secret.Random(32) }

// keyslotSource opens a keyslot's master tier with its token: PIN and touch.
type keyslotSource struct {
	core  *core
	slot  *keyslot
	token Present
	gate  Gate
}

func (k keyslotSource) masterSecret(ctx context.Context) (*secret.Bytes, error) {
	return k.core.open(ctx, k.slot, TierMaster, k.token, k.gate)
}

// wordSource reads the 24 words (BIP-39).
type wordSource struct{ words *secret.Bytes }

func (w wordSource) masterSecret(context.Context) (*secret.Bytes, error) {
	return derive.Entropy(w.words)
}

// withOwner lends the owner key for one call.
func (m *master) withOwner(fn func(ed25519.PrivateKey) error) error {
	seed, err := derive.Internal(m.secret, derive.LabelOwner)
	if err != nil {
		return err
	}
	defer seed.Destroy()
	return seed.Expose(func(p []byte) error {
		key := ed25519.NewKeyFromSeed(p)
		defer clear(key)
		return fn(key)
	})
}

// sign signs labelled bytes with the owner key.
func (m *master) sign(l Label, body []byte) ([]byte, error) {
	var sig []byte
	err := m.withOwner(func(key ed25519.PrivateKey) error {
		sig = ed25519.Sign(key, labelled(l, body))
		return nil
	})
	return sig, err
}

// backupPrivate lends the backup key pair for one call.
func (m *master) backupPrivate(fn func(hpke.PrivateKey) error) error {
	seed, err := derive.Internal(m.secret, derive.LabelBackup)
	if err != nil {
		return err
	}
	defer seed.Destroy()
	return seed.Expose(func(p []byte) error {
		key, err := hybridKEM().NewPrivateKey(p)
		if err != nil {
			return err
		}
		return fn(key)
	})
}

// sealBackup puts the backup key and its copy of the vault key into the core.
func (c *core) sealBackup(m *master, vaultKey *secret.Bytes) error {
	return m.backupPrivate(func(k hpke.PrivateKey) error {
		c.Backup.Public = k.PublicKey().Bytes()
		var err error
		c.Backup.Copy, err = sealTo(k.PublicKey(), labelSealBackup, c.backupBinding(), vaultKey)
		return err
	})
}

// openBackup opens the backup key's copy of the vault key: how the words alone open a backup.
func (c *core) openBackup(m *master) (vaultKey *secret.Bytes, err error) {
	err = m.backupPrivate(func(k hpke.PrivateKey) error {
		if !bytes.Equal(k.PublicKey().Bytes(), c.Backup.Public) {
			return damaged("core", "the backup key is not the owner's")
		}
		vaultKey, err = openWith(k, hybridEncSize, labelSealBackup, c.backupBinding(), c.Backup.Copy)
		return err
	})
	return vaultKey, err
}

func (c *core) backupBinding() binding {
	return binding{
		Format: Format, Vault: c.Vault, Owner: c.Owner, Tier: TierVault, Of: c.Generation.Number,
		Random: c.Generation.Random, Facts: hash(c.Backup.Public),
	}
}
