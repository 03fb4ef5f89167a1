package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"holdfast/token"
	"holdfast/token/virtual/pcscd"
)

// answer of token/testdata/answers.json: one thing that a token, its library or its driver can say.
type knownAnswer struct {
	Family string
	Name   string
	Number int64
}

// TestEveryAnswerHasWords makes emulated keys, or the smart-card service before them, give every answer of the list once, and reads what
// holdfastctl says of it: the code that belongs to the number, and words for it. An answer that is neither given nor excused fails.
func TestEveryAnswerHasWords(t *testing.T) {
	if testing.Short() {
		t.Skip("asks an emulated key about two hundred times")
	}
	t.Parallel()
	lists := map[string][]knownAnswer{}
	for _, a := range answersOf(t) {
		side := "fido2"
		if slices.Contains([]string{"sw", "piv", "scard", "piv-words"}, a.Family) {
			side = "piv"
		}
		lists[side] = append(lists[side], a)
	}
	var asked atomic.Int64
	t.Run("sides", func(t *testing.T) {
		for side, list := range lists {
			t.Run(side, func(t *testing.T) {
				t.Parallel()
				asked.Add(int64(askAll(t, list)))
			})
		}
	})
	if asked.Load() < 120 {
		t.Errorf("only %d answers were given", asked.Load())
	}
}

// askAll has a key of its own give each answer of a list once, and says how many it gave.
func askAll(t *testing.T, list []knownAnswer) int {
	t.Helper()
	s := newAsker(t)
	given := map[string]bool{}
	var lost []knownAnswer
	for _, a := range list {
		name := a.Family + " " + a.Name
		switch {
		case given[fmt.Sprint(a.Family, a.Number)]:
		case (a.Number == -1 || a.Number == -2) && excuse(a) == "":
			lost = append(lost, a)
		case excuse(a) != "":
			t.Logf("%s (%#x) cannot be given here: %s", name, a.Number, excuse(a))
		case a.Family == "sw" || a.Family == "piv":
			s.statusWord(a)
		case a.Family == "ctap" || a.Family == "libfido2":
			s.ctap(a)
		case a.Family == "ctaphid":
			s.transport(a)
		case a.Family == "scard" || a.Family == "piv-words":
			s.scard(a)
		default:
			t.Errorf("%s is neither given nor excused", name)
		}
		given[fmt.Sprint(a.Family, a.Number)] = true
	}
	for _, a := range lost { // last, since the wire ends with the key's own terminal
		s.lose(a)
	}
	s.open("card", "piv")
	s.open("pass", "fido2")
	return s.asked
}

// excuse says why an answer cannot be had from outside the program; its words are tested in app with all others.
func excuse(a knownAnswer) string {
	if a.Family != "ctap" && a.Family != "libfido2" {
		return ""
	}
	switch a.Number {
	case 0:
		return "a device that speaks no FIDO2 is not listed, so nobody can be told to use it"
	case -5, -7:
		return "libfido2 says it of its caller's arguments, which this program checks first"
	case -6, -8:
		return "libfido2 says it when it verifies an assertion; this program uses the secret in it alone"
	case -9, -10, -11:
		return "libfido2 says it of itself"
	}
	return ""
}

func answersOf(t *testing.T) []knownAnswer {
	t.Helper()
	data, err := os.ReadFile("../../token/testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []knownAnswer
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 200 {
		t.Fatalf("the list has %d answers", len(list))
	}
	return list
}

// asker is a bench with one key that opens two vaults, one by each side.
type asker struct {
	t        *testing.T
	programs programs
	bench    *pcscd.Bench
	service  *service
	wire     *wire
	hid      string // the passkey side's path: the wire's, while that leads to the key
	home     string
	asked    int
}

const (
	askPIV   = "654321"
	askFIDO2 = "471147"
)

func newAsker(t *testing.T) *asker {
	t.Helper()
	s := &asker{t: t, programs: underTest(t), home: t.TempDir()}
	dir, err := os.MkdirTemp("", "hf") //nolint:usetesting // sockets want a shorter path than a test's folder has
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s.bench, err = pcscd.Start(t.Context(), pcscd.Options{Dir: dir, Program: s.programs.virtualkey, Readers: 1, Touched: true, Firmware: "5.4.3"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.bench.Close(); err != nil {
			t.Log("closing the bench:", err)
		}
	})
	if err := s.bench.StartKey(t.Context(), pcscd.KeyOptions{Name: "blue"}); err != nil {
		t.Fatal(err)
	}
	s.service = newService(t, filepath.Join(dir, "between.comm"), s.bench.Socket())
	s.wire = newWire(t, s.bench.HID("blue"))
	s.hid = s.wire.path
	s.must("new-piv "+askPIV+"\nnew-puk 87654321\npiv "+askPIV+"\n", "init", "--vault", "card", "--token", "piv", "--label", "blue")
	s.must("new-fido2 "+askFIDO2+"\n"+strings.Repeat("fido2 "+askFIDO2+"\n", 5), "init", "--vault", "pass", "--token", "fido2", "--label", "blue")
	return s
}

// run runs holdfastctl and gives its exit code and the error that it told, if any.
func (s *asker) run(pins string, args ...string) (int, event, string) {
	s.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if _, err := w.WriteString(pins); err != nil {
		s.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), s.programs.holdfastctl, append(args, "--json", "--pin-fd", "3", "--fido-device", s.hid)...)
	cmd.ExtraFiles = []*os.File{r}
	cmd.Env = []string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH"), "PCSCLITE_CSOCK_NAME=" + s.service.path}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	var told event
	for line := range strings.Lines(errs.String()) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			s.t.Fatalf("stderr is no JSON: %v\n%s", err, errs.String())
		}
		if e.Event == "error" {
			told = e
		}
	}
	return cmd.ProcessState.ExitCode(), told, errs.String()
}

func (s *asker) must(pins string, args ...string) {
	s.t.Helper()
	if code, _, words := s.run(pins, args...); code != exitDone {
		s.t.Fatalf("%s exits with %d:\n%s", strings.Join(args, " "), code, words)
	}
}

func (s *asker) open(vault, side string) {
	s.t.Helper()
	s.must(pinLines(side), "open", "--vault", vault, "--token", side, "--wait")
}

func pinLines(side string) string {
	if side == "piv" {
		return "piv " + askPIV + "\n"
	}
	return "fido2 " + askFIDO2 + "\n"
}

// refused opens a vault by a side that will answer so, and holds what is said to what is expected.
func (s *asker) refused(a knownAnswer, vault, side string, want ...token.Code) {
	s.t.Helper()
	s.asked++
	code, told, words := s.run(pinLines(side), "open", "--vault", vault, "--token", side)
	if code != exitRefused || !slices.Contains(want, token.Code(told.Code)) || told.What == "" || told.Safe == "" || told.Now == "" {
		s.t.Errorf("%s %s (%#x): exits with %d, code %q, want %q\n%s", a.Family, a.Name, a.Number, code, told.Code, want, words)
	}
	if strings.Contains(words, askPIV) || strings.Contains(words, askFIDO2) {
		s.t.Errorf("%s: a PIN is said", a.Name)
	}
}

func (s *asker) order(words ...string) {
	s.t.Helper()
	if _, err := s.bench.Key(s.t.Context(), "blue", words...); err != nil {
		s.t.Fatalf("%v: %v", words, err)
	}
}

// statusWord lets the card answer the key agreement with a status word.
func (s *asker) statusWord(a knownAnswer) {
	s.t.Helper()
	code, tries := token.FromStatusWord(uint16(a.Number))
	want := []token.Code{code}
	switch {
	case tries == 0:
		want = append(want, token.PINBlocked)
	case code == token.PINRequired:
		want = append(want, token.TouchTimeout) // the PIN was right before: the touch is missing
	}
	s.order("inject", "apdu", fmt.Sprintf("0x%04x", a.Number), "1", "0x87")
	s.refused(a, "card", "piv", want...)
}

// lose takes the key away while the assertion waits for a touch. Whether libfido2 calls that a failed write or a failed read depends on what it
// does in that moment; the code is one.
func (s *asker) lose(a knownAnswer) {
	s.t.Helper()
	s.wire.close()
	s.hid = s.bench.HID("blue")
	s.order("touch", "automatic", "off")
	gone := make(chan error, 1)
	go func() { gone <- s.unplugAtTouch() }()
	s.refused(a, "pass", "fido2", token.FromCTAP(int(a.Number)))
	if err := <-gone; err != nil {
		s.t.Error(err)
	}
	s.order("plug")
	s.order("touch", "automatic", "on")
}

// unplugAtTouch pulls the key out as soon as something waits for a touch.
func (s *asker) unplugAtTouch() error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		lines, err := s.bench.Key(s.t.Context(), "blue", "waiting")
		if err != nil {
			return err
		}
		if !slices.Equal(lines, []string{"0"}) {
			_, err := s.bench.Key(s.t.Context(), "blue", "unplug")
			return err
		}
		<-tick.C
	}
	return errors.New("nothing waits for a touch")
}

// ctap lets the passkey side answer the assertion with a status.
func (s *asker) ctap(a knownAnswer) {
	s.t.Helper()
	want := token.FromCTAP(int(a.Number))
	switch a.Number {
	case -3: // a success without an answer
		s.confused(a, 0x00)
	case -4: // a success with a number for an answer
		s.confused(a, 0x00, 0x07)
	default:
		s.order("inject", "ctap", fmt.Sprintf("0x%02x", a.Number), "1", "0x02")
		s.refused(a, "pass", "fido2", want)
	}
}

// confused spoils the assertion once, which is asked for again as long as no try of the PIN was lost, and twice, which is told: something else has
// the token's ear.
func (s *asker) confused(a knownAnswer, body ...byte) {
	s.t.Helper()
	s.wire.spoil(ctapGetAssertion, 1, hidCBOR, body...)
	if code, told, words := s.run(pinLines("fido2"), "open", "--vault", "pass", "--token", "fido2"); code != exitDone {
		s.t.Errorf("%s, once: exits with %d, code %q\n%s", a.Name, code, told.Code, words)
	}
	s.wire.spoil(ctapGetAssertion, 2, hidCBOR, body...)
	s.refused(a, "pass", "fido2", token.Busy)
	if left := s.wire.spoil(0, 0, 0); left != 0 {
		s.t.Errorf("%s was not given %d times", a.Name, left)
	}
}

// transport lets the transport under CTAP answer the question for facts with one of its own errors.
func (s *asker) transport(a knownAnswer) {
	s.t.Helper()
	s.asked++
	s.wire.spoil(ctapGetInfo, 1000, hidError, byte(a.Number))
	code, told, words := s.run("", "token", "info", "fido2")
	if want := token.FromCTAPHID(byte(a.Number)); code != exitRefused || told.Code != string(want) || told.Now == "" {
		s.t.Errorf("%s: exits with %d, code %q, want %q\n%s", a.Name, code, told.Code, want, words)
	}
	if s.wire.spoil(0, 0, 0) == 1000 {
		s.t.Errorf("%s was not given", a.Name)
	}
}

// CTAP commands (CTAP 2.1 section 6).
const (
	ctapGetAssertion = 0x02
	ctapGetInfo      = 0x04
)

// scard lets the smart-card service answer the key agreement with a number.
func (s *asker) scard(a knownAnswer) {
	s.t.Helper()
	code := token.FromSCARD(uint32(a.Number))
	times, want := 1, []token.Code{code}
	if code == token.Busy {
		times = 1000 // a token that is busy is asked again for a while
	}
	if code == token.PINRequired {
		want = append(want, token.TouchTimeout) // the PIN was right before: the touch is missing
	}
	s.service.answer(uint32(a.Number), times)
	s.refused(a, "card", "piv", want...)
	if s.service.answer(0, 0) == times {
		s.t.Errorf("%s was not given", a.Name)
	}
}
