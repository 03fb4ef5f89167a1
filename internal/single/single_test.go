package single

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// path is where a window is known by.
func path(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "window")
}

func first(t *testing.T, p string) *Instance {
	t.Helper()
	i, err := First(p)
	if err != nil || i == nil {
		t.Fatalf("%v, %v", i, err)
	}
	return i
}

func raised(i *Instance, within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-i.Raised():
		return true
	case <-timer.C:
		return false
	}
}

func TestTheSecondRaisesTheFirst(t *testing.T) {
	p := path(t)
	i := first(t, p)
	if second, err := First(p); second != nil || err != nil {
		t.Fatalf("%v, %v", second, err)
	}
	if !raised(i, 30*time.Second) {
		t.Error("the first was not raised")
	}
	other := first(t, path(t)) // another vault
	if raised(i, 100*time.Millisecond) {
		t.Error("another vault's window raised this one")
	}
	info, err := os.Stat(p + ".socket")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := errors.Join(i.Close(), other.Close()); err != nil {
		t.Error(err)
	}
	if err := Raise(p); !errors.Is(err, ErrSilent) {
		t.Errorf("raised nobody: %v", err)
	}
	i = first(t, p)
	if err := i.Close(); err != nil {
		t.Error(err)
	}
}

// TestOnlyRaiseIsHeard sends what is not the one question.
func TestOnlyRaiseIsHeard(t *testing.T) {
	p := path(t)
	i := first(t, p)
	defer func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, s := range []string{"", "unlock\n", "RAISE\n", "raise ", "\x00aise\n", strings.Repeat("x", 1<<16)} {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", p+".socket")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, s) // it may be dropped before all is sent
		if u, ok := c.(*net.UnixConn); ok {
			_ = u.CloseWrite()
		}
		if said, _ := io.ReadAll(c); len(said) > 0 {
			t.Errorf("%.10q is answered %q", s, said)
		}
		_ = c.Close()
	}
	if raised(i, 100*time.Millisecond) {
		t.Error("raised by something else than raise")
	}
	if err := Raise(p); err != nil || !raised(i, 30*time.Second) {
		t.Errorf("deaf afterwards: %v", err)
	}
}

// TestAKilledFirstHindersNobody kills one without ceremony, and starts again over what it left.
func TestAKilledFirstHindersNobody(t *testing.T) {
	if p := os.Getenv("HOLDFAST_TEST_SINGLE"); p != "" {
		i := first(t, p)
		fmt.Println("first") //nolint:forbidigo // the parent waits for this line
		<-t.Context().Done()
		_ = i.Close()
		return
	}
	p := path(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledFirstHindersNobody$")
	cmd.Env = append(os.Environ(), "HOLDFAST_TEST_SINGLE="+p)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "first\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if i, err := First(p); i != nil || err != nil {
		t.Fatalf("beside a living one: %v, %v", i, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	if _, err := os.Lstat(p + ".socket"); err != nil {
		t.Fatalf("it left no socket, so nothing is tested: %v", err)
	}
	if err := first(t, p).Close(); err != nil {
		t.Error(err)
	}
}

// TestAFrozenFirstIsSaid holds the lock and answers nothing.
func TestAFrozenFirstIsSaid(t *testing.T) {
	p := path(t)
	i := first(t, p)
	if err := i.socket.Close(); err != nil {
		t.Fatal(err)
	}
	if second, err := First(p); second != nil || !errors.Is(err, ErrSilent) {
		t.Errorf("%v, %v", second, err)
	}
	if err := i.lock.Unlock(); err != nil {
		t.Error(err)
	}
}
