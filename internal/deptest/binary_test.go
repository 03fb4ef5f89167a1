package deptest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/built"
)

// TestWalletHoldsNoEmulator searches the wallet's programs for what only the emulated key has: its package's name, which the linker leaves in
// every program that holds one of its functions, and the words in its source. The emulated key's own program shows that the search finds them.
func TestWalletHoldsNoEmulator(t *testing.T) {
	const (
		name = "holdfast/token/virtual"
		long = 20 // bytes from which a text is unlikely to occur by chance
	)
	programs := bytesOf(t, built.Virtualkey, built.Wallet, built.Holdfastctl)
	emulator := programs[0]
	wallets := map[string][]byte{built.Wallet: programs[1], built.Holdfastctl: programs[2]}
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
	programs := bytesOf(t, built.Wallet, built.Journey)
	wallet, journey := programs[0], programs[1]
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

// bytesOf reads programs as they ship.
func bytesOf(t *testing.T, names ...string) [][]byte {
	t.Helper()
	paths, err := built.Programs(t.TempDir(), names...)
	if err != nil {
		t.Fatal(err)
	}
	var read [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, data)
	}
	return read
}
