package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The spaces, in the toolkit's units (a unit is a pixel at scale 1). Nothing is set apart by anything else.
const (
	SpaceTiny  float32 = 4  // between an icon and its word
	SpaceSmall float32 = 8  // between lines that belong together
	SpaceBase  float32 = 12 // inside a row, a button, a field
	SpaceWide  float32 = 16 // between groups
	SpaceLarge float32 = 24 // around a page, inside a dialog
	SpaceHuge  float32 = 40 // around what stands alone
)

// The sizes of type.
const (
	TypeSmall   float32 = 12.5 // second lines, captions
	TypeBase    float32 = 14
	TypeLead    float32 = 16 // the sentence under a title, the headings of groups
	TypeHeading float32 = 20 // the title of a dialog
	TypeTitle   float32 = 26 // the title of a page; one on each
)

// Other measures.
const (
	Radius    float32 = 8
	Ring      float32 = 2  // width of the focus ring
	IconBase  float32 = 20 // beside words
	IconLarge float32 = 48 // alone, in an empty state or a prompt
	MarkSize  float32 = 36 // an identity's mark in a list
	NavWidth  float32 = 196
	Column    float32 = 720 // text wider than this is hard to read
	Dialog    float32 = 520 // width of a dialog

	WindowWidth  float32 = 1024 // the smallest window that nothing is cut in
	WindowHeight float32 = 640
)

// The names of type sizes that the toolkit lacks.
const (
	SizeLead  = fyne.ThemeSizeName("holdfast.lead")
	SizeTitle = fyne.ThemeSizeName("holdfast.title")
)

// typeSizes are the names of the sizes of type.
func typeSizes() []fyne.ThemeSizeName {
	return []fyne.ThemeSizeName{theme.SizeNameText, theme.SizeNameCaptionText, theme.SizeNameSubHeadingText, theme.SizeNameHeadingText, SizeLead, SizeTitle}
}

// sizes maps the toolkit's names to the scales; what is not in it is the toolkit's own.
func sizes() map[fyne.ThemeSizeName]float32 {
	return map[fyne.ThemeSizeName]float32{
		theme.SizeNamePadding:            SpaceTiny,
		theme.SizeNameInnerPadding:       SpaceSmall,
		theme.SizeNameLineSpacing:        SpaceTiny,
		theme.SizeNameText:               TypeBase,
		theme.SizeNameCaptionText:        TypeSmall,
		theme.SizeNameSubHeadingText:     TypeHeading,
		theme.SizeNameHeadingText:        TypeTitle,
		SizeLead:                         TypeLead,
		SizeTitle:                        TypeTitle,
		theme.SizeNameInlineIcon:         IconBase,
		theme.SizeNameInputBorder:        1,
		theme.SizeNameInputRadius:        Radius,
		theme.SizeNameSelectionRadius:    Radius,
		theme.SizeNameButtonRadius:       Radius,
		theme.SizeNameSeparatorThickness: 1,
		theme.SizeNameScrollBar:          10,
		theme.SizeNameScrollBarSmall:     5,
		theme.SizeNameModalBlurRadius:    0,
	}
}
