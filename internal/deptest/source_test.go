package deptest

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"
)

// TestUses counts in a small tree that hides a name behind a method value, an interface and an embedded field.
func TestUses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a/a.go", `package a
type Secret struct{}
func (s *Secret) Read(func([]byte)) {}
func (s *Secret) twice() { s.Read(nil); s.Read(nil) }
`)
	write(t, dir, "a/a_windows.go", `package a
type reader interface { Read(func([]byte)) }
func value(s *Secret) func(func([]byte)) { return s.Read }
`)
	write(t, dir, "b/b.go", `package b
var f = (*a.Secret).Read
`)
	write(t, dir, "b/b_test.go", `package b
func Read() {}
`)
	write(t, dir, "b/testdata/c.go", `package c
func Read() {}
`)
	uses, err := Uses(dir, "Read")
	if err != nil {
		t.Fatal(err)
	}
	want := "[a (no function) 1 a Secret.twice 2 a value 1 b (no function) 1]"
	if got := fmt.Sprint(uses); got != want {
		t.Errorf("uses %s, want %s", got, want)
	}
	declared, err := Declarations(dir, "Read")
	if err != nil || fmt.Sprint(declared) != "[a]" {
		t.Errorf("declared in %v, %v; want a", declared, err)
	}
}

func TestLiterals(t *testing.T) {
	const text = "package a\nimport \"long/import/path\"\nconst x = \"short\"\nvar y = f(\"long enough\", `raw and long`)\n"
	file, err := parser.ParseFile(token.NewFileSet(), "a.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	Literals(found, file, 10)
	if len(found) != 2 || !found["long enough"] || !found["raw and long"] {
		t.Errorf("found %v", found)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
