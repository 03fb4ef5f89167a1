package main

import (
	"fmt"
	"io"
	"time"
)

// report tells how far the trial is and what came of each fault.
type report struct {
	list                 []fault
	out, errs            io.Writer
	wide                 int // the longest name of a fault
	found, missed, wrong int
}

func newReport(list []fault, out, errs io.Writer) *report {
	r := &report{list: list, out: out, errs: errs}
	for _, f := range list {
		r.wide = max(r.wide, len(f.ID))
	}
	return r
}

func (r *report) tell(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...) //nolint:errcheck // what a terminal does not take is lost either way
}

func (r *report) unchanged(pkg string) {
	r.tell(r.errs, "%s: its tests without a fault", pkg)
}

func (r *report) begins(i int) {
	r.tell(r.errs, "%d of %d: %s", i+1, len(r.list), r.list[i].ID)
}

// ends writes the row of a fault.
func (r *report) ends(f fault, v verdict, took time.Duration) {
	row := func(what, by string) {
		r.tell(r.out, "%-6s  %-*s  %6.1f s  %s", what, r.wide, f.ID, took.Seconds(), by)
	}
	switch {
	case v.wrong != nil:
		r.wrong++
		row("ERROR", v.wrong.Error())
	case v.missed():
		r.missed++
		row("MISSED", f.Owner)
	default:
		r.found++
		row("found", v.test+"  "+oneLine(v.said))
	}
}

// sum says how many were found; it is an error that some were not.
func (r *report) sum() error {
	r.tell(r.out, "%d faults: %d found, %d missed, %d errors of the list", len(r.list), r.found, r.missed, r.wrong)
	if r.found < len(r.list) {
		return fmt.Errorf("%d of %d faults were not found", len(r.list)-r.found, len(r.list))
	}
	return nil
}
