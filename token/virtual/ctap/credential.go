package ctap

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"io"
	"slices"
)

// A credential id is a sealed key handle of 64 bytes: version, nonce (12), and
// under AES-256-GCM the algorithm, flags, credProtect level and private key
// (32), with its tag (16). The hash of the RP ID is associated data, so that an
// id opens for its own relying party alone.
const (
	handleVersion = 1
	nonceSize     = 12
	handleSize    = 1 + nonceSize + 3 + 32 + 16
)

// The flags of a key handle.
const (
	flagResident   = 0x01
	flagHMACSecret = 0x02
)

// The levels of credProtect (section 12.1).
const (
	protectOptional     = 1 // userVerificationOptional
	protectOptionalList = 2 // userVerificationOptionalWithCredentialIDList
	protectRequired     = 3 // userVerificationRequired
)

// credential is one key pair for one relying party.
type credential struct {
	id         []byte
	algorithm  int
	key        signingKey
	protect    byte
	resident   bool
	hmacSecret bool
	user       *user // nil unless resident
}

// sealer is the cipher of key handles.
func (s *state) sealer() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, s.Master, nil, "key handle", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal gives a new credential its id.
func (a *Authenticator) seal(c *credential, rpIDHash []byte) error {
	aead, err := a.state.sealer()
	if err != nil {
		return err
	}
	raw, err := c.key.raw()
	if err != nil {
		return err
	}
	var flags byte
	if c.resident {
		flags |= flagResident
	}
	if c.hmacSecret {
		flags |= flagHMACSecret
	}
	id := make([]byte, 1+nonceSize, handleSize)
	id[0] = handleVersion
	if _, err := io.ReadFull(a.body.Random(), id[1:]); err != nil {
		return err
	}
	plain := append([]byte{byte(-c.algorithm), flags, c.protect}, raw...) // #nosec G115 -- -7 and -8
	c.id = aead.Seal(id, id[1:], plain, rpIDHash)
	clear(plain)
	return nil
}

// unseal opens a credential id for a relying party. It gives false for ids that
// are not this key's, or no longer: a resident credential ends with its entry.
func (a *Authenticator) unseal(id, rpIDHash []byte) (*credential, bool) {
	if len(id) != handleSize || id[0] != handleVersion {
		return nil, false
	}
	aead, err := a.state.sealer()
	if err != nil {
		return nil, false
	}
	plain, err := aead.Open(nil, id[1:1+nonceSize], id[1+nonceSize:], rpIDHash)
	if err != nil {
		return nil, false
	}
	defer clear(plain)
	c := &credential{id: bytes.Clone(id), algorithm: -int(plain[0]), protect: plain[2]}
	c.resident, c.hmacSecret = plain[1]&flagResident != 0, plain[1]&flagHMACSecret != 0
	if c.key, err = parseSigningKey(c.algorithm, plain[3:]); err != nil {
		return nil, false
	}
	if !c.resident {
		return c, true
	}
	i := slices.IndexFunc(a.state.Resident, func(r resident) bool { return bytes.Equal(r.ID, id) })
	if i < 0 {
		return nil, false
	}
	c.user = &a.state.Resident[i].User
	return c, true
}

// visible tells whether a credential may be used, or told of, in a request
// (section 12.1): listed when its id was sent along, verified under the PIN.
func (c *credential) visible(listed, verified bool) bool {
	switch c.protect {
	case protectRequired:
		return verified
	case protectOptionalList:
		return verified || listed
	default:
		return true
	}
}

// random gives the credential's CredRandom (section 12.5): another one with
// user verification than without.
func (a *Authenticator) credRandom(c *credential, verified bool) []byte {
	label := "CredRandomWithoutUV"
	if verified {
		label = "CredRandomWithUV"
	}
	mac := hmac.New(sha256.New, a.state.Master)
	mac.Write([]byte(label))
	mac.Write(c.id)
	return mac.Sum(nil)
}

// locate finds the credentials that a request may use: those of the list, or
// without a list the resident ones of the relying party, newest first.
func (a *Authenticator) locate(rpID string, list []descriptor, verified bool) []*credential {
	hash := sha256.Sum256([]byte(rpID))
	var ids [][]byte
	for _, d := range list {
		if d.Type == publicKey {
			ids = append(ids, d.ID)
		}
	}
	if len(list) == 0 {
		for _, r := range slices.Backward(a.state.Resident) {
			if r.RPID == rpID {
				ids = append(ids, r.ID)
			}
		}
	}
	var found []*credential
	for _, id := range ids {
		if c, ok := a.unseal(id, hash[:]); ok && c.visible(len(list) > 0, verified) {
			found = append(found, c)
		}
	}
	return found
}
