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
	"slices"
	"strings"
	"syscall"
	"time"
)

// tree is a checkout whose tests are run.
type tree struct {
	root, work string // the checkout; a folder for what is written, outside it
	limit      time.Duration
}

// passing are the tests that pass in the tree as it is, by package.
type passing map[string]map[string]bool

// unchanged runs the tests of the list in the tree as it is, once for each package. A fault proves nothing by a test
// that fails without it.
func (t tree) unchanged(ctx context.Context, list []fault, told *report) (passing, error) {
	right := passing{}
	for _, f := range list {
		if right[f.Package] != nil {
			continue
		}
		told.unchanged(f.Package)
		var names []string
		for _, o := range list {
			if o.Package == f.Package {
				names = append(names, o.Tests...)
			}
		}
		o, err := t.test(ctx, f.Package, names, false, "")
		if ctx.Err() != nil {
			return nil, fmt.Errorf("stopped at package %s", f.Package)
		}
		if err != nil {
			return nil, fmt.Errorf("package %s without a fault: %w", f.Package, err)
		}
		right[f.Package] = map[string]bool{}
		for _, name := range o.passed {
			right[f.Package][name] = true
		}
	}
	return right, nil
}

// verdict is what became of a fault: the test that found it, or nothing of both when it was missed, or why the list
// does not fit the tree.
type verdict struct {
	test, said string // the test and what it said
	wrong      error
}

// missed reports whether every test passed in spite of the fault.
func (v verdict) missed() bool { return v.test == "" && v.wrong == nil }

// try runs the tests of a fault with it.
func (t tree) try(ctx context.Context, f fault, right passing) verdict {
	for _, name := range f.Tests {
		if !right[f.Package][name] {
			return verdict{wrong: fmt.Errorf("%s does not pass without the fault", name)}
		}
	}
	overlay, err := t.overlay(f)
	if err != nil {
		return verdict{wrong: err}
	}
	o, err := t.test(ctx, f.Package, f.Tests, true, overlay)
	if err != nil {
		return verdict{wrong: err}
	}
	return o.judge(f.Tests)
}

// overlay writes the faulty file, and the go command's list of what it reads in place of what.
func (t tree) overlay(f fault) (string, error) {
	file := filepath.Join(t.root, filepath.FromSlash(f.File))
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	faulty, err := f.apply(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", f.File, err)
	}
	instead := filepath.Join(t.work, f.ID+".go")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {file: instead}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(t.work, f.ID+".json")
	return overlay, errors.Join(os.WriteFile(instead, faulty, 0o600), os.WriteFile(overlay, list, 0o600))
}

// stopping is how long the go command is waited for once it was told to stop.
const stopping = 10 * time.Second

// test runs tests of a package, the short form of those that have one; first ends the run with the first that fails.
// An error says that they could not be run.
func (t tree) test(ctx context.Context, pkg string, names []string, first bool, overlay string) (outcome, error) {
	args := []string{"test", "-json", "-short", "-count=1", "-vet=off", "-timeout", t.limit.String()}
	args = append(args, "-run", pattern(names))
	if first {
		args = append(args, "-failfast")
	}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Dir = t.root
	// The tests are processes of the go command's, which does not end them when it is told to stop.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = stopping
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{}, err
	}
	o, readErr := read(&out)
	switch {
	case readErr != nil:
		return o, readErr
	case o.broken != "":
		return o, errors.New("it does not compile: " + oneLine(o.broken))
	case o.late:
		return o, fmt.Errorf("the tests took longer than %v", t.limit)
	case err != nil && len(o.failed) == 0:
		return o, fmt.Errorf("no test failed, but: %w: %s", err, oneLine(errs.String()+o.loose))
	}
	return o, nil
}

// pattern is what the go command's -run takes for tests of these names and no others.
func pattern(names []string) string {
	return "^(" + strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), "|") + ")$"
}

// oneLine keeps words on a line, and not too many of them.
func oneLine(text string) string {
	const most = 300
	line := strings.Join(strings.Fields(text), " ")
	if len(line) > most {
		return strings.ToValidUTF8(line[:most], "") + "..."
	}
	return line
}
