package virtual

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// runKey runs a key without sides and returns its control socket.
func runKey(t *testing.T) (socket string, ended <-chan error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "k") //nolint:usetesting // its path may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	o := Options{State: filepath.Join(dir, "state"), Serial: 42, Control: filepath.Join(dir, "s")}
	ready, done := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		done <- Run(ctx, o, func() { close(ready) })
	}()
	t.Cleanup(func() { stop(); <-finished })
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	return o.Control, done
}

func TestOrders(t *testing.T) {
	socket, ended := runKey(t)
	ask := func(order string, want ...string) {
		t.Helper()
		if got, err := Ask(t.Context(), socket, order); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", order, got, err, want)
		}
	}
	ask("serial", "42")
	ask("serial 43")
	ask("serial", "43")
	ask("firmware", "5.7.1")
	ask("firmware 5.4.3")
	ask("firmware", "5.4.3")
	ask("make", "yubikey")
	ask("touch timeout 1s piv")
	ask("tries pin", "3 of 3")
	ask("tries puk 1")
	ask("tries puk", "1 of 3")
	ask("waiting", "0")
	ask("unplug")
	ask("status", "serial 43", "firmware 5.4.3", "plugged false", "attached true", "waiting 0", "pin 3 of 3", "puk 1 of 3")
	ask("plug")
	ask("unplug after 3 apdus")
	ask("freeze")
	ask("thaw")
	ask("touch automatic on")
	ask("log")
	ask("log reset")
	ask("help", strings.Split(Usage, "\n")...)
	for _, bad := range []string{
		"", "touch", "touch me", "touch wait 10ms", "serial 0", "serial x", "firmware 5", "tries", "tries pin 4",
		"make canokey", "touch timeout", "touch timeout 1s", "touch timeout 1s fido2",
		"touch timeout 0s piv", "touch timeout 1s usb",
		"tries fido2", "unplug after", "unplug after -1 apdus", "unplug after 2 days", "plug in", "dance",
	} {
		if got, err := Ask(t.Context(), socket, bad); err == nil {
			t.Errorf("order %q was taken: %q", bad, got)
		}
	}
	ask("stop")
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the key does not stop")
	}
}

func TestAskIsTakenBack(t *testing.T) {
	socket, _ := runKey(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Ask(ctx, socket, "touch", "wait"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if _, err := Ask(t.Context(), socket, "waiting\nplug"); err == nil {
		t.Fatal("two orders in one were sent")
	}
	if err := ServeOrders(t.Context(), strings.Repeat("x", longestSocket+1), nil, nil); err == nil || !strings.Contains(err.Error(), "at most 107") {
		t.Fatal(err)
	}
}
