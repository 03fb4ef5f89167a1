package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// Badge is a word or two about the state of something, on a ground of its own. Its words say what it means without the colour.
func Badge(tone Tone, words string) fyne.CanvasObject {
	ground, _, _ := tone.colors()
	l := widget.NewLabel(words)
	l.SizeName = theme.SizeNameCaptionText
	return container.NewStack(NewPanel(ground, ""), PadXY(look.SpaceSmall, look.SpaceTiny, l))
}
