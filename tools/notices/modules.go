package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
)

// programs are the packages of the programs that are shipped.
var programs = []string{".", "./cmd/holdfastctl"}

// module is somebody else's module, as far as it is linked into the programs.
type module struct {
	Path     string
	Version  string
	Dir      string
	packages []string // folders of the packages that are linked
	c        []string // those of them that hold C code
}

// modules lists what is linked into the programs of the module in dir, ordered by path. What is shipped runs on Linux;
// the processor makes no difference.
func modules(dir string) ([]module, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=Dir,Module,CgoFiles"}, programs...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	found := map[string]module{}
	for list := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir      string
			CgoFiles []string
			Module   *struct {
				Path, Version, Dir string
				Main               bool
				Replace            *struct{}
			}
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		if p.Module.Replace != nil {
			return nil, fmt.Errorf("%s is replaced: its version says nothing", p.Module.Path)
		}
		m, known := found[p.Module.Path]
		if !known {
			m = module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir}
		}
		m.packages = append(m.packages, p.Dir)
		if len(p.CgoFiles) > 0 {
			m.c = append(m.c, p.Dir)
		}
		found[m.Path] = m
	}
	if len(found) == 0 {
		return nil, errors.New("nothing is linked into the programs")
	}
	return slices.SortedFunc(maps.Values(found), func(a, b module) int { return cmp.Compare(a.Path, b.Path) }), nil
}
