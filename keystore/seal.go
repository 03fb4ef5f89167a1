package keystore

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"fmt"

	"holdfast/internal/jcs"
	"holdfast/internal/secret"
)

// The suites, one per kind (RFC 9180): PIV DHKEM(P-256 or X25519), FIDO2 and backup MLKEM768-X25519; HKDF-SHA-256 and
// AES-256-GCM throughout.
func hybridKEM() hpke.KEM { return hpke.MLKEM768X25519() }
func kdf() hpke.KDF       { return hpke.HKDFSHA256() }
func aead() hpke.AEAD     { return hpke.AES256GCM() }

// binding is what a sealed copy is good for and nothing else: its associated data is the canonical JSON of this.
type binding struct {
	Format  string `json:"format"`
	Vault   blob   `json:"vault"`
	Owner   blob   `json:"owner"`
	Keyslot blob   `json:"keyslot"` // empty for the backup key
	Tier    Tier   `json:"tier"`
	Of      uint64 `json:"of"`     // generation or master number
	Random  blob   `json:"random"` // of the generation; empty for the master tier
	Facts   blob   `json:"facts"`  // hash of the keyslot's facts
}

// binding says what the copy of tier in k is bound to in this core.
func (c *core) binding(k *keyslot, t Tier) (binding, error) {
	facts, err := k.factsHash()
	if err != nil {
		return binding{}, err
	}
	b := binding{Format: Format, Vault: c.Vault, Owner: c.Owner, Keyslot: k.ID, Tier: t, Of: c.Master.Number, Facts: facts}
	if t == TierVault {
		b.Of, b.Random = c.Generation.Number, c.Generation.Random
	}
	return b, nil
}

// pivPublic is the public key of a PIV tier for HPKE; it refuses points off the curve.
func pivPublic(p *pivTier) (hpke.PublicKey, error) {
	pub, err := ecdhPublic(p.Curve, p.Public)
	if err != nil {
		return nil, err
	}
	return hpke.NewDHKEMPublicKey(pub)
}

func ecdhPublic(c Curve, b []byte) (*ecdh.PublicKey, error) {
	switch c {
	case CurveP256:
		return ecdh.P256().NewPublicKey(b)
	case CurveX25519:
		return ecdh.X25519().NewPublicKey(b)
	}
	return nil, fmt.Errorf("unknown curve %q", c)
}

// tierPublic is the public key everything for this tier is sealed to.
func (k *keyslot) tierPublic(t Tier) (hpke.PublicKey, error) {
	if p := k.PIV[t]; p != nil {
		return pivPublic(p)
	}
	if f := k.FIDO2[t]; f != nil {
		return hybridKEM().NewPublicKey(f.Public)
	}
	return nil, fmt.Errorf("keyslot %s has no %s tier", k.hexID(), t)
}

// seal makes the tier's copy of a secret, to the public key alone: no token is needed. It serves enrolment, re-keying,
// re-rooting and restore alike. The core must already carry the generation or master number the copy is for.
func (c *core) seal(k *keyslot, t Tier, plain *secret.Bytes) error {
	pub, err := k.tierPublic(t)
	if err != nil {
		return err
	}
	b, err := c.binding(k, t)
	if err != nil {
		return err
	}
	s, err := sealTo(pub, sealLabel(t), b, plain)
	if err != nil {
		return fmt.Errorf("seal to keyslot %s: %w", k.hexID(), err)
	}
	*k.copyOf(t) = s
	return nil
}

// sealAll makes every known keyslot's copy for one tier.
func (c *core) sealAll(t Tier, plain *secret.Bytes) error {
	for i := range c.Keyslots {
		if k := &c.Keyslots[i]; k.known() && k.has(t) {
			if err := c.seal(k, t, plain); err != nil {
				return err
			}
		}
	}
	return nil
}

func sealTo(pub hpke.PublicKey, l Label, b binding, plain *secret.Bytes) (sealed, error) {
	ad, err := jcs.Marshal(b)
	if err != nil {
		return sealed{}, err
	}
	enc, s, err := hpke.NewSender(pub, kdf(), aead(), []byte(l))
	if err != nil {
		return sealed{}, err
	}
	out := sealed{Of: b.Of}
	err = plain.Expose(func(p []byte) error {
		ct, err := s.Seal(ad, p)
		out.Sealed = append(enc, ct...)
		return err
	})
	return out, err
}

// openWith opens a copy with a private key, checking what it is bound to.
func openWith(priv hpke.PrivateKey, encSize int, l Label, b binding, s sealed) (*secret.Bytes, error) {
	if s.Of != b.Of || len(s.Sealed) <= encSize {
		return nil, errNoCopy
	}
	ad, err := jcs.Marshal(b)
	if err != nil {
		return nil, err
	}
	r, err := hpke.NewRecipient(s.Sealed[:encSize], priv, kdf(), aead(), []byte(l))
	if err != nil {
		return nil, err
	}
	plain, err := r.Open(ad, s.Sealed[encSize:])
	if err != nil {
		return nil, damaged("envelope", "a sealed copy does not open: %w", err)
	}
	return secret.Move(plain)
}

// errNoCopy: the keyslot has no copy for the present generation or master number, and so is not a way in.
var errNoCopy = errors.New("the keyslot holds no copy for the present generation or master number")

// hybridEncSize is the length of an MLKEM768-X25519 encapsulated key.
const hybridEncSize = 1088 + 32

// open opens one tier of a keyslot with the token that is present: one PIN, one touch.
func (c *core) open(ctx context.Context, k *keyslot, t Tier, token Present, g Gate) (*secret.Bytes, error) {
	b, err := c.binding(k, t)
	if err != nil {
		return nil, err
	}
	if cp := k.copyOf(t); cp == nil || cp.Of != b.Of || len(cp.Sealed) == 0 {
		if t == TierMaster && !k.has(TierMaster) {
			return nil, ErrNoMasterTier
		}
		return nil, errNoCopy // found out before a PIN is asked
	}
	switch {
	case k.Kind == KindPIV && token.PIV != nil:
		return openPIV(ctx, k.PIV[t], t, b, token.PIV, g)
	case k.Kind == KindFIDO2 && token.FIDO2 != nil:
		return c.openFIDO2(ctx, k, t, b, token.FIDO2, g)
	}
	return nil, ErrNoKeyslotForToken
}

// exchanger lends a PIV slot to crypto/hpke as an ordinary ECDH key. The touch of one opening is one call of ECDH.
type exchanger struct {
	ctx  context.Context //nolint:containedctx // the standard library's interface has no context
	tier *pivTier
	pub  *ecdh.PublicKey
	t    Tier
	dev  PIVOpener
	g    Gate
	out  []byte
	err  error
}

func (x *exchanger) PublicKey() *ecdh.PublicKey { return x.pub }
func (x *exchanger) Curve() ecdh.Curve          { return x.pub.Curve() }

// ECDH implements ecdh.KeyExchanger.
func (x *exchanger) ECDH(peer *ecdh.PublicKey) ([]byte, error) {
	s, err := x.dev.ECDH(x.ctx, ECDHRequest{Slot: x.tier.Slot, Curve: x.tier.Curve, Public: x.tier.Public, Peer: peer.Bytes(), Master: x.t == TierMaster}, x.g)
	if err != nil {
		x.err = err
		return nil, err
	}
	defer s.Destroy()
	err = s.Expose(func(p []byte) error {
		x.out = append([]byte(nil), p...)
		return nil
	})
	return x.out, err
}

func openPIV(ctx context.Context, p *pivTier, t Tier, b binding, dev PIVOpener, g Gate) (*secret.Bytes, error) {
	pub, err := ecdhPublic(p.Curve, p.Public)
	if err != nil {
		return nil, err
	}
	x := &exchanger{ctx: ctx, tier: p, pub: pub, t: t, dev: dev, g: g}
	defer func() { clear(x.out) }()
	priv, err := hpke.NewDHKEMPrivateKey(x)
	if err != nil {
		return nil, err
	}
	encSize := 65
	if p.Curve == CurveX25519 {
		encSize = 32
	}
	plain, err := openWith(priv, encSize, sealLabel(t), b, p.Copy)
	if x.err != nil { // what the token said, not what HPKE made of it
		return nil, x.err
	}
	return plain, err
}

// openFIDO2 opens the seed, opens the copy and wipes the seed, in one function.
func (c *core) openFIDO2(ctx context.Context, k *keyslot, t Tier, b binding, dev FIDO2Opener, g Gate) (*secret.Bytes, error) {
	f := k.FIDO2[t]
	hm, err := dev.HMACSecret(ctx, HMACRequest{Credential: k.Cred, Salt: f.Salt}, g)
	if err != nil {
		return nil, err
	}
	defer hm.Destroy()
	seed, err := c.openSeed(k, t, hm)
	if err != nil {
		return nil, err
	}
	defer seed.Destroy()
	var plain *secret.Bytes
	err = seed.Expose(func(p []byte) error {
		priv, err := hybridKEM().NewPrivateKey(p)
		if err != nil {
			return err
		}
		plain, err = openWith(priv, hybridEncSize, sealLabel(t), b, f.Copy)
		return err
	})
	return plain, err
}

// seedAD binds a sealed seed to the keyslot's facts and to the owner key in force at enrolment: a token whose seed opens vouches for the owner key.
func (c *core) seedAD(k *keyslot, t Tier) ([]byte, error) {
	facts, err := k.factsHash()
	if err != nil {
		return nil, err
	}
	return jcs.Marshal(binding{Format: Format, Vault: c.Vault, Owner: k.Owner, Keyslot: k.ID, Tier: t, Facts: facts})
}

// sealSeed seals a tier's seed under its hmac-secret, once, at enrolment.
func (c *core) sealSeed(k *keyslot, t Tier, hm, seed *secret.Bytes) error {
	ad, err := c.seedAD(k, t)
	if err != nil {
		return err
	}
	key, err := expand(hm, k.FIDO2[t].Salt, seedLabel(t))
	if err != nil {
		return err
	}
	defer key.Destroy()
	k.FIDO2[t].Seed, err = sealGCM(key, seed, ad)
	return err
}

func (c *core) openSeed(k *keyslot, t Tier, hm *secret.Bytes) (*secret.Bytes, error) {
	ad, err := c.seedAD(k, t)
	if err != nil {
		return nil, err
	}
	key, err := expand(hm, k.FIDO2[t].Salt, seedLabel(t))
	if err != nil {
		return nil, err
	}
	defer key.Destroy()
	seed, err := openGCM(key, k.FIDO2[t].Seed, ad)
	if err != nil {
		return nil, damaged("envelope", "the token's answer does not open the keyslot's seed: %w", err)
	}
	return seed, nil
}

// sealGCM encrypts a secret with AES-256-GCM under a key of 32 bytes and a random nonce: nonce, ciphertext, tag.
func sealGCM(key, plain *secret.Bytes, ad []byte) ([]byte, error) {
	var out []byte
	err := key.Expose(func(k []byte) error {
		g, err := newGCM(k)
		if err != nil {
			return err
		}
		nonce := make([]byte, g.NonceSize())
		if _, err := rand.Read(nonce); err != nil {
			return err
		}
		return plain.Expose(func(p []byte) error {
			out = g.Seal(nonce, nonce, p, ad)
			return nil
		})
	})
	return out, err
}

// openGCM reverses sealGCM.
func openGCM(key *secret.Bytes, box, ad []byte) (*secret.Bytes, error) {
	var out *secret.Bytes
	err := key.Expose(func(k []byte) error {
		g, err := newGCM(k)
		if err != nil {
			return err
		}
		if len(box) < g.NonceSize()+g.Overhead() {
			return errors.New("too short")
		}
		p, err := g.Open(nil, box[:g.NonceSize()], box[g.NonceSize():], ad)
		if err != nil {
			return err
		}
		out, err = secret.Move(p)
		return err
	})
	return out, err
}

func newGCM(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}
