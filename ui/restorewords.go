package ui

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// makeWords makes the 24 fields: a word that is done leads to the next, and backspace in an empty one back.
func (f *restoreForm) makeWords() {
	for i := range wordPages * wordsAtOnce {
		e := parts.NewWordEntry(i+1, app.KnownWord)
		e.OnChanged = func() {
			f.guard()
			f.say("")
			f.wizard.Check()
		}
		e.OnNext = func() {
			if i == len(f.words)-1 {
				_, next := f.wizard.Buttons()
				f.w.win.Canvas().Focus(next)
				return
			}
			f.w.win.Canvas().Focus(f.words[i+1])
		}
		e.OnBack = func() {
			if i > 0 {
				f.w.win.Canvas().Focus(f.words[i-1])
			}
		}
		e.OnPaste = func() { f.say(tr("restore.words.paste")) }
		f.words = append(f.words, e)
	}
}

// guard takes typed words away when nobody does anything: no vault is open that would lock.
func (f *restoreForm) guard() {
	f.quiet()
	f.quiet = f.w.after(wordsTime, func() {
		if f.w.page == f.page && f.job == nil {
			f.w.Again()
		}
	})
}

// fields shows the words in columns, as they stand on the recovery sheet.
func (f *restoreForm) fields() (fyne.CanvasObject, fyne.Focusable) {
	var columns []fyne.CanvasObject
	for c := range wordPages {
		column := parts.Column(look.SpaceSmall)
		for _, e := range f.words[c*wordsAtOnce : (c+1)*wordsAtOnce] {
			column.Add(e)
		}
		columns = append(columns, column)
	}
	first := f.words[0]
	for _, e := range f.words {
		if e.Len() == 0 || e.Wrong() {
			first = e
			break
		}
	}
	return parts.Column(look.SpaceBase, parts.RowTop(look.SpaceSmall, columns...), f.trouble, parts.Quiet(tr("restore.words.alone"))), first
}

// say tells what is wrong with the words.
func (f *restoreForm) say(words string) {
	if words == "" && len(f.trouble.Objects) == 0 {
		return
	}
	f.trouble.RemoveAll()
	if words != "" {
		f.trouble.Add(parts.Notice(parts.Warns, words, "", nil))
	}
	f.w.relayout()
}

// typed reports whether words stand in the fields that leaving takes away.
func (f *restoreForm) typed() bool {
	return f.job == nil && slices.ContainsFunc(f.words, func(e *parts.WordEntry) bool { return e.Len() > 0 })
}

func (f *restoreForm) filled() bool {
	for _, e := range f.words {
		if e.Len() == 0 {
			return false
		}
	}
	return true
}

// checked goes on when each word is in the list, else says which is not.
func (f *restoreForm) checked(ahead func()) {
	var wrong []string
	var first *parts.WordEntry
	for i, e := range f.words {
		if !e.Check() {
			wrong = append(wrong, strconv.Itoa(i+1))
			if first == nil {
				first = e
			}
		}
	}
	if first == nil {
		ahead()
		return
	}
	f.say(tr("restore.words.unknown", "numbers", strings.Join(wrong, ", "), "count", len(wrong)))
	f.w.win.Canvas().Focus(first)
}
