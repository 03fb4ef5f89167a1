package keystore

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
	"holdfast/internal/secret"
)

// Format names the envelope's format. Draft 0 may change until the first release.
const Format = "holdfast-envelope/draft-0"

// maxEnvelope is the largest envelope that is read, in bytes.
const maxEnvelope = 1 << 20

// blob is binary in JSON: base64url without padding (RFC 4648 section 5), and nothing else reads back.
type blob []byte

// MarshalText implements encoding.TextMarshaler.
func (b blob) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText implements encoding.TextUnmarshaler, strictly: no padding, no stray bits.
func (b *blob) UnmarshalText(t []byte) error {
	d, err := base64.RawURLEncoding.Strict().AppendDecode(nil, t)
	if err != nil {
		return fmt.Errorf("base64url: %w", err)
	}
	*b = d
	return nil
}

// envelope is NAME.vault/envelope.json: canonical JSON (RFC 8785) of a core that the owner key signs and a local part that the
// vault key authenticates.
type envelope struct {
	Core      core  `json:"core"`
	Signature blob  `json:"signature"` // Ed25519 over labelled(labelCore, canonical core)
	Local     local `json:"local"`
}

// core is what only a ceremony changes.
type core struct {
	Format     string     `json:"format"`
	Number     uint64     `json:"number"`   // of this core, from 1; each ceremony that changes the core makes the next
	Previous   blob       `json:"previous"` // SHA-256 of the previous core's canonical bytes; empty for the first
	Vault      blob       `json:"vault"`    // 16 random bytes
	Owner      blob       `json:"owner"`    // Ed25519 public key
	Generation generation `json:"generation"`
	Master     masters    `json:"master"`
	Branches   branches   `json:"branches"`
	Backup     backupKey  `json:"backup"`
	Keyslots   []keyslot  `json:"keyslots"`
}

// generation numbers the vault key; the random part tells two generations of the same number (a fork) apart.
type generation struct {
	Number uint64 `json:"number"` // from 1
	Random blob   `json:"random"` // 16 bytes
}

func (g generation) complete() bool { return g.Number > 0 && len(g.Random) == 16 }

// masters numbers the master secret; earlier ones are sealed under the present one (re-rooting).
type masters struct {
	Number  uint64          `json:"number"` // from 1
	Earlier []earlierMaster `json:"earlier"`
}

type earlierMaster struct {
	Number uint64 `json:"number"`
	Sealed blob   `json:"sealed"`
}

// branches lists the use branches handed out: the present one, those that have ended, and the next number in order.
type branches struct {
	Current uint32   `json:"current"`
	Ended   []uint32 `json:"ended"`
	Next    uint32   `json:"next"` // below 2^20
}

func (b branches) inRange() bool {
	return b.Current < 1<<31 && b.Next <= firstRandomBranch && len(b.Ended) <= 4096
}

// backupKey is the public half of the key pair derived from the master secret, and the copy of the vault key sealed to it.
type backupKey struct {
	Public blob   `json:"public"` // MLKEM768-X25519, 1,216 bytes
	Copy   sealed `json:"copy"`
}

// sealed is a copy of a secret, and which generation or master number it is of.
type sealed struct {
	Of     uint64 `json:"of"`
	Sealed blob   `json:"sealed"` // HPKE encapsulated key, then ciphertext
}

// local holds what changes without a ceremony. It has the place of biometric keyslots; draft 0 writes none.
type local struct {
	Keyslots []json.RawMessage `json:"keyslots"`
	MAC      blob              `json:"mac"` // HMAC-SHA-256 under HKDF(vault key) over the core's hash and the keyslots
}

// bytes is the core's canonical form.
func (c *core) bytes() ([]byte, error) { return jcs.Marshal(c) }

// digest is SHA-256 of the core's canonical form.
func (c *core) digest() ([]byte, error) {
	b, err := c.bytes()
	if err != nil {
		return nil, err
	}
	return hash(b), nil
}

// previousSize is how long the hash of the previous core must be: the first has none.
func (c *core) previousSize() int {
	if c.Number == 1 {
		return 0
	}
	return sha256.Size
}

// owner is the owner key.
func (c *core) owner() ed25519.PublicKey { return ed25519.PublicKey(c.Owner) }

// vaultHex is the vault id as people and file names see it.
func (c *core) vaultHex() string { return hex.EncodeToString(c.Vault) }

// slot finds a keyslot by id in hex.
func (c *core) slot(id string) *keyslot {
	for i := range c.Keyslots {
		if c.Keyslots[i].hexID() == id {
			return &c.Keyslots[i]
		}
	}
	return nil
}

// next is a copy of the core that follows it: the number counted up, the hash of this one in it.
func (c *core) next() (*core, error) {
	b, err := c.bytes()
	if err != nil {
		return nil, err
	}
	var n core
	if err := jcs.Unmarshal(b, &n, maxEnvelope); err != nil {
		return nil, err
	}
	n.Number, n.Previous = c.Number+1, hash(b)
	return &n, nil
}

// parseEnvelope reads an envelope strictly and checks its signature. It trusts nothing else: whose owner key it is, is the caller's question.
func parseEnvelope(data []byte) (*envelope, error) {
	var peek struct {
		Core struct {
			Format string `json:"format"`
		} `json:"core"`
	}
	if len(data) > maxEnvelope {
		return nil, damaged("envelope", "larger than %d bytes", maxEnvelope)
	}
	if err := json.Unmarshal(data, &peek); err != nil {
		return nil, damaged("envelope", "no JSON object: %w", err)
	}
	if peek.Core.Format != Format {
		return nil, formatError("envelope", peek.Core.Format)
	}
	if err := jcs.RequireCanonical(data, maxEnvelope); err != nil {
		return nil, &DamagedError{What: "envelope", Why: err}
	}
	var e envelope
	if err := jcs.Unmarshal(data, &e, maxEnvelope); err != nil {
		return nil, &DamagedError{What: "envelope", Why: err}
	}
	if again, err := jcs.Marshal(&e); err != nil || !bytes.Equal(again, data) {
		return nil, damaged("envelope", "it does not read back as it was written: %w", err)
	}
	if err := e.Core.check(); err != nil {
		return nil, &DamagedError{What: "envelope", Why: err}
	}
	if err := e.verify(); err != nil {
		return nil, err
	}
	return &e, nil
}

// formatError tells a newer format from garbage.
func formatError(what, format string) error {
	const family = "holdfast-"
	if len(format) > len(family) && len(format) < 64 && format[:len(family)] == family {
		return fmt.Errorf("%s format %q: %w", what, format, ErrNewerFormat)
	}
	return damaged(what, "no Holdfast format named in it")
}

// verify checks the owner key's signature over the core.
func (e *envelope) verify() error {
	b, err := e.Core.bytes()
	if err != nil {
		return err
	}
	if len(e.Signature) != ed25519.SignatureSize || !ed25519.Verify(ed25519.PublicKey(e.Core.Owner), labelled(labelCore, b), e.Signature) {
		return damaged("core signature", "the owner key did not sign this core")
	}
	return nil
}

// check holds the core to its lengths, ranges and rules, before any of it is used.
func (c *core) check() error {
	switch {
	case c.Number == 0:
		return errors.New("core number 0")
	case len(c.Vault) != 16:
		return fmt.Errorf("vault id of %d bytes", len(c.Vault))
	case len(c.Owner) != ed25519.PublicKeySize:
		return fmt.Errorf("owner key of %d bytes", len(c.Owner))
	case len(c.Previous) != c.previousSize():
		return fmt.Errorf("previous hash of %d bytes in core %d", len(c.Previous), c.Number)
	case !c.Generation.complete():
		return errors.New("generation without number or random part")
	case c.Master.Number == 0 || len(c.Master.Earlier) > 64:
		return errors.New("master number out of range")
	case !c.Branches.inRange():
		return errors.New("use branches out of range")
	case len(c.Backup.Public) != hybridPublicSize:
		return fmt.Errorf("backup key of %d bytes", len(c.Backup.Public))
	case len(c.Keyslots) == 0 || len(c.Keyslots) > 256:
		return fmt.Errorf("%d keyslots", len(c.Keyslots))
	}
	return c.checkKeyslots()
}

func (c *core) checkKeyslots() error {
	seen := map[string]bool{}
	for i := range c.Keyslots {
		k := &c.Keyslots[i]
		if err := k.check(); err != nil {
			return fmt.Errorf("keyslot %d: %w", i+1, err)
		}
		if seen[k.hexID()] {
			return fmt.Errorf("keyslot %d: id used twice", i+1)
		}
		seen[k.hexID()] = true
	}
	return nil
}

// signEnvelope makes the envelope of a core: the owner key's signature over it, and the local part authenticated for it under the
// vault key of its generation. It returns the core's hash as well.
func signEnvelope(c *core, m *master, vaultKey *secret.Bytes, slots []json.RawMessage) (*envelope, []byte, error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	body, err := c.bytes()
	if err != nil {
		return nil, nil, err
	}
	sig, err := m.sign(labelCore, body)
	if err != nil {
		return nil, nil, err
	}
	if slots == nil {
		slots = []json.RawMessage{}
	}
	mac, err := localMAC(vaultKey, hash(body), slots)
	if err != nil {
		return nil, nil, err
	}
	return &envelope{Core: *c, Signature: sig, Local: local{Keyslots: slots, MAC: mac}}, hash(body), nil
}

// localMAC authenticates the local part for one core under one vault key.
func localMAC(vaultKey *secret.Bytes, coreDigest []byte, slots []json.RawMessage) ([]byte, error) {
	k, err := expand(vaultKey, nil, labelLocal)
	if err != nil {
		return nil, err
	}
	defer k.Destroy()
	body, err := jcs.Marshal(map[string]any{"core": blob(coreDigest), "keyslots": slots})
	if err != nil {
		return nil, err
	}
	var mac []byte
	err = k.Expose(func(p []byte) error {
		h := hmac.New(sha256.New, p)
		h.Write(body)
		mac = h.Sum(nil)
		return nil
	})
	return mac, err
}

// readEnvelope loads and checks the envelope of a vault folder.
func readEnvelope(place Place) (*envelope, error) {
	data, err := durable.ReadFile(place.envelopePath(), maxEnvelope)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, noEnvelope(place)
	case errors.Is(err, durable.ErrNotPlain):
		return nil, damaged("envelope", "%w", durable.ErrNotPlain)
	case err != nil:
		return nil, err
	}
	return parseEnvelope(data)
}

// noEnvelope tells a folder without a vault from a vault that has lost its envelope.
func noEnvelope(place Place) error {
	entries, err := os.ReadDir(place.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	found := ""
	for _, e := range entries {
		switch {
		case e.Name() == beginningFile:
			return fmt.Errorf("%s: %w", place.Dir, ErrNoVault)
		case isDatabase(e.Name()):
			found = e.Name()
		}
	}
	if found != "" {
		return missingEnvelope(found)
	}
	return fmt.Errorf("%s: %w", place.Dir, ErrNoVault)
}

// isDatabase reports whether a name is that of a generation's database.
func isDatabase(name string) bool {
	return strings.HasPrefix(name, "vault-") && strings.HasSuffix(name, ".db")
}

func missingEnvelope(database string) error {
	return damaged("vault", "envelope.json is missing, and the database %s is here", database)
}

// write stores the envelope durably: the rename is the one commit point of every ceremony.
func (e *envelope) write(fsys durable.FS, place Place) error {
	data, err := jcs.Marshal(e)
	if err != nil {
		return err
	}
	if len(data) > maxEnvelope {
		return fmt.Errorf("the envelope would be larger than %d bytes", maxEnvelope)
	}
	return durable.WriteFile(fsys, place.envelopePath(), data, 0o600)
}
