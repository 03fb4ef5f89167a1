package piv

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// newPINs are what the person typed for an enrolment; nil where nothing was needed.
type newPINs struct {
	pin *secret.Bytes // the PIN from now on
	puk *secret.Bytes // replaces the factory PUK; nil when it is not the factory's
}

func (n newPINs) destroy() {
	for _, s := range []*secret.Bytes{n.pin, n.puk} {
		if s != nil {
			s.Destroy()
		}
	}
}

// EnrolPIV implements keystore.PIVEnroller. It takes no touch. What was typed for a factory PIN is the token's PIN from the moment it was
// accepted, also when a later step fails.
func (k *Key) EnrolPIV(ctx context.Context, r keystore.PIVEnrolRequest, g keystore.Gate) (keystore.PIVKeys, error) {
	if err := checkEnrolment(r); err != nil {
		return nil, err
	}
	facts, err := k.suits(ctx, len(r.Tiers))
	if err != nil {
		return nil, err
	}
	typed, err := k.askForEnrolment(ctx, facts, g)
	defer typed.destroy()
	if err != nil {
		return nil, err
	}
	var keys keystore.PIVKeys
	err = k.withYubiKey(ctx, func(yk *piv.YubiKey) (err error) {
		keys, err = k.enrol(ctx, yk, facts, typed, r)
		return err
	})
	if err == nil {
		err = k.nothingFactory(ctx)
	}
	if err != nil {
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
func (k *Key) suits(ctx context.Context, slots int) (token.Facts, error) {
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
	if f.PIV.FreeRetired < slots {
		return f, token.NewError(token.NoFreeSlot, token.PIV, fmt.Sprintf("%d of %d slots are free", f.PIV.FreeRetired, slots))
	}
	return f, nil
}

// askForEnrolment asks for the PIN, or for new ones where the factory's are set.
func (k *Key) askForEnrolment(ctx context.Context, f token.Facts, g keystore.Gate) (typed newPINs, err error) {
	if f.PIV.FactoryPIN == token.Yes {
		typed.pin, err = k.askNew(ctx, g, keystore.PINNewPIV, piv.DefaultPIN)
	} else {
		typed.pin, err = k.askPIN(ctx, g, keystore.PINPIV, f.PINTries)
	}
	if err != nil || f.PIV.FactoryPUK != token.Yes {
		return typed, err
	}
	typed.puk, err = k.askNew(ctx, g, keystore.PINNewPUK, piv.DefaultPUK)
	return typed, err
}

// askNew asks for a new PIN or PUK and refuses the factory's.
func (k *Key) askNew(ctx context.Context, g keystore.Gate, which keystore.PINKind, factory string) (*secret.Bytes, error) {
	chosen, err := k.askPIN(ctx, g, which, -1)
	if err != nil {
		return nil, err
	}
	err = withText(chosen, func(text string) error {
		if text == factory {
			return token.NewError(token.PINRefused, token.PIV, "this is the value every token leaves the factory with")
		}
		return nil
	})
	if err != nil {
		chosen.Destroy()
		return nil, err
	}
	return chosen, nil
}

// enrol is the part with the card in hand. Each step leaves a token that can be enrolled again.
func (k *Key) enrol(ctx context.Context, yk *piv.YubiKey, f token.Facts, typed newPINs, r keystore.PIVEnrolRequest) (keystore.PIVKeys, error) {
	if err := sameToken(yk, f.Token); err != nil {
		return nil, err
	}
	if err := replacePINs(yk, f.PIV, typed); err != nil {
		return nil, err
	}
	management, err := managementKey(yk, f.PIV, typed.pin)
	if err != nil {
		return nil, err
	}
	defer clear(management)
	keys, err := k.generate(ctx, yk, f.PIV.X25519, management, r.Tiers)
	if err != nil {
		return nil, err
	}
	certificates, err := r.Certificates(keys)
	if err != nil {
		return nil, fmt.Errorf("certificates for the new keys: %w", err)
	}
	return keys, store(yk, management, keys, certificates)
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

// replacePINs presents each factory value once, in the command that replaces it; a PIN of the owner's is verified.
func replacePINs(yk *piv.YubiKey, f *token.PIVFacts, typed newPINs) error {
	if f.FactoryPIN == token.Yes {
		err := withText(typed.pin, func(text string) error { return fromPIV("replacing the PIN", yk.SetPIN(piv.DefaultPIN, text)) })
		if err != nil {
			return refusedNew(err)
		}
	} else if err := verify(yk, typed.pin); err != nil {
		return err
	}
	if f.FactoryPUK == token.Yes {
		err := withText(typed.puk, func(text string) error { return fromPIV("replacing the PUK", yk.SetPUK(piv.DefaultPUK, text)) })
		return as(refusedNew(err), token.WrongPIN, token.WrongPUK)
	}
	return nil
}

// refusedNew reads the status words with which a token refuses a new PIN that is too simple for it.
func refusedNew(err error) error {
	return as(as(err, token.BadRequest, token.PINRefused), token.Refused, token.PINRefused)
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
	err := withCard(ctx, k.Token.Reader, func(c card) error {
		object, err := c.object(slot)
		if err != nil {
			return err
		}
		fields, err := parseTLV(object) // SP 800-73-4 part 1 appendix A: 70 certificate, 71 how it is packed, FE checksum
		if err != nil {
			return err
		}
		if info := fields[0x71]; len(info) == 1 && info[0] != 0 {
			return token.NewError(token.Malformed, token.PIV, "a compressed certificate")
		}
		certificate = fields[0x70]
		return nil
	})
	var coded *token.Error
	if errors.As(err, &coded) && coded.Code == token.NoKey {
		return nil, nil
	}
	return certificate, err
}
