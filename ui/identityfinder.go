package ui

import (
	"context"

	"holdfast/app"
)

const (
	// pageRows is how many identities are read at once.
	pageRows = 100
	// keptPages is how many such pages are kept: what a person can scroll to and fro in without waiting.
	keptPages = 20
	// aheadRows is how far before a row comes into view its page is asked for.
	aheadRows = 25
)

// identityFinder is the list of identities as far as it has been read: a window of pages around what is looked at, so that a vault of any size takes
// the memory of a few thousand rows. It belongs to the UI thread, outlives the page so that one comes back to the place one left, and goes when the
// vault locks.
type identityFinder struct {
	query  app.Query // text and filters
	read   bool      // the query has been answered
	total  int       // rows that the query finds, read or not
	sure   bool      // they have been counted
	first  string    // the first of them when the list was read: pages are read from it on, so that what is made meanwhile moves no row
	pages  map[int][]app.Identity
	seen   int     // page that was asked for last
	offset float32 // how far the list was scrolled when it was left
	opened int     // the row whose page was opened; -1 when none was
}

func newIdentityFinder() *identityFinder {
	return &identityFinder{pages: map[int][]app.Identity{}, opened: -1}
}

// restricts reports whether the query leaves anything out.
func (f *identityFinder) restricts() bool { return f.query != app.Query{} }

// row gives a row; ok is false while it has not been read.
func (f *identityFinder) row(at int) (id app.Identity, ok bool) {
	page := f.pages[at/pageRows]
	if i := at % pageRows; i < len(page) {
		return page[i], true
	}
	return id, false
}

// missing is a page that the rows around at need and that is not here; -1 when all are.
func (f *identityFinder) missing(at int) int {
	for _, near := range []int{at, at + aheadRows, at - aheadRows} {
		if near < 0 || near >= f.total {
			continue
		}
		if _, ok := f.row(near); !ok {
			return near / pageRows
		}
	}
	return -1
}

// keep puts a page into the window and drops the one that is farthest from it where there are too many. The first page stays.
func (f *identityFinder) keep(page int, rows []app.Identity) {
	f.pages[page] = rows
	if len(rows) < pageRows { // the list has become shorter than was counted
		f.total = min(f.total, page*pageRows+len(rows))
	}
	for len(f.pages) > keptPages {
		far := page
		for other := range f.pages {
			if other != 0 && distance(other, page) > distance(far, page) {
				far = other
			}
		}
		delete(f.pages, far)
	}
}

func distance(a, b int) int { return max(a-b, b-a) }

// rowsOf reads a page of the list that begins with first.
func rowsOf(ctx context.Context, s Session, q app.Query, first string, page, pages int) ([]app.Identity, error) {
	q.Limit = pages * pageRows
	if page > 0 {
		q.After, q.Skip = first, page*pageRows-1
	}
	return s.Identities(ctx, q)
}

// beginning is what a list begins with, and what stands around the page that was looked at last.
type beginning struct {
	first, around []app.Identity
	from          int // page that around begins with
}

// begin reads a list anew. The rows around the page seen are read together with the first, so that a list that is read again changes in one go.
func begin(ctx context.Context, s Session, q app.Query, seen int) (b beginning, err error) {
	if b.first, err = rowsOf(ctx, s, q, "", 0, 1); err != nil || seen == 0 || len(b.first) < pageRows {
		return b, err
	}
	b.from = max(1, seen-1)
	b.around, err = rowsOf(ctx, s, q, b.first[0].ID, b.from, 3)
	return b, err
}

// take begins the list with what was read. How many there are is counted after it; until then it is as long as it was, or as what has been read.
func (f *identityFinder) take(q app.Query, b beginning) {
	if q != f.query || !f.read {
		f.total, f.sure = 0, false
	}
	f.sure = f.sure || b.whole()
	f.query, f.read, f.first = q, true, ""
	f.pages = map[int][]app.Identity{}
	f.total = max(f.total, len(b.first), b.from*pageRows+len(b.around))
	if len(b.first) > 0 {
		f.first = b.first[0].ID
	}
	f.keep(0, b.first)
	for i := 0; i*pageRows < len(b.around); i++ {
		f.keep(b.from+i, b.around[i*pageRows:min((i+1)*pageRows, len(b.around))])
	}
}

// whole reports whether the first page is all there is.
func (b beginning) whole() bool { return len(b.first) < pageRows }
