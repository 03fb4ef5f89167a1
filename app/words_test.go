package app

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/journal"
	"holdfast/keystore"
	"holdfast/keystore/derive"
	dev "holdfast/token"
)

// whole checks that an explanation says all three things in whole sentences on one line, with nothing left to fill in.
func whole(t *testing.T, name string, x Explanation) {
	t.Helper()
	if x.Code == "" || x.Code == "unexpected" {
		t.Errorf("%s has no words of its own: %+v", name, x)
	}
	for _, s := range []string{x.What, x.Safe, x.Now} {
		if len(s) < 10 || strings.ContainsAny(s, "{}\n") || !strings.HasSuffix(s, ".") || s[:1] != strings.ToUpper(s[:1]) || strings.Contains(s, "..") {
			t.Errorf("%s: %q is no sentence", name, s)
		}
	}
}

func TestEveryTokenCodeHasWords(t *testing.T) {
	for _, code := range dev.Codes() {
		for _, side := range []dev.Kind{"", dev.PIV, dev.FIDO2} {
			e := &dev.Error{Code: code, Side: side, TriesLeft: 2, Number: 0x6982, Detail: "slot 82"}
			x := Explain(fmt.Errorf("opening: %w", e))
			whole(t, string(code)+"/"+string(side), x)
			if x.Code != string(code) {
				t.Errorf("%s is told as %q", code, x.Code)
			}
		}
	}
	codes := map[dev.Code]bool{}
	for _, c := range dev.Codes() {
		codes[c] = true
	}
	for _, table := range []map[dev.Code]sentences{pinWords(), holdingWords(), presenceWords(), machineWords()} {
		for c := range table {
			if !codes[c] {
				t.Errorf("words for %q, which no token answers", c)
			}
			delete(codes, c) // in one table only
		}
	}
	if len(codes) > 0 {
		t.Errorf("no words for %v", codes)
	}
}

// parsed gives the syntax of the files of a package, tests left out.
func parsed(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// declared lists a package's exported sentinels (ErrX) and error types (XError).
func declared(t *testing.T, dir string) map[string]bool {
	found := map[string]bool{}
	for _, f := range parsed(t, dir) {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						if g.Tok == token.VAR && strings.HasPrefix(n.Name, "Err") {
							found[n.Name] = true
						}
					}
				case *ast.TypeSpec:
					if strings.HasSuffix(s.Name.Name, "Error") && ast.IsExported(s.Name.Name) {
						found[s.Name.Name] = true
					}
				}
			}
		}
	}
	return found
}

// TestEveryErrorOfTheCoreHasWords reads the packages below for sentinels and error types, and this package's tables for their names.
func TestEveryErrorOfTheCoreHasWords(t *testing.T) {
	told := map[string]bool{}
	for _, f := range parsed(t, ".") {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					told[x.Name+"."+s.Sel.Name] = true
				}
			}
			return true
		})
	}
	for dir, pkg := range map[string]string{
		"../keystore": "keystore", "../keystore/derive": "derive", "../did/statement": "statement", "../internal/durable": "durable", "../internal/secret": "secret",
	} {
		names := declared(t, dir)
		if len(names) == 0 {
			t.Errorf("%s declares no errors", dir)
		}
		for name := range names {
			if !told[pkg+"."+name] {
				t.Errorf("%s.%s has no words", pkg, name)
			}
		}
	}
	for name := range declared(t, ".") {
		if strings.HasPrefix(name, "Err") && !has(ownSentinels(), name) {
			t.Errorf("%s has no words", name)
		}
	}
}

// has looks for a sentinel of this package by its name in the source of its table.
func has(list []sentinel, name string) bool {
	src, err := os.ReadFile("errors.go")
	return err == nil && len(list) > 0 && strings.Contains(string(src), "{"+name+",")
}

func TestSentinelsAreWhole(t *testing.T) {
	codes := map[string]string{}
	for _, s := range append(sentinels(), ownSentinels()...) {
		x := Explain(fmt.Errorf("doing: %w", s.is))
		whole(t, s.is.Error(), x)
		if x.Code != s.code {
			t.Errorf("%v is told as %q, not %q", s.is, x.Code, s.code)
		}
		if other, twice := codes[s.code]; twice && other != s.what && s.code != "locked" && s.code != "bad-signature" {
			t.Errorf("code %q has two meanings", s.code)
		}
		codes[s.code] = s.what
	}
}

func TestErrorsWithFacts(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "/x/y", Err: syscall.ENOSPC}
	for _, c := range []struct {
		err  error
		code string
		says string
	}{
		{&keystore.DamagedError{What: "backup", Why: errors.New("two\nlines")}, "damaged", "two lines"},
		{&keystore.ReadOnlyError{Why: keystore.ReadOnlyCopied}, "read-only", "copied"},
		{&keystore.ReadOnlyError{Why: keystore.ReadOnlyRolledBack}, "read-only", "older"},
		{&keystore.ReadOnlyError{Why: "other"}, "read-only", "other"},
		{&keystore.LastWayInError{Which: "everyday"}, "last-way-in", "everyday"},
		{&keystore.LastWayInError{Which: "recovery"}, "last-way-in", "recovery"},
		{&keystore.LastWayInError{Which: "master"}, "last-way-in", "opens everything"},
		{&keystore.WrongWordError{Position: 7}, "wrong-word", "Word 7"},
		{&keystore.SigningEndedError{State: "ended-branch", Branch: 3}, "signing-ended", "use branch 3"},
		{&keystore.SigningEndedError{State: "compromised"}, "signing-ended", "compromised"},
		{&derive.WordError{Position: 5}, "no-such-word", "Word 5"},
		{&derive.WordError{Position: 24, Checksum: true}, "words-do-not-fit", "another place"},
		{&NoTokenError{Ref: "blue"}, "no-token", `"blue"`},
		{&NoTokenError{Want: "opens this vault"}, "no-token", "opens this vault"},
		{&ChooseTokenError{Tokens: []dev.Token{{ID: "piv:a"}, {ID: "piv:b"}}}, "choose-token", "piv:a, piv:b"},
		{&ChooseVaultError{Names: []string{"main", "work"}}, "choose-vault", "main, work"},
		{&VaultNameError{Name: "a/b"}, "vault-name", `"a/b"`},
		{&NoHomeError{Home: "here"}, "no-home", `"here"`},
		{&SyncedFolderError{Dir: "/d", Service: "Dropbox"}, "synced-folder", "Dropbox"},
		{context.Canceled, "cancelled", "cancelled"},
		{path, "disk-full", "/x/y"},
		{&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, "no-permission", "/x"},
		{&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist}, "no-such-file", "/x"},
		{&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrExist}, "file-exists", "/x"},
	} {
		x := Explain(fmt.Errorf("doing: %w", c.err))
		whole(t, c.err.Error(), x)
		if x.Code != c.code || !strings.Contains(x.What, c.says) {
			t.Errorf("%v: %+v", c.err, x)
		}
	}
	if x := Explain(errors.New("odd\nthing")); x.Code != "unexpected" || !strings.Contains(x.What, "odd thing") {
		t.Errorf("%+v", x)
	}
}

// TestPlacesOfWords holds the tables of acts, steps and events to what the core says.
func TestPlacesOfWords(t *testing.T) {
	for _, a := range journal.Acts() {
		if eventTable()[a] == "" {
			t.Errorf("act %q has no words", a)
		}
	}
	source := ""
	for _, pattern := range []string{"../keystore/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source += string(data)
		}
	}
	for kind, table := range map[string]map[string]string{
		`"(step-[a-z-]+)"`: stepTable(), `"(missing-[a-z-]+)"`: missingTable(), `act[A-Z][A-Za-z]*\s+= "([a-z-]+)"`: touchWords(),
	} {
		found := regexp.MustCompile(kind).FindAllStringSubmatch(source, -1)
		if len(found) == 0 {
			t.Errorf("%s: nothing found", kind)
		}
		for _, m := range found {
			if table[m[1]] == "" {
				t.Errorf("%q has no words", m[1])
			}
		}
	}
	for _, why := range []string{keystore.NotArmedSecondToken, keystore.NotArmedSameToken, keystore.NotArmedUnknown, keystore.NotArmedUnproven, "new reason"} {
		if n := notArmed(why); !strings.HasPrefix(n.Text, "Not armed: ") || n.Remedy == "" || n.Why != why {
			t.Errorf("%q: %+v", why, n)
		}
	}
}

// A new PIN that is in force although the act failed is said, whatever the failure.
func TestANewPINInForceIsSaid(t *testing.T) {
	failed := keystore.WithPINReplaced(dev.NewError(dev.Removed, dev.PIV, ""), keystore.KindPIV, keystore.Changed, keystore.Unclear)
	x := Explain(fmt.Errorf("enrolling: %w", failed))
	if x.Code != "removed" || !strings.Contains(x.Safe, "The new smart-card PIN of the smart-card side is in force.") || !strings.Contains(x.Safe, "Whether the new PUK") {
		t.Errorf("%+v", x)
	}
}

// An interrupted act is told once, with what it means now.
func TestInterruptedActsAreTold(t *testing.T) {
	names := eventNames{"v": "", "k": quote("blue key")}
	list := []keystore.Settled{
		{Act: journal.ActRevoke, Subject: "v"}, {Act: journal.ActRevoke, Subject: "k"}, {Act: journal.ActEnrol, Subject: "e", Finished: true}, {Act: journal.ActShowWords, Subject: "v"},
	}
	for i := range list {
		list[i].Time = time.Date(2026, 1, 1, 0, 0, 0, 0, time.Local)
	}
	got := names.settled(list, "v")
	if len(got) != 3 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []string{
		"The revocation of “blue key” was interrupted (1 January, 00:00), and has been undone. “blue key” still opens the vault. Revoke it again.",
		"Adding a key was interrupted (1 January, 00:00), and has been finished now. Prove the key, so that you know that it opens the vault.",
		"The showing of the 24 words was interrupted (1 January, 00:00), and has been undone. Do it again if you still want it.",
	} {
		if got[i].ID != "interrupted" || got[i].Text+" "+got[i].Remedy != want {
			t.Errorf("%+v", got[i])
		}
	}
}

// A full disk and a disk that fails are never told as damage.
func TestAFullDiskIsNoDamage(t *testing.T) {
	for err, code := range map[error]string{
		&keystore.DamagedError{What: "database", Why: syscall.ENOSPC}:                    "disk-full",
		fmt.Errorf("x: %w", &fs.PathError{Op: "write", Path: "/x", Err: syscall.EDQUOT}): "disk-full",
		writing("/media/x", syscall.ENOSPC):                                              "disk-full",
		writing("/media/x", syscall.EIO):                                                 "disk-error",
	} {
		if x := Explain(err); x.Code != code {
			t.Errorf("%v: %+v", err, x)
		}
	}
}

// Batches of one act are one line.
func TestBatchesAreOneLine(t *testing.T) {
	batch := func(n uint64, count string) journal.Event {
		return journal.Event{Number: n, Act: journal.ActCreateIdentities, Result: journal.OK, Facts: map[string]string{"count": count}}
	}
	line := JournalLine{Event: batch(9, "500"), Entries: 1}
	for n := uint64(8); n > 6; n-- {
		if !batchOf(line, batch(n, "1000")) {
			t.Fatalf("%d does not belong to %+v", n, line)
		}
		line = line.with(batch(n, "1000"))
	}
	if line.Entries != 3 || line.Facts["count"] != "2500" || line.Number != 9 {
		t.Errorf("%+v", line)
	}
	for _, e := range []journal.Event{batch(5, "1000"), {Number: 6, Act: journal.ActSign, Result: journal.OK}, {Number: 6, Act: journal.ActCreateIdentities, Result: journal.Failed}} {
		if batchOf(line, e) {
			t.Errorf("%+v belongs to %+v", e, line)
		}
	}
}
