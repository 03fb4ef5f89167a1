package main

import (
	"net"
	"path/filepath"
	"slices"
	"testing"
)

func TestWhereDisplaysListen(t *testing.T) {
	for name, want := range map[string]address{
		"":         {},
		":0":       {"unix", "/tmp/.X11-unix/X0"},
		":12.1":    {"unix", "/tmp/.X11-unix/X12"},
		"unix:3":   {"unix", "/tmp/.X11-unix/X3"},
		"far:10.0": {"tcp", "far:6010"},
		"nonsense": {},
		":x":       {},
		":-1":      {},
	} {
		if got := x11Socket(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
	for _, c := range []struct {
		name, runtime string
		want          address
	}{
		{"", "/run/user/1", address{}},
		{"wayland-0", "/run/user/1", address{"unix", "/run/user/1/wayland-0"}},
		{"wayland-0", "", address{}},
		{"/tmp/w", "", address{"unix", "/tmp/w"}},
	} {
		if got := waylandSocket(c.name, c.runtime); got != c.want {
			t.Errorf("%q in %q: %v, want %v", c.name, c.runtime, got, c.want)
		}
	}
}

func TestOnlyADisplayThatAnswersCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w")
	if answers(address{}) || answers(waylandSocket(path, "")) {
		t.Fatal("nobody answers there")
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if !answers(waylandSocket(path, "")) {
		t.Error("somebody answers there")
	}
}

// TestShowLeavesTheOwnersVaultAlone: every variable that leads to a person's own files is gone.
func TestShowLeavesTheOwnersVaultAlone(t *testing.T) {
	got := away([]string{"HOME=/home/me", "XDG_DATA_HOME=/data", "XDG_STATE_HOME=/s", "XDG_CONFIG_HOME=/c", "XDG_CACHE_HOME=/k", "PCSCLITE_CSOCK_NAME=/own", "DISPLAY=:0"}, "/home/me", "/tmp/h")
	if want := []string{"HOME=/tmp/h", "DISPLAY=:0", "XAUTHORITY=/home/me/.Xauthority"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := away([]string{"XAUTHORITY=/run/x"}, "/home/me", "/tmp/h"); !slices.Equal(got, []string{"HOME=/tmp/h", "XAUTHORITY=/run/x"}) {
		t.Errorf("%q", got)
	}
}
