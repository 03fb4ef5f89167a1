package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// activityRows is how many entries are read at once, and activityAhead how many below the last one that shows are wanted.
const (
	activityRows  = 200
	activityAhead = 50
)

// activityPage leads to the vault's own record and to its export.
func (w *Window) activityPage(r Route) *Page {
	if r.Act == "export" {
		return w.exportPage()
	}
	return w.activityListPage()
}

// activity is the page with the record in plain words, newest first. It is read in pages as one scrolls.
type activity struct {
	w    *Window
	page *Page
	rows []app.JournalLine
	more bool // older ones may be there
	busy bool // they are being read

	search               *parts.Entry
	group, result, since *parts.Choice
	list                 *parts.List
	nothing              fyne.CanvasObject
	slot                 slot
}

func (w *Window) activityListPage() *Page {
	a := &activity{w: w}
	reload := func(int) { a.load() }
	a.search = parts.NewEntry(tr("activity.search"))
	a.search.OnChanged = func(string) { a.load() }
	a.group = parts.NewChoice(groupWords(), 0, reload)
	a.result = parts.NewChoice(resultWords(), 0, reload)
	a.since = parts.NewChoice(sinceWords(), 0, reload)
	a.list = parts.NewList(func() int { return len(a.rows) }, newEventRow, a.fill, func(at int) { w.showEvent(a.rows[at]) })
	w.above(a.search, a.list)
	a.nothing, _ = parts.Empty("search", tr("activity.nothing"), tr("activity.clear"), a.clear)
	a.nothing.Hide()
	filters := parts.Column(look.SpaceSmall, a.search, parts.Row(look.SpaceSmall, a.group, a.result, a.since))
	a.page = &Page{
		Title: tr("activity.title"), Lead: tr("activity.lead"), Fill: true, Focus: a.search, Search: a.search,
		Acts: []fyne.CanvasObject{
			parts.NewButton(tr("activity.verify"), "verify", parts.Plain, w.verifyJournal),
			parts.NewButton(tr("activity.export"), "export", parts.Plain, func() { w.Go(Route{Place: Activity, Act: "export"}) }),
		},
		Body:  parts.Frame(parts.PadXY(0, look.SpaceSmall, filters), nil, container.NewStack(a.list, a.nothing), nil, nil),
		Shown: a.load,
		Back:  func() bool { return w.emptied(a.search) },
		Changed: func(c Change) {
			if c == StatusChanged && a.list.GetScrollOffset() == 0 { // else the person reads further down, and nothing moves by itself
				a.load()
			}
		},
	}
	return a.page
}

// clear shows everything again.
func (a *activity) clear() {
	a.search.SetText("")
	for _, c := range []*parts.Choice{a.group, a.result, a.since} {
		c.SetSelectedIndex(0)
	}
	a.w.win.Canvas().Focus(a.search)
}

// filter is what the fields ask for.
func (a *activity) filter() app.JournalFilter {
	f := app.JournalFilter{Text: a.search.Text, Limit: activityRows}
	if at := a.group.SelectedIndex(); at > 0 {
		f.Acts = app.JournalGroups()[at-1].Acts()
	}
	if at := a.result.SelectedIndex(); at > 0 {
		f.Result = app.JournalResults()[at-1]
	}
	f.From = sinceTime(a.since.SelectedIndex(), time.Now())
	return f
}

// load reads the newest.
func (a *activity) load() {
	a.busy = true
	a.read(a.filter(), func(found []app.JournalLine) {
		a.rows = found
		a.list.ScrollToTop()
	})
}

// older reads what follows below.
func (a *activity) older() {
	if a.busy || !a.more || len(a.rows) == 0 {
		return
	}
	a.busy = true
	f := a.filter()
	f.Before = a.rows[len(a.rows)-1].Last()
	a.read(f, func(found []app.JournalLine) { a.rows = append(a.rows, found...) })
}

func (a *activity) read(f app.JournalFilter, take func([]app.JournalLine)) {
	fetch(a.w, a.page, &a.slot, func(ctx context.Context, s Session) ([]app.JournalLine, error) { return s.JournalLines(ctx, f) }, func(found []app.JournalLine, err error) {
		a.busy = false
		if err != nil {
			a.w.fail(err)
			return
		}
		a.more = len(found) > 0
		take(found)
		parts.Show(a.nothing, len(a.rows) == 0)
		a.list.Refresh()
	})
}

// fill puts an entry into a row, and reads on before the person comes to the end.
func (a *activity) fill(at int, o fyne.CanvasObject) {
	if at < len(a.rows) {
		fillEventRow(a.rows[at], o)
	}
	if at+activityAhead >= len(a.rows) {
		a.older()
	}
}

// groupWords are the kinds of acts one can look for; the first is all of them.
func groupWords() []string {
	words := []string{tr("activity.group.all")}
	for _, g := range app.JournalGroups() {
		words = append(words, tr("activity.group."+string(g)))
	}
	return words
}

// resultWords are the results one can look for; the first is all of them.
func resultWords() []string {
	words := []string{tr("activity.result.all")}
	for _, r := range app.JournalResults() {
		words = append(words, tr("activity.result."+r))
	}
	return words
}

// sinceDays are how many days back one can look; 0 is all of them, 1 today.
func sinceDays() []int { return []int{0, 1, 7, 30} }

func sinceWords() []string {
	words := []string{tr("activity.since.all"), tr("activity.since.today")}
	for _, n := range sinceDays()[2:] {
		words = append(words, tr("activity.since.days", "count", n))
	}
	return words
}

// sinceTime is the beginning of the day that a choice goes back to; zero is no bound.
func sinceTime(at int, now time.Time) time.Time {
	if at <= 0 {
		return time.Time{}
	}
	y, m, d := now.Date()
	return time.Date(y, m, d-sinceDays()[at]+1, 0, 0, 0, 0, now.Location())
}
