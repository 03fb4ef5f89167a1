package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/ui/look"
)

// Tone is how a notice is meant.
type Tone int

// The tones.
const (
	Informs Tone = iota
	Warns
	Fails
	Cheers
)

func (t Tone) colors() (ground, ink fyne.ThemeColorName, icon string) {
	switch t {
	case Warns:
		return look.WarnSoft, look.Warn, "warning"
	case Fails:
		return look.BadSoft, look.Bad, "error"
	case Cheers:
		return look.GoodSoft, look.Good, "success"
	case Informs:
		return look.AccentSoft, look.Accent, "info"
	default:
		return look.AccentSoft, look.Accent, "info"
	}
}

// Notice is a bar that stays until what it says is no longer so; one press leads to the remedy. Without a remedy it has no button.
func Notice(tone Tone, words, remedy string, press func()) fyne.CanvasObject {
	ground, ink, icon := tone.colors()
	rows := []fyne.CanvasObject{Icon(look.IconIn(icon, ink)), Stretch(Say(words))}
	above := look.SpaceSmall
	if remedy != "" && press != nil {
		rows = append(rows, NewButton(remedy, "", Plain, press))
		above = look.SpaceTiny // a button brings space of its own
	}
	return container.NewStack(NewPanel(ground, ""), PadXY(look.SpaceBase, above, Row(look.SpaceSmall, rows...)))
}

// Empty teaches what would stand here: an icon, a sentence, and the act that puts the first thing here. Without an act it has no button.
func Empty(icon, words, act string, press func()) (fyne.CanvasObject, *Button) {
	said := Lead(words)
	said.Alignment = fyne.TextAlignCenter
	rows := []fyne.CanvasObject{IconSized(look.IconIn(icon, look.Accent), look.IconLarge), said}
	var button *Button
	if act != "" && press != nil {
		button = NewButton(act, "", Primary, press)
		rows = append(rows, container.NewCenter(button))
	}
	return Middle(look.Dialog, Column(look.SpaceWide, rows...)), button
}
