package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/app"
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
	SystemChanged               // whether the system tells when it sleeps
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

	// Back goes one step back within the page; it reports false where there is none, and then the page is left. nil is a page without steps.
	Back func() bool
	// Typed reports whether leaving would lose something that was typed; nil is a page on which nothing is.
	Typed func() bool

	ctx    context.Context // ends when the page is left or the vault locks
	cancel context.CancelFunc
	scroll *container.Scroll // what the page scrolls in; nil where the body scrolls by itself
}

// pageOf makes the page of a route. One line for each place: the screens are their own files.
func (w *Window) pageOf(r Route) *Page {
	switch r.Place {
	case First, Locked:
		return w.closedPage(r)
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

// closedPage makes the page of a route that is there while no vault is open. Verifying takes no vault.
func (w *Window) closedPage(r Route) *Page {
	switch {
	case r.Act == "verify":
		return w.verifyPage(r)
	case r.Place == Locked:
		return w.lockedPage(r)
	case r.Act == "restore":
		return w.restorePage(r)
	default:
		return w.firstPage(r)
	}
}

// Go shows a route and remembers where it came from. While no vault is open only First, Locked and About can be shown.
func (w *Window) Go(r Route) {
	if w.session == nil && r.Place != First && r.Place != Locked && r.Place != About {
		return
	}
	w.leaving(func() {
		if w.page != nil && w.route != r {
			w.history = append(w.history, w.route)
		}
		w.show(r)
	})
}

// Back goes where the person came from. What locking took away does not come back: there is no way back from before it.
func (w *Window) Back() {
	if len(w.history) == 0 {
		return
	}
	w.leaving(func() {
		r := w.history[len(w.history)-1]
		w.history = w.history[:len(w.history)-1]
		w.show(r)
	})
}

// leaving leaves the page for another; what was typed on it is not lost without a word.
func (w *Window) leaving(then func()) {
	if w.page == nil || w.page.Typed == nil || !w.page.Typed() {
		then()
		return
	}
	w.dialogs.Show(parts.ConfirmDialog(tr("leave.title"), tr("leave.words"), tr("leave.go"), true, w.dialogs.Hide, then))
}

// stepBack is what Escape does on a page: one step back in it, else to where the person came from.
func (w *Window) stepBack() {
	if w.page == nil || w.page.Back == nil || !w.page.Back() {
		w.Back()
	}
}

// Again builds the page that shows anew.
func (w *Window) Again() { w.show(w.route) }

func (w *Window) show(r Route) {
	w.leave()
	w.route = r
	p := w.pageOf(r)
	p.ctx, p.cancel = context.WithCancel(w.ctx)
	w.page = p
	w.showNav()
	for place, b := range w.frame.places {
		b.Select(place == r.Place)
	}
	w.win.SetTitle(w.titleBar())
	w.frame.body.Objects = []fyne.CanvasObject{p.object()}
	w.relayout()
	if !w.dialogs.Covered() {
		w.win.Canvas().Unfocus()
		switch {
		case p.Focus != nil:
			w.win.Canvas().Focus(p.Focus)
		case w.session != nil && w.frame.places[r.Place] != nil: // nothing is there yet: the keyboard begins at the list of places
			w.win.Canvas().Focus(w.frame.places[r.Place])
		}
	}
	if p.Shown != nil {
		p.Shown()
	}
}

// titleBar is what the window's own frame says: which vault is open, so that two windows are told apart, and that none is.
func (w *Window) titleBar() string {
	switch {
	case w.session != nil:
		return tr("window.open", "vault", app.Visible(app.VaultName(w.session.Place())))
	case w.route.Place == Locked:
		return tr("window.locked")
	default:
		return tr("window.title")
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
		body, p.scroll = parts.Scroll(body)
	}
	return parts.Frame(head, nil, body, nil, nil)
}

// turn scrolls by most of what can be seen of the page.
func (p *Page) turn(screens float32) {
	if p != nil && p.scroll != nil {
		p.scroll.ScrollToOffset(p.scroll.Offset.AddXY(0, screens*(p.scroll.Size().Height-look.SpaceHuge)))
	}
}

// toTop scrolls to the beginning of the page.
func (p *Page) toTop() {
	if p.scroll != nil {
		p.scroll.ScrollToTop()
	}
}

// toEnd scrolls to the end of the page, where what came of an act stands.
func (p *Page) toEnd() {
	if p.scroll != nil {
		p.scroll.ScrollToBottom()
	}
}
