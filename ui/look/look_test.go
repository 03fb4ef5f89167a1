package look

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"image"
	"image/color"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"holdfast/assets"
)

// luminance is the relative luminance of WCAG 2.2.
func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

// contrast is the contrast ratio of WCAG 2.2.
func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastIsComputedRight(t *testing.T) {
	for _, c := range []struct {
		a, b uint32
		want float64
	}{{0x000000, 0xFFFFFF, 21}, {0x767676, 0xFFFFFF, 4.54}, {0x777777, 0xFFFFFF, 4.48}, {0x123456, 0x123456, 1}} {
		if got := contrast(rgb(c.a), rgb(c.b)); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%06x on %06x: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

// TestContrast holds every pair of colours that is used to what a person with weak eyes needs.
func TestContrast(t *testing.T) {
	colors := palette()
	for _, p := range Pairs() {
		on, ok1 := colors[p.On]
		under, ok2 := colors[p.Under]
		if !ok1 || !ok2 {
			t.Errorf("%s on %s: not in the palette", p.On, p.Under)
			continue
		}
		for name, pair := range map[string][2]color.NRGBA{"light": {on.light, under.light}, "dark": {on.dark, under.dark}} {
			if pair[0].A != 0xff || pair[1].A != 0xff {
				t.Errorf("%s on %s (%s): a colour that lets through has no contrast of its own", p.On, p.Under, name)
			}
			if got := contrast(pair[0], pair[1]); got < p.Least {
				t.Errorf("%s on %s (%s, %s): %.2f, at least %.1f", p.On, p.Under, name, p.Where, got, p.Least)
			}
		}
	}
}

// TestEveryColourIsPaired keeps a colour that carries words or marks from being used without a measured ground.
func TestEveryColourIsPaired(t *testing.T) {
	quiet := map[fyne.ThemeColorName]bool{Scrim: true, theme.ColorNameShadow: true, Line: true, theme.ColorNamePressed: true, theme.ColorNameScrollBarBackground: true}
	used := map[fyne.ThemeColorName]bool{}
	for _, p := range Pairs() {
		used[p.On], used[p.Under] = true, true
	}
	for name := range palette() {
		if !used[name] && !quiet[name] {
			t.Errorf("%s stands in no pair", name)
		}
	}
}

// TestThemeAnswersEveryName asks for all the names the toolkit has.
func TestThemeAnswersEveryName(t *testing.T) {
	test.NewTempApp(t)
	light, dark, system := NewTheme(Light), NewTheme(Dark), NewTheme(AsSystem)
	for name, s := range palette() {
		if light.Color(name, theme.VariantDark) != s.light || dark.Color(name, theme.VariantLight) != s.dark {
			t.Errorf("%s does not follow the owner's choice", name)
		}
		if system.Color(name, theme.VariantDark) != s.dark || system.Color(name, theme.VariantLight) != s.light {
			t.Errorf("%s does not follow the system", name)
		}
	}
	for _, name := range toolkitColors() {
		if _, ok := palette()[name]; !ok {
			t.Errorf("the toolkit's %q has no colour of ours", name)
		}
	}
	if light.Size(theme.SizeNameText) != TypeBase || light.Size(theme.SizeNameWindowButtonIcon) <= 0 {
		t.Error("sizes are missing")
	}
	if light.Font(fyne.TextStyle{Monospace: true}) == nil || light.Icon(theme.IconNameArrowDropDown) == nil {
		t.Error("fonts or icons are missing")
	}
}

// toolkitColors lists the toolkit's names, but those of inner windows, which are not used.
func toolkitColors() []fyne.ThemeColorName {
	return []fyne.ThemeColorName{
		theme.ColorNameBackground, theme.ColorNameButton, theme.ColorNameDisabled, theme.ColorNameDisabledButton, theme.ColorNameError,
		theme.ColorNameFocus, theme.ColorNameForeground, theme.ColorNameForegroundOnError, theme.ColorNameForegroundOnPrimary,
		theme.ColorNameForegroundOnSuccess, theme.ColorNameForegroundOnWarning, theme.ColorNameHeaderBackground, theme.ColorNameHover,
		theme.ColorNameHyperlink, theme.ColorNameInputBackground, theme.ColorNameInputBorder, theme.ColorNameMenuBackground,
		theme.ColorNameOverlayBackground, theme.ColorNamePlaceHolder, theme.ColorNamePressed, theme.ColorNamePrimary, theme.ColorNameScrollBar,
		theme.ColorNameScrollBarBackground, theme.ColorNameSelection, theme.ColorNameSeparator, theme.ColorNameShadow, theme.ColorNameSuccess,
		theme.ColorNameWarning,
	}
}

// TestIconsFollowTheTheme draws every icon in light and dark: something is drawn, in the colour asked for, and not the same in both.
func TestIconsFollowTheTheme(t *testing.T) {
	test.NewTempApp(t)
	names, err := assets.Icons()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		var drawn []string
		for _, a := range []Appearance{Light, Dark} {
			fyne.CurrentApp().Settings().SetTheme(NewTheme(a))
			img := canvas.NewImageFromResource(IconIn(name, Accent))
			img.Resize(fyne.NewSize(48, 48))
			w := test.NewTempWindow(t, img)
			w.SetPadded(false)
			w.Resize(fyne.NewSize(48, 48))
			ink := nrgba(NewTheme(a).Color(Accent, 0))
			if n := pixels(w.Canvas().Capture(), ink); n < 20 {
				t.Errorf("%s (%s): %d pixels in its ink", name, a, n)
			}
			drawn = append(drawn, string(Icon(name).Content()))
		}
		if drawn[0] == drawn[1] {
			t.Errorf("%s does not follow the theme", name)
		}
	}
}

func pixels(img image.Image, want color.NRGBA) (n int) {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if c := nrgba(img.At(x, y)); near(c.R, want.R) && near(c.G, want.G) && near(c.B, want.B) {
				n++
			}
		}
	}
	return n
}

// nrgba is a colour in the model of the palette.
func nrgba(c color.Color) color.NRGBA {
	n, ok := color.NRGBAModel.Convert(c).(color.NRGBA)
	if !ok {
		panic("a colour has no such model")
	}
	return n
}

// near lets pass what smooth edges blend into the ground.
func near(a, b uint8) bool { return max(a, b)-min(a, b) < 90 }

// TestIconNamesExist reads the source of the window for icons by name.
func TestIconNamesExist(t *testing.T) {
	known, err := assets.Icons()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, dir := range []string{"..", "../parts", "../desktop"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				name, ok := iconName(n)
				if ok {
					found++
					if !slices.Contains(known, name) {
						t.Errorf("%s: no icon %q", path, name)
					}
				}
				return true
			})
		}
	}
	if found < 10 {
		t.Fatalf("%d icons named: the test looks in the wrong place", found)
	}
}

// iconName is the name in look.Icon("name"), look.IconIn("name", ...) or in a field Icon: "name".
func iconName(n ast.Node) (string, bool) {
	var lit *ast.BasicLit
	switch n := n.(type) {
	case *ast.CallExpr:
		s, ok := n.Fun.(*ast.SelectorExpr)
		if ok && (s.Sel.Name == "Icon" || s.Sel.Name == "IconIn") && len(n.Args) > 0 {
			lit, _ = n.Args[0].(*ast.BasicLit)
		}
	case *ast.KeyValueExpr:
		if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Icon" {
			lit, _ = n.Value.(*ast.BasicLit)
		}
	}
	if lit == nil {
		return "", false
	}
	name, err := strconv.Unquote(lit.Value)
	return name, err == nil
}

// TestMark holds that a mark follows from the DID alone, tells DIDs apart, and stands out from its tile.
func TestMark(t *testing.T) {
	same, other := Mark("did:key:z6Mk1", 60), Mark("did:key:z6Mk1", 60)
	if fmt.Sprint(same) != fmt.Sprint(other) {
		t.Error("one DID has two marks")
	}
	seen := map[string]int{}
	for i := range 500 {
		seen[fmt.Sprint(Mark(fmt.Sprintf("did:key:z6Mk%d", i), 12))]++
	}
	if len(seen) < 495 {
		t.Errorf("%d different marks of 500", len(seen))
	}
	for _, ink := range markInks() {
		if got := contrast(ink, markTile()); got < 4.5 {
			t.Errorf("ink %v on its tile: %.2f", ink, got)
		}
	}
	for _, edge := range []int{1, 5, 6, 16, 36, 72, 200} {
		if b := Mark("did:key:x", edge).Bounds(); b.Dx() != edge || b.Dy() != edge {
			t.Errorf("edge %d: %v", edge, b)
		}
	}
	left, right := Mark("did:key:z6Mk7", 60), Mark("did:key:z6Mk7", 60)
	for y := range 60 {
		for x := range 60 {
			if left.At(x, y) != right.At(59-x, y) {
				t.Fatalf("not mirrored at %d, %d", x, y)
			}
		}
	}
}
