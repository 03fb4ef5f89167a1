package piv

import (
	"context"
	"crypto/x509"
	"strconv"

	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/pcsc"
)

// metadataSince is the firmware that tells whether PIN, PUK and management key are the factory's. Older tokens cannot hold a
// keyslot: that may never be found out by trying.
func metadataSince() token.Version { return token.Version{Major: 5, Minor: 3, Patch: 0} }

// x25519Since is the firmware that makes X25519 keys.
func x25519Since() token.Version { return token.Version{Major: 5, Minor: 7, Patch: 0} }

// The lengths of a PIV PIN and PUK in bytes (SP 800-73-4 part 2 section 2.4.3).
const (
	minPIN = 6
	maxPIN = 8
)

// Key is the smart-card side of one token. Its methods connect to the card, act, reset the card and disconnect; they block in
// the driver while the token thinks, so that a caller who must be able to cancel runs them in the helper process.
type Key struct {
	Token token.Token    // Reader is required; Name is told to the person
	Roots *x509.CertPool // roots of attestation beside Yubico's; nil for none
	// Replaced, when set, is told what an enrolment does to PIN and PUK, as it does it.
	Replaced func(pin, puk keystore.Change)
}

var _ keystore.PIVEnroller = (*Key)(nil)

// Identify asks which physical key this is. No PIN, no touch, three commands.
func (k *Key) Identify(ctx context.Context) (token.Token, error) {
	t := k.Token
	err := withCard(ctx, t.Reader, func(c card) (err error) {
		t, err = c.identify(t)
		return err
	})
	return t, err
}

func (c card) identify(t token.Token) (token.Token, error) {
	version, err := c.version()
	if err != nil {
		return t, err
	}
	serial, err := c.serial()
	if err != nil {
		return t, err
	}
	t.Firmware, t.Place = version.String(), pcsc.Place(c.channelID())
	if serial != 0 {
		t.Physical = token.YubiKeySerial(serial)
		t.Name = "YubiKey " + strconv.FormatUint(uint64(serial), 10)
	}
	return t, nil
}

// Facts reads what the smart-card side tells without PIN and touch.
func (k *Key) Facts(ctx context.Context) (token.Facts, error) {
	var f token.Facts
	err := withCard(ctx, k.Token.Reader, func(c card) (err error) {
		f, err = c.facts(k.Token)
		return err
	})
	return f, err
}

func (c card) facts(t token.Token) (token.Facts, error) {
	t, err := c.identify(t)
	if err != nil {
		return token.Facts{}, err
	}
	version, err := token.ParseVersion(t.Firmware)
	if err != nil {
		return token.Facts{}, err
	}
	f := token.Facts{
		Token: t, PINSet: token.Yes, PINTries: -1, MinPIN: minPIN,
		PIV: &token.PIVFacts{PUKTries: -1, X25519: version.AtLeast(x25519Since())},
	}
	if err := c.references(&f, version); err != nil {
		return token.Facts{}, err
	}
	if err := c.slots(f.PIV, version); err != nil {
		return token.Facts{}, err
	}
	f.Weaknesses = token.WeaknessesOf(token.PIV, version, c.formFactor())
	return f, nil
}

// references reads what is known of PIN, PUK and management key.
func (c card) references(f *token.Facts, version token.Version) error {
	if !version.AtLeast(metadataSince()) {
		var err error
		f.PINTries, err = c.triesByVerify()
		return err
	}
	pin, err := c.metadata(refPIN)
	if err != nil {
		return err
	}
	puk, err := c.metadata(refPUK)
	if err != nil {
		return err
	}
	management, err := c.metadata(refManagement)
	if err != nil {
		return err
	}
	f.PINTries, f.PIV.PUKTries = pin.tries, puk.tries
	f.PIV.FactoryPIN, f.PIV.FactoryPUK, f.PIV.FactoryManagement = pin.factory, puk.factory, management.factory
	return nil
}

// triesByVerify asks with a VERIFY that presents nothing (SP 800-73-4 part 2 section 3.2.1).
func (c card) triesByVerify() (int, error) {
	_, err := c.command(insVerify, 0x00, refPIN, nil)
	switch token.CodeOf(err) {
	case token.WrongPIN, token.PINBlocked:
		return triesLeft(err), nil
	case "":
		return -1, nil // the PIN counts as verified: the card says nothing about tries
	default:
		return -1, err
	}
}

// slots finds the slots that hold a key or a certificate. Before firmware 5.3 only certificates can be seen.
func (c card) slots(f *token.PIVFacts, version token.Version) error {
	for _, slot := range allSlots() {
		taken, err := c.hasCertificate(slot)
		if err != nil {
			return err
		}
		if !taken && version.AtLeast(metadataSince()) {
			_, err := c.metadata(slot)
			if err != nil && !isMissing(err) {
				return err
			}
			taken = err == nil
		}
		if taken {
			f.SlotsInUse = append(f.SlotsInUse, slot)
		} else if slot >= firstRetired && slot <= lastRetired {
			f.FreeRetired++
		}
	}
	return nil
}

func allSlots() []byte {
	slots := []byte{0x9a, 0x9c, 0x9d, 0x9e}
	for s := byte(firstRetired); s <= lastRetired; s++ {
		slots = append(slots, s)
	}
	return slots
}
