package judge

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/token/virtual/body"
	"holdfast/token/virtual/ctap"
	"holdfast/token/virtual/hid"
)

// fidoKey is an emulated key whose FIDO2 side is attached.
type fidoKey struct {
	*body.Body
	auth   *ctap.Authenticator
	device *hid.Device
	path   string // what a client opens
}

// plugFIDO2 makes a key with automatic touch and attaches its FIDO2 side.
func plugFIDO2(t *testing.T) *fidoKey {
	t.Helper()
	return plugFIDO2Of(t, "yubikey")
}

// plugFIDO2Of does so with a key of a make.
func plugFIDO2Of(t *testing.T, made string) *fidoKey {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "key")
	b, err := body.Open(body.Options{Dir: dir, Serial: 12345678, Firmware: "5.4.3", Make: made})
	if err != nil {
		t.Fatal(err)
	}
	a, err := ctap.New(b)
	if err != nil {
		t.Fatal(err)
	}
	b.AutomaticTouch(true)
	k := &fidoKey{Body: b, auth: a, path: filepath.Join(t.TempDir(), "fido2")}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	k.device = &hid.Device{Body: b, Auth: a, Link: k.path}
	recordFIDO2(t, k.device)
	go func() { served <- k.device.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-served, b.Close()); err != nil {
			t.Error(err)
		}
	})
	k.wait(t)
	return k
}

// recordTo makes the FIDO2 tests record their traffic, as the seeds of fuzz tests.
var recordTo = flag.String("record-fido2", "", "folder for the packets and requests that the FIDO2 clients send")

// recorder notes requests on their way to the authenticator.
type recorder struct {
	hid.Authenticator
	to io.Writer
}

func (r recorder) Handle(ctx context.Context, message []byte, keepalive func(byte)) []byte {
	if _, err := fmt.Fprintf(r.to, "%x\n", message); err != nil {
		return nil
	}
	return r.Authenticator.Handle(ctx, message, keepalive)
}

// recordFIDO2 records a device's traffic when that was asked for.
func recordFIDO2(t *testing.T, d *hid.Device) {
	t.Helper()
	if *recordTo == "" {
		return
	}
	for _, kind := range []string{"packets", "requests"} {
		name := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()) + "." + kind
		f, err := os.Create(filepath.Join(*recordTo, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
		if kind == "packets" {
			d.Trace = f
		} else {
			d.Auth = recorder{d.Auth, f}
		}
	}
}

// wait waits until the device is there.
func (k *fidoKey) wait(t *testing.T) {
	t.Helper()
	if !become(k.device.Attached) {
		t.Fatal("the device did not appear")
	}
}

// become waits until something is so, and gives false when it takes too long.
func become(so func() bool) bool {
	tick, late := time.NewTicker(5*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			return false
		}
	}
	return true
}

// replug pulls the key out and puts it in again.
func (k *fidoKey) replug(t *testing.T) {
	t.Helper()
	k.Unplug()
	gone := func() bool {
		_, err := os.Lstat(k.path)
		return errors.Is(err, os.ErrNotExist)
	}
	if !become(gone) {
		t.Fatal("the device did not go away")
	}
	k.Plug()
	k.wait(t)
}

// client finds a program that judges the key. Without it there is no judgement,
// so the test fails.
func client(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v: install the Debian package fido2-tools", err)
	}
	return path
}

// run runs a client with input on its standard input and answers at its
// terminal, and gives what it printed.
func run(t *testing.T, input string, answers []string, name string, args ...string) (string, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 60*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, client(t, name), args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Stdin = strings.NewReader(input)
	finish := giveTerminal(t, cmd, answers)
	err := cmd.Run()
	finish()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, errs.String())
	}
	return out.String(), err
}

// mustRun is run for a client that has to succeed.
func mustRun(t *testing.T, input string, answers []string, name string, args ...string) string {
	t.Helper()
	out, err := run(t, input, answers, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// giveTerminal gives a command a controlling terminal of its own, from which it
// reads PINs, and answers each of its prompts in turn.
func giveTerminal(t *testing.T, cmd *exec.Cmd, answers []string) (finish func()) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	master := os.NewFile(uintptr(fd), "terminal")
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{slave} // descriptor 3 of the child
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	asked := make(chan int, 1)
	go func() {
		r, count := bufio.NewReader(master), 0
		for {
			prompt, err := r.ReadString(':')
			if err != nil {
				asked <- count
				return
			}
			if count < len(answers) && strings.Contains(prompt, "PIN") {
				if _, err := master.WriteString(answers[count] + "\n"); err != nil {
					asked <- count
					return
				}
			}
			count++
		}
	}()
	return func() {
		if err := errors.Join(slave.Close(), master.Close()); err != nil {
			t.Error(err)
		}
		if got := <-asked; got != len(answers) {
			t.Errorf("%s asked for %d PINs, want %d", cmd.Path, got, len(answers))
		}
	}
}

// args joins a client's arguments; those in words and flags stand between spaces.
func args(words, flags string, rest ...string) []string {
	return slices.Concat(strings.Fields(words), strings.Fields(flags), rest)
}

// want checks that a client printed each of the lines.
func want(t *testing.T, out string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+out, "\n"+line+"\n") {
			t.Errorf("no line %q in:\n%s", line, out)
		}
	}
}

// b64 is how the clients print and read bytes.
func b64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func unb64(t *testing.T, s string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return data
}

func hash(s string) []byte { sum := sha256.Sum256([]byte(s)); return sum[:] }

func TestFIDO2Info(t *testing.T) {
	t.Parallel()
	k := plugFIDO2(t)
	out := mustRun(t, "", nil, "fido2-token", "-I", k.path)
	want(t, out,
		"proto: 0x02", "major: 0x05", "minor: 0x04", "build: 0x03", "caps: 0x0d (wink, cbor, nomsg)",
		"version strings: FIDO_2_0, FIDO_2_1", "extension strings: credProtect, hmac-secret",
		"transport strings: usb", "algorithms: es256 (public-key), eddsa (public-key)",
		"aaguid: 686f6c6466617374207669727475616c",
		"options: rk, up, noplat, noclientPin, pinUvAuthToken",
		"fwversion: 0x50403", "maxmsgsiz: 1200", "maxcredcntlst: 8", "maxcredlen: 128",
		"remaining rk(s): 25", "minpinlen: 4", "pin protocols: 2, 1",
		"pin retries: 8", "pin change required: false", "uv retries: undefined")
}

func TestFIDO2PIN(t *testing.T) {
	t.Parallel()
	k := plugFIDO2(t)
	mustRun(t, "", []string{"2468", "2468"}, "fido2-token", "-S", k.path)
	want(t, mustRun(t, "", nil, "fido2-token", "-I", k.path), "options: rk, up, noplat, clientPin, pinUvAuthToken", "pin retries: 8")

	refused := func(words, pin string, left int) {
		t.Helper()
		_, err := run(t, "", []string{pin, "11223344", "11223344"}, "fido2-token", "-C", k.path)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("PIN %s: %v, want %s", pin, err, words)
		}
		want(t, mustRun(t, "", nil, "fido2-token", "-I", k.path), fmt.Sprintf("pin retries: %d", left))
	}
	refused("FIDO_ERR_PIN_INVALID", "1111", 7)
	mustRun(t, "", []string{"2468", "13579", "13579"}, "fido2-token", "-C", k.path)
	want(t, mustRun(t, "", nil, "fido2-token", "-I", k.path), "pin retries: 8")
	refused("FIDO_ERR_PIN_INVALID", "2468", 7)
	refused("FIDO_ERR_PIN_INVALID", "2468", 6)
	refused("FIDO_ERR_PIN_AUTH_BLOCKED", "2468", 5)
	refused("FIDO_ERR_PIN_AUTH_BLOCKED", "13579", 5) // the right one, too
	k.replug(t)
	for left := 4; left > 2; left-- {
		refused("FIDO_ERR_PIN_INVALID", "0000", left)
	}
	refused("FIDO_ERR_PIN_AUTH_BLOCKED", "0000", 2)
	k.replug(t)
	refused("FIDO_ERR_PIN_INVALID", "0000", 1)
	refused("FIDO_ERR_PIN_BLOCKED", "0000", 0)
	k.replug(t)
	refused("FIDO_ERR_PIN_BLOCKED", "13579", 0)

	mustRun(t, "", nil, "fido2-token", "-R", k.path)
	want(t, mustRun(t, "", nil, "fido2-token", "-I", k.path), "options: rk, up, noplat, noclientPin, pinUvAuthToken", "pin retries: 8")
}

const rpID = "holdfast.invalid"

// makeCredential lets fido2-cred make a credential and verify it, and gives its
// id and public key (PEM) as fido2-cred -V prints them.
func makeCredential(t *testing.T, k *fidoKey, kind string, answers []string, flags, verifyFlags string) (id, pem string) {
	t.Helper()
	input := strings.Join([]string{b64(hash("make")), rpID, "alice", b64(hash("alice"))}, "\n") + "\n"
	out := mustRun(t, input, answers, "fido2-cred", args("-M -h", flags, k.path, kind)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 7 || lines[0] != b64(hash("make")) || lines[1] != rpID || lines[2] != "packed" {
		t.Fatalf("fido2-cred -M printed:\n%s", out)
	}
	checkAttestation(t, k, lines)
	verified := mustRun(t, out, nil, "fido2-cred", args("-V -h", verifyFlags, kind)...)
	id, pem, _ = strings.Cut(verified, "\n")
	if id != lines[4] || !strings.HasPrefix(pem, "-----BEGIN PUBLIC KEY-----\n") {
		t.Fatalf("fido2-cred -V printed:\n%s", verified)
	}
	lines[0] = b64(hash("another"))
	if _, err := run(t, strings.Join(lines, "\n")+"\n", nil, "fido2-cred", args("-V -h", verifyFlags, kind)...); err == nil {
		t.Fatal("fido2-cred -V verified a credential for another client data hash")
	}
	return id, pem
}

// checkAttestation checks the certificate that fido2-cred printed.
func checkAttestation(t *testing.T, k *fidoKey, lines []string) {
	t.Helper()
	cert, err := x509.ParseCertificate(unb64(t, lines[6]))
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(k.auth.AttestationRoot())
	if err != nil {
		t.Fatal(err)
	}
	if err := cert.CheckSignatureFrom(root); err != nil {
		t.Fatal(err)
	}
	if cert.Version != 3 || cert.IsCA || cert.Subject.OrganizationalUnit[0] != "Authenticator Attestation" {
		t.Fatalf("attestation certificate %q", cert.Subject)
	}
	for _, e := range cert.Extensions {
		if e.Id.String() == "1.3.6.1.4.1.45724.1.1.4" && bytes.Equal(e.Value, append([]byte{4, 16}, "holdfast virtual"...)) {
			return
		}
	}
	t.Fatal("no AAGUID in the attestation certificate")
}

// assertion is what fido2-assert -G printed.
type assertion struct {
	out    string
	flags  byte
	count  uint32
	secret []byte
}

// getAssertion lets fido2-assert get an assertion with the salt and verify it.
func getAssertion(t *testing.T, k *fidoKey, kind, id, pem string, salt []byte, answers []string, flags, verifyFlags string) assertion {
	t.Helper()
	input := strings.Join([]string{b64(hash("get")), rpID, id, b64(salt)}, "\n") + "\n"
	out := mustRun(t, input, answers, "fido2-assert", args("-G -h", flags, k.path)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 5 || lines[0] != b64(hash("get")) || lines[1] != rpID {
		t.Fatalf("fido2-assert -G printed:\n%s", out)
	}
	key := filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(key, []byte(pem), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, strings.Join(lines[:4], "\n")+"\n", nil, "fido2-assert", args("-V -h", verifyFlags, key, kind)...)
	forged := []string{b64(hash("other")), lines[1], lines[2], lines[3]}
	if _, err := run(t, strings.Join(forged, "\n")+"\n", nil, "fido2-assert", args("-V -h", verifyFlags, key, kind)...); err == nil {
		t.Fatal("fido2-assert -V verified a signature over something else")
	}
	data := unb64(t, lines[2])[3:] // a CBOR byte string with a two- or three-byte head
	if unb64(t, lines[2])[0] == 0x58 {
		data = unb64(t, lines[2])[2:]
	}
	return assertion{out: out, flags: data[32], count: binary.BigEndian.Uint32(data[33:37]), secret: unb64(t, lines[4])}
}

func TestFIDO2CredentialAndAssertion(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"es256", "eddsa"} {
		t.Run(kind, func(t *testing.T) {
			k := plugFIDO2(t)
			id, pem := makeCredential(t, k, kind, nil, "", "")
			one, two := hash("salt 1"), hash("salt 2")
			first := getAssertion(t, k, kind, id, pem, one, nil, "", "")
			again := getAssertion(t, k, kind, id, pem, one, nil, "", "")
			other := getAssertion(t, k, kind, id, pem, two, nil, "", "")
			both := getAssertion(t, k, kind, id, pem, append(bytes.Clone(one), two...), nil, "", "")
			switch {
			case len(first.secret) != 32 || !bytes.Equal(first.secret, again.secret):
				t.Errorf("one salt gave %x and then %x", first.secret, again.secret)
			case bytes.Equal(first.secret, other.secret):
				t.Error("two salts gave one secret")
			case !bytes.Equal(both.secret, append(bytes.Clone(first.secret), other.secret...)):
				t.Errorf("two salts at once gave %x", both.secret)
			case first.flags != 0x81 || again.count != first.count+1:
				t.Errorf("flags %#x, counters %d and %d", first.flags, first.count, again.count)
			}
			checkRecord(t, k.Operations(), id, one, two)
		})
	}
}

// checkRecord checks what the key noted of its last assertion.
func checkRecord(t *testing.T, all []body.Operation, id string, salts ...[]byte) {
	t.Helper()
	last := all[len(all)-1]
	var want []string
	for _, s := range salts {
		want = append(want, fmt.Sprintf("%x", sha256.Sum256(s)))
	}
	credential := fmt.Sprintf("%x", sha256.Sum256(unb64(t, id)))
	if last.Name != "getAssertion" || last.Credential != credential || !slices.Equal(last.Salts, want) ||
		last.PIN || !last.Touch || last.Result != "0x00" {
		t.Errorf("recorded %+v", last)
	}
}

func TestFIDO2UserVerification(t *testing.T) {
	t.Parallel()
	k := plugFIDO2(t)
	const pin = "2468"
	salt := hash("salt")
	bare, barePEM := makeCredential(t, k, "es256", nil, "", "")
	without := getAssertion(t, k, "es256", bare, barePEM, salt, nil, "", "")
	mustRun(t, "", []string{pin, pin}, "fido2-token", "-S", k.path)
	with := getAssertion(t, k, "es256", bare, barePEM, salt, []string{pin}, "-v", "-v")
	if with.flags != 0x85 || bytes.Equal(with.secret, without.secret) {
		t.Errorf("with user verification: flags %#x, the same secret: %v", with.flags, bytes.Equal(with.secret, without.secret))
	}
	if got := getAssertion(t, k, "es256", bare, barePEM, salt, nil, "", ""); !bytes.Equal(got.secret, without.secret) {
		t.Error("setting a PIN changed the secret without user verification")
	}

	// credProtect 3: not without the PIN.
	id, pem := makeCredential(t, k, "es256", []string{pin}, "-v -c 3", "-v -c 3")
	getAssertion(t, k, "es256", id, pem, salt, []string{pin}, "-v", "-v")
	input := strings.Join([]string{b64(hash("get")), rpID, id, b64(salt)}, "\n") + "\n"
	if _, err := run(t, input, nil, "fido2-assert", "-G", "-h", k.path); err == nil || !strings.Contains(err.Error(), "FIDO_ERR_NO_CREDENTIALS") {
		t.Errorf("a protected credential without PIN: %v", err)
	}
	// A wrong relying party.
	input = strings.Join([]string{b64(hash("get")), "other.invalid", bare, b64(salt)}, "\n") + "\n"
	if _, err := run(t, input, nil, "fido2-assert", "-G", "-h", k.path); err == nil || !strings.Contains(err.Error(), "FIDO_ERR_NO_CREDENTIALS") {
		t.Errorf("a credential of another relying party: %v", err)
	}
}

// pythonFound is what testdata/fido2_judge.py prints.
type pythonFound struct {
	Ping       bool              `json:"ping"`
	Protocols  []int             `json:"protocols"`
	Wrong      int               `json:"wrong"`
	Retries    []any             `json:"retries"`
	Extensions map[string]any    `json:"extensions"`
	Flags      int               `json:"flags"`
	AAGUID     string            `json:"aaguid"`
	Verified   map[string]string `json:"verified"`
	Both       map[string]string `json:"both"`
	Unverified map[string]string `json:"unverified"`
	Excluded   int               `json:"excluded"`
	NoPIN      int               `json:"no PIN"`
	Users      []string          `json:"users"`
	Counters   []int             `json:"counters"`
	Unnamed    [][]string        `json:"unnamed"`
	Serial     int               `json:"serial"`
	Firmware   string            `json:"firmware"`
	FormFactor string            `json:"form factor"`
}

// TestFIDO2Python lets python3-fido2 judge what the command-line clients leave
// out, under both PIN/UV auth protocols: extensions, resident credentials, the
// exclude list. It is a further judge, not a required one.
func TestFIDO2Python(t *testing.T) {
	t.Parallel()
	// Debian's own interpreter first, for another one does not see its packages.
	candidates := []string{"/usr/bin/python3", "python3"}
	i := slices.IndexFunc(candidates, func(p string) bool {
		return exec.Command(p, "-c", "import fido2").Run() == nil // #nosec G204 -- a fixed command
	})
	if i < 0 {
		t.Skip("python3-fido2 is not installed")
	}
	python := candidates[i]
	for _, protocol := range []string{"1", "2"} {
		t.Run("protocol "+protocol, func(t *testing.T) {
			k := plugFIDO2(t)
			out := mustRun(t, "", nil, python, "testdata/fido2_judge.py", k.path, protocol)
			var got pythonFound
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			one := got.Verified["output1"]
			if len(one) != 64 || got.Both["output1"] != one || len(got.Both["output2"]) != 64 || got.Both["output2"] == one {
				t.Errorf("hmac-secret with verification: %v, %v", got.Verified, got.Both)
			}
			if len(got.Unverified["output1"]) != 64 || got.Unverified["output1"] == one {
				t.Errorf("hmac-secret without verification: %v", got.Unverified)
			}
			got.Verified, got.Both, got.Unverified = nil, nil, nil
			want := pythonFound{
				Ping: true, Protocols: []int{2, 1}, Wrong: 0x31, Retries: []any{7.0, false},
				Extensions: map[string]any{"credProtect": 2.0, "hmac-secret": true}, Flags: 0xc5,
				AAGUID: "686f6c6466617374207669727475616c", Excluded: 0x19, NoPIN: 0x36,
				Users: []string{"carol", "dave"}, Counters: []int{0, 1}, Unnamed: [][]string{{"id"}, {"id"}},
				Serial: 12345678, Firmware: "5.4.3", FormFactor: "Keychain (USB-A)",
			}
			if got.Serial == 0 {
				want.Serial, want.Firmware, want.FormFactor = 0, "", "" // no yubikit here
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestFIDO2Owner is what the owner does, and fails to do, while a client waits.
func TestFIDO2Owner(t *testing.T) {
	t.Parallel()
	k := plugFIDO2(t)
	k.AutomaticTouch(false)
	k.auth.SetTouchTimeout(200 * time.Millisecond)
	input := strings.Join([]string{b64(hash("make")), rpID, "alice", b64(hash("alice"))}, "\n") + "\n"
	fails := func(words string) {
		t.Helper()
		if _, err := run(t, input, nil, "fido2-cred", "-M", k.path); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %s", err, words)
		}
	}
	whileWaiting := func(do func()) {
		go func() {
			become(func() bool { return k.WaitingForTouch() > 0 })
			do()
		}()
	}
	fails("FIDO_ERR_USER_ACTION_TIMEOUT")
	k.auth.SetTouchTimeout(30 * time.Second)
	whileWaiting(k.Unplug)
	fails("FIDO_ERR_RX")
	k.Plug()
	k.wait(t)
	whileWaiting(func() {
		k.Freeze()
		k.Touch()
		time.AfterFunc(300*time.Millisecond, k.Thaw)
	})
	start := time.Now()
	if out := mustRun(t, input, nil, "fido2-cred", "-M", k.path); len(strings.Split(out, "\n")) != 8 || time.Since(start) < 300*time.Millisecond {
		t.Errorf("a key that was frozen for a while answered after %v:\n%s", time.Since(start), out)
	}
	k.Inject(body.Injection{Side: body.FIDO2, Command: 0x01, Status: 0x28, Times: 1})
	fails("FIDO_ERR_KEY_STORE_FULL")
}
