// Package look is how the wallet looks: one palette with a name for each meaning, light and dark, one scale of spaces and one of type, the icons
// in the colours of the moment, and the mark of an identity. docs/design-language.md describes it.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The colours, by meaning. Where the toolkit has a name for a meaning it is used; the others are ours.
const (
	Page    = theme.ColorNameBackground // behind everything
	Surface = theme.ColorNameOverlayBackground
	Sidebar = fyne.ThemeColorName("holdfast.sidebar")
	Field   = theme.ColorNameInputBackground

	Text     = theme.ColorNameForeground
	Muted    = theme.ColorNameDisabled // second line of a row, hints, and what cannot be used now: quiet, and readable all the same
	Hint     = theme.ColorNamePlaceHolder
	Border   = theme.ColorNameInputBorder
	Line     = theme.ColorNameSeparator
	Hover    = theme.ColorNameHover
	Selected = theme.ColorNameSelection
	Scrim    = fyne.ThemeColorName("holdfast.scrim") // between a dialog and the page under it

	Accent     = theme.ColorNamePrimary // the one accent: what to do next, where the focus is
	OnAccent   = theme.ColorNameForegroundOnPrimary
	AccentSoft = fyne.ThemeColorName("holdfast.accentSoft")

	Good     = theme.ColorNameSuccess
	GoodSoft = fyne.ThemeColorName("holdfast.goodSoft")
	OnGood   = theme.ColorNameForegroundOnSuccess
	Warn     = theme.ColorNameWarning
	WarnSoft = fyne.ThemeColorName("holdfast.warnSoft")
	OnWarn   = theme.ColorNameForegroundOnWarning
	Bad      = theme.ColorNameError
	BadSoft  = fyne.ThemeColorName("holdfast.badSoft")
	OnBad    = theme.ColorNameForegroundOnError
)

// shade is one colour in light and in dark.
type shade struct{ light, dark color.NRGBA }

// rgb reads 0xRRGGBB.
func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16 & 0xff), G: uint8(v >> 8 & 0xff), B: uint8(v & 0xff), A: 0xff}
}

// veil is a colour that lets through what lies under it.
func veil(v uint32, alpha uint8) color.NRGBA {
	c := rgb(v)
	c.A = alpha
	return c
}

// palette is every colour the wallet is drawn in.
func palette() map[fyne.ThemeColorName]shade {
	return map[fyne.ThemeColorName]shade{
		Page:    {rgb(0xF6F7F9), rgb(0x14181D)},
		Surface: {rgb(0xFFFFFF), rgb(0x1E242B)},
		Sidebar: {rgb(0xEAEDF1), rgb(0x0E1115)},
		Field:   {rgb(0xFFFFFF), rgb(0x0E1115)},

		Text:     {rgb(0x161B22), rgb(0xE8ECF1)},
		Muted:    {rgb(0x535E6B), rgb(0xA3AFBD)},
		Hint:     {rgb(0x5C6773), rgb(0x98A4B2)},
		Border:   {rgb(0x7C8896), rgb(0x6F7C8B)},
		Line:     {rgb(0xD5DAE0), rgb(0x323A44)},
		Hover:    {rgb(0xE3E8EE), rgb(0x2A323B)},
		Selected: {rgb(0xCFE6EA), rgb(0x1D4048)},
		Scrim:    {veil(0x0B0E12, 0x99), veil(0x000000, 0xB3)},

		Accent:     {rgb(0x0B6070), rgb(0x63CBD9)},
		OnAccent:   {rgb(0xFFFFFF), rgb(0x06222A)},
		AccentSoft: {rgb(0xD8EBEE), rgb(0x173840)},

		Good:     {rgb(0x1A6A3A), rgb(0x74D69C)},
		GoodSoft: {rgb(0xDFF1E5), rgb(0x16321F)},
		OnGood:   {rgb(0xFFFFFF), rgb(0x0A2414)},
		Warn:     {rgb(0x7A4A00), rgb(0xF5C26B)},
		WarnSoft: {rgb(0xFCEFD6), rgb(0x3A2C10)},
		OnWarn:   {rgb(0xFFFFFF), rgb(0x2A1C00)},
		Bad:      {rgb(0xAB1F1A), rgb(0xFF938A)},
		BadSoft:  {rgb(0xFBE4E2), rgb(0x43191A)},
		OnBad:    {rgb(0xFFFFFF), rgb(0x330806)},

		// The rest of the toolkit's names, in terms of the same meanings.
		theme.ColorNameButton:              {rgb(0xE3E8EE), rgb(0x2A323B)},
		theme.ColorNameDisabledButton:      {rgb(0xEAEDF1), rgb(0x20262D)},
		theme.ColorNameFocus:               {rgb(0xCFE6EA), rgb(0x1D4048)},
		theme.ColorNamePressed:             {veil(0x0B6070, 0x33), veil(0x63CBD9, 0x33)},
		theme.ColorNameHyperlink:           {rgb(0x0B6070), rgb(0x63CBD9)},
		theme.ColorNameHeaderBackground:    {rgb(0xEAEDF1), rgb(0x0E1115)},
		theme.ColorNameMenuBackground:      {rgb(0xFFFFFF), rgb(0x1E242B)},
		theme.ColorNameShadow:              {veil(0x0B0E12, 0x1F), veil(0x000000, 0x4D)}, // where a page goes on beyond its edge
		theme.ColorNameScrollBar:           {rgb(0x7C8896), rgb(0x6F7C8B)},
		theme.ColorNameScrollBarBackground: {veil(0xD5DAE0, 0x66), veil(0x323A44, 0x66)},
	}
}

// Pair is a colour on another, as the wallet uses them somewhere.
type Pair struct {
	On, Under fyne.ThemeColorName
	Least     float64 // the contrast that it must have: WCAG 2.2 asks for 4.5 of text (1.4.3) and for 3 of what marks a control (1.4.11)
	Where     string
}

const (
	leastText = 4.5
	leastMark = 3.0
)

// Pairs lists every colour that carries meaning with what it stands on.
func Pairs() []Pair {
	var list []Pair
	add := func(least float64, where string, on fyne.ThemeColorName, under ...fyne.ThemeColorName) {
		for _, u := range under {
			list = append(list, Pair{on, u, least, where})
		}
	}
	add(leastText, "text", Text, Page, Surface, Sidebar, Field, Hover, Selected, AccentSoft, GoodSoft, WarnSoft, BadSoft, theme.ColorNameButton,
		theme.ColorNameMenuBackground, theme.ColorNameHeaderBackground, theme.ColorNameFocus)
	add(leastText, "second lines and disabled text", Muted, Page, Surface, Sidebar, Field, Hover, Selected, AccentSoft, theme.ColorNameDisabledButton, theme.ColorNameMenuBackground)
	add(leastText, "hints in fields", Hint, Field)
	add(leastText, "words and icons in the accent", Accent, Page, Surface, Sidebar, Field, AccentSoft, Hover, Selected)
	add(leastText, "on the accent", OnAccent, Accent)
	add(leastText, "links", theme.ColorNameHyperlink, Page, Surface)
	add(leastText, "what is well", Good, Page, Surface, GoodSoft, Selected, Hover)
	add(leastText, "what asks for attention", Warn, Page, Surface, WarnSoft, Selected, Hover)
	add(leastText, "what failed or destroys", Bad, Page, Surface, BadSoft, Selected, Hover)
	add(leastText, "on filled buttons and badges", OnGood, Good)
	add(leastText, "on filled buttons and badges", OnWarn, Warn)
	add(leastText, "on filled buttons and badges", OnBad, Bad)
	add(leastMark, "the edge of a field or a box to tick", Border, Page, Surface, Field)
	add(leastMark, "the focus ring", Accent, theme.ColorNameButton, Page, Surface, Hover, WarnSoft, BadSoft, GoodSoft)
	add(leastMark, "scroll bars", theme.ColorNameScrollBar, Page, Surface)
	return list
}
