package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// Place is a part of the window that the list at its left leads to.
type Place string

// The places. First and Locked are shown while no vault is open and are not in the list.
const (
	First      Place = "first"
	Locked     Place = "locked"
	Home       Place = "home"
	Identities Place = "identities"
	Keys       Place = "keys"
	Recovery   Place = "recovery"
	Activity   Place = "activity"
	Settings   Place = "settings"
	About      Place = "about"
)

// listed is a place with its icon.
type listed struct {
	place Place
	icon  string
}

// places are what the list at the left shows, in order; Ctrl and a digit leads there, too.
func places() []listed {
	return []listed{{Home, "home"}, {Identities, "identities"}, {Keys, "keys"}, {Recovery, "recovery"}, {Activity, "activity"}, {Settings, "settings"}, {About, "about"}}
}

// Route says what is shown: a place, and in it an act or a thing.
type Route struct {
	Place Place
	Act   string // "enrol", "backup", "new"; "" shows the place itself
	Item  string // the id of what is shown
}

// Change says what is different now.
type Change int

// The changes.
const (
	StatusChanged Change = iota // the vault's state, its keyslots and notices
	TokensChanged               // a token came, went, or said more of itself
)

// Page is what a route shows. It is built anew each time it is gone to, and dropped when it is left.
type Page struct {
	Title  string
	Lead   string              // one sentence under the title; may be empty
	Acts   []fyne.CanvasObject // buttons beside the title
	Body   fyne.CanvasObject
	Fill   bool           // the body scrolls by itself (a list); else the page scrolls
	Focus  fyne.Focusable // has the focus first
	Search fyne.Focusable // Ctrl+F leads there
	Shown  func()         // called when it is on the screen: load what it shows
	Left   func()         // called when it is left: wipe what it holds

	// Changed is told what is different now.
	Changed func(Change)

	ctx    context.Context // ends when the page is left or the vault locks
	cancel context.CancelFunc
}

// pageOf makes the page of a route. One line for each place: the screens are their own files.
func (w *Window) pageOf(r Route) *Page {
	switch r.Place {
	case First:
		return w.firstPage(r)
	case Locked:
		return w.lockedPage(r)
	case Identities:
		return w.identitiesPage(r)
	case Keys:
		return w.keysPage(r)
	case Recovery:
		return w.recoveryPage(r)
	case Activity:
		return w.activityPage(r)
	case Settings:
		return w.settingsPage(r)
	case About:
		return w.aboutPage(r)
	case Home:
		return w.homePage(r)
	default:
		return w.homePage(r)
	}
}

// Go shows a route and remembers where it came from. While no vault is open only First, Locked and About can be shown.
func (w *Window) Go(r Route) {
	if w.session == nil && r.Place != First && r.Place != Locked && r.Place != About {
		return
	}
	if w.page != nil && w.route != r {
		w.history = append(w.history, w.route)
	}
	w.show(r)
}

// Back goes where the person came from. What locking took away does not come back: there is no way back from before it.
func (w *Window) Back() {
	if len(w.history) == 0 {
		return
	}
	r := w.history[len(w.history)-1]
	w.history = w.history[:len(w.history)-1]
	w.show(r)
}

// Again builds the page that shows anew.
func (w *Window) Again() { w.show(w.route) }

func (w *Window) show(r Route) {
	w.leave()
	w.route = r
	p := w.pageOf(r)
	p.ctx, p.cancel = context.WithCancel(w.ctx)
	w.page = p
	for place, b := range w.frame.places {
		b.Select(place == r.Place)
	}
	parts.Show(w.frame.nav, w.session != nil)
	w.frame.body.Objects = []fyne.CanvasObject{p.object()}
	w.relayout()
	if !w.dialogs.Covered() {
		w.win.Canvas().Unfocus()
		if p.Focus != nil {
			w.win.Canvas().Focus(p.Focus)
		}
	}
	if p.Shown != nil {
		p.Shown()
	}
}

// leave ends the page that shows, and what it was loading.
func (w *Window) leave() {
	if w.page == nil {
		return
	}
	w.page.cancel()
	if w.page.Left != nil {
		w.page.Left()
	}
	w.page = nil
}

// object draws the page: title with its acts, lead, body.
func (p *Page) object() fyne.CanvasObject {
	var head fyne.CanvasObject
	if p.Title != "" {
		row := []fyne.CanvasObject{parts.Stretch(parts.Title(p.Title))}
		row = append(row, p.Acts...)
		column := parts.Column(look.SpaceSmall, parts.Row(look.SpaceSmall, row...))
		if p.Lead != "" {
			column.Add(parts.Narrow(look.Column, parts.Lead(p.Lead)))
		}
		head = parts.PadXY(0, look.SpaceBase, column)
	}
	body := p.Body
	if !p.Fill {
		body = container.NewVScroll(body)
	}
	return parts.Frame(head, nil, body, nil, nil)
}
