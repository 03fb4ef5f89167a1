package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"holdfast/internal/journey"
	"holdfast/token/virtual/pcscd"
)

// many is how many identities the large vault has.
const many = 100_000

// setting is where the measuring happens: a display, an emulated key that touches itself, homes with vaults.
type setting struct {
	ctx    context.Context //nolint:containedctx // a program's own, from start to end
	bin    string
	dir    string
	bench  *pcscd.Bench
	screen *journey.Screen
	film   *journey.Film
}

// pin is the smart-card PIN of the emulated key, puk its PUK.
const (
	pin = "246813"
	puk = "13572468"
)

func newSetting(ctx context.Context, bin string) (s *setting, err error) {
	dir, err := os.MkdirTemp("", "hf-bench-") // short: sockets are made in it
	if err != nil {
		return nil, err
	}
	s = &setting{ctx: ctx, bin: bin, dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.bench, err = pcscd.Start(ctx, pcscd.Options{Dir: filepath.Join(dir, "b"), Program: filepath.Join(bin, "virtualkey"), Touched: true, SmartCardOnly: true}); err != nil {
		return s, err
	}
	if err := s.bench.StartKey(ctx, pcscd.KeyOptions{Name: "key1", Firmware: "5.7.1", Touched: true}); err != nil {
		return s, err
	}
	if s.screen, err = journey.NewScreen(ctx, filepath.Join(dir, "x")); err != nil {
		return s, err
	}
	s.film, err = s.screen.Film()
	return s, err
}

func (s *setting) close() error {
	var err error
	if s.film != nil {
		err = s.film.Close()
	}
	if s.screen != nil {
		err = errors.Join(err, s.screen.Close())
	}
	if s.bench != nil {
		err = errors.Join(err, s.bench.Close())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// env is the environment of a program with a home of that name, which is made when it is not there.
func (s *setting) env(home string) ([]string, error) {
	path := filepath.Join(s.dir, home)
	return append([]string{"HOME=" + path, "PATH=" + os.Getenv("PATH"), "TZ=UTC"}, s.bench.Env()...), os.MkdirAll(filepath.Join(path, ".cache"), 0o700)
}

// makeVault makes a vault of so many identities in a home of its own.
func (s *setting) makeVault(home string, identities int) error {
	if err := s.ctl(home, "init", "--label", "blue key"); err != nil || identities == 0 {
		return err
	}
	return s.ctl(home, "identity", "create", "--count", fmt.Sprint(identities), "--label", "device")
}

// ctl runs the command line.
func (s *setting) ctl(home string, args ...string) error {
	env, err := s.env(home)
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	_, err = w.WriteString(strings.Repeat("piv "+pin+"\n", 4) + "new-piv " + pin + "\nnew-puk " + puk + "\n")
	if err = errors.Join(err, w.Close()); err != nil {
		return errors.Join(err, r.Close())
	}
	c := exec.CommandContext(s.ctx, filepath.Join(s.bin, "holdfastctl"), append([]string{"--pin-fd", "3"}, args...)...)
	var said bytes.Buffer
	c.Env, c.Stdout, c.Stderr, c.ExtraFiles = env, &said, &said, []*os.File{r}
	if err := c.Run(); err != nil {
		return errors.Join(fmt.Errorf("holdfastctl %s: %w: %s", args[0], err, said.String()), r.Close())
	}
	return r.Close()
}

// bare starts the bare window.
func (s *setting) bare(args ...string) (*journey.Running, error) {
	return s.run("bare", "bare", args...)
}

// wallet starts the wallet as people run it, in a home.
func (s *setting) wallet(home string) (*journey.Running, error) { return s.run("holdfast", home) }

func (s *setting) run(program, home string, args ...string) (*journey.Running, error) {
	env, err := s.env(home)
	if err != nil {
		return nil, err
	}
	return s.screen.Run(journey.Program{Path: filepath.Join(s.bin, program), Args: args, Env: env, Log: filepath.Join(s.dir, program+".log")})
}

// patience is how long a window may take to show something, or to open the vault.
const patience = time.Minute

// drawn waits until a program has drawn all of its window, and says how long that took.
func (s *setting) drawn(r *journey.Running) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	return s.film.Drawn(ctx, r.Begun)
}

// open starts the wallet in a home, opens its vault and goes to the identities, by keys. The ordinary wallet tells nothing, so that the emulated key's
// record says whether the vault was opened.
func (s *setting) open(home string) (*journey.Running, error) {
	if _, err := s.bench.Key(s.ctx, "key1", "log", "reset"); err != nil {
		return nil, err
	}
	r, err := s.wallet(home)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.unlock(r)); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (s *setting) unlock(r *journey.Running) error {
	if _, err := s.drawn(r); err != nil { // the locked page, with the key found: that took less than the rest
		return err
	}
	asked := time.Now()
	if err := s.screen.Key(s.ctx, "Return"); err != nil {
		return err
	}
	if _, err := s.film.Drawn(s.ctx, asked); err != nil { // the question for the PIN
		return err
	}
	if err := s.screen.Type(s.ctx, pin); err != nil {
		return err
	}
	answered := time.Now()
	if err := s.screen.Key(s.ctx, "Return"); err != nil {
		return err
	}
	if _, err := s.film.Drawn(s.ctx, answered); err != nil { // the first page of the open vault
		return err
	}
	if err := s.touched(); err != nil {
		return err
	}
	if err := s.screen.Key(s.ctx, "ctrl+2"); err != nil {
		return err
	}
	return s.screen.Settled(s.ctx)
}

// touched is an error unless the key was touched, and so has opened the vault.
func (s *setting) touched() error {
	lines, err := s.bench.Key(s.ctx, "key1", "log")
	if err != nil {
		return err
	}
	for _, l := range lines {
		var o struct {
			Touch bool `json:"touch"`
		}
		if err := json.Unmarshal([]byte(l), &o); err != nil {
			return err
		}
		if o.Touch {
			return nil
		}
	}
	return errors.New("the window did not open the vault")
}
