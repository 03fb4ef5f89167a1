package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this test be the program itself: the window wants the first thread.
func TestMain(m *testing.M) {
	if os.Getenv("HOLDFAST_TEST_START") != "" {
		os.Exit(start(nil, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// program starts the wallet on a display; "" is none.
func program(ctx context.Context, t *testing.T, display string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := exec.CommandContext(ctx, os.Args[0])
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	c.Env = slices.DeleteFunc(os.Environ(), func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		return slices.Contains([]string{"DISPLAY", "WAYLAND_DISPLAY", "HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS"}, name)
	})
	home := t.TempDir()
	c.Env = append(c.Env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(home, "no-bus"), "HOLDFAST_TEST_START=1", "HOME="+home, "DISPLAY="+display, "LIBGL_ALWAYS_SOFTWARE=1")
	return c, &said
}

// xvfb starts a display and gives its name.
func xvfb(t *testing.T, options ...string) string {
	t.Helper()
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("Xvfb is not installed")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), path, append([]string{"-displayfd", "3", "-screen", "0", "1100x700x24"}, options...)...)
	c.ExtraFiles = []*os.File{w}
	if err := errors.Join(c.Start(), w.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait() // killed
		_ = r.Close()
	})
	number := make([]byte, 16)
	n, err := r.Read(number)
	if err != nil {
		t.Fatal(err)
	}
	return ":" + strings.TrimSpace(string(number[:n]))
}

// TestStartWithoutAWindowSaysSo starts where there is no display, and where the display has no OpenGL.
func TestStartWithoutAWindowSaysSo(t *testing.T) {
	for name, display := range map[string]func(t *testing.T) string{
		"no display": func(*testing.T) string { return "" },
		"no OpenGL":  func(t *testing.T) string { t.Helper(); return xvfb(t, "-extension", "GLX") },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			c, said := program(ctx, t, display(t))
			var exit *exec.ExitError
			if err := c.Run(); !errors.As(err, &exit) || exit.ExitCode() != exitRefused {
				t.Errorf("it ended with %v", err)
			}
			if words := said.String(); strings.Count(words, "holdfastctl") != 1 || strings.Contains(words, "goroutine ") || strings.Contains(words, "panic") {
				t.Errorf("it says %s", words)
			}
		})
	}
}

// TestToldToEndItEnds shows the window, starts it once more, and ends it as the system does.
func TestToldToEndItEnds(t *testing.T) {
	display := xvfb(t)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		c, said := program(ctx, t, display)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		home := c.Env[len(c.Env)-3][len("HOME="):]
		sockets := func() []string {
			found, err := filepath.Glob(filepath.Join(home, ".local", "state", "holdfast", "window-*.socket"))
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		for len(sockets()) == 0 && ctx.Err() == nil {
			wait(ctx, 50*time.Millisecond)
		}
		awaitWindow(ctx, t, display, c.Process.Pid)
		second, also := program(ctx, t, display)
		second.Env = slices.Clone(c.Env)
		if err := second.Run(); err != nil {
			t.Errorf("a second start: %v, %s", err, also)
		}
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("%v: %v, %s", signal, err, said)
		}
		if left := sockets(); len(left) > 0 {
			t.Errorf("it left %q", left)
		}
		if strings.Contains(said.String(), "Error in Fyne call thread") {
			t.Error(said.String())
		}
	}
}

// TestTheDesktopKnowsTheWindow compares what an X server calls the window with what the desktop's own file says, whichever page is first.
func TestTheDesktopKnowsTheWindow(t *testing.T) {
	entry, err := os.ReadFile("packaging/holdfast.desktop")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(entry), "\nStartupWMClass=")
	class, _, _ := strings.Cut(rest, "\n")
	if !ok || class == "" {
		t.Fatal("the desktop's file names no class")
	}
	display := xvfb(t)
	for _, vault := range []bool{false, true} {
		t.Run(fmt.Sprintf("vault %v", vault), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			c, said := program(ctx, t, display)
			home := c.Env[len(c.Env)-3][len("HOME="):]
			if vault { // it need not open: the locked page is the first one then
				folder := filepath.Join(home, ".local", "share", "holdfast", "work.vault")
				if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(filepath.Join(folder, "envelope.json"), []byte("{}"), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			search := exec.CommandContext(ctx, "xdotool", "search", "--sync", "--onlyvisible", "--pid", strconv.Itoa(c.Process.Pid), "--class", "^"+regexp.QuoteMeta(class)+"$")
			search.Env = append(os.Environ(), "DISPLAY="+display)
			if out, err := search.CombinedOutput(); err != nil || len(strings.Fields(string(out))) != 1 {
				t.Errorf("no window of the class %q: %s, %v", class, out, err)
			}
			if err := c.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := c.Wait(); err != nil {
				t.Errorf("%v, %s", err, said)
			}
		})
	}
}

// awaitWindow waits until a program shows a window.
func awaitWindow(ctx context.Context, t *testing.T, display string, pid int) {
	t.Helper()
	for ctx.Err() == nil {
		c := exec.CommandContext(ctx, "xdotool", "search", "--onlyvisible", "--pid", strconv.Itoa(pid))
		c.Env = append(os.Environ(), "DISPLAY="+display)
		if ids, err := c.Output(); err == nil && len(ids) > 0 {
			return
		}
		wait(ctx, 50*time.Millisecond)
	}
	t.Fatal("it shows no window")
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
