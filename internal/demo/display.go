package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// hasDisplay reports whether there is a display that answers.
func hasDisplay() bool {
	return answers(waylandSocket(os.Getenv("WAYLAND_DISPLAY"), os.Getenv("XDG_RUNTIME_DIR"))) || answers(x11Socket(os.Getenv("DISPLAY")))
}

// address is where a display listens; the zero value is nowhere.
type address struct{ network, place string }

// waylandSocket is where a Wayland display of that name listens.
func waylandSocket(name, runtime string) address {
	switch {
	case name == "":
		return address{}
	case filepath.IsAbs(name):
		return address{"unix", name}
	case runtime == "":
		return address{}
	default:
		return address{"unix", filepath.Join(runtime, name)}
	}
}

// x11FirstPort is the TCP port of display 0.
const x11FirstPort = 6000

// x11Socket is where an X display listens: "[HOST]:DISPLAY[.SCREEN]".
func x11Socket(name string) address {
	host, number, ok := cutLast(name, ":")
	if !ok {
		return address{}
	}
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return address{}
	}
	if host == "" || host == "unix" {
		return address{"unix", "/tmp/.X11-unix/X" + number}
	}
	return address{"tcp", net.JoinHostPort(host, strconv.Itoa(x11FirstPort+n))}
}

func cutLast(s, at string) (before, after string, ok bool) {
	i := strings.LastIndex(s, at)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(at):], true
}

// answers reports whether something listens there.
func answers(a address) bool {
	if a.network == "" {
		return false
	}
	conn, err := net.Dial(a.network, a.place)
	return err == nil && conn.Close() == nil
}
