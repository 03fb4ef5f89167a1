package ctap

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
)

// stateName is under which name the body keeps the FIDO2 side.
const stateName = "fido2"

// maxRetries is how many wrong PINs block the key until it is reset, and
// maxMisses how many in a row block it until it is plugged in again (section 6.5.1).
const (
	maxRetries = 8
	maxMisses  = 3
)

// state is what the FIDO2 side keeps without power.
type state struct {
	Master      []byte      `json:"master"` // 32 bytes: seals key handles, makes hmac-secrets; new after a reset
	Counter     uint32      `json:"counter"`
	PINHash     []byte      `json:"pinHash,omitempty"` // left 16 bytes of SHA-256; empty when no PIN is set
	Retries     int         `json:"retries"`
	Resident    []resident  `json:"resident,omitempty"` // oldest first
	Attestation attestation `json:"attestation"`        // empty when the make has none
}

// resident is a discoverable credential.
type resident struct {
	ID     []byte `json:"id"`
	RPID   string `json:"rpId"`
	RPName string `json:"rpName,omitempty"`
	User   user   `json:"user"`
}

// open loads the state, or makes that of a new key.
func (a *Authenticator) open() error {
	a.body.Lock()
	defer a.body.Unlock()
	found, err := a.body.Load(stateName, &a.state)
	if err != nil {
		return err
	}
	if found {
		return a.check()
	}
	if !a.attests() {
		return a.factory()
	}
	if a.state.Attestation, err = newAttestation(); err != nil {
		return err
	}
	return errors.Join(a.factory(), a.placeRoot())
}

// check refuses a state that does not fit, and puts the root's file back if it went.
func (a *Authenticator) check() error {
	if err := a.state.check(); err != nil || !a.attests() {
		return err
	}
	return errors.Join(a.state.Attestation.check(), a.placeRoot())
}

// check refuses a state file that this code did not write.
func (s *state) check() error {
	if len(s.Master) != 32 || (len(s.PINHash) != 0 && len(s.PINHash) != 16) || s.Retries < 0 || s.Retries > maxRetries {
		return fmt.Errorf("key state %q: a field has a length or number that cannot be", stateName)
	}
	return nil
}

// factory forgets all credentials and the PIN. Attestation and counter stay.
func (a *Authenticator) factory() error {
	master := make([]byte, 32)
	if _, err := io.ReadFull(a.body.Random(), master); err != nil {
		return err
	}
	return a.change(func(s *state) {
		s.Master, s.PINHash, s.Retries, s.Resident = master, nil, maxRetries, nil
	})
}

// change alters the state and keeps it. When it cannot be kept, the state stays
// as it was.
func (a *Authenticator) change(do func(*state)) error {
	next := a.state
	next.Resident = slices.Clone(a.state.Resident)
	do(&next)
	if err := a.body.Save(stateName, next); err != nil {
		return err
	}
	a.state = next
	return nil
}

// pinSet tells whether the owner has set a PIN.
func (a *Authenticator) pinSet() bool { return len(a.state.PINHash) != 0 }

// fingerprint is how ids and salts stand in the record of operations.
func fingerprint(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
