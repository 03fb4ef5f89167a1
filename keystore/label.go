package keystore

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"

	"holdfast/internal/secret"
)

// Label separates the uses of one secret or one key. Every derivation and every seal of this package takes one from
// this table and from nowhere else; a label is never reused for a second purpose.
type Label string

// The labels of the draft-0 format.
const (
	labelSealVault   Label = "holdfast draft-0 seal vault tier"   // HPKE info: a keyslot's copy of the vault key
	labelSealMaster  Label = "holdfast draft-0 seal master tier"  // HPKE info: a keyslot's copy of the master secret
	labelSealBackup  Label = "holdfast draft-0 seal backup"       // HPKE info: the backup key pair's copy of the vault key
	labelSeedVault   Label = "holdfast draft-0 fido2 vault seed"  // HKDF(hmac-secret): seals the vault tier's seed
	labelSeedMaster  Label = "holdfast draft-0 fido2 master seed" // HKDF(hmac-secret): seals the master tier's seed
	labelLocal       Label = "holdfast draft-0 envelope local"    // HKDF(vault key): MAC of the envelope's local part
	labelDatabase    Label = "holdfast draft-0 vault database"    // HKDF(vault key): the database's Adiantum key
	labelBranch      Label = "holdfast draft-0 use branch"        // HKDF(vault key): seals a use branch's nodes
	labelBackupFile  Label = "holdfast draft-0 backup stream"     // HKDF(vault key, salt): encrypts a backup's chunks
	labelBackupDB    Label = "holdfast draft-0 backup database"   // HKDF(vault key, salt): Adiantum key of the snapshot inside
	labelCore        Label = "holdfast draft-0 core"              // prefix of what the owner key signs: the core
	labelHead        Label = "holdfast draft-0 journal head"      // prefix of what the owner key signs: a journal head
	labelCertificate Label = "holdfast draft-0 slot certificate"  // subject of the certificate beside a PIV key
)

// sealLabel and seedLabel pick the tier's label.
func sealLabel(t Tier) Label {
	if t == TierMaster {
		return labelSealMaster
	}
	return labelSealVault
}

func seedLabel(t Tier) Label {
	if t == TierMaster {
		return labelSeedMaster
	}
	return labelSeedVault
}

// expand derives 32 bytes from s with HKDF-SHA-512 (RFC 5869) under a label, with an optional public salt.
func expand(s *secret.Bytes, salt []byte, l Label) (*secret.Bytes, error) {
	var out *secret.Bytes
	err := s.Expose(func(p []byte) error {
		k, err := hkdf.Key(sha512.New, p, salt, string(l), 32)
		if err != nil {
			return fmt.Errorf("derive %q: %w", l, err)
		}
		out, err = secret.Move(k)
		return err
	})
	return out, err
}

// labelled prefixes what is signed or hashed with its label and its length, so that nothing signed for one purpose reads as another.
func labelled(l Label, body []byte) []byte {
	out := make([]byte, 0, len(l)+9+len(body))
	out = append(out, l...)
	out = append(out, 0)
	out = binary.BigEndian.AppendUint64(out, uint64(len(body)))
	return append(out, body...)
}

// hash is SHA-256, the hash of cores, keyslot facts and owner keys.
func hash(b []byte) []byte {
	h := sha256.Sum256(b)
	return h[:]
}
