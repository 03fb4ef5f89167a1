package judge

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/internal/alone"
	"holdfast/token/virtual/body"
	"holdfast/token/virtual/pcscd"
)

// TestPIVGo runs piv-go, which the wallet talks to keys with, on one bench and in
// a process of its own: the library under it remembers the first socket that it
// was told of.
func TestPIVGo(t *testing.T) {
	t.Parallel()
	path, err := virtualkey()
	if err != nil {
		t.Fatal(err)
	}
	if !alone.Here(t, virtualkeyVariable+"="+path) {
		return
	}
	b := newBench(t, pcscd.Options{Keys: 2, Readers: 3, SmartCardOnly: true})
	if err := os.Setenv("PCSCLITE_CSOCK_NAME", b.Socket()); err != nil { //nolint:usetesting // for good: the library keeps it
		t.Fatal(err)
	}
	cards, err := piv.Cards()
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if !slices.Contains(cards, pcscd.ReaderName(n)) {
			t.Fatalf("no reader %q among %q", pcscd.ReaderName(n), cards)
		}
	}
	t.Run("agreement", func(t *testing.T) { testAgreement(t, b) })
	t.Run("management key", func(t *testing.T) { testManagementKey(t, b) })
	t.Run("touch", func(t *testing.T) { testTouch(t, b) })
	t.Run("tries", func(t *testing.T) { testTries(t, b) })
	t.Run("unplug", func(t *testing.T) { testUnplug(t, b) })
	t.Run("freeze", func(t *testing.T) { testFreeze(t, b) })
	t.Run("another make", func(t *testing.T) { testOtherMake(t, b) })
	t.Run("lost", func(t *testing.T) { testLost(t, b) })
}

// openCard opens the key in a reader, counted from 0.
func openCard(t *testing.T, reader int) *piv.YubiKey {
	t.Helper()
	yk, err := piv.Open(pcscd.ReaderName(reader))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := yk.Close(); err != nil {
			t.Logf("close: %v", err)
		}
	})
	return yk
}

// order gives a key an order.
func order(t *testing.T, b *pcscd.Bench, key string, words ...string) []string {
	t.Helper()
	lines, err := b.Key(t.Context(), key, words...)
	if err != nil {
		t.Fatalf("%s: %q: %v", key, words, err)
	}
	return lines
}

func retired(t *testing.T, n uint32) piv.Slot {
	t.Helper()
	slot, ok := piv.RetiredKeyManagementSlot(n)
	if !ok {
		t.Fatalf("no slot %02x", n)
	}
	return slot
}

// exchanger is what both kinds of agreement key can do.
type exchanger interface {
	ECDH(*ecdh.PublicKey) ([]byte, error)
}

// agree checks an agreement with a key on a card.
func agree(t *testing.T, yk *piv.YubiKey, slot piv.Slot, public any, auth piv.KeyAuth) error {
	t.Helper()
	own, ok := public.(*ecdh.PublicKey)
	if p, is := public.(*ecdsa.PublicKey); is {
		var err error
		if own, err = p.ECDH(); err != nil {
			t.Fatal(err)
		}
		ok = true
	}
	if !ok {
		t.Fatalf("public key %T", public)
	}
	private, err := yk.PrivateKey(slot, public, auth)
	if err != nil {
		t.Fatal(err)
	}
	peer, err := own.Curve().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	able, ok := private.(exchanger)
	if !ok {
		t.Fatalf("a %T cannot agree", private)
	}
	got, err := able.ECDH(peer.PublicKey())
	if err != nil {
		return err
	}
	want, err := peer.ECDH(own)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("shared secret %x, want %x: %v", got, want, err)
	}
	return nil
}

func testAgreement(t *testing.T, b *pcscd.Bench) {
	yk := openCard(t, 0)
	serial, err := yk.Serial()
	if err != nil || serial != 10000001 || yk.Version() != (piv.Version{Major: 5, Minor: 7, Patch: 1}) {
		t.Fatalf("serial %d, version %v: %v", serial, yk.Version(), err)
	}
	if form, err := yk.FormFactor(); err != nil || form != piv.FormfactorUSBAKeychain {
		t.Fatalf("form factor %v: %v", form, err)
	}
	for n, algorithm := range map[uint32]piv.Algorithm{0x82: piv.AlgorithmX25519, 0x83: piv.AlgorithmEC256} {
		slot := retired(t, n)
		policy := piv.Key{Algorithm: algorithm, PINPolicy: piv.PINPolicyAlways, TouchPolicy: piv.TouchPolicyAlways}
		public, err := yk.GenerateKey(piv.DefaultManagementKey, slot, policy)
		if err != nil {
			t.Fatal(err)
		}
		info, err := yk.KeyInfo(slot)
		if err != nil || info.Algorithm != algorithm || info.PINPolicy != policy.PINPolicy ||
			info.TouchPolicy != policy.TouchPolicy || info.Origin != piv.OriginGenerated {
			t.Fatalf("slot %v: %+v: %v", slot, info, err)
		}
		if _, err := yk.Attest(slot); err != nil {
			t.Fatal(err)
		}
		before := len(operations(t, b, "key1"))
		if err := agree(t, yk, slot, public, piv.KeyAuth{PIN: piv.DefaultPIN}); err != nil {
			t.Fatal(err)
		}
		used := 0
		for _, op := range operations(t, b, "key1")[before:] {
			if op.Name == "general authenticate" && op.Slot == slot.String() && op.PIN && op.Touch && op.Result == "9000" {
				used++
			}
		}
		if used != 1 {
			t.Fatalf("slot %v was used %d times with PIN and touch", slot, used)
		}
	}
}

func testManagementKey(t *testing.T, _ *pcscd.Bench) {
	yk := openCard(t, 0)
	next := make([]byte, 24)
	if _, err := rand.Read(next); err != nil {
		t.Fatal(err)
	}
	if err := yk.SetManagementKey(piv.DefaultManagementKey, next); err != nil {
		t.Fatal(err)
	}
	if err := yk.SetMetadata(next, &piv.Metadata{ManagementKey: &next}); err != nil {
		t.Fatal(err)
	}
	kept, err := yk.Metadata(piv.DefaultPIN)
	if err != nil || kept.ManagementKey == nil || !bytes.Equal(*kept.ManagementKey, next) {
		t.Fatalf("management key under the PIN: %v", err)
	}
	if err := yk.SetManagementKey(piv.DefaultManagementKey, next); err == nil {
		t.Fatal("the old management key still works")
	}
	if err := yk.SetManagementKey(next, piv.DefaultManagementKey); err != nil {
		t.Fatal(err)
	}
}

func testTouch(t *testing.T, b *pcscd.Bench) {
	order(t, b, "key1", "touch", "automatic", "off")
	yk := openCard(t, 0)
	info, err := yk.KeyInfo(retired(t, 0x83))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Key(t.Context(), "key1", "touch"); err == nil {
		t.Fatal("a touch that nothing waits for was taken")
	}
	done := make(chan error, 1)
	go func() { done <- agree(t, yk, retired(t, 0x83), info.PublicKey, piv.KeyAuth{PIN: piv.DefaultPIN}) }()
	order(t, b, "key1", "touch", "wait")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	order(t, b, "key1", "touch", "automatic", "on")
}

func testTries(t *testing.T, b *pcscd.Bench) {
	yk := openCard(t, 1)
	var wrong piv.AuthErr
	if err := yk.VerifyPIN("000000"); !errors.As(err, &wrong) || wrong.Retries != 2 {
		t.Fatalf("wrong PIN: %v", err)
	}
	if got := order(t, b, "key2", "tries", "pin"); !slices.Equal(got, []string{"2 of 3"}) {
		t.Fatalf("tries %q", got)
	}
	order(t, b, "key2", "tries", "pin", "0")
	if err := yk.VerifyPIN(piv.DefaultPIN); !errors.As(err, &wrong) || wrong.Retries != 0 {
		t.Fatalf("blocked PIN: %v", err)
	}
	if err := yk.Unblock(piv.DefaultPUK, piv.DefaultPIN); err != nil {
		t.Fatal(err)
	}
	if n, err := yk.Retries(); err != nil || n != 3 {
		t.Fatalf("%d tries: %v", n, err)
	}
}

func testUnplug(t *testing.T, b *pcscd.Bench) {
	yk := openCard(t, 0)
	info, err := yk.KeyInfo(retired(t, 0x82))
	if err != nil {
		t.Fatal(err)
	}
	order(t, b, "key1", "unplug", "after", "2", "apdus")
	if err := agree(t, yk, retired(t, 0x82), info.PublicKey, piv.KeyAuth{PIN: piv.DefaultPIN}); err == nil {
		t.Fatal("an unplugged key answered")
	}
	if got := order(t, b, "key1", "status"); !slices.Contains(got, "plugged false") {
		t.Fatalf("status %q", got)
	}
	if err := yk.Close(); err != nil {
		t.Logf("close of a key that is gone: %v", err)
	}
	order(t, b, "key1", "plug") // and programs see it
	yk, err = piv.Open(pcscd.ReaderName(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := agree(t, yk, retired(t, 0x82), info.PublicKey, piv.KeyAuth{PIN: piv.DefaultPIN}); err != nil {
		t.Fatal(err)
	}
	if err := yk.Close(); err != nil {
		t.Fatal(err)
	}
}

func testFreeze(t *testing.T, b *pcscd.Bench) {
	yk := openCard(t, 0)
	order(t, b, "key1", "freeze")
	done := make(chan error, 1)
	go func() {
		_, err := yk.Serial()
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("a frozen key answered: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	order(t, b, "key1", "thaw")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func testLost(t *testing.T, b *pcscd.Bench) {
	if err := b.StartKey(t.Context(), pcscd.KeyOptions{Name: "third", Serial: 333, Firmware: "5.4.3"}); err != nil {
		t.Fatal(err)
	}
	if serial, err := openCard(t, 2).Serial(); err != nil || serial != 333 {
		t.Fatalf("serial %d: %v", serial, err)
	}
	for _, words := range [][]string{{"lose", "key2"}, {"kill", "third"}, {"start", "third"}, {"start", "fourth", "reader=2"}} {
		if _, err := b.Order(t.Context(), words...); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
	}
	yk, err := piv.Open(pcscd.ReaderName(1))
	if err != nil {
		t.Fatal(err)
	}
	serial, err := yk.Serial()
	if err = errors.Join(err, yk.Close()); err != nil || serial == 10000002 {
		t.Fatalf("serial %d: %v", serial, err)
	}
	if lines, err := b.Order(t.Context(), "list"); err != nil || len(lines) != 3 {
		t.Fatalf("keys %q: %v", lines, err)
	}
	for _, op := range operations(t, b, "fourth") {
		if op.Side != body.PIV {
			t.Fatalf("%+v", op)
		}
	}
}
