package attach

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
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
	if !onBench(t) {
		return
	}
	d := devices(t) // all parts': each list of tokens asks a token that arrives which it is, and would disturb the others' count of commands
	for i, firmware := range []string{"5.4.3", "5.7.1"} {
		t.Run(firmware, func(t *testing.T) {
			t.Parallel()
			t.Run("the first keyslot", func(t *testing.T) {
				t.Parallel()
				commands := cutFrom(t, d, pcscd.KeyOptions{Name: fmt.Sprintf("cut%d", i), Serial: uint32(25000001 + i), Firmware: firmware}, nil, 0x82)
				if commands < 100 {
					t.Errorf("an enrolment took %d commands", commands)
				}
			})
			t.Run("a second", func(t *testing.T) {
				t.Parallel()
				cutFrom(t, d, pcscd.KeyOptions{Name: fmt.Sprintf("more%d", i), Serial: uint32(25000003 + i), Firmware: firmware}, func(side keystore.PIVEnroller) {
					if _, err := side.EnrolPIV(t.Context(), bothTiers(), newPerson().gate()); err != nil { // stands in a vault
						t.Fatal(err)
					}
				}, 0x84)
			})
		})
	}
}

// cutFrom is cutMany with a new key, after what came before; the slots of the enrolment that comes to its end are to be the first given and the next.
func cutFrom(t *testing.T, d *Tokens, o pcscd.KeyOptions, before func(keystore.PIVEnroller), first byte) int {
	t.Helper()
	k := startKey(t, o)
	tok := find(t, d, token.PIV, o.Serial)
	if before != nil {
		before(d.PIV(tok.ID))
	}
	commands := cutMany(t, k, d, tok, newPerson(), &memory{}, int(first-0x82)+2, func(keys keystore.PIVKeys) {
		if keys[keystore.TierVault].Slot != first || keys[keystore.TierMaster].Slot != first+1 {
			t.Errorf("%+v", keys)
		}
	})
	noPINVerified(t, tok.Reader)
	return commands
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
			if k.out() { // the last commands were somebody else's
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
	if !onBench(t) {
		return
	}
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
	if !onBench(t) {
		return
	}
	d, seen := devices(t), &changes{}
	const keys = 3 // take turns at the commands
	t.Run("keys", func(t *testing.T) {
		for i := range keys {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				serial := uint32(25000021 + i)
				k := startKey(t, pcscd.KeyOptions{Name: fmt.Sprintf("said%d", i), Serial: serial})
				tok := find(t, d, token.PIV, serial)
				for n := 44 + 2*i; n < 90 && (n <= 62 || !seen.has("PUKchanged")); n += 2 * keys {
					cutNewPIN(t, k, d, tok, n, seen)
				}
			})
		}
	})
	for _, want := range []string{"PIN", "PINchanged", "PUK", "PUKchanged"} {
		if !seen.has(want) {
			t.Errorf("never seen: %s of %v", want, seen.all)
		}
	}
}

// changes are what was said of PIN and PUK.
type changes struct {
	mu  sync.Mutex
	all []string
}

func (c *changes) add(one string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, one)
}

func (c *changes) has(one string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.all, one)
}

// cutNewPIN resets a token and unplugs it at the n-th command of an enrolment: what is said of PIN and PUK must be so.
func cutNewPIN(t *testing.T, k *key, d *Tokens, tok token.Token, n int, seen *changes) {
	t.Helper()
	withPIVGo(t, tok.Reader, (*piv.YubiKey).Reset)
	left := d.Left(tok.ID)
	k.order(fmt.Sprintf("unplug after %d apdus", n))
	_, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), newPerson().gate())
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
		seen.add(name + string(c.change))
	}
}

// TestARefusedNewPINIsAskedForOnceMore: a token may have rules of its own, and says so in the step that replaces the factory's.
func TestARefusedNewPINIsAskedForOnceMore(t *testing.T) {
	if !onBench(t) {
		return
	}
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
