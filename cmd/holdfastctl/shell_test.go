package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/token/virtual/pcscd"
)

// A shell and its prompts share one terminal: the PIN goes to the prompt, and what is typed in the wrong place is not repeated.
func TestShellOnATerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("needs an emulated key")
	}
	under := underTest(t)
	dir, err := os.MkdirTemp("", "hf") //nolint:usetesting // sockets want a short path
	if err != nil {
		t.Fatal(err)
	}
	bench, err := pcscd.Start(t.Context(), pcscd.Options{Dir: dir, Program: under.virtualkey, Touched: true, SmartCardOnly: true, Keys: 2, Firmware: "5.4.3"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bench.Close(); err != nil {
			t.Log("closing the bench:", err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	env := append([]string{"HOME=" + t.TempDir()}, bench.Env()...)
	makeVault(t, under.holdfastctl, env)

	const pin = "246810"
	s := sitAt(t, env, true, under.holdfastctl, "shell", "--token", "10000001")
	typePIN(s, 0, pin)
	s.shows("holdfast> ")

	at := s.sofar()
	s.types("lock\r")
	s.showsAfter(at, "Locked.")
	at = s.sofar()
	s.types("unlock\r")
	typePIN(s, at, pin)
	s.showsAfter(at, "Unlocked with")
	s.showsAfter(at, "holdfast> ")

	at = s.sofar()
	s.types("words\r") // a ceremony: a PIN, the words on the terminal, three of them asked back
	typePIN(s, at, pin)
	s.showsAfter(at, "Press Enter when all are written down: ")
	s.types("\r")
	s.showsAfter(at, "Word ")
	s.types("\x03")
	s.showsAfter(at, "It was cancelled.")
	s.showsAfter(at, "holdfast> ")

	at = s.sofar()
	s.types("key enrol --role recovery --label box --new 10000002\r")
	typePIN(s, at, pin)
	typeSecret(s, at, "\nnew smart-card PIN (in place of the factory PIN) of YubiKey 10000002: \r\nThe same again: ", "13579135", "13579135")
	typeSecret(s, at, "\nnew smart-card PUK (in place of the factory PUK) of YubiKey 10000002: \r\nThe same again: ", "97531975", "97531975")
	typeSecret(s, at, "\nsmart-card PIN of YubiKey 10000002: ", "13579135")
	s.showsAfter(at, "Token enrolled and proven: box")

	at = s.sofar()
	s.types("\n")
	s.types("975312468\n") // a PIN in the wrong place: the terminal has shown it, the program does not
	s.showsAfter(at, "begins with no command that is known")
	s.showsAfter(at, "holdfast> ")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	code, _, seen := s.ends()
	if code != exitRefused || !strings.Contains(seen[at:], "It was cancelled.") {
		t.Errorf("a signal: exits with %d, shows %q", code, seen[at:])
	}
	if strings.Contains(seen, pin) || strings.Contains(seen, "13579135") || strings.Contains(seen, "97531975") || strings.Count(seen, "975312468") != 1 {
		t.Errorf("a PIN is shown:\n%s", seen)
	}
	if !s.echoes() {
		t.Error("the terminal is left without echo")
	}
}

// typePIN answers the next prompt for the PIN of the first key.
func typePIN(s *sitting, from int, pin string) {
	s.t.Helper()
	typeSecret(s, from, "\nsmart-card PIN of YubiKey 10000001: ", pin)
}

// typeSecret answers prompts, which end in a colon each, once the terminal does not echo.
func typeSecret(s *sitting, from int, prompts string, answers ...string) {
	s.t.Helper()
	shown := 0
	for _, answer := range answers {
		shown += strings.Index(prompts[shown:], ": ") + 2
		s.showsAfter(from, prompts[:shown])
		for deadline := time.Now().Add(30 * time.Second); s.echoes(); {
			if time.Now().After(deadline) {
				s.t.Fatal("the terminal echoes")
			}
			time.Sleep(5 * time.Millisecond) //nolint:forbidigo // nothing tells when a terminal changes
		}
		s.types(answer + "\r")
	}
}

// makeVault makes a vault with the first key of a bench.
func makeVault(t *testing.T, program string, env []string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "new-piv 246810\nnew-puk 87654321\npiv 246810\n"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "init", "--token", "10000001", "--pin-fd", "3")
	cmd.Env, cmd.ExtraFiles = env, []*os.File{r}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	words, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, words)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}
