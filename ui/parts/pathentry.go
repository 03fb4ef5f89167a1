package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// PathEntry is where a person says a file or a folder: typed, or chosen with Browse.
type PathEntry struct {
	widget.BaseWidget
	Entry     *Entry       // what has the focus
	OnChanged func(string) // told what stands in it
	browse    *Button
}

// NewPathEntry makes the field; hint shows while it is empty, browse opens what one chooses from and sets what was chosen with SetText.
func NewPathEntry(hint string, browse func()) *PathEntry {
	p := &PathEntry{Entry: NewEntry(hint)}
	p.browse = NewButton(translations.T("part.browse"), "folder", Plain, browse)
	p.Entry.OnChanged = func(s string) {
		if p.OnChanged != nil {
			p.OnChanged(s)
		}
	}
	p.ExtendBaseWidget(p)
	return p
}

// Text is what stands in the field.
func (p *PathEntry) Text() string { return p.Entry.Text }

// SetText puts a path into the field; OnChanged is told.
func (p *PathEntry) SetText(path string) { p.Entry.SetText(path) }

// CreateRenderer implements fyne.Widget.
func (p *PathEntry) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(Row(look.SpaceSmall, Stretch(p.Entry), p.browse))
}
