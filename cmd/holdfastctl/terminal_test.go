package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// sitting is a run of holdfastctl with a terminal of its own and somebody before it.
type sitting struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	slave  *os.File
	errs   bytes.Buffer

	mu   sync.Mutex
	seen bytes.Buffer // what the terminal shows; guarded by mu
	more *sync.Cond
}

func sit(t *testing.T, program string, args ...string) *sitting {
	t.Helper()
	return sitAt(t, []string{"HOME=" + t.TempDir(), "PCSCLITE_CSOCK_NAME=" + t.TempDir() + "/none"}, false, program, args...)
}

// sitAt is sit with an environment; everything the program says comes on the terminal when whole is set.
func sitAt(t *testing.T, env []string, whole bool, program string, args ...string) *sitting {
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
	s := &sitting{t: t, master: os.NewFile(uintptr(fd), "terminal")}
	s.more = sync.NewCond(&s.mu)
	if s.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.CommandContext(t.Context(), program, args...)
	s.cmd.Stdin, s.cmd.Stderr = s.slave, &s.errs
	if whole {
		s.cmd.Stdout, s.cmd.Stderr = s.slave, s.slave
	}
	s.cmd.Env = env
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.watch()
	t.Cleanup(func() {
		if err := errors.Join(s.master.Close(), s.slave.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *sitting) watch() {
	part := make([]byte, 1024)
	for {
		n, err := s.master.Read(part)
		s.mu.Lock()
		s.seen.Write(part[:n])
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// shows waits until the terminal shows a text.
func (s *sitting) shows(text string) {
	s.t.Helper()
	s.showsAfter(0, text)
}

// sofar is how much the terminal has shown.
func (s *sitting) sofar() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.Len()
}

// showsAfter waits until the terminal shows a text behind what it had shown.
func (s *sitting) showsAfter(from int, text string) {
	s.t.Helper()
	late := false
	timer := time.AfterFunc(30*time.Second, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.more.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.seen.String()[from:], text) {
		if late {
			s.t.Fatalf("the terminal does not show %q but:\n%s", text, s.seen.String())
		}
		s.more.Wait()
	}
}

func (s *sitting) types(text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// theEnd is written on the terminal behind everything that the program has written there.
const theEnd = "\x00the end\x00"

// ends waits for the end and gives the exit code, stderr, and everything the terminal showed.
func (s *sitting) ends() (int, string, string) {
	s.t.Helper()
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if _, err := s.slave.WriteString(theEnd); err != nil {
		s.t.Fatal(err)
	}
	s.shows(theEnd)
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, _, _ := strings.Cut(s.seen.String(), theEnd)
	return s.cmd.ProcessState.ExitCode(), s.errs.String(), seen
}

// echoes says whether the terminal shows what is typed.
func (s *sitting) echoes() bool {
	s.t.Helper()
	conn, err := s.slave.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	echo := false
	err = conn.Control(func(fd uintptr) {
		state, ioctlErr := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if ioctlErr != nil {
			s.t.Error(ioctlErr)
			return
		}
		echo = state.Lflag&unix.ECHO != 0
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return echo
}

func TestWordsTypedOnATerminalAreNotShown(t *testing.T) {
	program := underTest(t).holdfastctl

	s := sit(t, program, "recover", "--token", "nobody")
	for n := range wordCount {
		s.shows(fmt.Sprintf("Word %d of 24: ", n+1))
		if n == 0 && s.echoes() {
			t.Error("the terminal echoes")
		}
		s.types("abandon\r")
	}
	s.shows("Word 24 of 24: \r\n")
	s.types("\x03") // it would wait for its token for ever
	code, errs, seen := s.ends()
	if code != exitRefused && code != -1 || strings.Contains(seen, "abandon") || strings.Contains(errs, "abandon") {
		t.Errorf("exits with %d, stderr %q, shows %q", code, errs, seen)
	}
	if !s.echoes() {
		t.Error("the terminal is left without echo")
	}

	s = sit(t, program, "recover")
	s.shows("Word 1 of 24: ")
	s.types("ab\x03")
	if code, errs, _ := s.ends(); code != exitRefused || !strings.Contains(errs, "It was cancelled.") {
		t.Errorf("Ctrl-C: exits with %d, stderr %q", code, errs)
	}
	if !s.echoes() {
		t.Error("the terminal is left without echo")
	}
	s = sit(t, program, "recover")
	s.shows("Word 1 of 24: ")
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code, errs, _ := s.ends(); code != exitRefused || !strings.Contains(errs, "It was cancelled.") || !s.echoes() {
		t.Errorf("a signal: exits with %d, stderr %q", code, errs)
	}
}
