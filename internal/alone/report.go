package alone

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

// report takes apart what a test program says with -test.v=test2json: a line of the program's own begins with a mark, wherever the output of the test
// stands just then.
type report struct {
	to    io.Writer // what is for people
	rest  []byte    // a line that has not ended
	ended []ending
}

// ending is how a test or subtest ended: PASS, FAIL or SKIP.
type ending struct{ how, name string }

const mark = "\x16"

var endings = regexp.MustCompile(`^ *--- (PASS|FAIL|SKIP): (\S+) \(`)

// Write takes what the program says. It never fails.
func (r *report) Write(p []byte) (int, error) {
	r.rest = append(r.rest, p...)
	for {
		line, rest, whole := bytes.Cut(r.rest, []byte{'\n'})
		if !whole {
			return len(p), nil
		}
		r.take(string(line))
		r.rest = rest
	}
}

// end takes what was said after the last end of a line.
func (r *report) end() {
	if len(r.rest) > 0 {
		r.take(string(r.rest))
	}
	r.rest = nil
}

func (r *report) take(line string) {
	said, own, marked := strings.Cut(line, mark)
	if found := endings.FindStringSubmatch(own); found != nil {
		r.ended = append(r.ended, ending{found[1], found[2]})
	} else if marked && !strings.HasPrefix(own, "=== NAME  Test") {
		own = "" // when a test begins, pauses and goes on, and the end of them all
	}
	if said+own != "" {
		_, _ = fmt.Fprintf(r.to, "alone | %s%s\n", said, own)
	}
}

// replay has a test end as it ended alone, after its parts.
func (r *report) replay(t *testing.T) {
	t.Helper()
	how := ""
	for _, e := range r.ended {
		switch part, is := strings.CutPrefix(e.name, t.Name()+"/"); {
		case e.name == t.Name():
			how = e.how
		case is && !r.within(t.Name(), e.name):
			t.Run(part, r.replay)
		}
	}
	switch how {
	case "PASS":
	case "SKIP":
		t.Skip("as it was alone")
	case "FAIL":
		t.Error("as it was alone")
	default:
		t.Error("alone, it has not come to its end")
	}
}

// within tells whether a part of a test is a part of one of its parts.
func (r *report) within(whole, name string) bool {
	for _, e := range r.ended {
		if strings.HasPrefix(e.name, whole+"/") && strings.HasPrefix(name, e.name+"/") {
			return true
		}
	}
	return false
}
