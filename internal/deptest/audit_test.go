package deptest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the audit lists anew, after each new line in them has been read")

// TestReadersOfSecrets counts who reads what a secret.Bytes holds. testdata/readers.txt is the list; read a new line's function before
// accepting it with -update.
func TestReadersOfSecrets(t *testing.T) {
	const method = "Expose"
	declared(t, method, "internal/secret")
	uses := uses(t, method)
	for _, use := range uses {
		if !within(use.Package, "internal/secret", "keystore", "token", "biometric", "recovery") {
			t.Errorf("%s reads a secret; only keystore, token, biometric and recovery may", use)
		}
	}
	compare(t, "readers.txt", uses)
}

// TestOpenersOfMasterSecret counts the callers of the one function that opens the master secret.
func TestOpenersOfMasterSecret(t *testing.T) {
	const function = "openMaster"
	declared(t, function, "keystore")
	uses := uses(t, function)
	for _, use := range uses {
		if use.Package != "keystore" {
			t.Errorf("%s opens the master secret; only keystore may", use)
		}
	}
	compare(t, "master.txt", uses)
}

// TestSourcesOfMasterSecret holds that nothing but that one function asks a source for the master secret: in the interface it is declared, and
// in openMaster it is called.
func TestSourcesOfMasterSecret(t *testing.T) {
	uses := uses(t, "masterSecret")
	if got := fmt.Sprint(uses); got != "[keystore (no function) 1 keystore openMaster 1]" {
		t.Errorf("masterSecret is named by %s", got)
	}
}

// declared fails unless exactly one function of that name is declared, in the package given.
func declared(t *testing.T, name, where string) {
	t.Helper()
	packages, err := Declarations(root, name)
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) != 1 || packages[0] != where {
		t.Fatalf("%s is declared in %q, want once, in %s", name, packages, where)
	}
}

func uses(t *testing.T, name string) []Use {
	t.Helper()
	uses, err := Uses(root, name)
	if err != nil {
		t.Fatal(err)
	}
	if len(uses) == 0 {
		t.Fatalf("nobody calls %s: the count looks in the wrong place", name)
	}
	return uses
}

// compare holds uses to an audit list.
func compare(t *testing.T, name string, uses []Use) {
	t.Helper()
	total := 0
	var text strings.Builder
	for _, use := range uses {
		total += use.Count
		text.WriteString(use.String() + "\n")
	}
	t.Logf("%d places:\n%s", total, text.String())
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range missing(text.String(), string(want)) {
		t.Errorf("not in testdata/%s: %s", name, line)
	}
	for _, line := range missing(string(want), text.String()) {
		t.Errorf("in testdata/%s, but no longer in the code: %s", name, line)
	}
}

// missing returns the lines of text that are not in other.
func missing(text, other string) []string {
	known := map[string]bool{}
	for _, line := range strings.Split(other, "\n") {
		known[line] = true
	}
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if !known[line] {
			lines = append(lines, line)
		}
	}
	return lines
}

// within reports whether path is one of roots or below one.
func within(path string, roots ...string) bool {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}
