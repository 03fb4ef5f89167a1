package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Appearance is what the owner chose: as the system, light, or dark.
type Appearance string

// The appearances.
const (
	AsSystem Appearance = "system"
	Light    Appearance = "light"
	Dark     Appearance = "dark"
)

// Theme draws the toolkit in the wallet's colours and scales.
type Theme struct {
	appearance Appearance
	colors     map[fyne.ThemeColorName]shade
	sizes      map[fyne.ThemeSizeName]float32
}

var _ fyne.Theme = (*Theme)(nil)

// NewTheme makes the theme.
func NewTheme(a Appearance) *Theme { return &Theme{appearance: a, colors: palette(), sizes: sizes()} }

// Scaled is the theme with type larger by a factor. Spaces and icons stay: they are no harder to see.
func (t *Theme) Scaled(factor float32) *Theme {
	grown := *t
	grown.sizes = sizes()
	for _, name := range typeSizes() {
		grown.sizes[name] *= factor
	}
	return &grown
}

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	s, ok := t.colors[name]
	if !ok {
		return theme.DefaultTheme().Color(name, t.variant(variant))
	}
	if t.variant(variant) == theme.VariantDark {
		return s.dark
	}
	return s.light
}

// variant is the one that is drawn: the owner's choice, else the system's.
func (t *Theme) variant(system fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.appearance {
	case Light:
		return theme.VariantLight
	case Dark:
		return theme.VariantDark
	case AsSystem:
		return system
	default:
		return system
	}
}

// Font implements fyne.Theme.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(style) }

// Icon implements fyne.Theme. The toolkit's own icons show in its own widgets only (the arrow of a list to choose from).
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := t.sizes[name]; ok {
		return s
	}
	return theme.DefaultTheme().Size(name)
}
