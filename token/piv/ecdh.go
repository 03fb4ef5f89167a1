package piv

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// sharedLength is the length of a shared secret of both curves.
const sharedLength = 32

// ECDH implements keystore.PIVOpener. The slot's key is compared with r.Public before the PIN is asked and again before it is
// presented. One PIN is asked and presented once, also when it is wrong.
func (k *Key) ECDH(ctx context.Context, r keystore.ECDHRequest, g keystore.Gate) (*secret.Bytes, error) {
	peer, err := checkRequest(r)
	if err != nil {
		return nil, err
	}
	tries, err := k.checkSlot(ctx, r)
	if err != nil {
		return nil, err
	}
	pin, err := k.askPIN(ctx, g, keystore.PINPIV, tries)
	if err != nil {
		return nil, err
	}
	defer pin.Destroy()

	var shared *secret.Bytes
	err = k.withYubiKey(ctx, func(yk *piv.YubiKey) (err error) {
		shared, err = k.agree(ctx, yk, r, peer, pin, g)
		return err
	})
	if err != nil && shared != nil {
		shared.Destroy()
		shared = nil
	}
	return shared, err
}

// checkRequest refuses what cannot be a request of ours, and gives the peer's key.
func checkRequest(r keystore.ECDHRequest) (*ecdh.PublicKey, error) {
	if r.Slot < firstRetired || r.Slot > lastRetired {
		return nil, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("slot %02x is no retired slot", r.Slot))
	}
	_, curve, err := algorithmOf(r.Curve)
	if err != nil {
		return nil, err
	}
	if _, err := curve.NewPublicKey(r.Public); err != nil {
		return nil, token.NewError(token.BadRequest, token.PIV, "the slot's public key: "+err.Error())
	}
	peer, err := curve.NewPublicKey(r.Peer)
	if err != nil {
		return nil, token.NewError(token.BadRequest, token.PIV, "the peer's public key: "+err.Error())
	}
	return peer, nil
}

// checkSlot compares the key in the slot with the request and returns the tries left for the PIN.
func (k *Key) checkSlot(ctx context.Context, r keystore.ECDHRequest) (tries int, err error) {
	err = withCard(ctx, k.Token.Reader, func(c card) error {
		if err := c.requireMetadata(); err != nil {
			return err
		}
		m, err := c.metadata(r.Slot)
		if err != nil {
			return err
		}
		if !bytes.Equal(m.public, r.Public) {
			return otherKey(r.Slot)
		}
		pin, err := c.metadata(refPIN)
		tries = pin.tries
		if err == nil && tries == 0 {
			return blocked()
		}
		return err
	})
	return tries, err
}

func (c card) requireMetadata() error {
	version, err := c.version()
	if err == nil && !version.AtLeast(metadataSince()) {
		return token.NewError(token.OldFirmware, token.PIV, fmt.Sprintf("firmware %v, need %v", version, metadataSince()))
	}
	return err
}

func otherKey(slot byte) error {
	return token.NewError(token.OtherKey, token.PIV, fmt.Sprintf("slot %02x holds another key than the one enrolled", slot))
}

func blocked() error {
	e := token.NewError(token.PINBlocked, token.PIV, "no tries left")
	e.TriesLeft = 0
	return e
}

// askPIN asks the person and checks the length of what was typed.
func (k *Key) askPIN(ctx context.Context, g keystore.Gate, which keystore.PINKind, tries int) (*secret.Bytes, error) {
	typed, err := g.Prompts.PIN(ctx, keystore.PINRequest{Token: k.Token.Name, Which: which, TriesLeft: tries, Min: minPIN, Max: maxPIN})
	if err != nil {
		return nil, token.NewError(token.Cancelled, token.PIV, "no PIN was given").Because(err)
	}
	if err := errors.Join(ctx.Err(), checkLength("a smart-card PIN or PUK", typed)); err != nil {
		typed.Destroy()
		return nil, err
	}
	return typed, nil
}

// agree verifies the PIN once and agrees on the secret, which waits for the touch.
func (k *Key) agree(ctx context.Context, yk *piv.YubiKey, r keystore.ECDHRequest, peer *ecdh.PublicKey, pin *secret.Bytes, g keystore.Gate) (*secret.Bytes, error) {
	slot, public, err := recheck(yk, r)
	if err != nil {
		return nil, err
	}
	if err := verify(yk, pin); err != nil {
		return nil, err
	}
	// The PIN has just been verified: piv-go must not present it again.
	private, err := yk.PrivateKey(slot, public, piv.KeyAuth{PINPolicy: piv.PINPolicyNever})
	if err != nil {
		return nil, fromPIV("using the slot", err)
	}
	exchanger, ok := private.(interface {
		ECDH(peer *ecdh.PublicKey) ([]byte, error)
	})
	if !ok {
		return nil, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("a key of type %T agrees on nothing", private))
	}
	done := k.askTouch(ctx, g)
	shared, err := exchanger.ECDH(peer)
	done()
	if err != nil {
		// The PIN was accepted a moment ago, so this status is about the touch.
		return nil, as(fromPIV("key agreement", err), token.PINRequired, token.TouchTimeout)
	}
	if len(shared) != sharedLength {
		clear(shared)
		return nil, malformed("shared secret", shared)
	}
	return secret.Move(shared)
}

// recheck reads the slot again through the connection that the PIN goes through: another token may have been put in the reader
// while the person typed.
func recheck(yk *piv.YubiKey, r keystore.ECDHRequest) (piv.Slot, crypto.PublicKey, error) {
	slot, ok := piv.RetiredKeyManagementSlot(uint32(r.Slot))
	if !ok {
		return slot, nil, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("slot %02x", r.Slot))
	}
	info, err := yk.KeyInfo(slot)
	if err != nil {
		return slot, nil, fromPIV("reading the slot", err)
	}
	public, err := publicBytes(info.PublicKey)
	if err != nil || !bytes.Equal(public, r.Public) {
		return slot, nil, otherKey(r.Slot)
	}
	return slot, info.PublicKey, nil
}

// publicBytes gives a public key as keystore.PIVKey.Public holds it.
func publicBytes(public crypto.PublicKey) ([]byte, error) {
	switch p := public.(type) {
	case *ecdh.PublicKey:
		return p.Bytes(), nil
	case *ecdsa.PublicKey:
		if p.Curve != elliptic.P256() {
			return nil, token.NewError(token.Malformed, token.PIV, "a key on another curve")
		}
		key, err := p.ECDH()
		if err != nil {
			return nil, token.NewError(token.Malformed, token.PIV, err.Error())
		}
		return key.Bytes(), nil
	default:
		return nil, token.NewError(token.Malformed, token.PIV, fmt.Sprintf("a key of type %T", public))
	}
}

func verify(yk *piv.YubiKey, pin *secret.Bytes) error {
	return withText(pin, func(text string) error { return fromPIV("verifying the PIN", yk.VerifyPIN(text)) })
}

func (k *Key) askTouch(ctx context.Context, g keystore.Gate) (done func()) {
	r := g.Touch
	if r.Token == "" {
		r.Token = k.Token.Name
	}
	return g.Prompts.Touch(ctx, r)
}
