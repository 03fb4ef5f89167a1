package deptest

import (
	"strings"
	"testing"
)

// fake is a small tree in which one package breaks each rule.
func fake() Graph {
	own := &Module{Path: "m", Main: true}
	lib := &Module{Path: "lib.example/c"}
	g := Graph{
		"os":               {Standard: true},
		"fmt":              {Standard: true, Imports: []string{"os"}},
		"runtime/cgo":      {Standard: true, CgoFiles: []string{"cgo.go"}},
		"lib.example/c/in": {Module: lib, CgoFiles: []string{"c.go"}},
		"m/pure":           {Module: own, Imports: []string{"fmt", "runtime/cgo"}},
		"m/writes":         {Module: own, Imports: []string{"fmt", "m/leak"}},
		"m/leak":           {Module: own, Imports: []string{"os"}},
		"m/uses":           {Module: own, Imports: []string{"lib.example/c/in"}},
		"m/above":          {Module: own, Imports: []string{"m/uses", "C"}},
		"m/tree/a":         {Module: own, Imports: []string{"m/tree/b"}},
		"m/tree/b":         {Module: own},
		"m/pure.test":      {Module: own, Imports: []string{"m/pure [m/pure.test]"}},
		"m/pure [m/pure.test]": {
			Module: own, ForTest: "m/pure", Imports: []string{"lib.example/c/in"},
		},
	}
	for path, p := range g {
		p.ImportPath = path
	}
	return g
}

// rules allows the fake tree everything it does.
func rules() []Rule {
	return []Rule{
		{Package: "pure", Why: "w", Never: []Allow{{"os", "w"}}},
		{Package: "writes", Why: "w", Imports: []Allow{{"leak", "w"}}},
		{Package: "leak", Why: "w"},
		{Package: "uses", Why: "w", Modules: []Allow{{"lib.example/c", "w"}}, C: AnyC},
		{Package: "above", Why: "w", Imports: []Allow{{"uses", "w"}}, C: AnyC},
		{Package: "tree/...", Why: "w", Imports: []Allow{{"tree/...", "w"}}},
	}
}

func TestCheckAcceptsWhatTheTableNames(t *testing.T) {
	report(t, Check(fake(), "m", rules()))
}

// TestCheckFinds takes one permission away at a time: each must be missed.
func TestCheckFinds(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func([]Rule) []Rule
	}{
		{"no rule", "leak has no rule", func(r []Rule) []Rule { return append(r[:2], r[3:]...) }},
		{"no reason", "leak has a rule without a reason", func(r []Rule) []Rule { r[2].Why = ""; return r }},
		{"no reason for an import", `writes: "leak" stands without a reason`, func(r []Rule) []Rule { r[1].Imports[0].Why = ""; return r }},
		{"two rules", "leak has two rules", func(r []Rule) []Rule { return append(r, r[2]) }},
		{"direct", "writes imports leak", func(r []Rule) []Rule { r[1].Imports = nil; return r }},
		{"direct in a subtree", "tree/a imports tree/b", func(r []Rule) []Rule { r[5].Imports = nil; return r }},
		{"module", "uses imports lib.example/c/in of another module", func(r []Rule) []Rule { r[3].Modules = nil; return r }},
		{"never, the standard library", "leak reaches os, which it never may (w): m/leak -> os", func(r []Rule) []Rule {
			r[2].Never = []Allow{{"os", "w"}}
			return r
		}},
		{"never, through another", "above reaches uses", func(r []Rule) []Rule {
			r[4].Never = []Allow{{"uses", "w"}}
			return r
		}},
		{"never, somebody else's", "above reaches lib.example/c/in", func(r []Rule) []Rule {
			r[4].Never = []Allow{{"lib.example/c/in", "w"}}
			return r
		}},
		{"never, a subtree", "tree/a reaches tree/...", func(r []Rule) []Rule {
			r[5].Never = []Allow{{"tree/...", "w"}}
			return r
		}},
		{"C below", "above reaches C code", func(r []Rule) []Rule { r[4].C = TestsC; return r }},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := Check(fake(), "m", c.change(rules()))
			if !strings.Contains(strings.Join(found, "\n"), c.want) {
				t.Errorf("found %q, want %q among it", found, c.want)
			}
		})
	}
}

func TestCheckTests(t *testing.T) {
	want := "the tests of pure reach C code: m/pure.test -> m/pure [m/pure.test] -> lib.example/c/in"
	if found := CheckTests(fake(), "m", rules()); len(found) != 1 || found[0] != want {
		t.Errorf("found %q, want %q", found, want)
	}
	allowed := rules()
	allowed[0].C = TestsC
	if found := CheckTests(fake(), "m", allowed); len(found) != 0 {
		t.Errorf("found %q where the rule allows it", found)
	}
}

func TestUnused(t *testing.T) {
	if unused := Unused(fake(), "m", append(rules(), Rule{Package: "gone"})); len(unused) != 1 || unused[0] != "gone" {
		t.Errorf("unused %q, want gone alone", unused)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, text := range []string{"", "{", `{"ImportPath":"x","Error":{"Err":"no such package"}}`} {
		if _, err := decode([]byte(text)); err == nil {
			t.Errorf("decoded %q", text)
		}
	}
}
