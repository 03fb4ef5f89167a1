package main

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/godbus/dbus/v5"
)

// TestTheWindowsHaveABus: where a session has a bus it is that one, else one of their own, which answers and ends.
func TestTheWindowsHaveABus(t *testing.T) {
	runtime := t.TempDir()
	session, err := net.Listen("unix", filepath.Join(runtime, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	for name, env := range map[string]map[string]string{
		"named":      {busVariable: "unix:path=/run/user/1000/bus"},
		"in session": {"XDG_RUNTIME_DIR": runtime},
	} {
		bus, err := ownBus(t.Context(), func(name string) string { return env[name] }, t.TempDir())
		if err != nil || bus != nil {
			t.Errorf("%s: %v, %v, want none", name, bus, err)
		}
	}
	bus, err := ownBus(t.Context(), func(string) string { return "" }, t.TempDir())
	if err != nil || bus == nil {
		t.Fatalf("%v, %v", bus, err)
	}
	client, err := dbus.Connect(bus.Address)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	err = client.BusObject().Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&names)
	if err != nil || len(names) > 1 {
		t.Errorf("it would start %q, %v", names, err)
	}
	_ = client.Close() // nothing was sent that could be lost
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	if _, err := dbus.Connect(bus.Address); err == nil {
		t.Error("the bus has not ended")
	}
}
