package helper

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/virtual"
)

// key is an emulated key with its passkey side attached; the library in between is the real one.
type key struct {
	t     testing.TB
	dir   string
	ended chan error
	stop  context.CancelFunc
}

func startKey(t testing.TB, serial uint32) *key {
	t.Helper()
	k := &key{t: t, dir: t.TempDir(), ended: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	k.stop = stop
	ready := make(chan struct{})
	go func() {
		k.ended <- virtual.Run(ctx, virtual.Options{State: k.dir, Serial: serial, HID: k.path(), Control: k.socket()}, func() { close(ready) })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-k.ended; err != nil {
			t.Errorf("the emulated key: %v", err)
		}
	})
	select {
	case <-ready:
	case err := <-k.ended:
		t.Fatalf("the emulated key does not start: %v", err)
	}
	return k
}

func (k *key) path() string   { return filepath.Join(k.dir, "fido") }
func (k *key) socket() string { return filepath.Join(k.dir, "control") }

func (k *key) token() token.Token {
	return token.Token{ID: "fido2:" + k.path(), Kind: token.FIDO2, Path: k.path(), Name: "the key", Unverified: true}
}

// order works the key; unlike its siblings it may be called from any goroutine.
func (k *key) order(words string) []string {
	lines, err := virtual.Ask(context.Background(), k.socket(), strings.Fields(words)...)
	if err != nil {
		k.t.Errorf("order %q: %v", words, err)
	}
	return lines
}

// person answers prompts as told, and keeps what was asked.
type person struct {
	mu      sync.Mutex
	pins    map[keystore.PINKind]string
	asked   []keystore.PINRequest
	touches []keystore.TouchRequest
	showing int    // touch notices on the screen
	onTouch func() // what the hand does; nil for nothing
}

func (p *person) gate() keystore.Gate {
	return keystore.Gate{
		Touch:   keystore.TouchRequest{Act: "open the vault", Number: 1, Of: 1, Requester: "a test"},
		Prompts: keystore.Prompts{PIN: p.pin, Touch: p.touch},
	}
}

func (p *person) pin(_ context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r)
	pin, ok := p.pins[r.Which]
	if !ok {
		return nil, errors.New("the person closed the prompt")
	}
	return secret.Move([]byte(pin))
}

func (p *person) touch(_ context.Context, r keystore.TouchRequest) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touches = append(p.touches, r)
	p.showing++
	if p.onTouch != nil {
		go p.onTouch()
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.showing--
	}
}

func (p *person) last() keystore.PINRequest { return p.asked[len(p.asked)-1] }

func enrolRequest() keystore.FIDO2EnrolRequest {
	return keystore.FIDO2EnrolRequest{UserHandle: make([]byte, 32), UserName: "Holdfast vault - do not delete"}
}

// enrolled is a key with a PIN and a credential, touched whenever it waits.
func enrolled(t testing.TB) (*Client, *key, *person, keystore.HMACRequest) {
	t.Helper()
	k, c := startKey(t, 12345678), NewClient(nil, nil)
	p := &person{pins: map[keystore.PINKind]string{keystore.PINNewFIDO2: "correct horse", keystore.PINFIDO2: "correct horse"}}
	k.order("touch automatic on")
	made, err := c.FIDO2(k.token()).EnrolFIDO2(t.Context(), enrolRequest(), p.gate())
	if err != nil {
		t.Fatal(err)
	}
	return c, k, p, keystore.HMACRequest{Credential: made.ID, Salt: make([]byte, 32)}
}

func TestPasskeyEnrolAndOpen(t *testing.T) {
	k, c := startKey(t, 12345678), NewClient(nil, nil)
	facts, err := c.Facts(t.Context(), k.token())
	if err != nil {
		t.Fatal(err)
	}
	if lacks, ok := facts.FIDO2.Suits(); !ok || facts.PINSet != token.No || facts.PINTries != 8 || len(facts.FIDO2.AAGUID) != 16 {
		t.Errorf("lacks %q: %+v %+v", lacks, facts, facts.FIDO2)
	}
	if tok := facts.Token; tok.Physical != "yubikey:12345678" || tok.Firmware != "5.7.1" || tok.Name != "YubiKey 12345678" || !tok.Unverified {
		t.Errorf("%+v", tok)
	}

	p := &person{pins: map[keystore.PINKind]string{keystore.PINNewFIDO2: "correct horse"}, onTouch: func() { k.order("touch wait") }}
	side := c.FIDO2(k.token())
	if _, err := side.HMACSecret(t.Context(), keystore.HMACRequest{Credential: []byte{1}, Salt: make([]byte, 32)}, p.gate()); token.CodeOf(err) != token.PINNotSet {
		t.Errorf("without a PIN: %v", err)
	}
	made, err := side.EnrolFIDO2(t.Context(), enrolRequest(), p.gate())
	if err != nil || len(made.Public) != 64 || len(made.AAGUID) != 16 || len(made.ID) == 0 {
		t.Fatalf("%+v, %v", made, err)
	}
	if r := p.last(); r.Which != keystore.PINNewFIDO2 || r.TriesLeft != -1 || r.Max != 63 || r.Min != 4 || r.Token != "the key" {
		t.Errorf("asked %+v", r)
	}
	if len(p.touches) != 1 || p.touches[0].Act != "open the vault" || p.touches[0].Token != "the key" || p.showing != 0 {
		t.Errorf("touches %+v, %d notices left", p.touches, p.showing)
	}

	p.pins = map[keystore.PINKind]string{keystore.PINFIDO2: "correct horse"}
	open := func(salt byte) *secret.Bytes {
		r := keystore.HMACRequest{Credential: made.ID, Salt: make([]byte, 32)}
		r.Salt[0] = salt
		s, err := side.HMACSecret(t.Context(), r, p.gate())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Destroy)
		return s
	}
	a, again, other := open(1), open(1), open(2)
	if !a.Equal(again) || a.Equal(other) || a.Len() != 32 {
		t.Error("the same salt must give the same secret, another another")
	}
	if r := p.last(); r.Which != keystore.PINFIDO2 || r.TriesLeft != 8 {
		t.Errorf("asked %+v", r)
	}
	p.onTouch = nil
	if _, err := side.HMACSecret(t.Context(), keystore.HMACRequest{Credential: make([]byte, 48), Salt: make([]byte, 32)}, p.gate()); token.CodeOf(err) != token.NoCredential {
		t.Errorf("a credential of nobody: %v", err)
	}
	if facts, err := c.Facts(t.Context(), k.token()); err != nil || facts.PINSet != token.Yes {
		t.Errorf("%+v, %v", facts, err)
	}
}

func TestPasskeyPINIsCountedAndNeverRetried(t *testing.T) {
	c, k, p, r := enrolled(t)
	side := c.FIDO2(k.token())
	p.pins[keystore.PINFIDO2] = "wrong horse"
	for left := 7; left >= 6; left-- {
		_, err := side.HMACSecret(t.Context(), r, p.gate())
		var e *token.Error
		if !errors.As(err, &e) || e.Code != token.WrongPIN || e.TriesLeft != left || p.last().TriesLeft != left+1 {
			t.Fatalf("%v after %+v, want %d left", err, p.last(), left)
		}
	}
	_, err := side.HMACSecret(t.Context(), r, p.gate())
	if token.CodeOf(err) != token.PINAuthBlocked {
		t.Errorf("the third in a row: %v", err)
	}
	asked := len(p.asked)
	p.pins[keystore.PINFIDO2] = "correct horse"
	if _, err := side.HMACSecret(t.Context(), r, p.gate()); token.CodeOf(err) != token.PINAuthBlocked || len(p.asked) != asked {
		t.Errorf("blocked until replugged: %v, asked %d", err, len(p.asked)-asked)
	}
	k.order("unplug")
	k.order("plug")
	k.order("touch automatic on")
	await(t, func() bool { _, err := c.Identify(t.Context(), k.token()); return err == nil })
	s, err := side.HMACSecret(t.Context(), r, p.gate())
	if err != nil {
		t.Fatal(err)
	}
	s.Destroy()
	if got := p.last().TriesLeft; got != 5 {
		t.Errorf("%d tries left before the right PIN, want 5", got)
	}
	k.order("tries fido2 0")
	asked = len(p.asked)
	if _, err := side.HMACSecret(t.Context(), r, p.gate()); token.CodeOf(err) != token.PINBlocked || len(p.asked) != asked {
		t.Errorf("blocked: %v, asked %d", err, len(p.asked)-asked)
	}
}

func TestPasskeyPromptsAreObeyed(t *testing.T) {
	c, k, p, r := enrolled(t)
	side := c.FIDO2(k.token())
	before := k.order("log")
	delete(p.pins, keystore.PINFIDO2)
	if _, err := side.HMACSecret(t.Context(), r, p.gate()); token.CodeOf(err) != token.Cancelled {
		t.Errorf("a prompt that was closed: %v", err)
	}
	for _, pin := range []string{"123", strings.Repeat("x", 64), "1\x00345"} {
		p.pins[keystore.PINFIDO2] = pin
		if _, err := side.HMACSecret(t.Context(), r, p.gate()); token.CodeOf(err) != token.PINRefused {
			t.Errorf("PIN of %d bytes: %v", len(pin), err)
		}
	}
	for _, line := range k.order("log")[len(before):] {
		if strings.Contains(line, "hmac") || strings.Contains(line, `"pin":true`) {
			t.Errorf("the token was used: %s", line)
		}
	}
	if facts, err := c.Facts(t.Context(), k.token()); err != nil || facts.PINTries != 8 {
		t.Errorf("%d tries left, %v", facts.PINTries, err)
	}
}

func TestPasskeyTouchCancelledUnpluggedFrozen(t *testing.T) {
	c, k, p, r := enrolled(t)
	side := c.FIDO2(k.token())
	k.order("touch automatic off")

	waits := func() bool { n, _ := strconv.Atoi(k.order("waiting")[0]); return n > 0 }
	cancelled := func(freeze bool, want Stop) {
		ctx, cancel := context.WithCancel(t.Context())
		p.onTouch = func() {
			await(t, waits)
			if freeze {
				k.order("freeze")
			}
			cancel()
		}
		_, err := side.HMACSecret(ctx, r, p.gate())
		if token.CodeOf(err) != token.Cancelled || howStopped(err) != want || p.showing != 0 {
			t.Errorf("cancelled, frozen %v: %v, %q, %d touch notices left", freeze, err, howStopped(err), p.showing)
		}
		if !freeze && waits() {
			t.Error("the token was told, and blinks")
		}
		k.order("thaw")
		await(t, func() bool { return !waits() })
	}
	if c.grace != 60*time.Millisecond {
		t.Errorf("a helper is given %v", c.grace)
	}
	c.grace = patience
	cancelled(false, Obeyed)
	c.grace = grace

	p.onTouch = func() { await(t, waits); k.order("unplug") }
	if _, err := side.HMACSecret(t.Context(), r, p.gate()); token.CodeOf(err) != token.Removed {
		t.Errorf("unplugged: %v", err)
	}
	k.order("plug")
	await(t, func() bool { _, err := c.Identify(t.Context(), k.token()); return err == nil })

	cancelled(true, Killed)
}

// howStopped is how the helper of a cancelled act has ended.
func howStopped(err error) Stop {
	var s *StoppedError
	if !errors.As(err, &s) {
		return "not stopped"
	}
	return s.How
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// await waits until f holds.
func await(t testing.TB, f func() bool) {
	t.Helper()
	limit := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		if time.Now().After(limit) {
			t.Error("waited in vain")
			return
		}
		<-tick.C
	}
}
