package keystore

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
)

// machineFormat names the format of the machine's memory.
const machineFormat = "holdfast-machine/draft-0"

// machine is what this machine remembers of one vault, in the state folder and in no backup: the owner key, so that no PIN is
// asked for somebody else's envelope; the anchor, so that an older state is noticed; the installation, so that a copied folder is;
// and the labels that the locked screen needs.
type machine struct {
	Format       string            `json:"format"`
	Vault        blob              `json:"vault"`
	Owner        blob              `json:"owner"`
	Installation blob              `json:"installation"` // 16 random bytes, also in the database
	Core         coreAnchor        `json:"core"`
	Head         headAnchor        `json:"head"`
	Tokens       map[string]memory `json:"tokens"` // by keyslot id in hex
}

// coreAnchor is the newest core this machine has seen committed.
type coreAnchor struct {
	Number uint64 `json:"number"`
	Hash   blob   `json:"hash"`
}

// headAnchor is a journal event this machine has seen: the journal must contain it.
type headAnchor struct {
	Number uint64 `json:"number"`
	Hash   blob   `json:"hash"`
}

// memory is what the locked screen says of a keyslot's token, and how the token is recognised.
type memory struct {
	Label    string `json:"label"`
	Physical string `json:"physical"` // token.Token's Physical
	Revoked  bool   `json:"revoked"`  // an older backup does not bring it back on this machine
}

// readMachine loads what this machine remembers of a vault; nil when it remembers nothing, *MemoryError when the file cannot be read.
func readMachine(place Place, vaultHex string) (*machine, error) {
	path := place.machinePath(vaultHex)
	data, err := durable.ReadFile(path, maxEnvelope)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // nothing remembered is an ordinary answer
	}
	if err != nil {
		return nil, &MemoryError{Path: path, Why: err}
	}
	m, err := parseMachine(data, vaultHex)
	if err != nil && !errors.Is(err, ErrNewerFormat) {
		err = &MemoryError{Path: path, Why: err}
	}
	return m, err
}

func parseMachine(data []byte, vaultHex string) (*machine, error) {
	var m machine
	if err := jcs.Unmarshal(data, &m, maxEnvelope); err != nil {
		return nil, err
	}
	if m.Format != machineFormat {
		return nil, formatError("machine memory", m.Format)
	}
	if hex.EncodeToString(m.Vault) != vaultHex || len(m.Owner) != 32 || len(m.Installation) != 16 {
		return nil, errors.New("it is of another vault or incomplete")
	}
	return &m, nil
}

// write stores the memory durably.
func (m *machine) write(fsys durable.FS, place Place) error {
	data, err := jcs.Marshal(m)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(fsys, place.State, 0o700); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	return durable.WriteFile(fsys, place.machinePath(hex.EncodeToString(m.Vault)), data, 0o600)
}

// owner is the remembered owner key.
func (m *machine) owner() ed25519.PublicKey { return ed25519.PublicKey(m.Owner) }
