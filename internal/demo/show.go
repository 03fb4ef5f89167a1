package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"holdfast/internal/privatebus"
	"holdfast/token/virtual/pcscd"
)

// shownKeys are the keys of a demonstration that a person clicks.
var shownKeys = []string{"key1", "key2"}

const showTold = `
Holdfast, for show. Two windows open: the wallet, and the panel with two emulated security keys.
  - Nothing here is yours: the wallet's home is %s, and it is removed when you close the wallet.
  - The keys are as they left the factory: smart-card PIN 123456, PUK 12345678, no passkey PIN.
    The wallet has you choose new ones; choose any, and remember them until you close it.
  - Both are plugged in. When the wallet asks for a touch, press Touch in the panel at the key that blinks; Unplug shows
    what happens when one is pulled out.
  - A security key of your own that is plugged in can show too. Leave it alone: this vault will be gone.
Close the wallet to end.

`

// show opens the wallet and the panel on the person's own display, until one of them is closed.
func show(ctx context.Context, p programs, to io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "hf-demo-") // short: sockets are made in it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(filepath.Join(home, ".cache"), 0o700); err != nil {
		return err
	}
	bench, err := pcscd.Start(ctx, pcscd.Options{Dir: filepath.Join(dir, "b"), Program: p.virtualkey})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	wallet := []string{}
	for i, name := range shownKeys {
		if err := bench.StartKey(ctx, pcscd.KeyOptions{Name: name, Firmware: []string{"5.4.3", "5.7.1"}[i]}); err != nil {
			return err
		}
		wallet = append(wallet, "--fido-device", bench.HID(name))
	}
	env := append(away(os.Environ(), os.Getenv("HOME"), home), bench.Env()...)
	bus, err := ownBus(ctx, os.Getenv, dir)
	if err != nil {
		return err
	}
	if bus != nil {
		defer func() { err = errors.Join(err, bus.Close()) }()
		env = append(env, busVariable+"="+bus.Address)
	}
	fmt.Fprintf(to, showTold, home) //nolint:errcheck // what a terminal does not take is lost
	return both(ctx, env, append([]string{p.wallet}, wallet...), append([]string{p.panel, bench.Dir()}, shownKeys...))
}

// panelAfter is the time until the panel follows the wallet: window managers put the window that comes second beside the first, or above it.
const panelAfter = 1500 * time.Millisecond

// busVariable names the bus of a person's session.
const busVariable = "DBUS_SESSION_BUS_ADDRESS"

// ownBus starts a bus for the windows where the person's session has none; nil where it has one. Without any the toolkit would have one started, and the
// desktop's portals and a file system (FUSE) with it, all of which outlive the windows.
func ownBus(ctx context.Context, getenv func(string) string, dir string) (*privatebus.Bus, error) {
	if getenv(busVariable) != "" {
		return nil, nil
	}
	if runtime := getenv("XDG_RUNTIME_DIR"); runtime != "" && answers(address{"unix", filepath.Join(runtime, "bus")}) {
		return nil, nil
	}
	return privatebus.Start(ctx, dir)
}

// both runs the wallet and then the panel until one of them ends, and ends the other. What they say beside their windows is for whoever looks for a
// fault: it shows when one fails.
func both(ctx context.Context, env []string, wallet, panel []string) error {
	ctx, cancel := context.WithCancel(ctx)
	ends := make(chan error, 2)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	run := func(words []string) {
		c := exec.CommandContext(ctx, words[0], words[1:]...)
		var said bytes.Buffer
		c.Env, c.Stdout, c.Stderr = env, &said, &said
		c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
		c.WaitDelay = 10 * time.Second
		err := c.Run()
		if err != nil {
			err = fmt.Errorf("%s: %w\n%s", filepath.Base(words[0]), err, &said)
		}
		ends <- err
	}
	running.Go(func() { run(wallet) })
	select {
	case err := <-ends:
		return err
	case <-time.After(panelAfter):
	}
	running.Go(func() { run(panel) })
	err := <-ends
	if ctx.Err() != nil {
		return nil // told to end
	}
	return err
}

// away is the environment with another home: nothing in it leads to the person's own vaults or settings.
func away(env []string, own, home string) []string {
	out := []string{"HOME=" + home}
	authority := false
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "PCSCLITE_CSOCK_NAME":
			continue
		case "XAUTHORITY":
			authority = true
		}
		out = append(out, e)
	}
	if !authority && own != "" {
		out = append(out, "XAUTHORITY="+filepath.Join(own, ".Xauthority")) // where the X server's key is by default
	}
	return out
}
