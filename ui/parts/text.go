package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// The words of a screen, in the few voices that it has. They are given words that have been translated.

// Title is the title of a page.
func Title(words string) *widget.Label { return voice(words, look.SizeTitle, true) }

// Heading is the heading of a group.
func Heading(words string) *widget.Label { return voice(words, look.SizeLead, true) }

// Lead is the sentence under a title.
func Lead(words string) *widget.Label {
	l := voice(words, look.SizeLead, false)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// Say is plain text that wraps.
func Say(words string) *widget.Label {
	l := voice(words, "", false)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// Line is plain text on one line that is never cut.
func Line(words string) *widget.Label { return voice(words, "", false) }

// Quiet is a second line, a hint, a date.
func Quiet(words string) *widget.Label {
	l := voice(words, "", false)
	l.Importance = widget.LowImportance
	l.Wrapping = fyne.TextWrapWord
	return l
}

// Short is one line that ends in an ellipsis where it is too long; whoever uses it shows the whole somewhere else.
func Short(words string) *widget.Label {
	l := voice(words, "", false)
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// Code is what a machine reads: a DID, a hash. It breaks anywhere; Copyable gives it a button.
func Code(words string) *widget.Label {
	l := voice(words, "", false)
	l.TextStyle.Monospace = true
	l.Wrapping = fyne.TextWrapBreak
	return l
}

func voice(words string, size fyne.ThemeSizeName, bold bool) *widget.Label {
	l := widget.NewLabel(words)
	l.SizeName = size
	l.TextStyle.Bold = bold
	return l
}

// Icon shows an icon at the size of words.
func Icon(icon fyne.Resource) fyne.CanvasObject { return IconSized(icon, look.IconBase) }

// IconSized shows an icon at an edge of its own.
func IconSized(icon fyne.Resource, edge float32) fyne.CanvasObject {
	return Sized(edge, edge, widget.NewIcon(icon))
}
