package judge

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	auth *ctap.Authenticator
	path string // what a client opens
}

// plugFIDO2 makes a key with automatic touch and attaches its FIDO2 side.
func plugFIDO2(t *testing.T) *fidoKey {
	t.Helper()
	b, err := body.Open(body.Options{Dir: filepath.Join(t.TempDir(), "key"), Serial: 12345678, Firmware: "5.4.3"})
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
	go func() { served <- hid.Serve(ctx, b, a, k.path) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-served, b.Close()); err != nil {
			t.Error(err)
		}
	})
	k.wait(t)
	return k
}

// wait waits until the device is there.
func (k *fidoKey) wait(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(k.path); err == nil {
			return
		}
	}
	t.Fatal("the device did not appear")
}

// replug pulls the key out and puts it in again.
func (k *fidoKey) replug(t *testing.T) {
	t.Helper()
	k.Unplug()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Lstat(k.path); errors.Is(err, os.ErrNotExist) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the device did not go away")
		}
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
	k := plugFIDO2(t)
	out := mustRun(t, "", nil, "fido2-token", "-I", k.path)
	want(t, out,
		"proto: 0x02", "major: 0x05", "minor: 0x04", "build: 0x03", "caps: 0x0d (wink, cbor, nomsg)",
		"version strings: FIDO_2_0, FIDO_2_1", "extension strings: credProtect, hmac-secret",
		"transport strings: usb", "algorithms: es256 (public-key), eddsa (public-key)",
		"aaguid: 686f6c6466617374207669727475616c",
		"options: rk, up, noplat, noclientPin, pinUvAuthToken",
		"fwversion: 0x50403", "maxmsgsiz: 1200", "maxcredcntlst: 8", "maxcredlen: 128",
		"pin protocols: 2, 1", "pin retries: undefined")
}
