package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"holdfast/token/virtual/pcscd"
)

// stage is what the journey is played on: a bench of emulated keys, a home, and the report.
type stage struct {
	ctx    context.Context //nolint:containedctx // a program's own, from start to end
	report io.Writer
	dir    string
	home   string
	bench  *pcscd.Bench
	keys   []string // names of all keys ever started
	checks int

	words  []string          // on paper, in the demo's memory only
	owner  string            // the owner words of the recovery sheet
	backup string            // path of the backup
	dids   map[string]string // by label
	heard  func(text string) // told what a running command says on stderr; nil most of the time
}

// listener keeps what a command says and tells it to who listens.
type listener struct {
	text  bytes.Buffer // not embedded: its ReadFrom would pass Write by
	heard func(string)
}

func (l *listener) Write(p []byte) (int, error) {
	if l.heard != nil {
		l.heard(string(p))
	}
	return l.text.Write(p)
}

// The PINs of the demo's keys, as a person would know them.
const (
	pinPIV   = "246813"
	pukPIV   = "13572468"
	pinFIDO2 = "4711-demo"
)

func newStage(ctx context.Context, report io.Writer) (*stage, error) {
	dir, err := os.MkdirTemp("", "holdfast-demo-") // short: sockets are made in it
	if err != nil {
		return nil, err
	}
	program, err := filepath.Abs(filepath.Join(binFolder, "virtualkey"))
	if err != nil {
		return nil, err
	}
	s := &stage{ctx: ctx, report: report, dir: dir, dids: map[string]string{}}
	s.say("Two emulated security keys are plugged in: key1 (firmware 5.4.3) and key2 (5.7.1).\n")
	if s.bench, err = pcscd.Start(ctx, pcscd.Options{Dir: filepath.Join(dir, "b"), Program: program, Readers: 5}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := errors.Join(s.start("key1", "5.4.3"), s.start("key2", "5.7.1"), s.newHome("home")); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) close() error {
	return errors.Join(s.bench.Close(), os.RemoveAll(s.dir))
}

// start plugs in a new emulated key whose owner touches it whenever it blinks.
func (s *stage) start(name, firmware string) error {
	s.keys = append(s.keys, name)
	return s.bench.StartKey(s.ctx, pcscd.KeyOptions{Name: name, Firmware: firmware, Touched: true})
}

// newHome begins on another machine: an empty home.
func (s *stage) newHome(name string) error {
	s.home = filepath.Join(s.dir, name)
	return os.MkdirAll(s.home, 0o700)
}

func (s *stage) say(format string, a ...any) {
	text := fmt.Sprintf(format, a...)
	fmt.Print(text)
	fmt.Fprint(s.report, text) //nolint:errcheck // the report is a copy; the file's Close error counts
}

// outcome is what a command did.
type outcome struct {
	code           int
	stdout, stderr string
}

// run shows a command and what it said. PINs come through a descriptor, as from a person who types what is asked.
func (s *stage) run(args ...string) (outcome, error) { return s.runWith(nil, nil, args...) }

// runWith is run with a standard input, and with more to do while the command runs.
func (s *stage) runWith(stdin io.Reader, while func(c *exec.Cmd) (func() error, error), args ...string) (o outcome, err error) {
	shown := strings.Join(quoted(args), " ")
	pins, err := s.pins()
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, pins.Close()) }()
	args = append([]string{"--pin-fd", "3"}, args...)
	for _, k := range s.keys {
		args = append(args, "--fido-device", s.bench.HID(k))
	}
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(binFolder, "holdfastctl"), args...)
	var out bytes.Buffer
	errs := listener{}
	c.Env = append([]string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH"), "TZ=UTC"}, s.bench.Env()...)
	c.Stdin, c.Stdout, c.Stderr, c.ExtraFiles = stdin, &out, &errs, []*os.File{pins}
	after := func() error { return nil }
	if while != nil {
		if after, err = while(c); err != nil {
			return o, err
		}
	}
	errs.heard = s.heard
	s.say("\n$ holdfastctl %s\n", shown)
	err = c.Run()
	err2 := after()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return o, err
	}
	o = outcome{code: c.ProcessState.ExitCode(), stdout: out.String(), stderr: errs.text.String()}
	s.show(o)
	return o, err2
}

// show prints what a command said, indented; long output is cut in the middle.
func (s *stage) show(o outcome) {
	for _, part := range []string{o.stderr, o.stdout} {
		lines := strings.Split(strings.TrimRight(part, "\n"), "\n")
		if len(lines) > 24 {
			lines = append(append(lines[:16:16], fmt.Sprintf("... %d more lines", len(lines)-20)), lines[len(lines)-4:]...)
		}
		for _, l := range lines {
			if len(l) > 200 {
				l = l[:197] + "..."
			}
			if l != "" {
				s.say("  %s\n", l)
			}
		}
	}
	if o.code != 0 {
		s.say("  (exit %d)\n", o.code)
	}
}

// pins writes what a person would type at each prompt into a pipe; each line serves once.
func (s *stage) pins() (*os.File, error) {
	var b strings.Builder
	for range 8 {
		fmt.Fprintf(&b, "piv %s\nfido2 %s\n", pinPIV, pinFIDO2)
	}
	fmt.Fprintf(&b, "new-piv %s\nnew-puk %s\nnew-fido2 %s\n", pinPIV, pukPIV, pinFIDO2)
	return pipe(b.String())
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
	o, err := s.run(args...)
	if err == nil && o.code != 0 {
		err = fmt.Errorf("holdfastctl %s: exit %d", args[0], o.code)
	}
	return o, err
}

// refuse runs a command that has to fail with exit code 1, saying words.
func (s *stage) refuse(words string, args ...string) error {
	o, err := s.run(args...)
	if err != nil {
		return err
	}
	return s.check(fmt.Sprintf("refused, saying %q", words), o.code == 1 && strings.Contains(o.stderr, words), "exit %d", o.code)
}

// check shows one outcome that was looked at from outside the command.
func (s *stage) check(what string, held bool, format string, a ...any) error {
	if !held {
		return fmt.Errorf("%s: "+format, append([]any{what}, a...)...)
	}
	s.checks++
	s.say("  [ok] %s\n", what)
	return nil
}

// status asks the vault for its state as JSON.
func (s *stage) status(args ...string) (r map[string]any, err error) {
	o, err := s.must(append([]string{"status", "--json"}, args...)...)
	if err != nil {
		return nil, err
	}
	var j struct {
		Result map[string]any `json:"result"`
	}
	return j.Result, errors.Join(json.Unmarshal([]byte(o.stdout), &j), errEmpty(&j.Result, &r))
}

func errEmpty(from, to *map[string]any) error {
	*to = *from
	if len(*from) == 0 {
		return errors.New("status says nothing")
	}
	return nil
}

func quoted(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if out[i] = a; strings.ContainsAny(a, " <>|") || a == "" {
			out[i] = fmt.Sprintf("%q", a)
		}
	}
	return out
}
