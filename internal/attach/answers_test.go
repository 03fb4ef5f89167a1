package attach

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/virtual/pcscd"
	virtualpiv "holdfast/token/virtual/piv"
)

// numbersOf reads the numbers of a family from the list of what a token can answer.
func numbersOf(t *testing.T, family string, least int) []int64 {
	t.Helper()
	data, err := os.ReadFile("../../token/testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Family string
		Number int64
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	for _, r := range rows {
		if r.Family == family && r.Number > 0 {
			numbers = append(numbers, r.Number)
		}
	}
	if len(numbers) < least {
		t.Fatalf("%d numbers of family %q, want %d", len(numbers), family, least)
	}
	return numbers
}

// expect checks that an act ended with the code of a number, whatever library the number went through.
func expect(t *testing.T, what string, err error, code token.Code, number int64) {
	t.Helper()
	var e *token.Error
	if !errors.As(err, &e) || e.Code != code || e.Number != number {
		t.Errorf("%s became %v, want %s", what, err, code)
	}
}

func TestEveryStatusWordReachesTheWallet(t *testing.T) {
	if !onBench(t) {
		return
	}
	k, d, tok, p, keys := enrolled(t, pcscd.KeyOptions{Name: "words", Serial: 24000001})
	side := d.PIV(tok.ID)
	request, _ := agreement(t, keys[keystore.TierVault])
	for _, number := range numbersOf(t, "sw", 28) {
		code, tries := token.FromStatusWord(uint16(number))
		switch {
		case code == token.PINRequired:
			code = token.TouchTimeout // the PIN was accepted before
		case tries == 0:
			code = token.PINBlocked
		}
		k.order(fmt.Sprintf("inject apdu 0x%04x 1 0x87", number))
		_, err := side.ECDH(t.Context(), request, p.gate())
		expect(t, fmt.Sprintf("status word %04x", number), err, code, number)
	}
	k.order("touch automatic on")
	shared, err := side.ECDH(t.Context(), request, p.gate())
	if err != nil {
		t.Fatalf("afterwards: %v", err)
	}
	shared.Destroy()
}

func TestEveryCTAPStatusReachesTheWallet(t *testing.T) {
	if !onBench(t) {
		return
	}
	k := startKey(t, pcscd.KeyOptions{Name: "status", Serial: 24000002})
	d := devices(t, k)
	tok := find(t, d, token.FIDO2, 24000002)
	p, side := newPerson(), d.FIDO2(tok.ID)
	k.order("touch automatic on")
	made, err := side.EnrolFIDO2(t.Context(), keystore.FIDO2EnrolRequest{UserHandle: make([]byte, 32), UserName: "Holdfast"}, p.gate())
	if err != nil {
		t.Fatal(err)
	}
	request := keystore.HMACRequest{Credential: made.ID, Salt: make([]byte, 32)}
	for _, number := range numbersOf(t, "ctap", 40) {
		k.order(fmt.Sprintf("inject ctap 0x%02x 1 0x02", number))
		_, err := side.HMACSecret(t.Context(), request, p.gate())
		expect(t, fmt.Sprintf("CTAP status %02x", number), err, token.FromCTAP(int(number)), number)
	}
	k.order("touch automatic off")
	k.order("touch timeout 200ms")
	if _, err := side.HMACSecret(t.Context(), request, p.gate()); token.CodeOf(err) != token.TouchTimeout {
		t.Errorf("nobody touched it: %v", err)
	}
}

func TestAnExtraRootVouchesAndIsSaid(t *testing.T) {
	if !onBench(t) {
		return
	}
	startKey(t, pcscd.KeyOptions{Name: "root", Serial: 24000003})
	data, err := os.ReadFile(filepath.Join(bench.Authority(), virtualpiv.AttestationRoot))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	d := Devices(Options{AttestationRoots: []*x509.Certificate{root}})
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	tok := find(t, d, token.PIV, 24000003)
	if !tok.Unverified {
		t.Error("an extra root is in force, and the token does not say so")
	}
	keys, err := d.PIV(tok.ID).EnrolPIV(t.Context(), bothTiers(), newPerson().gate())
	if err != nil {
		t.Fatal(err)
	}
	for tier, made := range keys {
		if !made.Vouched {
			t.Errorf("tier %s: the root does not vouch", tier)
		}
	}
}

// TestNoSmartCardService asks a helper alone, since a process remembers where the service is.
func TestNoSmartCardService(t *testing.T) {
	if !onBench(t) {
		return
	}
	startKey(t, pcscd.KeyOptions{Name: "service", Serial: 24000004})
	d := devices(t)
	tok := find(t, d, token.PIV, 24000004)
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(t.TempDir(), "nobody"))
	if _, err := d.Facts(t.Context(), tok.ID); token.CodeOf(err) != token.NoService {
		t.Errorf("facts: %v", err)
	}
	request := keystore.ECDHRequest{Slot: 0x82, Curve: keystore.CurveX25519, Public: make([]byte, 32), Peer: make([]byte, 32)}
	request.Public[0], request.Peer[0] = 9, 9
	gate := keystore.Gate{Prompts: keystore.Prompts{PIN: func(context.Context, keystore.PINRequest) (*secret.Bytes, error) {
		t.Error("a PIN was asked")
		return nil, errors.New("no")
	}}}
	if _, err := d.PIV(tok.ID).ECDH(t.Context(), request, gate); token.CodeOf(err) != token.NoService {
		t.Errorf("key agreement: %v", err)
	}
}
