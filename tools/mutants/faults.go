package main

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// fault is one line of the product made wrong.
type fault struct {
	ID      string   // names it: "master-unchecked"
	File    string   // of the tree, with slashes
	After   string   // where the line stands several times, one before it that stands once; or empty
	Was     string   // the line as it is, without the space around it
	Now     string   // the faulty line; empty leaves the line out
	Owner   string   // what goes wrong for the owner, in one sentence
	Package string   // whose tests must find it: "./keystore"
	Tests   []string // the tests of that package that are run; one of them must fail
}

// keys are the lines of a fault in the list, in their order. The third is left out where the line stands once.
var keys = []string{"fault", "file", "after", "was", "now", "owner", "tests"}

// parse reads a list: faults with an empty line between them, each line a key, a colon and a value. Lines that begin
// with # are for the reader.
func parse(text string) ([]fault, error) {
	var list []fault
	ids := map[string]bool{}
	for _, block := range blocks(text) {
		f, err := parseFault(block.lines)
		if err == nil && ids[f.ID] {
			err = errors.New("its name is used twice")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: fault %q: %w", block.at, f.ID, err)
		}
		ids[f.ID] = true
		list = append(list, f)
	}
	if len(list) == 0 {
		return nil, errors.New("no faults")
	}
	return list, nil
}

// block is what stands between two empty lines, without remarks.
type block struct {
	at    int // number of its first line, from 1
	lines []string
}

func blocks(text string) (list []block) {
	var open block
	for i, line := range append(strings.Split(text, "\n"), "") {
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.TrimSpace(line) != "":
			if len(open.lines) == 0 {
				open.at = i + 1
			}
			open.lines = append(open.lines, line)
		case len(open.lines) > 0:
			list, open = append(list, open), block{}
		}
	}
	return list
}

func parseFault(lines []string) (f fault, err error) {
	values := map[string]string{}
	at := 0
	for _, line := range lines {
		if at == len(keys) {
			return f, fmt.Errorf("%q: nothing may follow %q", line, keys[at-1]+":")
		}
		key, value, ok := strings.Cut(line, ":")
		if keys[at] == "after" && key != "after" {
			at++
		}
		if !ok || key != keys[at] {
			return f, fmt.Errorf("%q: want %q", line, keys[at]+":")
		}
		at++
		values[key] = strings.TrimSpace(value)
		f.ID = values["fault"]
	}
	if at < len(keys) {
		return f, fmt.Errorf("it ends before %q", keys[at]+":")
	}
	tests := strings.Fields(values["tests"])
	if len(tests) < 2 {
		return f, errors.New("tests: want a package and the names of tests")
	}
	f = fault{
		ID: values["fault"], File: values["file"], After: values["after"], Was: values["was"], Now: values["now"],
		Owner: values["owner"], Package: tests[0], Tests: tests[1:],
	}
	return f, f.check()
}

var (
	idForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	testForm = regexp.MustCompile(`^Test[A-Z][A-Za-z0-9]*$`)
)

func (f fault) check() error {
	switch {
	case !idForm.MatchString(f.ID):
		return errors.New("its name: want small letters, digits and hyphens")
	case path.Clean(f.File) != f.File || path.IsAbs(f.File) || strings.HasPrefix(f.File, "../"):
		return fmt.Errorf("file %q: want a path in the tree", f.File)
	case !strings.HasSuffix(f.File, ".go") || strings.HasSuffix(f.File, "_test.go"):
		return fmt.Errorf("file %q: want one of the product's", f.File)
	case f.Was == "" || f.Was == f.Now:
		return errors.New("the line is empty, or not changed")
	case !strings.HasSuffix(f.Owner, "."):
		return errors.New("owner: want a sentence")
	case !strings.HasPrefix(f.Package, "./") || strings.Contains(f.Package, "..."):
		return fmt.Errorf("package %q: want one, as in ./keystore", f.Package)
	}
	for _, name := range f.Tests {
		if !testForm.MatchString(name) {
			return fmt.Errorf("test %q: want the name of a test", name)
		}
	}
	return nil
}

// pick keeps the faults named; all where none is.
func pick(list []fault, ids []string) ([]fault, error) {
	if len(ids) == 0 {
		return list, nil
	}
	var picked []fault
	for _, id := range ids {
		i := slices.IndexFunc(list, func(f fault) bool { return f.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("no fault %q", id)
		}
		picked = append(picked, list[i])
	}
	return picked, nil
}

// apply gives a file's text with the fault in it.
func (f fault) apply(text []byte) ([]byte, error) {
	lines := bytes.Split(text, []byte("\n"))
	is := func(want string) func([]byte) bool {
		return func(line []byte) bool { return string(bytes.TrimSpace(line)) == want }
	}
	from := 0
	if f.After != "" {
		at, err := only(lines, is(f.After), f.After)
		if err != nil {
			return nil, err
		}
		from = at + 1
	}
	at := slices.IndexFunc(lines[from:], is(f.Was)) + from
	switch {
	case at < from:
		return nil, fmt.Errorf("no line is %q", f.Was)
	case f.After == "":
		if _, err := only(lines, is(f.Was), f.Was); err != nil {
			return nil, err
		}
	}
	indent := lines[at][:bytes.IndexByte(lines[at], f.Was[0])]
	lines[at] = append(bytes.Clone(indent), f.Now...)
	return bytes.Join(lines, []byte("\n")), nil
}

// only finds the one line that is wanted.
func only(lines [][]byte, wanted func([]byte) bool, text string) (int, error) {
	at := slices.IndexFunc(lines, wanted)
	if at < 0 {
		return 0, fmt.Errorf("no line is %q", text)
	}
	if slices.ContainsFunc(lines[at+1:], wanted) {
		return 0, fmt.Errorf("several lines are %q", text)
	}
	return at, nil
}
