package piv

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/token"
)

// markName is the name in the certificate beside a key whose enrolment has not come to its end. The certificate of the vault replaces it, so that a slot
// with this one is in no vault, whatever became of the program and the machine that began: it may be taken again. Other programs see the slot taken.
const markName = "Holdfast: enrolment not finished"

// newMark makes the certificate of a slot in the making, under a key that nobody keeps. X.509 DER.
func newMark() ([]byte, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	defer clear(private)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: markName},
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2020, 1, 1, 0, 0, 1, 0, time.UTC), // good for nothing
	}
	return x509.CreateCertificate(rand.Reader, template, template, public, private)
}

func isMark(certificate *x509.Certificate) bool {
	return certificate != nil && certificate.Subject.CommonName == markName && certificate.Issuer.CommonName == markName
}

// freeSlot finds the next retired slot that nobody uses: it holds neither key nor certificate, or what an enrolment has left that came to nothing.
// A slot it cannot read counts as taken.
func freeSlot(yk *piv.YubiKey, next *byte, reclaim [][]byte) (piv.Slot, error) {
	for ; *next <= lastRetired; *next++ {
		slot, ok := piv.RetiredKeyManagementSlot(uint32(*next))
		if !ok {
			break
		}
		free, err := isFree(yk, slot, reclaim)
		if err != nil {
			return slot, err
		}
		if free {
			*next++
			return slot, nil
		}
	}
	return piv.Slot{}, token.NewError(token.NoFreeSlot, token.PIV, "every retired slot is taken")
}

func isFree(yk *piv.YubiKey, slot piv.Slot, reclaim [][]byte) (bool, error) {
	info, keyErr := yk.KeyInfo(slot)
	certificate, certificateErr := yk.Certificate(slot)
	for _, err := range []error{keyErr, certificateErr} {
		if code := token.CodeOf(fromPIV("looking for a free slot", err)); code == token.Removed || code == token.Reset {
			return false, fromPIV("looking for a free slot", err)
		}
	}
	switch {
	case certificateErr == nil && isMark(certificate):
		return true, nil
	case keyErr == nil:
		public, err := publicBytes(info.PublicKey)
		return err == nil && holds(reclaim, public), nil // a key of another kind is somebody's
	default:
		return errors.Is(keyErr, piv.ErrNotFound) && errors.Is(certificateErr, piv.ErrNotFound), nil
	}
}

func holds(keys [][]byte, key []byte) bool {
	return slices.ContainsFunc(keys, func(one []byte) bool { return bytes.Equal(one, key) })
}

// countFree counts the slots that freeSlot would find.
func (k *Key) countFree(ctx context.Context, f *token.PIVFacts, reclaim [][]byte) (int, error) {
	free := f.FreeRetired
	err := withCard(ctx, k.Token.Reader, func(c card) error {
		for _, slot := range f.SlotsInUse {
			if slot < firstRetired || slot > lastRetired {
				continue
			}
			left, err := c.isLeft(slot, reclaim)
			if err != nil {
				return err
			}
			if left {
				free++
			}
		}
		return nil
	})
	return free, err
}

// isLeft reports whether an enrolment that came to nothing has left what a slot holds.
func (c card) isLeft(slot byte, reclaim [][]byte) (bool, error) {
	m, err := c.metadata(slot)
	if err != nil && !isMissing(err) {
		return false, err
	}
	if err == nil && holds(reclaim, m.public) {
		return true, nil
	}
	der, err := c.certificate(slot)
	if err != nil || der == nil {
		return false, err
	}
	certificate, err := x509.ParseCertificate(der)
	return err == nil && isMark(certificate), nil // what is no certificate is somebody's
}

// certificate reads the certificate beside a slot's key, DER (SP 800-73-4 part 1 appendix A: 70 certificate, 71 how it is packed, FE checksum); nil when
// there is none.
func (c card) certificate(slot byte) ([]byte, error) {
	object, err := c.object(slot)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fields, err := parseTLV(object)
	if err != nil {
		return nil, err
	}
	if info := fields[0x71]; len(info) == 1 && info[0] != 0 {
		return nil, token.NewError(token.Malformed, token.PIV, "a compressed certificate")
	}
	return fields[0x70], nil
}

// making is an enrolment under way: what it would leave on the token if it came to nothing.
type making struct {
	management []byte
	mark       []byte
	slots      []piv.Slot // taken so far
	finished   bool       // the certificates of the vault may stand beside the keys
}

// free gives the slots back after a failure: keys and certificates are deleted, or before firmware 5.7, which cannot delete a key, marked as left.
// What cannot be done now (the token is gone) the next enrolment makes good.
func (k *Key) free(ctx context.Context, m *making) error {
	if len(m.slots) == 0 {
		return nil
	}
	return withCard(context.WithoutCancel(ctx), k.Token.Reader, func(c card) error {
		now, err := c.identify(k.Token)
		if err != nil {
			return err
		}
		version, err := token.ParseVersion(now.Firmware)
		if err != nil {
			return err
		}
		if err := c.authenticate(m.management); err != nil { // another token has another management key
			return err
		}
		var errs []error
		for _, slot := range m.slots {
			number := byte(slot.Key & 0xff)
			switch {
			case version.AtLeast(deleteSince()):
				errs = append(errs, c.deleteKey(number), c.putCertificate(number, nil))
			case m.finished:
				errs = append(errs, c.putCertificate(number, m.mark))
			}
		}
		return errors.Join(errs...)
	})
}

// deleteSince is the firmware that can delete a key.
func deleteSince() token.Version { return token.Version{Major: 5, Minor: 7, Patch: 0} }

// take marks a slot as one in the making, before its key is made.
func (m *making) take(yk *piv.YubiKey, slot piv.Slot) error {
	m.slots = append(m.slots, slot)
	if err := yk.SetCertificate(m.management, slot, &x509.Certificate{Raw: m.mark}); err != nil {
		return fromPIV(fmt.Sprintf("marking slot %s", slot), err)
	}
	return nil
}
