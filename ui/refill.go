package ui

import (
	"fyne.io/fyne/v2"

	"holdfast/ui/parts"
)

// follow shows something when the page comes, and again whenever the vault's state is another.
func (p *Page) follow(show func()) {
	p.Shown = show
	p.Changed = func(c Change) {
		if c == StatusChanged {
			show()
		}
	}
}

// refill fills a part of the page anew. Where a button in it had the focus, the one with the same words has it afterwards: what the vault tells in
// between does not take the keyboard away from a person.
func (w *Window) refill(part *fyne.Container, fill func()) {
	held, ok := w.win.Canvas().Focused().(*parts.Button)
	ok = ok && buttonIn(part, func(b *parts.Button) bool { return b == held }) != nil
	part.RemoveAll()
	fill()
	if !ok || w.dialogs.Covered() {
		return
	}
	if b := buttonIn(part, func(b *parts.Button) bool { return b.Words() == held.Words() }); b != nil {
		w.win.Canvas().Focus(b)
	}
}

// buttonIn finds a button under an object.
func buttonIn(o fyne.CanvasObject, is func(*parts.Button) bool) *parts.Button {
	switch o := o.(type) {
	case *parts.Button:
		if is(o) {
			return o
		}
	case *fyne.Container:
		for _, inner := range o.Objects {
			if b := buttonIn(inner, is); b != nil {
				return b
			}
		}
	}
	return nil
}
