package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// part is one thing that is in the programs, with its licences.
type part struct {
	name    string
	version string // "" where the thing has none of its own
	what    string // what it is; "" for a module that the name explains
	texts   []text
}

// text is one licence.
type text struct {
	licence string // SPDX name
	from    string // where it stands in the module
	words   string
}

// licenceFile matches the names of files that hold a licence.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([-_.].*)?$`)

// compiled are folders of C code that a package's C code includes, which the go command does not tell.
var compiled = map[string][]string{
	"github.com/go-gl/glfw/v3.4/glfw": {"glfw/include", "glfw/src", "glfw/deps/glad"},
}

// partOf reads the licences of a module: the files that hold one, and what the sources that are linked say besides.
func partOf(m module) (part, error) {
	p := part{name: m.Path, version: m.Version}
	files, err := licenceFiles(m)
	if err != nil {
		return p, err
	}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(m.Dir, file))
		if err != nil {
			return p, err
		}
		name, err := licenceOf(data)
		if err != nil {
			return p, fmt.Errorf("%s %s, %s: %w", m.Path, m.Version, file, err)
		}
		p.add(text{name, file, clean(string(data))})
	}
	if len(p.texts) == 0 {
		return p, fmt.Errorf("%s %s has no licence", m.Path, m.Version)
	}
	return p, p.addSources(m)
}

// add adds a text, unless it is there already.
func (p *part) add(t text) {
	if !slices.ContainsFunc(p.texts, func(o text) bool { return o.words == t.words }) {
		p.texts = append(p.texts, t)
	}
}

// licenceFiles lists the files of a module that hold a licence of something linked: those whose nearest package is, and
// those of C code.
func licenceFiles(m module) (files []string, err error) {
	folders := compiledOf(m)
	err = filepath.WalkDir(m.Dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || !licenceFile.MatchString(d.Name()) || strings.HasSuffix(path, ".go"):
			return nil
		}
		above := filepath.Dir(path)
		within := slices.ContainsFunc(folders, func(f string) bool {
			return f == above || strings.HasPrefix(f, above+string(filepath.Separator))
		})
		near, err := nearest(m.Dir, above)
		if err != nil {
			return err
		}
		if within || near == m.Dir || slices.Contains(m.packages, near) {
			files = append(files, filepath.ToSlash(strings.TrimPrefix(path, m.Dir+string(filepath.Separator))))
		}
		return nil
	})
	return files, err
}

// nearest is the folder itself, or the nearest one above it, that holds a Go package; the module's own at the end.
func nearest(root, folder string) (string, error) {
	for ; folder != root; folder = filepath.Dir(folder) {
		sources, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(sources) > 0 {
			return folder, err
		}
	}
	return root, nil
}

func compiledOf(m module) (folders []string) {
	for _, f := range compiled[m.Path] {
		folders = append(folders, filepath.Join(m.Dir, f))
	}
	return folders
}

// source matches the names of files that are compiled.
var source = regexp.MustCompile(`\.(go|c|h|s|S)$`)

// addSources adds the licences that linked sources carry themselves and that no file of the module holds.
func (p *part) addSources(m module) error {
	known := map[string]bool{}
	for _, t := range p.texts {
		known[t.licence] = true
	}
	if err := hiddenC(m); err != nil {
		return err
	}
	for _, folder := range append(compiledOf(m), m.packages...) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !source.MatchString(e.Name()) || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			path := filepath.Join(folder, e.Name())
			name := filepath.ToSlash(strings.TrimPrefix(path, m.Dir+string(filepath.Separator)))
			if err := p.addSource(path, name, known); err != nil {
				return fmt.Errorf("%s %s, %w", m.Path, m.Version, err)
			}
		}
	}
	return nil
}

// hiddenC refuses a package whose C code lies in folders that nobody has named: what is compiled of it is not known.
func hiddenC(m module) error {
	if compiled[m.Path] != nil {
		return nil
	}
	for _, dir := range m.c {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".c") && filepath.Dir(path) != dir {
				return fmt.Errorf("%s may be compiled: name its folder or say why not", path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// furthest is how far into a source a licence is looked for, in bytes: the longest tables come after it.
const furthest = 128 << 10

func (p *part) addSource(path, name string, known map[string]bool) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data = data[:min(len(data), furthest)]
	for _, m := range licensecheck.Scan(data).Match {
		if m.IsURL || known[m.ID] {
			continue
		}
		if !slices.Contains(allowed, m.ID) {
			return fmt.Errorf("%s: the licence %s is not allowed", name, m.ID)
		}
		p.add(text{m.ID, name, comment(string(data), m.Start, m.End)})
	}
	return nil
}

// marks are what makes lines a comment.
var marks = regexp.MustCompile(`(?m)^[ \t]*(//|/\*+|\*+/|\*+)?[ \t]?`)

// comment is the words of a comment from its beginning, where it says whose work it is, to the end of the licence in
// it.
func comment(source string, start, end int) string {
	begin := start
	if i := strings.LastIndex(source[:start], "/*"); i >= 0 && !strings.Contains(source[i:start], "*/") {
		begin = i
	}
	for begin == start && begin > 0 { // lines that begin with //
		above := strings.LastIndex(source[:begin-1], "\n") + 1
		if !strings.HasPrefix(source[above:], "//") {
			break
		}
		start, begin = above, above
	}
	words := source[begin:end]
	// A generated header quotes the licence so, below its own description.
	if _, after, ok := strings.Cut(words, "<pre>"); ok {
		words = after
	}
	return clean(marks.ReplaceAllString(words, ""))
}
