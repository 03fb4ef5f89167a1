package derive

import (
	"fmt"

	"holdfast/internal/secret"
)

// Label names a key of the vault itself; it is the info of HKDF and so part of the format. One key, one label, all in the table below.
type Label string

// The table of labels.
const (
	// LabelOwner makes the seed of the Ed25519 owner key, which signs envelope cores and journal heads.
	LabelOwner Label = "holdfast internal owner key v1"
	// LabelBackup makes the secret of the key pair that every backup is sealed to.
	LabelBackup Label = "holdfast internal backup key v1"
	// LabelJournal makes the secret from which the journal's keys come.
	LabelJournal Label = "holdfast internal journal key v1"
)

// internalSize is the length of an internal key.
const internalSize = 32

// Internal derives the 32 bytes of one internal key from the 32-byte master secret: HKDF-SHA-512 (RFC 5869) with empty salt and the label as
// info. It fails for a master secret of another length and for a label outside the table.
func Internal(master *secret.Bytes, l Label) (*secret.Bytes, error) {
	switch l {
	case LabelOwner, LabelBackup, LabelJournal:
	default:
		return nil, fmt.Errorf("internal key %q is not in the table", string(l))
	}
	var out [macSize]byte
	defer clear(out[:])
	err := withMaster(master, func(entropy []byte) error {
		expand(&out, entropy, string(l))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return secret.Move(out[:internalSize])
}

// expand is HKDF-SHA-512 with empty salt and one block of output; info has at most maxMessage-1 bytes.
func expand(out *[macSize]byte, key []byte, info string) {
	var m mac
	defer m.wipe()
	m.set(nil) // an empty salt is a block of zeros
	m.sum(out, key)
	m.set(out[:])
	var message [maxMessage]byte
	n := copy(message[:maxMessage-1], info)
	message[n] = 1
	m.sum(out, message[:n+1])
}

// withMaster lends the 32 bytes of the master secret.
func withMaster(master *secret.Bytes, fn func(entropy []byte) error) error {
	return master.Expose(func(p []byte) error {
		if len(p) != MasterSize {
			return fmt.Errorf("the master secret has %d bytes, not %d", len(p), MasterSize)
		}
		return secret.Swept(func() error { return fn(p) })
	})
}
