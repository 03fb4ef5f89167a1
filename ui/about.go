package ui

import (
	"fyne.io/fyne/v2"

	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// topic is a question that people have, with the place where they can do something about it.
type topic struct {
	name, icon string
	to         Route
}

// topics are the questions, the most pressing first.
func topics() []topic {
	return []topic{
		{"lost", "key", Route{Place: Keys}},
		{"pin", "pin", Route{Place: Keys}},
		{"computer", "restore", Route{Place: Recovery}},
		{"armed", "shield", Route{Place: Keys, Act: "enrol"}},
		{"touch", "touch", Route{Place: Activity}},
		{"did", "identities", Route{Place: Identities}},
	}
}

// aboutPage answers what people ask, lists the keys of the keyboard, and says what this is and which version. It is there while the vault is locked, too.
func (w *Window) aboutPage(Route) *Page {
	p := &Page{Title: tr("about.title"), Lead: tr("about.lead")}
	help := parts.Column(look.SpaceBase, parts.Heading(tr("about.help")))
	for _, t := range topics() {
		card, act := w.topic(t)
		help.Add(card)
		if p.Focus == nil && w.session != nil {
			p.Focus = act
		}
	}
	keys := parts.Column(look.SpaceSmall, parts.Heading(tr("about.keys")))
	for _, k := range []string{"places", "search", "new", "move", "turn", "press", "back", "close", "lock", "quit", "help"} {
		keys.Add(parts.Fact(tr("about.key."+k), tr("about.key."+k+".does")))
	}
	version := w.version
	if version == "" {
		version = tr("about.version.none")
	}
	what := parts.Column(look.SpaceSmall, parts.Heading(tr("about.what")), parts.Say(tr("about.what.said")), parts.Say(tr("about.what.terminal")),
		parts.Fact(tr("about.version"), version))
	if w.session == nil {
		back := parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back)
		p.Acts, p.Focus = []fyne.CanvasObject{back}, back
	}
	p.Body = parts.Narrow(look.Column, parts.Column(look.SpaceLarge, help, parts.Card(keys), parts.Card(what)))
	return p
}

// topic is one question with its answer, and a button to the place, which is reached while a vault is open.
func (w *Window) topic(t topic) (card fyne.CanvasObject, act *parts.Button) {
	act = parts.NewButton(tr("about.topic."+t.name+".go"), "", parts.Plain, func() { w.Go(t.to) })
	rows := []fyne.CanvasObject{
		parts.Row(look.SpaceSmall, parts.Icon(look.IconIn(t.icon, look.Accent)), parts.Stretch(parts.Heading(tr("about.topic."+t.name)))),
		parts.Say(tr("about.topic." + t.name + ".said")),
	}
	if w.session != nil {
		rows = append(rows, parts.Row(0, act))
	}
	return parts.Card(parts.Column(look.SpaceSmall, rows...)), act
}
