package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// today are the parts of the programs as go.mod has them, read once.
func today(t *testing.T) []part {
	t.Helper()
	linked, err := modules(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(linked) < 30 {
		t.Fatalf("only %d modules: the window alone needs more", len(linked))
	}
	parts, err := read(linked)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// TestNoticesAreThoseOfToday: a dependency that was added or changed, or a licence that was, is in the committed files.
func TestNoticesAreThoseOfToday(t *testing.T) {
	parts := today(t)
	for file, write := range map[string]func(*bytes.Buffer, []part){
		"THIRD_PARTY_NOTICES": notices, "packaging/copyright": copyright,
	} {
		var want bytes.Buffer
		write(&want, parts)
		got, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(string(got), want.String()); d != "" {
			t.Errorf("%s is not today's: %s\nRun make notices, and read what it changed.", file, d)
		}
	}
}

// difference is the first line in which two texts differ.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(the end)", "(the end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return "it has " + a + " where " + b + " belongs"
		}
	}
	return ""
}

// TestAChangedDependencyIsSeen: neither another version nor one more module passes for what was there before.
func TestAChangedDependencyIsSeen(t *testing.T) {
	parts := []part{{name: "example.invalid/one", version: "v1.0.0", texts: []text{{"MIT", "LICENSE", "words"}}}}
	for name, changed := range map[string][]part{
		"version": {{name: "example.invalid/one", version: "v1.0.1", texts: parts[0].texts}},
		"module":  {parts[0], {name: "example.invalid/two", version: "v1.0.0", texts: parts[0].texts}},
		"licence": {{name: "example.invalid/one", version: "v1.0.0", texts: []text{{"MIT", "LICENSE", "other words"}}}},
	} {
		var before, after bytes.Buffer
		notices(&before, parts)
		notices(&after, changed)
		if difference(before.String(), after.String()) == "" {
			t.Errorf("another %s is not seen", name)
		}
	}
}

// TestLicencesThatAreRefused writes modules with a licence that no program of ours may hold.
func TestLicencesThatAreRefused(t *testing.T) {
	const mit = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and " +
		"associated documentation files (the \"Software\"), to deal in the Software without restriction, " +
		"including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, " +
		"and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, " +
		"subject to the following conditions:\n\nThe above copyright notice and this permission notice shall be " +
		"included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", " +
		"WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF " +
		"MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR " +
		"COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, " +
		"TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS " +
		"IN THE SOFTWARE.\n"
	const gpl = "This program is free software: you can redistribute it and/or modify it under the terms of the GNU " +
		"General Public License as published by the Free Software Foundation, either version 3 of the License, or " +
		"(at your option) any later version.\n"
	const riddle = "And never on a Monday, nor where the moon can see it. "
	agpl := strings.Replace(gpl, "GNU General", "GNU Affero General", 1)
	for name, c := range map[string]struct {
		files map[string]string
		says  string // "" is allowed
	}{
		"allowed": {map[string]string{"LICENSE": mit, "a.go": "package a\n"}, ""},
		"GPL":     {map[string]string{"LICENSE": gpl, "a.go": "package a\n"}, "GPL-3.0"},
		"AGPL":    {map[string]string{"LICENSE": agpl, "a.go": "package a\n"}, "AGPL-3.0"},
		"unknown": {map[string]string{"LICENSE": "Do as I say.\n", "a.go": "package a\n"}, "nobody knows"},
		"allowed and unknown": {
			map[string]string{"LICENSE": mit + strings.Repeat(riddle, 30), "a.go": "package a\n"}, "nobody knows",
		},
		"none":            {map[string]string{"a.go": "package a\n"}, "has no licence"},
		"GPL in a source": {map[string]string{"LICENSE": mit, "a.go": "// " + gpl + "\npackage a\n"}, "GPL-3.0"},
		"C that is not named": {
			map[string]string{"LICENSE": mit, "a.go": "package a\n", "deep/a.c": "int a;\n"}, "may be compiled",
		},
		"not linked": {
			map[string]string{"LICENSE": mit, "a.go": "package a\n", "cmd/x/LICENSE": gpl, "cmd/x/x.go": "package main\n"}, "",
		},
		"beside what is": {map[string]string{"LICENSE": mit, "a.go": "package a\n", "font/LICENSE.txt": gpl}, "GPL-3.0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, words := range c.files {
				path := filepath.Join(dir, filepath.FromSlash(file))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(words), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, err := partOf(module{
				Path: "example.invalid/a", Version: "v1.0.0", Dir: dir, packages: []string{dir}, c: []string{dir},
			})
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

// TestCommentsGiveTheirWords takes licences out of the comments of several languages.
func TestCommentsGiveTheirWords(t *testing.T) {
	const licence = "LICENCE"
	for source, want := range map[string]string{
		"package a\n\n// Copyright 2020 One\n//\n// LICENCE\n\nvar a int\n":               "Copyright 2020 One\n\nLICENCE",
		"/* Other. */\nint b;\n/*\n ** Copyright 2020 Two\n **\n ** LICENCE\n */\nint a;": "Copyright 2020 Two\n\nLICENCE",
		"# LICENCE": "# LICENCE"[2:],
	} {
		at := strings.Index(source, licence)
		if got := comment(source, at, at+len(licence)); got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}

// TestLicenceIsWhole: the licence of Holdfast is the Apache License as its authors publish it (LICENSE-2.0.txt).
func TestLicenceIsWhole(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30" {
		t.Errorf("LICENSE has been changed: SHA-256 %s", got)
	}
}

// TestGoIsUnderTheLicenceWeSay compares with the Go that builds, where that one brings its licence.
func TestGoIsUnderTheLicenceWeSay(t *testing.T) {
	parts, err := goParts()
	if err != nil {
		t.Fatal(err)
	}
	linked, err := modules(root)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(linked, func(m module) bool { return m.Path == "golang.org/x/sys" })
	if i < 0 {
		t.Fatal("golang.org/x/sys is not linked: compare with another module of Go's authors")
	}
	data, err := os.ReadFile(filepath.Join(linked[i].Dir, "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	if parts[0].texts[0].words != clean(string(data)) {
		t.Error("Go's authors give their modules another licence than ours says")
	}
}
