package deptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Package is what the go command says of one package.
type Package struct {
	ImportPath string
	Dir        string
	Standard   bool
	ForTest    string   // for a package compiled anew for a test: the package under test
	GoFiles    []string // without tests and without C
	CgoFiles   []string
	Imports    []string
	Module     *Module
	Error      *struct{ Err string }
}

// Module is the module that a package belongs to; nil for the standard library.
type Module struct {
	Path string
	Main bool
}

// own reports whether p belongs to the module under test.
func (p *Package) own() bool { return p.Module != nil && p.Module.Main }

// foreign reports whether p is no part of the standard library.
func (p *Package) foreign() bool { return !p.Standard }

// holdsC reports whether p holds C code that counts: the standard library builds with and without it.
func (p *Package) holdsC() bool { return !p.Standard && len(p.CgoFiles) > 0 }

// Graph holds packages by import path, with everything that they import.
type Graph map[string]*Package

// List asks the go command, in the module around dir, for the packages of patterns and everything they import. With tests true their
// tests are in it too. goos is an operating system as the go command names it; empty stands for this one.
func List(dir, goos string, tests bool, patterns ...string) (Graph, error) {
	args := []string{"list", "-e", "-deps", "-json=ImportPath,Dir,Standard,ForTest,GoFiles,CgoFiles,Imports,Module,Error"}
	if tests {
		args = append(args, "-test")
	}
	cmd := exec.Command("go", append(args, patterns...)...) //nolint:gosec // the arguments are this test's own
	cmd.Dir = dir
	// C code is listed wherever it could be linked, whether or not this machine has a compiler for it.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if goos != "" {
		cmd.Env = append(cmd.Env, "GOOS="+goos)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w: %s", strings.Join(patterns, " "), err, stderr.String())
	}
	return decode(out)
}

// decode reads the go command's stream of JSON objects. A package that the go command could not load is an error.
func decode(out []byte) (Graph, error) {
	g := Graph{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		p := new(Package)
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("decode the go command's list: %w", err)
		}
		if p.Error != nil {
			return nil, fmt.Errorf("package %q: %s", p.ImportPath, p.Error.Err)
		}
		g[p.ImportPath] = p
	}
	if len(g) == 0 {
		return nil, errors.New("the go command listed no package")
	}
	return g, nil
}

// Main returns the import paths of this module's own packages, without the variants compiled for tests.
func (g Graph) Main() []string {
	var paths []string
	for path, p := range g {
		if p.own() && p.ForTest == "" && !strings.HasSuffix(path, ".test") {
			paths = append(paths, path)
		}
	}
	return paths
}

// Chain returns the shortest way from a package to one that ok accepts, both ends included, on which every package between satisfies
// through; nil when there is none. The first package is asked neither.
func (g Graph) Chain(from string, through, ok func(*Package) bool) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g[queue[0]].Imports {
			p := g[next]
			if _, seen := before[next]; seen || p == nil { // nil: "C" and "unsafe" are no packages
				continue
			}
			before[next] = queue[0]
			if ok(p) {
				return walk(before, next)
			}
			if through(p) {
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// walk reads a way backwards from its end.
func walk(before map[string]string, end string) []string {
	var way []string
	for at := end; at != ""; at = before[at] {
		way = append([]string{at}, way...)
	}
	return way
}
