package ui

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// identitiesPage leads to what one does with identities: the list, one of them, a new one, signing, verifying.
func (w *Window) identitiesPage(r Route) *Page {
	switch {
	case r.Act == "new":
		return w.newIdentityPage(r)
	case r.Act == "verify":
		return w.verifyPage(r)
	case r.Act == "sign-file":
		return w.signFilePage(r)
	case r.Act == "sign-text":
		return w.signTextPage(r)
	case r.Act == "made":
		return w.identityListPage(r.Item)
	case r.Item != "":
		return w.identityPage(r)
	default:
		return w.identityListPage("")
	}
}

// identityList is the page with the list: it finds identities as one types, and reads of them what comes into view.
type identityList struct {
	w      *Window
	page   *Page
	found  *identityFinder
	want   int  // a page of the list to read next; -1 when none is
	busy   bool // a page of the list is being read
	failed bool // the last read failed; the next reading of the whole list tries again

	search       *parts.Entry
	kind, state  *parts.Choice
	list         *parts.List
	count        *widget.Label
	none, no     fyne.CanvasObject // nothing has been made yet; nothing fits
	whole, rows  slot
	counting     slot
	changesQuery bool // the fields are set by a person, not by the page

	waiting map[*identityRow]int // rows that are in view, or were, and have not been read
	looked  int                  // the row that came into view last
}

// identityKinds and identityStates are the filters, in the order in which they show.
func identityKinds() []string { return []string{"", string(app.MethodKey), string(app.MethodPeer)} }

func identityStates() []string { return []string{"", app.BranchPresent, app.BranchEnded} }

// identityListPage shows all identities; made is how many of them have just been made, where that is to be said.
func (w *Window) identityListPage(made string) *Page {
	if w.found == nil {
		w.found, w.marks = newIdentityFinder(), marks{}
	}
	l := &identityList{w: w, found: w.found, want: -1, waiting: map[*identityRow]int{}}
	l.search = parts.NewEntry(tr("identities.search"))
	l.search.OnChanged = func(string) { l.change() }
	l.search.OnSubmitted = func(string) { w.win.Canvas().Focus(l.list) }
	l.kind = parts.NewChoice([]string{tr("identities.kind.any"), tr("identities.kind.key"), tr("identities.kind.peer")}, 0, func(int) { l.change() })
	l.state = parts.NewChoice([]string{tr("identities.state.any"), tr("identities.state.present"), tr("identities.state.ended")}, 0, func(int) { l.change() })
	l.list = parts.NewList(func() int { return l.found.total }, newIdentityRow, l.fill, l.open)
	w.above(l.search, l.list)
	l.count = parts.Quiet("")
	l.count.Wrapping = fyne.TextWrapOff
	make := func() { w.Go(Route{Place: Identities, Act: "new"}) }
	l.none, _ = parts.Empty("identities", tr("identities.empty"), tr("identities.first"), make)
	l.no, _ = parts.Empty("search", tr("identities.nothing"), tr("identities.clear"), l.clear)
	l.none.Hide()
	l.no.Hide()
	top := parts.Column(look.SpaceSmall, parts.Row(look.SpaceSmall, parts.Stretch(l.search), l.kind, l.state), l.count)
	if n, err := strconv.Atoi(made); err == nil {
		top.Objects = append([]fyne.CanvasObject{parts.Notice(parts.Cheers, tr("newidentity.done", "count", n), "", nil)}, top.Objects...)
	}
	l.page = &Page{
		Title: tr("identities.title"), Fill: true, Search: l.search, Focus: l.search,
		Acts: []fyne.CanvasObject{
			parts.NewButton(tr("identities.verify"), "verify", parts.Plain, func() { w.Go(Route{Place: Identities, Act: "verify"}) }),
			parts.NewButton(tr("identities.new"), "add", parts.Primary, make),
		},
		Body:  parts.Frame(top, nil, parts.PadXY(0, look.SpaceSmall, container.NewStack(l.list, l.none, l.no)), nil, nil),
		Shown: l.shown,
		Back:  func() bool { return w.emptied(l.search) },
		Left:  func() { l.found.offset = l.list.GetScrollOffset() },
		Changed: func(c Change) {
			if c == StatusChanged {
				l.load(l.found.query)
			}
		},
	}
	l.restore()
	return l.page
}

// restore fills the fields with what was looked for when the page was left.
func (l *identityList) restore() {
	l.search.SetText(l.found.query.Text)
	for i, kind := range identityKinds() {
		if kind == l.found.query.Method {
			l.kind.SetSelectedIndex(i)
		}
	}
	for i, state := range identityStates() {
		if state == l.found.query.Branch {
			l.state.SetSelectedIndex(i)
		}
	}
	l.changesQuery = true
	if l.found.opened >= 0 {
		l.page.Focus = l.list
	}
}

// shown goes back to the place that was left, and reads the list.
func (l *identityList) shown() {
	if l.found.read {
		l.refresh()
		if at := l.found.opened; at >= 0 && at < l.found.total {
			l.list.Highlight(at)
		}
		l.list.ScrollToOffset(l.found.offset)
	}
	l.load(l.found.query)
}

// change reads what the fields ask for now.
func (l *identityList) change() {
	if !l.changesQuery {
		return
	}
	q := app.Query{Text: l.search.Text, Method: identityKinds()[max(0, l.kind.SelectedIndex())], Branch: identityStates()[max(0, l.state.SelectedIndex())]}
	l.found.opened, l.found.seen = -1, 0
	l.load(q)
}

// clear looks for everything again.
func (l *identityList) clear() {
	l.changesQuery = false
	l.search.SetText("")
	l.kind.SetSelectedIndex(0)
	l.state.SetSelectedIndex(0)
	l.changesQuery = true
	l.change()
	l.w.win.Canvas().Focus(l.search)
}

// load reads the list: its beginning and what is looked at, then how many there are. What shows stays until then.
func (l *identityList) load(q app.Query) {
	same, seen := q == l.found.query, l.found.seen
	l.failed = false
	l.rows.stop()
	l.counting.stop()
	l.busy, l.want = false, -1
	fetch(l.w, l.page, &l.whole, func(ctx context.Context, s Session) (beginning, error) { return begin(ctx, s, q, seen) }, func(b beginning, err error) {
		if err != nil {
			l.fail(err)
			return
		}
		l.found.take(q, b)
		if !same {
			l.list.ScrollToTop()
		}
		l.refresh()
		if !b.whole() {
			l.counted(q)
		}
	})
}

// counted finds out how long the list is.
func (l *identityList) counted(q app.Query) {
	fetch(l.w, l.page, &l.counting, func(ctx context.Context, s Session) (int, error) { return s.CountFound(ctx, q) }, func(n int, err error) {
		if err != nil {
			l.fail(err)
			return
		}
		l.found.total, l.found.sure = n, true
		l.refresh()
	})
}

// fill shows a row, and asks for it and for those that come next.
func (l *identityList) fill(at int, o fyne.CanvasObject) {
	r, ok := o.(*identityRow)
	if !ok {
		return
	}
	l.put(at, r)
	l.found.seen, l.looked = at/pageRows, at
	l.ask()
}

// put puts what has been read into a row, which waits where nothing has.
func (l *identityList) put(at int, r *identityRow) {
	if id, ok := l.found.row(at); ok {
		delete(l.waiting, r)
		r.fill(id, l.w.marks, l.w.win.Canvas().Scale())
		return
	}
	l.waiting[r] = at
	r.wait()
}

// ask asks for what is missing around the row that came into view last.
func (l *identityList) ask() {
	if page := l.found.missing(l.looked); page >= 0 {
		l.want = page
		l.readOn()
	}
}

// arrived fills the rows that waited for what has been read. The list is not drawn anew for it: that would make all of its rows again, while somebody
// scrolls.
func (l *identityList) arrived() {
	for r, at := range l.waiting {
		l.put(at, r)
	}
	l.ask()
}

// readOn reads the page of the list that was asked for last, one at a time: while somebody drags the scroll bar through a long list, what has gone by
// is not read.
func (l *identityList) readOn() {
	page := l.want
	if page < 0 || l.busy || l.failed || l.found.first == "" {
		return
	}
	l.busy, l.want = true, -1
	q, first := l.found.query, l.found.first
	fetch(l.w, l.page, &l.rows, func(ctx context.Context, s Session) ([]app.Identity, error) { return rowsOf(ctx, s, q, first, page, 1) }, func(rows []app.Identity, err error) {
		l.busy = false
		if err != nil {
			l.fail(err)
			return
		}
		total := l.found.total
		l.found.keep(page, rows)
		if l.found.total != total {
			l.refresh()
			return
		}
		l.arrived()
	})
}

// fail tells an error once: rows that scroll into view would otherwise tell it again and again.
func (l *identityList) fail(err error) {
	if !l.failed {
		l.failed = true
		l.w.fail(err)
	}
}

// refresh draws what has been read.
func (l *identityList) refresh() {
	f := l.found
	parts.Show(l.none, f.read && f.total == 0 && !f.restricts())
	parts.Show(l.no, f.read && f.total == 0 && f.restricts())
	parts.Show(l.list, f.total > 0)
	switch {
	case !f.read || f.total == 0 || !f.sure: // a number that is not the last one would be read as one
		l.count.SetText("")
	case f.restricts():
		l.count.SetText(tr("identities.found", "count", f.total))
	default:
		l.count.SetText(tr("identities.count", "count", f.total))
	}
	clear(l.waiting)
	l.list.Refresh()
	l.w.relayout()
}

// open shows one identity.
func (l *identityList) open(at int) {
	if id, ok := l.found.row(at); ok {
		l.found.opened = at
		l.w.Go(Route{Place: Identities, Item: id.ID})
	}
}
