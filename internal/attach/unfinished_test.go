package attach

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/virtual/pcscd"
)

// memory stands for the wallet's list of keys that no vault uses.
type memory struct{ made [][]byte }

func (m *memory) request() keystore.PIVEnrolRequest {
	r := bothTiers()
	r.Reclaim = m.made
	r.Made = func(keys keystore.PIVKeys) error {
		for _, k := range keys {
			m.made = append(m.made, k.Public)
		}
		return nil
	}
	return r
}

// used counts the retired slots that hold anything.
func used(t *testing.T, d *Tokens, id string) int {
	t.Helper()
	facts, err := d.Facts(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return 20 - facts.PIV.FreeRetired
}

// TestInterruptedEnrolmentsBurnNoSlots unplugs a token at many commands of an enrolment, again and again: however often, no more slots are taken than
// the enrolments need that came to their end.
func TestInterruptedEnrolmentsBurnNoSlots(t *testing.T) {
	for i, firmware := range []string{"5.4.3", "5.7.1"} {
		t.Run(firmware, func(t *testing.T) {
			t.Parallel()
			serial := uint32(25000001 + i)
			k := startKey(t, pcscd.KeyOptions{Name: fmt.Sprintf("cut%d", i), Serial: serial, Firmware: firmware})
			d := devices(t)
			tok := find(t, d, token.PIV, serial)
			p, m := newPerson(), &memory{}
			commands := cutMany(t, k, d, tok, p, m, 2, func(keys keystore.PIVKeys) {
				if keys[keystore.TierVault].Slot != 0x82 || keys[keystore.TierMaster].Slot != 0x83 {
					t.Errorf("%+v", keys)
				}
			})
			if commands < 100 {
				t.Errorf("an enrolment took %d commands", commands)
			}
			m.made = nil // the first stands in a vault now
			lost := &memory{}
			cutMany(t, k, d, tok, p, lost, 4, func(keys keystore.PIVKeys) {
				if keys[keystore.TierVault].Slot != 0x84 || keys[keystore.TierMaster].Slot != 0x85 {
					t.Errorf("%+v", keys)
				}
			})
			noPINVerified(t, tok.Reader)
		})
	}
}

// cutMany unplugs the token at one command after the other until an enrolment comes to its end, and says how many commands that took.
func cutMany(t *testing.T, k *key, d *Tokens, tok token.Token, p *person, m *memory, most int, done func(keystore.PIVKeys)) int {
	t.Helper()
	for n := 47; ; n += 9 { // before, there are questions alone
		left := d.Left(tok.ID)
		k.order(fmt.Sprintf("unplug after %d apdus", n))
		keys, err := d.PIV(tok.ID).EnrolPIV(t.Context(), m.request(), p.gate())
		if err == nil {
			k.order("unplug after 0 apdus")
			if k.out() { // the last commands were another test's: every list of tokens asks the one that arrives which it is
				replug(t, k, d, tok, left)
			}
			if got := used(t, d, tok.ID); got != most {
				t.Errorf("finished: %d slots are taken, want %d", got, most)
			}
			done(keys)
			return n
		}
		if token.CodeOf(err) != token.Removed && token.CodeOf(err) != token.Reset {
			t.Errorf("unplugged at command %d: %v", n, err)
		}
		replug(t, k, d, tok, left)
		if got := used(t, d, tok.ID); got > most {
			t.Fatalf("after %d commands: %d slots are taken, want %d at most", n, got, most)
		}
	}
}

// replug plugs a token in again that has unplugged itself, once everybody knows that it had left.
func replug(t *testing.T, k *key, d *Tokens, tok token.Token, left <-chan struct{}) {
	t.Helper()
	k.order("unplug after 0 apdus")
	k.order("unplug")
	<-left
	k.order("plug")
	await(t, "it is back", func() bool {
		list, err := d.List(t.Context())
		return err == nil && slices.ContainsFunc(list, func(one token.Token) bool { return one.ID == tok.ID && one.Physical == tok.Physical })
	})
}

// TestSlotsAreGivenBackByAFailureWhileTheTokenIsThere fails each part of an enrolment that comes after a key was made.
func TestSlotsAreGivenBackByAFailureWhileTheTokenIsThere(t *testing.T) {
	errFull := errors.New("no room for the note")
	for i, firmware := range []string{"5.4.3", "5.7.1"} {
		t.Run(firmware, func(t *testing.T) {
			t.Parallel()
			serial := uint32(25000011 + i)
			k := startKey(t, pcscd.KeyOptions{Name: fmt.Sprintf("back%d", i), Serial: serial, Firmware: firmware})
			d := devices(t)
			tok := find(t, d, token.PIV, serial)
			side, p := d.PIV(tok.ID), newPerson()
			faults := map[string]func(r *keystore.PIVEnrolRequest){
				"the note": func(r *keystore.PIVEnrolRequest) { r.Made = func(keystore.PIVKeys) error { return errFull } },
				"the certificates": func(r *keystore.PIVEnrolRequest) {
					r.Certificates = func(keystore.PIVKeys) (map[keystore.Tier][]byte, error) { return nil, errFull }
				},
				"one certificate": func(r *keystore.PIVEnrolRequest) {
					r.Certificates = func(keys keystore.PIVKeys) (map[keystore.Tier][]byte, error) {
						made, err := certify(keys)
						delete(made, keystore.TierMaster)
						return made, err
					}
				},
				"the attestation": func(*keystore.PIVEnrolRequest) { k.order("inject apdu 0x6f00 1 0xf9") },
			}
			for name, fault := range faults { // and nothing in the wallet's memory: the slots themselves say that they were left
				r := bothTiers()
				fault(&r)
				_, err := side.EnrolPIV(t.Context(), r, p.gate())
				if err == nil {
					t.Fatalf("%s: it succeeded", name)
				}
				if name == "the note" && !errors.Is(err, errFull) {
					t.Errorf("%s: %v", name, err)
				}
				most := 2
				if firmware == "5.7.1" && name == "one certificate" { // the helper itself failed, and had the time to delete
					most = 0
				}
				if got := used(t, d, tok.ID); got > most {
					t.Errorf("%s: %d slots are taken, want %d at most", name, got, most)
				}
			}
			keys, err := side.EnrolPIV(t.Context(), bothTiers(), p.gate())
			if err != nil || keys[keystore.TierVault].Slot != 0x82 || keys[keystore.TierMaster].Slot != 0x83 || used(t, d, tok.ID) != 2 {
				t.Errorf("%+v, %v", keys, err)
			}
			for tier, made := range keys {
				der, err := side.OwnerCertificate(t.Context(), made.Slot)
				if err != nil || bytes.Contains(der, []byte("not finished")) {
					t.Errorf("tier %s: %q, %v", tier, der, err)
				}
			}
		})
	}
}

// TestTheNewPINIsSaidAfterAnInterruption: what was chosen is in force, and the person must know.
func TestTheNewPINIsSaidAfterAnInterruption(t *testing.T) {
	k := startKey(t, pcscd.KeyOptions{Name: "said", Serial: 25000021})
	d := devices(t)
	tok := find(t, d, token.PIV, 25000021)
	side, p := d.PIV(tok.ID), newPerson()
	seen := map[string]bool{}
	for n := 44; n < 90; n += 2 {
		withPIVGo(t, tok.Reader, (*piv.YubiKey).Reset)
		left := d.Left(tok.ID)
		k.order(fmt.Sprintf("unplug after %d apdus", n))
		_, err := side.EnrolPIV(t.Context(), bothTiers(), p.gate())
		if err == nil {
			t.Fatalf("%d commands are enough", n)
		}
		replug(t, k, d, tok, left)
		facts, factsErr := d.Facts(t.Context(), tok.ID)
		if factsErr != nil {
			t.Fatal(factsErr)
		}
		said := &keystore.PINReplacedError{}
		_ = errors.As(err, &said)
		for name, c := range map[string]struct {
			change keystore.Change
			now    token.Answer
		}{"PIN": {said.PIN, facts.PIV.FactoryPIN}, "PUK": {said.PUK, facts.PIV.FactoryPUK}} {
			if c.change != keystore.Unclear && (c.change == keystore.Changed) != (c.now == token.No) {
				t.Errorf("unplugged at command %d: the %s is %q, and the factory's: %q", n, name, c.change, c.now)
			}
			seen[name+string(c.change)] = true
		}
		if seen["PUKchanged"] && n > 60 {
			break
		}
	}
	for _, want := range []string{"PIN", "PINchanged", "PUK", "PUKchanged"} {
		if !seen[want] {
			t.Errorf("never seen: %s of %v", want, seen)
		}
	}
}

// TestARefusedNewPINIsAskedForOnceMore: a token may have rules of its own, and says so in the step that replaces the factory's.
func TestARefusedNewPINIsAskedForOnceMore(t *testing.T) {
	k := startKey(t, pcscd.KeyOptions{Name: "rules", Serial: 25000031})
	d := devices(t)
	tok := find(t, d, token.PIV, 25000031)
	for number, which := range map[int]keystore.PINKind{1: keystore.PINNewPIV, 2: keystore.PINNewPUK} {
		withPIVGo(t, tok.Reader, (*piv.YubiKey).Reset)
		p := newPerson()
		g := p.gate()
		// Of the two commands that replace, the first or the second is refused; the keys cannot tell them apart, so the second waits for the first.
		k.order("inject apdu 0x6985 1 0x24")
		if number == 2 {
			withPIVGo(t, tok.Reader, func(yk *piv.YubiKey) error { // somebody has replaced the PIN already
				k.order("inject apdu 0x6985 0 0x24")
				return yk.SetPIN(piv.DefaultPIN, p.pins[keystore.PINPIV])
			})
			k.order("inject apdu 0x6985 1 0x24")
		}
		if _, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), g); err != nil {
			t.Errorf("%s: %v", which, err)
		}
		if len(p.asked) != 3 || p.last().Which != which || p.last().Again != keystore.AgainRefused {
			t.Errorf("%s: asked %+v", which, p.asked)
		}

		withPIVGo(t, tok.Reader, (*piv.YubiKey).Reset)
		p = newPerson()
		k.order("inject apdu 0x6985 2 0x24")
		_, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), p.gate())
		if token.CodeOf(err) != token.PINRefused || len(p.asked) != 3 {
			t.Errorf("refused twice: %v, asked %+v", err, p.asked)
		}
		if facts, err := d.Facts(t.Context(), tok.ID); err != nil || facts.PIV.FactoryPIN != token.Yes || facts.PINTries != 3 || facts.PIV.PUKTries != 3 {
			t.Errorf("refused twice: %+v, %v", facts, err)
		}
	}
}
