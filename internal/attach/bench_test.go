package attach

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/alone"
	"holdfast/internal/built"
	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/virtual/pcscd"
)

// bench is a pcscd of the test's own with emulated keys in its readers, where the test is alone. Without pcscd these tests fail: they are what shows
// that the wallet works through the real libraries.
var bench *pcscd.Bench

func TestMain(m *testing.M) {
	HelperMain() // this test binary is its own helper
	os.Exit(withPrograms(m.Run))
}

// programs is the folder for virtualkey, which all tests share.
var programs string

func withPrograms(run func() int) (code int) {
	var err error
	if programs, err = os.MkdirTemp("", "hf"); err != nil {
		return complain(err)
	}
	defer func() {
		if err := os.RemoveAll(programs); err != nil {
			code = complain(err)
		}
	}()
	return run()
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// virtualkey is the program of the emulated keys. Only what a test looks at makes the go command forget its result when make builds another.
var virtualkey = sync.OnceValues(func() (string, error) {
	paths, err := built.Programs(programs, built.Virtualkey)
	if err != nil {
		return "", err
	}
	return paths[0], nil
})

const virtualkeyVariable = "HOLDFAST_TEST_VIRTUALKEY"

// onBench has a test go on in a process of its own, with a bench of its own: the library under piv-go and our own binding keeps the first socket that
// it was told of. It returns false where the test is over.
func onBench(t *testing.T) bool {
	t.Helper()
	program := os.Getenv(virtualkeyVariable)
	if program == "" {
		t.Parallel()
		var err error
		if program, err = virtualkey(); err != nil {
			t.Fatal(err)
		}
	}
	if !alone.Here(t, virtualkeyVariable+"="+program) {
		return false
	}
	startBench(t, program)
	return true
}

// startBench starts the bench of this process.
func startBench(t testing.TB, program string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hf") //nolint:usetesting // short: sockets are made in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if bench, err = pcscd.Start(context.WithoutCancel(t.Context()), pcscd.Options{Dir: dir, Program: program, Readers: 4}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bench.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, set := range bench.Env() {
		name, value, _ := strings.Cut(set, "=")
		if err := os.Setenv(name, value); err != nil { //nolint:usetesting // for good: parts of the test run beside each other
			t.Fatal(err)
		}
	}
}

// key is an emulated key of the bench, with both sides.
type key struct {
	t    testing.TB
	name string
}

// startKey starts a new key, which is put away for good at the end of the test.
func startKey(t testing.TB, o pcscd.KeyOptions) *key {
	t.Helper()
	if err := bench.StartKey(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	k := &key{t: t, name: o.Name}
	t.Cleanup(func() {
		if _, err := bench.Order(context.Background(), "lose", o.Name); err != nil {
			t.Error(err)
		}
	})
	return k
}

// order works the key; it may be called from any goroutine.
func (k *key) order(words string) []string {
	lines, err := bench.Key(context.Background(), k.name, strings.Fields(words)...)
	if err != nil {
		k.t.Errorf("order %q: %v", words, err)
	}
	return lines
}

func (k *key) waiting() bool {
	lines := k.order("waiting")
	if len(lines) != 1 {
		return false
	}
	n, err := strconv.Atoi(lines[0])
	return err == nil && n > 0
}

// out tells whether the key is out of its port.
func (k *key) out() bool { return slices.Contains(k.order("status"), "plugged false") }

// await waits until f holds.
func await(t testing.TB, what string, f func() bool) {
	t.Helper()
	limit := time.Now().Add(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		if time.Now().After(limit) {
			t.Errorf("waited in vain until %s", what)
			return
		}
		<-tick.C
	}
}

// devices attaches the tokens of the bench.
func devices(t testing.TB, k ...*key) *Tokens {
	t.Helper()
	var o Options
	for _, one := range k {
		o.FIDOPaths = append(o.FIDOPaths, bench.HID(one.name))
	}
	d := Devices(o)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// find waits for one side of the key with a serial number.
func find(t testing.TB, d *Tokens, kind token.Kind, serial uint32) token.Token {
	t.Helper()
	var found token.Token
	await(t, fmt.Sprintf("the %s side of %d is there", kind, serial), func() bool {
		list, err := d.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, tok := range list {
			if tok.Kind == kind && tok.Physical == token.YubiKeySerial(serial) {
				found = tok
			}
		}
		return found.ID != ""
	})
	return found
}

// person answers prompts as told, and keeps what was asked.
type person struct {
	mu      sync.Mutex
	pins    map[keystore.PINKind]string
	asked   []keystore.PINRequest
	touches int
	onTouch func() // what the hand does; nil for nothing
}

func newPerson() *person {
	return &person{pins: map[keystore.PINKind]string{
		keystore.PINPIV: "846201", keystore.PINNewPIV: "846201", keystore.PINNewPUK: "73510984",
		keystore.PINFIDO2: "correct horse", keystore.PINNewFIDO2: "correct horse",
	}}
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

func (p *person) touch(context.Context, keystore.TouchRequest) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touches++
	if p.onTouch != nil {
		go p.onTouch()
	}
	return func() {}
}

func (p *person) kinds() string {
	var kinds []string
	for _, r := range p.asked {
		kinds = append(kinds, string(r.Which))
	}
	return strings.Join(kinds, " ")
}

func (p *person) last() keystore.PINRequest {
	if len(p.asked) == 0 {
		return keystore.PINRequest{}
	}
	return p.asked[len(p.asked)-1]
}

// certify makes the certificates of an enrolment: what they say is the keystore's matter.
func certify(keys keystore.PIVKeys) (map[keystore.Tier][]byte, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	made := map[keystore.Tier][]byte{}
	for tier := range keys {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Holdfast " + string(tier)}}
		if made[tier], err = x509.CreateCertificate(rand.Reader, template, template, public, private); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func bothTiers() keystore.PIVEnrolRequest {
	return keystore.PIVEnrolRequest{Tiers: []keystore.Tier{keystore.TierVault, keystore.TierMaster}, Certificates: certify}
}
