package attach

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/helper"
	"holdfast/token/pcsc"
	"holdfast/token/virtual/body"
	"holdfast/token/virtual/pcscd"
)

// enrolled is a key with both tiers enrolled on its smart-card side.
func enrolled(t testing.TB, o pcscd.KeyOptions) (*key, *Tokens, token.Token, *person, keystore.PIVKeys) {
	t.Helper()
	k := startKey(t, o)
	d := devices(t)
	tok := find(t, d, token.PIV, o.Serial)
	p := newPerson()
	keys, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), p.gate())
	if err != nil {
		t.Fatal(err)
	}
	p.asked = nil
	return k, d, tok, p, keys
}

// agreement makes a request for a key, and what its answer must be.
func agreement(t testing.TB, k keystore.PIVKey) (keystore.ECDHRequest, []byte) {
	t.Helper()
	curve := ecdh.P256()
	if k.Curve == keystore.CurveX25519 {
		curve = ecdh.X25519()
	}
	own, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := curve.NewPublicKey(k.Public)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := own.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	return keystore.ECDHRequest{Slot: k.Slot, Curve: k.Curve, Public: k.Public, Peer: own.PublicKey().Bytes()}, shared
}

func equal(t *testing.T, s *secret.Bytes, want []byte) bool {
	t.Helper()
	w, err := secret.Move(bytes.Clone(want))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Destroy()
	return s.Equal(w)
}

// noPINVerified asks the card whether a verified PIN stayed behind, as any program might.
func noPINVerified(t *testing.T, reader string) {
	t.Helper()
	yk, err := piv.Open(reader)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := yk.Retries(); err != nil || left == 0 {
		t.Errorf("a verified PIN stayed behind: %d, %v", left, err)
	}
	if err := yk.Close(); err != nil {
		t.Error(err)
	}
}

func TestSmartCardEnrolAndOpen(t *testing.T) {
	if !onBench(t) {
		return
	}
	d := devices(t) // all parts': each one that begins asks every token which it is, and would hold another part's card meanwhile
	for _, c := range []struct {
		firmware string
		curve    keystore.Curve
		serial   uint32
	}{{"5.7.1", keystore.CurveX25519, 21000001}, {"5.4.3", keystore.CurveP256, 21000002}, {"5.3.0", keystore.CurveP256, 21000003}} {
		t.Run(c.firmware, func(t *testing.T) {
			t.Parallel()
			k := startKey(t, pcscd.KeyOptions{Name: fmt.Sprintf("enrol%d", c.serial), Serial: c.serial, Firmware: c.firmware})
			tok := find(t, d, token.PIV, c.serial)
			facts, err := d.Facts(t.Context(), tok.ID)
			if err != nil {
				t.Fatal(err)
			}
			f := facts.PIV
			if f.FactoryPIN != token.Yes || f.FactoryPUK != token.Yes || f.FactoryManagement != token.Yes || f.FreeRetired != 20 ||
				len(f.SlotsInUse) != 0 || facts.PINTries != 3 || f.PUKTries != 3 || f.X25519 != (c.curve == keystore.CurveX25519) || tok.Firmware != c.firmware {
				t.Errorf("%+v %+v", facts, f)
			}
			if euc := c.firmware != "5.7.1"; euc != (len(facts.Weaknesses) == 1) {
				t.Errorf("weaknesses %v", facts.Weaknesses)
			}

			p := newPerson()
			side := d.PIV(tok.ID)
			keys, err := side.EnrolPIV(t.Context(), bothTiers(), p.gate())
			if err != nil {
				t.Fatal(err)
			}
			if p.kinds() != "new-piv new-puk" || p.touches != 0 {
				t.Errorf("asked %q, %d touches", p.kinds(), p.touches)
			}
			if v, m := keys[keystore.TierVault], keys[keystore.TierMaster]; v.Slot != 0x82 || m.Slot != 0x83 || v.Curve != c.curve || len(v.Attestation) == 0 || v.Vouched {
				t.Errorf("%+v %+v", v, m)
			}
			if facts, err = d.Facts(t.Context(), tok.ID); err != nil {
				t.Fatal(err)
			}
			if f := facts.PIV; f.FactoryPIN != token.No || f.FactoryPUK != token.No || f.FactoryManagement != token.No || !bytes.Equal(f.SlotsInUse, []byte{0x82, 0x83}) {
				t.Errorf("%+v", f)
			}
			noPINVerified(t, tok.Reader)

			p.onTouch = func() { k.order("touch wait") }
			for tier, made := range keys {
				der, err := side.OwnerCertificate(t.Context(), made.Slot)
				if err != nil {
					t.Fatal(err)
				}
				if certificate, err := x509.ParseCertificate(der); err != nil || certificate.Subject.CommonName != "Holdfast "+string(tier) {
					t.Errorf("certificate of tier %s: %v", tier, err)
				}
				request, want := agreement(t, made)
				shared, err := side.ECDH(t.Context(), request, p.gate())
				if err != nil {
					t.Fatalf("tier %s: %v", tier, err)
				}
				if !equal(t, shared, want) {
					t.Errorf("tier %s: another secret", tier)
				}
				shared.Destroy()
				noPINVerified(t, tok.Reader)
			}
			if p.touches != 2 || p.last().Which != keystore.PINPIV || p.last().TriesLeft != 3 {
				t.Errorf("%d touches, asked %+v", p.touches, p.last())
			}
			if der, err := side.OwnerCertificate(t.Context(), 0x95); err != nil || der != nil {
				t.Errorf("an empty slot has a certificate: %x, %v", der, err)
			}

			// A second keyslot on the same token: other slots, the owner's PIN, the management key kept on the token.
			p.asked = nil
			again, err := side.EnrolPIV(t.Context(), bothTiers(), p.gate())
			if err != nil {
				t.Fatal(err)
			}
			if p.kinds() != "piv" || again[keystore.TierVault].Slot != 0x84 || again[keystore.TierMaster].Slot != 0x85 {
				t.Errorf("asked %q for %+v", p.kinds(), again)
			}
		})
	}
}

func TestSmartCardUsesOnlyTheSlotOfItsTier(t *testing.T) {
	if !onBench(t) {
		return
	}
	k, d, tok, p, keys := enrolled(t, pcscd.KeyOptions{Name: "tier", Serial: 22000001})
	k.order("log reset")
	p.onTouch = func() { k.order("touch wait") }
	request, _ := agreement(t, keys[keystore.TierVault])
	shared, err := d.PIV(tok.ID).ECDH(t.Context(), request, p.gate())
	if err != nil {
		t.Fatal(err)
	}
	shared.Destroy()
	uses := 0
	for _, line := range k.order("log") {
		var op body.Operation
		if err := json.Unmarshal([]byte(line), &op); err != nil {
			t.Fatal(err)
		}
		if op.Name == "general authenticate" {
			uses++
			if op.Slot != "82" || !op.PIN || !op.Touch || op.Result != "9000" {
				t.Errorf("%+v", op)
			}
		}
	}
	if uses != 1 {
		t.Errorf("the card was used %d times", uses)
	}
}

func TestSmartCardPINIsCountedAndNeverRetried(t *testing.T) {
	if !onBench(t) {
		return
	}
	k, d, tok, p, keys := enrolled(t, pcscd.KeyOptions{Name: "pin", Serial: 22000002})
	side := d.PIV(tok.ID)
	request, _ := agreement(t, keys[keystore.TierMaster])
	p.pins[keystore.PINPIV] = "000000"
	for left := 2; left >= 0; left-- {
		_, err := side.ECDH(t.Context(), request, p.gate())
		want := token.WrongPIN
		if left == 0 {
			want = token.PINBlocked
		}
		var e *token.Error
		if !errors.As(err, &e) || e.Code != want || e.TriesLeft != left || p.last().TriesLeft != left+1 || p.last().LastTry() != (left == 0) {
			t.Fatalf("%v after %+v, want %s with %d left", err, p.last(), want, left)
		}
	}
	asked := len(p.asked)
	for name, err := range map[string]error{
		"open":  func() error { _, err := side.ECDH(t.Context(), request, p.gate()); return err }(),
		"enrol": func() error { _, err := side.EnrolPIV(t.Context(), bothTiers(), p.gate()); return err }(),
	} {
		if token.CodeOf(err) != token.PINBlocked {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(p.asked) != asked || p.touches != 0 {
		t.Errorf("asked %d times more, %d touches", len(p.asked)-asked, p.touches)
	}
	k.order("tries pin 3")
	p.pins[keystore.PINPIV] = "846201"
	p.onTouch = func() { k.order("touch wait") }
	shared, err := side.ECDH(t.Context(), request, p.gate())
	if err != nil {
		t.Fatal(err)
	}
	shared.Destroy()
}

func TestSmartCardRefusesBeforeThePIN(t *testing.T) {
	if !onBench(t) {
		return
	}
	_, d, tok, p, keys := enrolled(t, pcscd.KeyOptions{Name: "before", Serial: 22000003})
	side := d.PIV(tok.ID)
	request, _ := agreement(t, keys[keystore.TierVault])
	swapped := request
	swapped.Slot = keys[keystore.TierMaster].Slot
	empty := request
	empty.Slot = 0x90
	for name, c := range map[string]struct {
		r    keystore.ECDHRequest
		code token.Code
	}{"another key in the slot": {swapped, token.OtherKey}, "an empty slot": {empty, token.NoKey}} {
		if _, err := side.ECDH(t.Context(), c.r, p.gate()); token.CodeOf(err) != c.code || len(p.asked) != 0 {
			t.Errorf("%s: %v, asked %q", name, err, p.kinds())
		}
	}
	for _, pin := range []string{"12345", "123456789"} {
		p.pins[keystore.PINPIV] = pin
		if _, err := side.ECDH(t.Context(), request, p.gate()); token.CodeOf(err) != token.PINRefused {
			t.Errorf("a PIN of %d bytes: %v", len(pin), err)
		}
	}
	delete(p.pins, keystore.PINPIV)
	if _, err := side.ECDH(t.Context(), request, p.gate()); token.CodeOf(err) != token.Cancelled {
		t.Errorf("a prompt that was closed: %v", err)
	}
	if facts, err := d.Facts(t.Context(), tok.ID); err != nil || facts.PINTries != 3 {
		t.Errorf("%d tries left, %v", facts.PINTries, err)
	}
}

func TestSmartCardEnrolmentIsRefused(t *testing.T) {
	if !onBench(t) {
		return
	}
	old := startKey(t, pcscd.KeyOptions{Name: "old", Serial: 22000004, Firmware: "5.2.7"})
	d := devices(t)
	tok := find(t, d, token.PIV, 22000004)
	p := newPerson()
	if _, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), p.gate()); token.CodeOf(err) != token.OldFirmware || len(p.asked) != 0 {
		t.Errorf("firmware 5.2.7: %v, asked %q", err, p.kinds())
	}
	_ = old

	startKey(t, pcscd.KeyOptions{Name: "factory", Serial: 22000005})
	tok = find(t, d, token.PIV, 22000005)
	for which, factory := range map[keystore.PINKind]string{keystore.PINNewPIV: piv.DefaultPIN, keystore.PINNewPUK: piv.DefaultPUK} {
		p = newPerson()
		p.pins[which] = factory
		var e *token.Error
		_, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), p.gate())
		if !errors.As(err, &e) || e.Code != token.FactoryValue || e.PUK != (which == keystore.PINNewPUK) || p.last().Which != which || p.last().Again != keystore.AgainFactory {
			t.Errorf("the factory's %s chosen twice: %v, asked %+v", which, err, p.asked)
		}
		var said *keystore.PINReplacedError
		if errors.As(err, &said) {
			t.Errorf("nothing was replaced: %v", err)
		}
	}
	if facts, err := d.Facts(t.Context(), tok.ID); err != nil || facts.PIV.FactoryPIN != token.Yes || facts.PINTries != 3 {
		t.Errorf("the token was changed: %+v, %v", facts.PIV, err)
	}

	unknown := make([]byte, 24)
	unknown[0] = 1
	withPIVGo(t, tok.Reader, func(yk *piv.YubiKey) error { return yk.SetManagementKey(piv.DefaultManagementKey, unknown) })
	p = newPerson()
	if _, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), p.gate()); token.CodeOf(err) != token.ManagementUnknown {
		t.Errorf("a management key that nobody keeps: %v", err)
	}
}

// withPIVGo does something to a token as another program would.
func withPIVGo(t *testing.T, reader string, f func(*piv.YubiKey) error) {
	t.Helper()
	yk, err := piv.Open(reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f(yk), yk.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestSlotsInUseAreLeftAlone(t *testing.T) {
	if !onBench(t) {
		return
	}
	startKey(t, pcscd.KeyOptions{Name: "slots", Serial: 22000006})
	d := devices(t)
	tok := find(t, d, token.PIV, 22000006)
	ders, err := certify(keystore.PIVKeys{keystore.TierVault: {}})
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(ders[keystore.TierVault])
	if err != nil {
		t.Fatal(err)
	}
	withPIVGo(t, tok.Reader, func(yk *piv.YubiKey) error { // 82: a certificate alone; 84: a key alone
		first, _ := piv.RetiredKeyManagementSlot(0x82)
		third, _ := piv.RetiredKeyManagementSlot(0x84)
		_, err := yk.GenerateKey(piv.DefaultManagementKey, third, piv.Key{Algorithm: piv.AlgorithmEC384, PINPolicy: piv.PINPolicyNever, TouchPolicy: piv.TouchPolicyNever})
		return errors.Join(err, yk.SetCertificate(piv.DefaultManagementKey, first, certificate))
	})
	keys, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), newPerson().gate())
	if err != nil {
		t.Fatal(err)
	}
	if keys[keystore.TierVault].Slot != 0x83 || keys[keystore.TierMaster].Slot != 0x85 {
		t.Errorf("%+v", keys)
	}
	if der, err := d.PIV(tok.ID).OwnerCertificate(t.Context(), 0x82); err != nil || !bytes.Equal(der, certificate.Raw) {
		t.Errorf("the certificate in use was changed: %v", err)
	}
}

func TestSmartCardHeldByAnotherProgram(t *testing.T) {
	if !onBench(t) {
		return
	}
	_, d, tok, p, keys := enrolled(t, pcscd.KeyOptions{Name: "held", Serial: 22000007})
	service, err := pcsc.Establish()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = service.Close() }()
	other, err := service.Connect(tok.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, _ := agreement(t, keys[keystore.TierVault])
	_, err = d.PIV(tok.ID).ECDH(t.Context(), request, p.gate())
	var e *token.Error
	if !errors.As(err, &e) || e.Code != token.Busy || e.Number != 0x8010000b || len(p.asked) != 0 {
		t.Errorf("%v, asked %q", err, p.kinds())
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Facts(t.Context(), tok.ID); err != nil {
		t.Errorf("after the other program has gone: %v", err)
	}
}

func TestSmartCardUnpluggedCancelledFrozen(t *testing.T) {
	if !onBench(t) {
		return
	}
	k, d, tok, p, keys := enrolled(t, pcscd.KeyOptions{Name: "pulled", Serial: 22000008})
	side := d.PIV(tok.ID)
	request, _ := agreement(t, keys[keystore.TierVault])
	left := d.Left(tok.ID)

	p.onTouch = func() { await(t, "it waits for the touch", k.waiting); k.order("unplug") }
	_, err := side.ECDH(t.Context(), request, p.gate())
	if token.CodeOf(err) != token.Removed {
		t.Errorf("unplugged: %v", err)
	}
	<-left
	if _, err := side.ECDH(t.Context(), request, p.gate()); token.CodeOf(err) != token.Removed {
		t.Errorf("not there: %v", err)
	}
	k.order("plug")
	tok = find(t, d, token.PIV, 22000008)

	for _, freeze := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		p.onTouch = func() {
			await(t, "it waits for the touch", k.waiting)
			if freeze {
				k.order("freeze")
			}
			cancel()
		}
		_, err := side.ECDH(ctx, request, p.gate())
		var stopped *helper.StoppedError // nothing calls a command back from a smart card: the helper is in it for as long as the card is
		if token.CodeOf(err) != token.Cancelled || !errors.As(err, &stopped) || stopped.How != helper.Killed {
			t.Errorf("cancelled, frozen %v: %v, %+v", freeze, err, stopped)
		}
		if !k.waiting() {
			t.Errorf("cancelled, frozen %v: the act went on until the card had answered", freeze)
		}
		k.order("thaw")
		k.order("touch wait") // what the hand did too late goes nowhere; the card is free again
		await(t, "the card is free", func() bool { _, err := d.Facts(t.Context(), tok.ID); return err == nil })
		noPINVerified(t, tok.Reader)
	}
}
