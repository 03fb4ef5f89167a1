package deptest

import (
	"go/ast"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "holdfast"
	root   = "../.."
)

// TestImports holds the whole tree to the table, as it is built here and for the systems whose files this one leaves out.
func TestImports(t *testing.T) {
	for _, goos := range []string{"linux", "windows", "darwin"} {
		t.Run(goos, func(t *testing.T) {
			g := list(t, goos, false, "./...")
			if len(g.Main()) < 10 {
				t.Fatalf("only %d packages listed: the list is not the tree", len(g.Main()))
			}
			report(t, Check(g, module, on(goos, Rules)))
		})
	}
}

// TestImportsOfTheJourneyBuild holds the journey build to the same table.
func TestImportsOfTheJourneyBuild(t *testing.T) {
	g := list(t, "", false, "-tags", "journey", "./...")
	if way := g.Chain("holdfast", (*Package).own, func(p *Package) bool { return p.ImportPath == "holdfast/internal/journey/shown" }); way == nil {
		t.Fatal("the journey build does not reach what it tells: the list is not its own")
	}
	report(t, Check(g, module, Rules))
}

// TestTestsWithoutC holds that whatever needs no device is also tested without one.
func TestTestsWithoutC(t *testing.T) {
	g := list(t, "", true, "./...")
	if g["holdfast/internal/deptest.test"] == nil {
		t.Fatal("the list holds no tests")
	}
	report(t, CheckTests(g, module, Rules))
}

// TestImportsOfNestedModules holds the modules within this one to the same table.
func TestImportsOfNestedModules(t *testing.T) {
	for _, dir := range Nested {
		g := nested(t, dir)
		if g[module+"/"+dir] == nil {
			t.Errorf("the list of %s does not hold it", dir)
		}
		report(t, Check(g, module, Rules))
		report(t, CheckTests(g, module, Rules))
	}
}

// TestNestedModulesAreNamed looks for modules within this one: each must be known here, and to what lints and tests them.
func TestNestedModulesAreNamed(t *testing.T) {
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "build" || entry.Name() == ".cache") {
			return fs.SkipDir
		}
		if err == nil && entry.Name() == "go.mod" && filepath.Dir(path) != filepath.Clean(root) {
			rel, relErr := filepath.Rel(root, filepath.Dir(path))
			found, err = append(found, filepath.ToSlash(rel)), relErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(found, Nested) {
		t.Errorf("modules within this one: %q, want %q", found, Nested)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\nNESTED := " + strings.Join(Nested, " ") + "\n"; !strings.Contains(string(makefile), want) {
		t.Errorf("the Makefile does not say %q", want)
	}
}

// TestEveryRuleIsUsed reports rules for packages that are gone.
func TestEveryRuleIsUsed(t *testing.T) {
	g := list(t, "", false, "./...")
	for _, dir := range Nested {
		maps.Copy(g, nested(t, dir))
	}
	for _, rule := range Unused(g, module, Rules) {
		t.Errorf("no package falls under the rule %q: take it away", rule)
	}
}

// TestEmulatorStaysOutside names everything that reaches the emulated key, so that nothing new does so quietly.
func TestEmulatorStaysOutside(t *testing.T) {
	g := list(t, "", false, "./...")
	emulator := func(p *Package) bool { return strings.HasPrefix(p.ImportPath+"/", "holdfast/token/virtual/") }
	found := 0
	for _, path := range g.Main() {
		way := g.Chain(path, (*Package).own, emulator)
		if way == nil {
			continue
		}
		found++
		switch rel := relative(module, path); {
		case rel == "cmd/virtualkey", rel == "cmd/keypanel", rel == "internal/demo", rel == "internal/windowbench", rel == "token/virtual", strings.HasPrefix(rel, "token/virtual/"):
		default:
			t.Errorf("%s reaches the emulated key: %s", rel, strings.Join(way, " -> "))
		}
	}
	if found == 0 {
		t.Fatal("nothing reaches the emulated key: the test looks in the wrong place")
	}
}

// TestBuildWithoutC builds, with the C compiler switched off, everything whose rule allows no C code.
func TestBuildWithoutC(t *testing.T) {
	args := []string{"build"}
	g := list(t, "", false, "./...")
	for _, path := range g.Main() {
		if rule := find(Rules, relative(module, path)); rule != nil && rule.C != AnyC && len(g[path].GoFiles) > 0 {
			args = append(args, path)
		}
	}
	if len(args) < 10 {
		t.Fatalf("only %d packages to build without C", len(args)-1)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("CGO_ENABLED=0 go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// nested is the list of a module within this one, with its tests.
func nested(t *testing.T, dir string) Graph {
	t.Helper()
	g, err := List(filepath.Join(root, dir), "", true, "./...")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// list is List of this module, or the end of the test.
func list(t *testing.T, goos string, tests bool, patterns ...string) Graph {
	t.Helper()
	// Reading the sources here tells the go command that this test's result depends on them: it does not see what its child reads.
	if err := Sources(root, func(string, *ast.File) error { return nil }); err != nil {
		t.Fatal(err)
	}
	g, err := List(root, goos, tests, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func report(t *testing.T, found []string) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}
