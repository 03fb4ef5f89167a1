package ui

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/translations"
)

// source parses the window's own files, tests left out.
func source(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, dir := range []string{".", "parts", "look", "desktop"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = f
		}
	}
	return files
}

// words reports whether a literal is meant for people: it has a space between letters, or begins like a sentence.
func words(s string) bool {
	return regexp.MustCompile(`\p{L} \p{L}`).MatchString(s) || regexp.MustCompile(`^\p{Lu}\p{Ll}`).MatchString(s)
}

// quiet are calls whose words go to no person: errors for the log, formats.
func quiet(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		x, ok := f.X.(*ast.Ident)
		return ok && slices.Contains([]string{"errors", "fmt", "log", "slog"}, x.Name) && f.Sel.Name != "Fprintln" && f.Sel.Name != "Sprintf"
	default:
		return false
	}
}

// TestNoWordsInTheSource holds that every word a person reads stands in the translations: a literal with words is found wherever it stands, and one
// without when it is handed to a widget.
func TestNoWordsInTheSource(t *testing.T) {
	checked := 0
	for name, f := range source(t) {
		allowed := map[*ast.BasicLit]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				allowed[n.Path] = true
			case *ast.CallExpr:
				for _, a := range n.Args {
					if l, ok := a.(*ast.BasicLit); ok && quiet(n) {
						allowed[l] = true
					}
				}
				handed(t, name, n)
			case *ast.BasicLit:
				if n.Kind != token.STRING || allowed[n] {
					return true
				}
				checked++
				s, err := strconv.Unquote(n.Value)
				if err == nil && words(s) && !drawing(name, s) {
					t.Errorf("%s: %q stands in the source", name, s)
				}
			}
			return true
		})
	}
	if checked < 100 {
		t.Fatalf("%d literals looked at", checked)
	}
}

// drawing are literals that are no words: an SVG, the class by which the desktop knows the window, the toolkit's log signs, WCAG's names for pairs of colours in the table that tests read.
func drawing(name, s string) bool {
	return strings.HasPrefix(s, "<svg") || filepath.Base(name) == "desktop.go" && slices.Contains([]string{"Holdfast", "failed to initialise GLFW", "window creation error", "failed to initialise OpenGL", "Error parsing user locale", "Cause:", "At:"}, s) ||
		filepath.Base(name) == "color.go"
}

// handed fails for a literal with letters that is handed to a widget as its words.
func handed(t *testing.T, name string, call *ast.CallExpr) {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	x, ok := s.X.(*ast.Ident)
	worded := []string{"Title", "Heading", "Lead", "Say", "Line", "Quiet", "Short", "NewButton", "NewPlace", "NewEntry", "NewText", "NewCheck", "NewLabel", "Notice", "Empty", "SetText", "SetWords", "Fact"}
	if !ok && !slices.Contains([]string{"SetText", "SetWords"}, s.Sel.Name) || !slices.Contains(worded, s.Sel.Name) || ok && x.Name == "canvas" {
		return
	}
	for i, a := range call.Args {
		icon := s.Sel.Name == "NewButton" && i == 1 || s.Sel.Name == "NewPlace" && i == 1 || s.Sel.Name == "Empty" && i == 0
		l, ok := a.(*ast.BasicLit)
		if ok && l.Kind == token.STRING && !icon && strings.ContainsFunc(l.Value, unicode.IsLetter) {
			t.Errorf("%s: %s is handed %s", name, s.Sel.Name, l.Value)
		}
	}
}

// TestEveryKeyHasWordsAndEveryWordAKey reads the source for keys: each stands in the catalogue, and each of the catalogue is used. A key that is put
// together ("nav." + place) uses all that begin so.
func TestEveryKeyHasWordsAndEveryWordAKey(t *testing.T) {
	catalogue, err := translations.Catalogue("en")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var prefixes []string
	for name, f := range source(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !translates(call) {
				return true
			}
			switch a := call.Args[0].(type) {
			case *ast.BasicLit:
				key, err := strconv.Unquote(a.Value)
				if err != nil || catalogue[key] == nil {
					t.Errorf("%s: key %s has no words", name, a.Value)
				}
				used[key] = true
			case *ast.BinaryExpr:
				prefix := leftmost(a)
				if prefix == "" {
					t.Errorf("%s: a key begins with no literal", name)
					return true
				}
				prefixes = append(prefixes, prefix)
			case *ast.Ident: // tr itself hands its key on
			default:
				t.Errorf("%s: a key that nobody can read", name)
			}
			return true
		})
	}
	if len(used) < 50 {
		t.Fatalf("%d keys found", len(used))
	}
	for key := range catalogue {
		if !used[key] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("%q is said nowhere", key)
		}
	}
}

// translates reports whether a call is tr or translations.T.
func translates(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name == "tr"
	case *ast.SelectorExpr:
		x, ok := f.X.(*ast.Ident)
		return ok && x.Name == "translations" && f.Sel.Name == "T"
	default:
		return false
	}
}

func leftmost(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.BinaryExpr:
			e = x.X
		case *ast.BasicLit:
			s, err := strconv.Unquote(x.Value)
			if err != nil {
				return ""
			}
			return s
		default:
			return ""
		}
	}
}

// TestKeysOfEveryTable holds the keys that are put together to what they are put together from.
func TestKeysOfEveryTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		catalogue, err := translations.Catalogue("en")
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, p := range places() {
			keys = append(keys, "nav."+string(p.place))
		}
		for _, again := range []keystore.Again{keystore.AgainFactory, keystore.AgainLength, keystore.AgainRefused} {
			keys = append(keys, "prompt.pin.why."+string(again))
		}
		for _, a := range app.Appearances() {
			keys = append(keys, "settings.appearance."+a)
		}
		for _, n := range app.TextSizes() {
			keys = append(keys, fmt.Sprint("settings.text.", n))
		}
		for _, key := range keys {
			if catalogue[key] == nil {
				t.Errorf("%q has no words", key)
			}
		}
		r := openRig(t)
		for code := range remedies() {
			if catalogue["remedy."+code] == nil || r.remedyOf(code) == nil {
				t.Errorf("remedy of %q has no words", code)
			}
		}
	})
}

// pseudo makes a language of the English words: each longer by a third, with letters that English lacks, and between brackets, so that words which do
// not come from the catalogue stand out and words that have no room are found before a translator finds them.
func pseudo(t *testing.T) []byte {
	t.Helper()
	catalogue, err := translations.Catalogue("en")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for key, raw := range catalogue {
		var one string
		if json.Unmarshal(raw, &one) == nil {
			out[key] = longer(one)
			continue
		}
		var forms map[string]string
		if err := json.Unmarshal(raw, &forms); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		for form, s := range forms {
			forms[form] = longer(s)
		}
		out[key] = forms
	}
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// longer writes words in the pseudo-language, and leaves what is filled in ({{.name}}) alone.
func longer(s string) string {
	accents := strings.NewReplacer("a", "á", "e", "é", "i", "í", "o", "ó", "u", "ú", "n", "ñ", "A", "Á", "E", "É", "I", "Í", "O", "Ó", "U", "Ú")
	pattern := regexp.MustCompile(`\{\{[^}]*\}\}`)
	var b strings.Builder
	last := 0
	for _, at := range pattern.FindAllStringIndex(s, -1) {
		b.WriteString(accents.Replace(s[last:at[0]]) + s[at[0]:at[1]])
		last = at[1]
	}
	b.WriteString(accents.Replace(s[last:]))
	return "«" + b.String() + strings.Repeat(" ~~", len(s)/9) + "»"
}

// speakPseudo makes the window speak it until the test ends. Esperanto stands in for it: the toolkit has no words in that language.
func speakPseudo(t *testing.T) {
	t.Helper()
	if err := translations.Load(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lang.AddTranslationsForLocale([]byte(`{"test.nothing": "x"}`), "eo"); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("LANGUAGE", "eo")
	t.Setenv("LC_ALL", "eo")
	t.Setenv("LANG", "eo")
	if err := lang.AddTranslationsForLocale(pseudo(t), fyne.Locale("eo")); err != nil {
		t.Fatal(err)
	}
	if got := tr("part.cancel"); got != "«Cáñcél»" {
		t.Fatalf("the pseudo-language says %q", got)
	}
}

// foreign are the words on the screen that come from no catalogue and from no data of the fake.
func (r *rig) foreign() []string {
	var list []string
	for _, text := range r.texts() {
		plain := strings.ContainsAny(text, "«»~áéíóúñÁÉÍÓÚ")
		data := regexp.MustCompile(`\d|did:|^/|^\p{P}*$`).MatchString(text)
		if !plain && !data && !r.core(text) {
			list = append(list, text)
		}
	}
	return list
}

// core reports whether a text is from the core, whose words are its own: states, names of keys, sentences of its tables.
func (r *rig) core(text string) bool {
	x := app.Explain(app.ErrTampered)
	u := app.UnverifiedKey()
	known := strings.Join([]string{x.What, x.Safe, x.Now, u.Text, app.LockWords(app.LockedByOwner), "Smart-card PIN", "work under way", "Holdfast", app.ActWords("open-vault")}, "\n")
	return strings.Contains(known, strings.TrimSpace(text))
}

// TestPseudoLanguage shows every place in a language that is a third longer: every word comes from the catalogue, and none is cut in the smallest
// window.
func TestPseudoLanguage(t *testing.T) {
	speakPseudo(t)
	for _, names := range [][]string{{}, {"main"}} {
		t.Run(fmt.Sprint(len(names), " vaults"), inBubble(func(t *testing.T) {
			r := newRig(t, names...)
			r.uncut("closed")
			if list := r.foreign(); len(list) > 0 {
				t.Errorf("not from the catalogue: %q", list)
			}
		}))
	}
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		for _, route := range everyRoute() {
			r.Go(route)
			r.settle()
			r.uncut(fmt.Sprint(route))
			if list := r.foreign(); len(list) > 0 {
				t.Errorf("%v: not from the catalogue: %q", route, list)
			}
		}
		r.fail(app.ErrTampered)
		r.uncut("failure")
		if list := r.foreign(); len(list) > 0 {
			t.Errorf("failure: not from the catalogue: %q", list)
		}
		r.dialogs.Clear()
		for _, which := range app.PINKinds() {
			_, got := askPIN(r, app.PINRequest{Token: "Soft 1", Which: which, TriesLeft: 1, Min: 6, Max: 8})
			r.uncut(string(which))
			r.key(fyne.KeyEscape)
			answer(r, got)
		}
	})
}

// TestLanguagesOfTheToolkit holds that the window speaks English, and logs nothing, where the toolkit has words of its own and the window none.
func TestLanguagesOfTheToolkit(t *testing.T) {
	if err := translations.Load(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lang.AddTranslationsForLocale([]byte(`{"test.nothing": "x"}`), "eo"); err != nil {
			t.Error(err)
		}
	})
	for _, l := range []string{"de", "pt_BR", "zh_Hans", "fr", "C"} {
		t.Setenv("LANGUAGE", l)
		t.Setenv("LC_ALL", l)
		if err := lang.AddTranslationsForLocale([]byte(`{"test.nothing": "x"}`), "eo"); err != nil {
			t.Fatal(err)
		}
		if err := translations.Load(); err != nil {
			t.Fatal(err)
		}
		if got := tr("part.cancel"); got != "Cancel" {
			t.Errorf("%s: %q", l, got)
		}
	}
}
