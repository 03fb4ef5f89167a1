package ui

import (
	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// safeguard is one thing that makes a vault safe: whether it holds, what it is good for, and where it is done.
type safeguard struct {
	holds        bool
	title, words string
	act          string // what its button says
	route        Route
}

// safeguards are what makes the open vault safe, in the order in which a person does them.
func (w *Window) safeguards() []safeguard {
	s := w.status
	first := ""
	for _, k := range s.Keyslots {
		if k.WayIn && k.Proven() && first == "" {
			first = k.Label
		}
	}
	second := safeguard{s.Armed, tr("safety.second"), tr("safety.second.why"), tr("safety.second.do"), Route{Place: Keys, Act: "enrol"}}
	switch {
	case s.Armed:
		second.words = tr("safety.second.is")
	case s.WhyNotArmed == app.NotArmedUnproven:
		second.words, second.act, second.route = tr("safety.second.unproven"), tr("safety.second.prove"), Route{Place: Keys}
	case s.WhyNotArmed == app.NotArmedSameToken:
		second.words = tr("safety.second.same")
	case s.WhyNotArmed == app.NotArmedUnknown:
		second.words = tr("safety.second.unknown")
	}
	words := safeguard{s.WordsConfirmed, tr("safety.words"), tr("safety.words.why"), tr("safety.words.do"), Route{Place: Recovery, Act: "words"}}
	if s.WordsConfirmed {
		words.words = tr("safety.words.is")
	}
	backup := safeguard{s.BackedUp, tr("safety.backup"), tr("safety.backup.why"), tr("safety.backup.do"), Route{Place: Recovery, Act: "backup"}}
	if s.BackedUp {
		backup.words = tr("safety.backup.is", "time", when(s.LastBackup))
	}
	return []safeguard{
		{first != "", tr("safety.first"), tr("safety.first.is", "label", first), tr("safety.second.prove"), Route{Place: Keys}},
		second, words, backup,
	}
}

// safe reports whether all that makes a vault safe has been done.
func safe(list []safeguard) bool {
	for _, s := range list {
		if !s.holds {
			return false
		}
	}
	return true
}

// row is one line of the list: done, or to do with its button.
func (s safeguard) row(do *parts.Button) fyne.CanvasObject {
	words := parts.Stretch(parts.Column(look.SpaceTiny, parts.Line(s.title), parts.Quiet(s.words)))
	if s.holds {
		return parts.Row(look.SpaceBase, parts.Icon(look.IconIn("success", look.Good)), words)
	}
	return parts.Row(look.SpaceBase, parts.Icon(look.IconIn("warning", look.Warn)), words, do)
}

// checklist is what makes the vault safe: once all of it holds one calm line, and up to when the last backup goes. first is the button of what is to be done first; prominent makes it
// the page's primary one.
func (w *Window) checklist(prominent bool) (o fyne.CanvasObject, first *parts.Button) {
	list := w.safeguards()
	if safe(list) {
		words := parts.Column(look.SpaceTiny, parts.Heading(tr("safety.safe")), parts.Quiet(tr("safety.safe.since", "time", when(w.status.LastBackup))))
		return parts.Row(look.SpaceSmall, parts.Icon(look.IconIn("shield", look.Good)), parts.Stretch(words)), nil
	}
	done := 0
	for _, s := range list {
		if s.holds {
			done++
		}
	}
	column := parts.Column(look.SpaceBase, parts.Row(look.SpaceSmall, parts.Icon(look.IconIn("shield", look.Warn)), parts.Stretch(parts.Heading(tr("safety.unsafe"))), parts.Line(tr("safety.done", "done", done, "of", len(list)))))
	for _, s := range list {
		do := parts.NewButton(s.act, "", rankOf(prominent && first == nil), func() { w.Go(s.route) })
		if !s.holds && first == nil {
			first = do
		}
		column.Add(s.row(do))
	}
	return column, first
}
