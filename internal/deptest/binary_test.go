package deptest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestWalletHoldsNoEmulator searches the wallet's programs for what only the emulated key has: its package's name, which the linker leaves in
// every program that holds one of its functions, and the words in its source. The emulated key's own program shows that the search finds them.
func TestWalletHoldsNoEmulator(t *testing.T) {
	const (
		name = "holdfast/token/virtual"
		long = 20 // bytes from which a text is unlikely to occur by chance
	)
	bin := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", bin+string(filepath.Separator), ".", "./cmd/holdfastctl", "./cmd/virtualkey")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	emulator := program(t, bin, "virtualkey")
	wallets := map[string][]byte{"holdfast": program(t, bin, "holdfast"), "holdfastctl": program(t, bin, "holdfastctl")}
	if !bytes.Contains(emulator, []byte(name)) {
		t.Fatalf("the emulated key's own program does not name %s: the search is blind", name)
	}
	for program, wallet := range wallets {
		if bytes.Contains(wallet, []byte(name)) {
			t.Errorf("%s names %s", program, name)
		}
	}
	own := map[string]bool{}
	err := Sources(filepath.Join(root, "token/virtual"), func(_ string, file *ast.File) error {
		Literals(own, file, long)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	shared := walletLiterals(t, long)
	searched := 0
	for text := range own {
		if strings.Contains(shared, text) || !bytes.Contains(emulator, []byte(text)) {
			continue
		}
		searched++
		for program, wallet := range wallets {
			if bytes.Contains(wallet, []byte(text)) {
				t.Errorf("%s holds the emulated key's %q", program, text)
			}
		}
	}
	if searched < 20 {
		t.Fatalf("only %d texts of the emulated key searched for", searched)
	}
	t.Logf("%d texts of the emulated key searched for", searched)
}

// TestWalletTellsNothing searches the wallet that people run for what tells the journey what the window shows: the packages' name, and the mark of
// its lines. The journey build shows that the search finds them.
func TestWalletTellsNothing(t *testing.T) {
	marks := []string{"holdfast/internal/journey", "fyne.io/fyne/v2/test"}
	marks = append(marks, constant(t, filepath.Join(root, "internal/journey/shown/shown.go"), "Mark"))
	bin := t.TempDir()
	for name, args := range map[string][]string{"wallet": nil, "journey": {"-tags", "journey"}} {
		cmd := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"build", "-o", filepath.Join(bin, name)}, args, []string{"."})...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	wallet, journey := program(t, bin, "wallet"), program(t, bin, "journey")
	for _, mark := range marks {
		if !bytes.Contains(journey, []byte(mark)) {
			t.Errorf("the journey build does not hold %q: the search is blind", mark)
		}
		if bytes.Contains(wallet, []byte(mark)) {
			t.Errorf("the wallet holds %q", mark)
		}
	}
}

// constant is the value of a text that a source file names.
func constant(t *testing.T, path, name string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	value := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == name && len(v.Values) == 1 {
			if text, ok := v.Values[0].(*ast.BasicLit); ok {
				value, err = strconv.Unquote(text.Value)
			}
		}
		return true
	})
	if err != nil || len(value) < 10 {
		t.Fatalf("%s names no text %s: %v", path, name, err)
	}
	return value
}

// walletLiterals returns the texts in the sources of everything that the wallet's program is made of, outside the standard library.
func walletLiterals(t *testing.T, length int) string {
	t.Helper()
	found := map[string]bool{}
	for _, p := range list(t, "", false, ".", "./cmd/holdfastctl") {
		if p.Standard {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			Literals(found, file, length)
		}
	}
	return strings.Join(slices.Collect(maps.Keys(found)), "\n")
}

func program(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
