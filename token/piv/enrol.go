package piv

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// EnrolPIV implements keystore.PIVEnroller. It takes no touch. What was typed for a factory PIN is the token's PIN from the moment it was
// accepted, also when a later step fails: then the error is a *keystore.PINReplacedError. A new PIN that the token does not take is asked for once
// more. Slots that a failed enrolment took are given back, by this one if the token is there, else by the next.
func (k *Key) EnrolPIV(ctx context.Context, r keystore.PIVEnrolRequest, g keystore.Gate) (keystore.PIVKeys, error) {
	if err := checkEnrolment(r); err != nil {
		return nil, err
	}
	facts, err := k.suits(ctx, r)
	if err != nil {
		return nil, err
	}
	typed := &newPINs{}
	defer typed.destroy()
	if err := k.askForEnrolment(ctx, facts, g, typed); err != nil {
		return nil, err
	}
	done := &replaced{}
	keys, err := k.enrolOnce(ctx, facts, typed, r, done)
	if again, why := k.askRefused(ctx, g, typed, err); again {
		if facts, err = k.suits(ctx, r); err == nil { // the token may have taken the PIN and refused the PUK
			keys, err = k.enrolOnce(ctx, facts, typed, r, done)
		}
	} else {
		err = why
	}
	return keys, keystore.WithPINReplaced(err, keystore.KindPIV, done.pin, done.puk)
}

// enrolOnce tries once, and after a failure gives back what it took of the token.
func (k *Key) enrolOnce(ctx context.Context, f token.Facts, typed *newPINs, r keystore.PIVEnrolRequest, done *replaced) (keystore.PIVKeys, error) {
	mark, err := newMark()
	if err != nil {
		return nil, err
	}
	m := &making{mark: mark}
	defer func() { clear(m.management) }()
	var keys keystore.PIVKeys
	err = k.withYubiKey(ctx, func(yk *piv.YubiKey) (err error) {
		keys, err = k.enrol(ctx, yk, f, typed, r, m, done)
		return err
	})
	if err == nil {
		err = k.nothingFactory(ctx)
	}
	if err != nil {
		_ = k.free(ctx, m) // the answer is why it failed; what could not be freed now is free for the next enrolment
		return nil, err
	}
	return keys, nil
}

// nothingFactory makes sure that the token itself says that nothing of the factory's is left.
func (k *Key) nothingFactory(ctx context.Context) error {
	return withCard(ctx, k.Token.Reader, func(c card) error {
		for _, ref := range []byte{refPIN, refPUK, refManagement} {
			m, err := c.metadata(ref)
			if err != nil {
				return err
			}
			if m.factory != token.No {
				return token.NewError(token.FactoryDefault, token.PIV, fmt.Sprintf("reference %02x is still the factory's", ref))
			}
		}
		return nil
	})
}

func checkEnrolment(r keystore.PIVEnrolRequest) error {
	seen := map[keystore.Tier]bool{}
	for _, tier := range r.Tiers {
		if _, _, err := policies(tier); err != nil {
			return err
		}
		if seen[tier] {
			return token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("tier %q twice", tier))
		}
		seen[tier] = true
	}
	if len(r.Tiers) == 0 || r.Certificates == nil {
		return token.NewError(token.BadRequest, token.PIV, "an enrolment without tiers or certificates")
	}
	return nil
}

// suits reads the facts and refuses a token that cannot take the keys, before anything is asked.
func (k *Key) suits(ctx context.Context, r keystore.PIVEnrolRequest) (token.Facts, error) {
	f, err := k.Facts(ctx)
	if err != nil {
		return f, err
	}
	if f.PIV.FactoryPIN == token.Unsaid || f.PIV.FactoryPUK == token.Unsaid || f.PIV.FactoryManagement == token.Unsaid {
		return f, token.NewError(token.OldFirmware, token.PIV,
			fmt.Sprintf("firmware %s does not say whether PIN, PUK and management key are the factory's", f.Token.Firmware))
	}
	if f.PINTries == 0 {
		return f, blocked()
	}
	if f.PIV.FreeRetired >= len(r.Tiers) {
		return f, nil
	}
	free, err := k.countFree(ctx, f.PIV, r.Reclaim)
	if err == nil && free < len(r.Tiers) {
		err = token.NewError(token.NoFreeSlot, token.PIV, fmt.Sprintf("%d of %d slots are free", free, len(r.Tiers)))
	}
	return f, err
}

// enrol is the part with the card in hand. Each step leaves a token that can be enrolled again.
func (k *Key) enrol(ctx context.Context, yk *piv.YubiKey, f token.Facts, typed *newPINs, r keystore.PIVEnrolRequest, m *making, done *replaced) (keystore.PIVKeys, error) {
	if err := sameToken(yk, f.Token); err != nil {
		return nil, err
	}
	if err := k.replacePINs(yk, f.PIV, typed, done); err != nil {
		return nil, err
	}
	var err error
	if m.management, err = managementKey(yk, f.PIV, typed.pin); err != nil {
		return nil, err
	}
	keys, err := k.generate(ctx, yk, f.PIV.X25519, m, r)
	if err != nil {
		return nil, err
	}
	certificates, err := r.Certificates(keys)
	if err != nil {
		return nil, fmt.Errorf("certificates for the new keys: %w", err)
	}
	m.finished = true
	return keys, store(yk, m.management, keys, certificates)
}

// sameToken makes sure that the token in the reader is still the one the facts are of, before a PIN is presented.
func sameToken(yk *piv.YubiKey, t token.Token) error {
	serial, err := yk.Serial()
	if t.Physical == "" {
		return nil // it does not say; the exclusive connection must do
	}
	if err != nil {
		return fromPIV("reading the serial number", err)
	}
	if token.YubiKeySerial(serial) != t.Physical {
		return token.NewError(token.Removed, token.PIV, "another token is in the reader now")
	}
	return nil
}

// managementKeyLength suits AES-192 (firmware 5.4 and later) and three-key 3DES, and is the one length piv-go keeps on the token.
const managementKeyLength = 24

// managementKey gives the management key, after replacing the factory's. The new key is written under the PIN first and set
// second: if the power goes in between, the factory key still works and the next enrolment writes another.
func managementKey(yk *piv.YubiKey, f *token.PIVFacts, pin *secret.Bytes) ([]byte, error) {
	var kept *piv.Metadata
	err := withText(pin, func(text string) (err error) {
		kept, err = yk.Metadata(text)
		return fromPIV("reading what the token keeps under its PIN", err)
	})
	if err != nil {
		return nil, err
	}
	if f.FactoryManagement != token.Yes {
		if kept.ManagementKey == nil {
			return nil, token.NewError(token.ManagementUnknown, token.PIV, "the token does not keep its management key")
		}
		return *kept.ManagementKey, nil
	}
	fresh := make([]byte, managementKeyLength)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	kept.ManagementKey = &fresh
	if err := yk.SetMetadata(piv.DefaultManagementKey, kept); err != nil {
		return nil, fromPIV("keeping the management key under the PIN", err)
	}
	if err := yk.SetManagementKey(piv.DefaultManagementKey, fresh); err != nil {
		return nil, fromPIV("replacing the management key", err)
	}
	return fresh, nil
}

// store writes the certificate of each tier beside its key.
func store(yk *piv.YubiKey, management []byte, keys keystore.PIVKeys, certificates map[keystore.Tier][]byte) error {
	for tier, key := range keys {
		certificate, err := x509.ParseCertificate(certificates[tier])
		if err != nil {
			return token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("certificate of tier %q: %v", tier, err))
		}
		slot, ok := piv.RetiredKeyManagementSlot(uint32(key.Slot))
		if !ok {
			return token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("slot %02x", key.Slot))
		}
		if err := yk.SetCertificate(management, slot, certificate); err != nil {
			return fromPIV("storing a certificate", err)
		}
	}
	return nil
}

// OwnerCertificate implements keystore.PIVEnroller.
func (k *Key) OwnerCertificate(ctx context.Context, slot byte) ([]byte, error) {
	var certificate []byte
	err := withCard(ctx, k.Token.Reader, func(c card) (err error) {
		certificate, err = c.certificate(slot)
		return err
	})
	return certificate, err
}
