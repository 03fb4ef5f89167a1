package keystore

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"testing"

	"holdfast/internal/secret"
)

// paperToken stands for a physical token in tests of this package, which is built without cgo and without devices: the keyslot
// contracts over software keys. Everything above the contracts is the real thing; the contracts themselves are tested against
// real pcscd and libfido2 in token/piv, token/fido2 and the journey.
type paperToken struct {
	t      testing.TB
	serial string
	absent bool
	pulled bool   // it is unplugged as soon as its keys are made
	first  bool   // it has its factory PIN, which enrolling replaces
	seed   string // when not empty, keys follow from it: another process has the same token
	slots  map[byte]*ecdh.PrivateKey
	certs  map[byte][]byte
	creds  map[string][]byte // credential id -> HMAC key
	uses   []use
}

// use is one thing the token did, as an emulated token's own log would say.
type use struct {
	what   string // "ecdh 82", "hmac"
	master bool
	salt   string
}

var errAbsent = errors.New("the token is not here")

func newPaper(t testing.TB, serial string) *paperToken {
	return &paperToken{t: t, serial: serial, slots: map[byte]*ecdh.PrivateKey{}, certs: map[byte][]byte{}, creds: map[string][]byte{}}
}

func (p *paperToken) piv() Present {
	return Present{Kind: KindPIV, Name: "paper " + p.serial, Physical: "paper:" + p.serial, Serial: p.serial, PIV: p}
}

func (p *paperToken) fido2() Present {
	return Present{Kind: KindFIDO2, Name: "paper " + p.serial, Physical: "paper:" + p.serial, Serial: p.serial, FIDO2: p}
}

func (p *paperToken) ask(ctx context.Context, g Gate) error {
	if p.absent {
		return errAbsent
	}
	pin, err := g.Prompts.PIN(ctx, PINRequest{Token: p.serial, Which: PINPIV, TriesLeft: 3, Min: 4, Max: 8})
	if err != nil {
		return err
	}
	pin.Destroy()
	g.Prompts.Touch(ctx, g.Touch)()
	return ctx.Err()
}

// ECDH implements PIVOpener.
func (p *paperToken) ECDH(ctx context.Context, r ECDHRequest, g Gate) (*secret.Bytes, error) {
	k := p.slots[r.Slot]
	if k == nil || string(k.PublicKey().Bytes()) != string(r.Public) {
		return nil, fmt.Errorf("slot %02x: %w", r.Slot, ErrNoKeyslotForToken)
	}
	if err := p.ask(ctx, g); err != nil {
		return nil, err
	}
	p.uses = append(p.uses, use{what: fmt.Sprintf("ecdh %02x", r.Slot), master: r.Master})
	peer, err := k.Curve().NewPublicKey(r.Peer)
	if err != nil {
		return nil, err
	}
	s, err := k.ECDH(peer)
	if err != nil {
		return nil, err
	}
	return secret.Move(s)
}

// EnrolPIV implements PIVEnroller.
func (p *paperToken) EnrolPIV(ctx context.Context, r PIVEnrolRequest, g Gate) (PIVKeys, error) {
	if p.absent {
		return nil, errAbsent
	}
	if p.first {
		pin, err := g.Prompts.PIN(ctx, PINRequest{Token: p.serial, Which: PINNewPIV, TriesLeft: -1, Min: 6, Max: 8})
		if err != nil {
			return nil, err
		}
		pin.Destroy()
		p.first = false
	}
	keys, slot := PIVKeys{}, byte(0x82)
	curve, name := ecdh.P256(), CurveP256
	if len(p.serial)%2 == 0 {
		curve, name = ecdh.X25519(), CurveX25519
	}
	for _, t := range r.Tiers {
		for p.slots[slot] != nil && !slices.ContainsFunc(r.Reclaim, func(left []byte) bool { return bytes.Equal(left, p.slots[slot].PublicKey().Bytes()) }) {
			slot++
		}
		k, err := p.key(curve, slot)
		if err != nil {
			return nil, err
		}
		p.slots[slot] = k
		delete(p.certs, slot)
		keys[t] = PIVKey{Slot: slot, Curve: name, Public: k.PublicKey().Bytes()}
		if r.Made != nil {
			if err := r.Made(keys); err != nil {
				return nil, err
			}
		}
		slot++
	}
	if p.pulled {
		return nil, errAbsent
	}
	certs, err := r.Certificates(keys)
	if err != nil {
		return nil, err
	}
	for t, k := range keys {
		if _, err := x509.ParseCertificate(certs[t]); err != nil {
			return nil, err
		}
		p.certs[k.Slot] = certs[t]
	}
	return keys, ctx.Err()
}

// key makes the key of a slot.
func (p *paperToken) key(curve ecdh.Curve, slot byte) (*ecdh.PrivateKey, error) {
	if p.seed == "" {
		return curve.GenerateKey(rand.Reader)
	}
	return curve.NewPrivateKey(p.fromSeed([]byte{slot}))
}

func (p *paperToken) fromSeed(of []byte) []byte {
	k := sha256.Sum256(append([]byte(p.seed), of...))
	return k[:]
}

// OwnerCertificate implements PIVEnroller.
func (p *paperToken) OwnerCertificate(_ context.Context, slot byte) ([]byte, error) {
	if p.absent {
		return nil, errAbsent
	}
	return p.certs[slot], nil
}

// HMACSecret implements FIDO2Opener.
func (p *paperToken) HMACSecret(ctx context.Context, r HMACRequest, g Gate) (*secret.Bytes, error) {
	key := p.creds[string(r.Credential)]
	if key == nil {
		return nil, ErrNoKeyslotForToken
	}
	if len(r.Salt) != saltSize {
		return nil, fmt.Errorf("salt of %d bytes", len(r.Salt))
	}
	if err := p.ask(ctx, g); err != nil {
		return nil, err
	}
	p.uses = append(p.uses, use{what: "hmac", salt: string(r.Salt)})
	h := hmac.New(sha256.New, key)
	h.Write(r.Salt)
	return secret.Move(h.Sum(nil))
}

// EnrolFIDO2 implements FIDO2Enroller.
func (p *paperToken) EnrolFIDO2(ctx context.Context, _ FIDO2EnrolRequest, g Gate) (FIDO2Credential, error) {
	if err := p.ask(ctx, g); err != nil {
		return FIDO2Credential{}, err
	}
	id, key := make([]byte, 48), make([]byte, 32)
	if _, err := rand.Read(id); err != nil {
		return FIDO2Credential{}, err
	}
	if _, err := rand.Read(key); err != nil {
		return FIDO2Credential{}, err
	}
	if p.seed != "" {
		key = p.fromSeed(id)
	}
	p.creds[string(id)] = key
	return FIDO2Credential{ID: id, Public: make([]byte, 64), AAGUID: make([]byte, 16)}, nil
}

// person answers every prompt, and counts.
type person struct {
	pins, touches int
	asked         []TouchRequest
}

func (q *person) prompts() Prompts {
	return Prompts{
		PIN: func(ctx context.Context, _ PINRequest) (*secret.Bytes, error) {
			q.pins++
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return secret.Move([]byte("123456"))
		},
		Touch: func(_ context.Context, r TouchRequest) func() {
			q.touches++
			q.asked = append(q.asked, r)
			return func() {}
		},
	}
}
