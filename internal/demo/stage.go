package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/godbus/dbus/v5"

	"holdfast/internal/journey"
	"holdfast/internal/privatebus"
	"holdfast/token/virtual/pcscd"
)

// stage is what the journey is played on: a bench of emulated keys, a display, the wallet's window, a home, and the report.
type stage struct {
	ctx      context.Context //nolint:containedctx // a program's own, from start to end
	programs programs
	report   io.Writer
	out      string
	dir      string
	home     string
	bench    *pcscd.Bench
	keys     []string // names of the keys whose processes run
	screen   *journey.Screen
	daemon   *privatebus.Bus
	bus      *dbus.Conn      // on which the computer tells that it goes to sleep
	window   *journey.Window // nil while the wallet is not open
	before   journey.Effort  // of windows that were closed
	shots    int
	checks   int

	shotBefore map[string]bool   // questions of which there is a picture
	opener     string            // of several sides that can open the vault, the one that is chosen: label and side
	words      []string          // the 24 words, as they would stand on paper
	dids       map[string]string // of identities, by their label
	elsewhere  string            // folder on another disk
	backup     string            // the backup there
}

// The PINs of the demo's keys, as a person would know them.
const (
	pinPIV   = "246813"
	pukPIV   = "13572468"
	pinFIDO2 = "4711-demo"
)

func newStage(ctx context.Context, p programs, out string, report io.Writer) (s *stage, err error) {
	dir, err := os.MkdirTemp("", "hf-demo-") // short: sockets are made in it
	if err != nil {
		return nil, err
	}
	s = &stage{ctx: ctx, programs: p, report: report, out: out, dir: dir, dids: map[string]string{}, shotBefore: map[string]bool{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	s.say("Two emulated security keys lie on the table: key1 (firmware 5.4.3) and key2 (5.7.1).\n")
	if s.bench, err = pcscd.Start(ctx, pcscd.Options{Dir: filepath.Join(dir, "b"), Program: p.virtualkey, Readers: 5}); err != nil {
		return s, err
	}
	if err := inOrder(s.start("key1", "5.4.3"), s.unplug("key1"), s.start("key2", "5.7.1"), s.unplug("key2"), func() error { return s.newHome("home") }, s.otherDisk); err != nil {
		return s, err
	}
	if s.screen, err = journey.NewScreen(ctx, filepath.Join(dir, "x")); err != nil {
		return s, err
	}
	return s, s.startBus()
}

// startBus starts a bus of the journey's own, with a stand-in for systemd-logind on it.
func (s *stage) startBus() (err error) {
	if s.daemon, err = privatebus.Start(s.ctx, s.dir); err != nil {
		return err
	}
	if s.bus, err = dbus.Connect(s.daemon.Address); err != nil {
		return err
	}
	const name = "org.freedesktop.login1"
	if err := s.bus.Export(login1{}, "/org/freedesktop/login1", name+".Manager"); err != nil {
		return err
	}
	_, err = s.bus.RequestName(name, dbus.NameFlagDoNotQueue)
	return err
}

// close ends whatever runs still.
func (s *stage) close() error {
	var err error
	if s.window != nil {
		err = s.window.Kill()
	}
	if s.bus != nil {
		err = errors.Join(err, s.bus.Close())
	}
	if s.daemon != nil {
		err = errors.Join(err, s.daemon.Close())
	}
	if s.screen != nil {
		err = errors.Join(err, s.screen.Close())
	}
	if s.bench != nil {
		err = errors.Join(err, s.bench.Close())
	}
	if s.elsewhere != "" {
		err = errors.Join(err, os.RemoveAll(s.elsewhere))
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// sharedMemory is a disk of its own on every Linux, as far as programs can tell.
const sharedMemory = "/dev/shm"

// otherDisk finds a place for the backup that is not on the vault's disk; where there is none the owner vouches for a folder.
func (s *stage) otherDisk() (err error) {
	if s.elsewhere, err = os.MkdirTemp(sharedMemory, "hf-demo-"); err != nil {
		s.elsewhere, err = os.MkdirTemp("", "hf-demo-disk-")
	}
	return err
}

func keyOf(name, firmware string) pcscd.KeyOptions {
	return pcscd.KeyOptions{Name: name, Firmware: firmware}
}

// newHome begins on another machine: an empty home.
func (s *stage) newHome(name string) error {
	s.home = filepath.Join(s.dir, name)
	return os.MkdirAll(filepath.Join(s.home, ".cache"), 0o700) // the toolkit makes its own folder in it, and not this one
}

// env is the environment of the wallet and of its command line.
func (s *stage) env() []string {
	return append([]string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TZ=UTC"}, s.bench.Env()...)
}

// fido are the flags that name the passkey sides of all keys.
func (s *stage) fido() []string {
	var flags []string
	for _, k := range s.keys {
		flags = append(flags, "--fido-device", s.bench.HID(k))
	}
	return flags
}

// openWindow starts the wallet.
func (s *stage) openWindow() (err error) {
	s.window, err = s.screen.Open(s.ctx, journey.Program{Path: s.programs.journey, Args: append(s.fido(), "--journey-bus", s.daemon.Address), Env: s.env(), Log: filepath.Join(s.dir, "wallet.log")})
	return err
}

// closeWindow closes the wallet's window as a person does. Its log must be clean.
func (s *stage) closeWindow() error {
	w := s.window
	s.before, s.window = s.effort(), nil
	return w.Close(s.ctx)
}

// effort is what everything took so far.
func (s *stage) effort() journey.Effort {
	if s.window == nil {
		return s.before
	}
	e := s.window.Effort
	return journey.Effort{Presses: s.before.Presses + e.Presses, Typed: s.before.Typed + e.Typed, Keys: s.before.Keys + e.Keys, Clicks: s.before.Clicks + e.Clicks}
}

func (s *stage) say(format string, a ...any) {
	fmt.Fprintf(s.report, format, a...) //nolint:errcheck // what a terminal does not take is lost; the file's Close error counts
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// shot keeps a numbered picture of the window, or of the screen while there is no window.
func (s *stage) shot(name string) (file string, err error) {
	s.shots++
	file = fmt.Sprintf("%02d-%s.png", s.shots, strings.Trim(notInNames.ReplaceAllString(strings.ToLower(name), "-"), "-"))
	path := filepath.Join(s.out, file)
	if s.window == nil {
		return file, s.screen.Save(s.ctx, path)
	}
	return file, s.window.Save(s.ctx, path)
}

// failed keeps what there is to see after a failure: the picture, unless recovery words are on it, and the wallet's log.
func (s *stage) failed() error {
	var err error
	if s.window == nil || !secretShown(s.window.View()) {
		_, err = s.shot("failed")
	}
	log, e := os.ReadFile(filepath.Join(s.dir, "wallet.log"))
	if e != nil {
		return errors.Join(err, e)
	}
	return errors.Join(err, os.WriteFile(filepath.Join(s.out, "wallet.log"), log, 0o644))
}

// check tells one outcome that was looked at from outside the window.
func (s *stage) check(what string, held bool, format string, a ...any) error {
	if !held {
		return fmt.Errorf("%s: "+format, append([]any{what}, a...)...)
	}
	s.checks++
	s.say("  [ok] %s\n", what)
	return nil
}
