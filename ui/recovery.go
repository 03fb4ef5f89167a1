package ui

import (
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// recoveryPage says what would bring the vault back, and whether it is there.
func (w *Window) recoveryPage(Route) *Page {
	facts := parts.Column(look.SpaceSmall)
	p := &Page{Title: tr("recovery.title"), Lead: tr("recovery.lead"), Body: facts}
	show := func() {
		facts.RemoveAll()
		facts.Add(parts.Fact(tr("recovery.words"), yes(w.status.WordsConfirmed, tr("recovery.words.yes"), tr("recovery.words.no"))))
		facts.Add(parts.Fact(tr("recovery.backup"), yes(w.status.BackedUp, tr("recovery.backup.yes", "time", when(w.status.LastBackup)), tr("recovery.backup.no"))))
		w.relayout()
	}
	p.Shown = show
	p.Changed = func(c Change) {
		if c == StatusChanged {
			show()
		}
	}
	return p
}

func yes(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
