// Package deptest holds who may import whom in this module, and the tests that hold everybody to it: imports direct and indirect, C code, the
// emulated security key, and the few functions whose callers are counted.
package deptest

import (
	"fmt"
	"slices"
	"strings"
)

// Check holds the packages of module in g to rules and returns what breaks them, one line each, with the reason.
func Check(g Graph, module string, rules []Rule) []string {
	found := checkTable(rules)
	for _, path := range g.Main() {
		rel := relative(module, path)
		rule := find(rules, rel)
		if rule == nil {
			found = append(found, fmt.Sprintf("%s has no rule: say in internal/deptest/rules.go what it is for and what it may import", rel))
			continue
		}
		found = append(found, direct(g, module, path, *rule)...)
		found = append(found, never(g, module, path, *rule)...)
		found = append(found, cgo(g, module, path, *rule)...)
	}
	slices.Sort(found)
	return found
}

// Unused returns the rules that no package of g falls under.
func Unused(g Graph, module string, rules []Rule) []string {
	used := map[string]bool{}
	for _, path := range g.Main() {
		if rule := find(rules, relative(module, path)); rule != nil {
			used[rule.Package] = true
		}
	}
	var unused []string
	for _, rule := range rules {
		if !used[rule.Package] {
			unused = append(unused, rule.Package)
		}
	}
	return unused
}

// CheckTests returns the packages whose tests reach C code where their rule allows none. g is a graph listed with tests.
func CheckTests(g Graph, module string, rules []Rule) []string {
	var found []string
	for path, p := range g {
		under, isTest := strings.CutSuffix(path, ".test")
		if !isTest || !p.own() {
			continue
		}
		rel := relative(module, under)
		rule := find(rules, rel)
		if rule == nil || rule.C != NoC {
			continue
		}
		if way := g.Chain(path, (*Package).foreign, (*Package).holdsC); way != nil {
			found = append(found, fmt.Sprintf("the tests of %s reach C code: %s", rel, strings.Join(way, " -> ")))
		}
	}
	slices.Sort(found)
	return found
}

// checkTable refuses a table in which something stands without its reason, or twice.
func checkTable(rules []Rule) []string {
	var found []string
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.Package] {
			found = append(found, r.Package+" has two rules")
		}
		seen[r.Package] = true
		if r.Why == "" {
			found = append(found, r.Package+" has a rule without a reason")
		}
		for _, a := range slices.Concat(r.Imports, r.Modules, r.Never) {
			if a.Path == "" || a.Why == "" {
				found = append(found, fmt.Sprintf("%s: %q stands without a reason", r.Package, a.Path))
			}
		}
	}
	return found
}

// direct compares what a package imports with what its rule names.
func direct(g Graph, module, path string, rule Rule) []string {
	var found []string
	rel := relative(module, path)
	for _, imported := range g[path].Imports {
		p := g[imported]
		switch {
		case p == nil || p.Standard: // "C" is judged below
		case p.Module != nil && p.Module.Main:
			if !named(rule.Imports, relative(module, imported)) {
				found = append(found, fmt.Sprintf("%s imports %s, which its rule does not name (%s)", rel, relative(module, imported), rule.Why))
			}
		case p.Module == nil || !named(rule.Modules, p.Module.Path):
			found = append(found, fmt.Sprintf("%s imports %s of another module, which its rule does not name (%s)", rel, imported, rule.Why))
		}
	}
	return found
}

// never follows everything a package imports; a package of the standard library is refused to this package alone.
func never(g Graph, module, path string, rule Rule) []string {
	var found []string
	for _, refused := range rule.Never {
		through := (*Package).foreign
		if p := g[refused.Path]; p != nil && p.Standard {
			through = nowhere
		}
		way := g.Chain(path, through, func(p *Package) bool { return matches(refused.Path, relative(module, p.ImportPath)) })
		if way != nil {
			found = append(found, fmt.Sprintf("%s reaches %s, which it never may (%s): %s",
				relative(module, path), refused.Path, refused.Why, strings.Join(way, " -> ")))
		}
	}
	return found
}

func nowhere(*Package) bool { return false }

// cgo looks for C code below a package that must do without.
func cgo(g Graph, module, path string, rule Rule) []string {
	if rule.C == AnyC {
		return nil
	}
	rel := relative(module, path)
	if g[path].holdsC() {
		return []string{rel + " holds C code, which its rule does not allow"}
	}
	if way := g.Chain(path, (*Package).foreign, (*Package).holdsC); way != nil {
		return []string{fmt.Sprintf("%s reaches C code, which its rule does not allow: %s", rel, strings.Join(way, " -> "))}
	}
	return nil
}

// find returns the rule for rel: its own, else the one of the longest subtree around it; nil when there is none.
func find(rules []Rule, rel string) *Rule {
	var best *Rule
	for i := range rules {
		r := &rules[i]
		if r.Package == rel {
			return r
		}
		if matches(r.Package, rel) && (best == nil || len(r.Package) > len(best.Package)) {
			best = r
		}
	}
	return best
}

// named reports whether one of list stands for path.
func named(list []Allow, path string) bool {
	return slices.ContainsFunc(list, func(a Allow) bool { return matches(a.Path, path) })
}

// matches reports whether pattern stands for path: itself, or with "/..." any package below.
func matches(pattern, path string) bool {
	if root, subtree := strings.CutSuffix(pattern, "/..."); subtree {
		return strings.HasPrefix(path, root+"/")
	}
	return pattern == path
}

// relative turns an import path of the module into one below it; other paths stay as they are.
func relative(module, path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}
