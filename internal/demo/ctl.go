package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The command line as the judge of the window: it opens the same vault while the window has it closed.

// outcome is what a command did.
type outcome struct {
	code           int
	stdout, stderr string
}

// ctlPatience is how long one command may take on a machine that has much else to do.
const ctlPatience = time.Minute

// closing is how long the window may take to close the vault once it shows that it is locked.
const closing = 5 * time.Second

// ctl runs holdfastctl on the same home, once the window has closed the vault.
func (s *stage) ctl(args ...string) (o outcome, err error) {
	for until := time.Now().Add(closing); ; {
		o, err = s.runCtl(args...)
		if err != nil || o.code == 0 || !strings.Contains(o.stderr, "This vault is open in") || time.Now().After(until) {
			return o, err
		}
	}
}

// runCtl runs it once. The emulated keys touch themselves meanwhile, and PINs come through a descriptor.
func (s *stage) runCtl(args ...string) (o outcome, err error) {
	if err := s.automatic("on"); err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, s.automatic("off")) }()
	pins, err := pipe(strings.Repeat("piv "+pinPIV+"\nfido2 "+pinFIDO2+"\n", 8))
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, pins.Close()) }()
	ctx, cancel := context.WithTimeout(s.ctx, ctlPatience)
	defer cancel()
	c := exec.CommandContext(ctx, s.programs.ctl, append(append([]string{"--pin-fd", "3"}, args...), s.fido()...)...)
	var out, errs bytes.Buffer
	c.Env, c.Stdout, c.Stderr, c.ExtraFiles = s.env(), &out, &errs, []*os.File{pins}
	if exit := (*exec.ExitError)(nil); !errors.As(c.Run(), &exit) && c.ProcessState == nil {
		return o, fmt.Errorf("holdfastctl %s cannot be run", args[0])
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), errs.String()}, ctx.Err()
}

// automatic lets the keys' touches come by themselves, or not.
func (s *stage) automatic(on string) error {
	var err error
	for _, k := range s.keys {
		_, e := s.bench.Key(s.ctx, k, "touch", "automatic", on)
		err = errors.Join(err, e)
	}
	return err
}

// pipe gives the reading end of a pipe that holds a short text.
func pipe(text string) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if _, err := w.WriteString(text); err != nil {
		return nil, errors.Join(err, w.Close(), r.Close())
	}
	return r, w.Close()
}

// must runs a command that has to succeed.
func (s *stage) must(args ...string) (outcome, error) {
	o, err := s.ctl(args...)
	if err == nil && o.code != 0 {
		err = fmt.Errorf("holdfastctl %s: exit %d: %s", args[0], o.code, o.stderr)
	}
	return o, err
}

// status is what the command line says of the vault.
func (s *stage) status(args ...string) (map[string]any, error) { return s.result("status", args...) }

// result is what a command answers in JSON.
func (s *stage) result(command string, args ...string) (map[string]any, error) {
	o, err := s.must(append([]string{command, "--json"}, args...)...)
	if err != nil {
		return nil, err
	}
	var j struct {
		Result map[string]any `json:"result"`
	}
	if err := json.Unmarshal([]byte(o.stdout), &j); err != nil {
		return nil, err
	}
	if len(j.Result) == 0 {
		return nil, fmt.Errorf("holdfastctl %s says nothing", command)
	}
	return j.Result, nil
}
