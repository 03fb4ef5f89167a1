package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"holdfast/app"
)

// screen writes results to stdout, and to stderr what is said beside them. With JSON on, stdout carries one object for each command and stderr
// one object a line.
type screen struct {
	json     bool
	terminal bool // stderr is a terminal

	mu   sync.Mutex
	out  io.Writer // guarded by mu
	errs io.Writer // guarded by mu
	line int       // length of the progress line that stands on the terminal; guarded by mu
	err  error     // the first write that failed; guarded by mu
}

// page is what a result writes its text on.
type page struct{ b strings.Builder }

// line writes one line. Whatever in it came from outside stays on it: see app.Visible.
func (p *page) line(format string, a ...any) {
	p.b.WriteString(app.Visible(fmt.Sprintf(format, a...)))
	p.b.WriteByte('\n')
}

// quoted writes a text of somebody else, each of its lines behind a mark, so that none can be taken for this program's own words.
func (p *page) quoted(text string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		p.line("| %s", strings.TrimSuffix(line, "\r"))
	}
}

// columns writes rows with their columns aligned.
func (p *page) columns(rows ...[]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			cell = app.Visible(cell)
			row[i] = cell
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-len([]rune(cell))+2))
			}
		}
		p.line("%s", strings.TrimRight(b.String(), " "))
	}
}

// result is what a command has to show: its JSON members, and itself as text.
type result interface{ text(p *page) }

// answer is the object that a command writes with --json.
type answer struct {
	Command string       `json:"command"`
	Notices []app.Notice `json:"notices"`
	Result  any          `json:"result"`
}

// show writes a command's result.
func (s *screen) show(command string, notices []app.Notice, r result) {
	if s.json {
		if notices == nil {
			notices = []app.Notice{}
		}
		s.object(s.out, answer{command, notices, r})
		return
	}
	if r == nil {
		return
	}
	var p page
	r.text(&p)
	s.write(s.out, p.b.String())
}

// event is one line of stderr with --json.
type event struct {
	Event string `json:"event"` // "notice", "touch", "progress", "step", "say", "error"
	Text  string `json:"text,omitempty"`

	Code string `json:"code,omitempty"`
	What string `json:"what,omitempty"`
	Safe string `json:"safe,omitempty"`
	Now  string `json:"now,omitempty"`

	Notice *app.Notice `json:"notice,omitempty"`

	Token string `json:"token,omitempty"`
	Act   string `json:"act,omitempty"`
	Touch int    `json:"touch,omitempty"`
	Of    int    `json:"of,omitempty"`

	Done  *int64 `json:"done,omitempty"`
	Total int64  `json:"total,omitempty"`
}

// say writes a line beside the result.
func (s *screen) say(e event) {
	if s.json {
		s.object(s.errs, e)
		return
	}
	s.write(s.errs, s.wipe()+app.Visible(e.Text)+"\n")
}

// object writes v as one line of JSON.
func (s *screen) object(w io.Writer, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		s.failed(err)
		return
	}
	s.write(w, app.Visible(string(data))+"\n")
}

// over writes a line that the next one replaces, on a terminal only.
func (s *screen) over(text string) {
	wiped, text := s.wipe(), app.Visible(text)
	s.mu.Lock()
	s.line = len([]rune(text))
	s.mu.Unlock()
	s.write(s.errs, wiped+text)
}

// wipe gives what takes the progress line away.
func (s *screen) wipe() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == 0 {
		return ""
	}
	n := s.line
	s.line = 0
	return "\r" + strings.Repeat(" ", n) + "\r"
}

func (s *screen) write(w io.Writer, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.WriteString(w, text); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *screen) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
}

// broken gives the first write that failed.
func (s *screen) broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// notice says what the owner must know.
func (s *screen) notice(n app.Notice) {
	s.say(event{Event: "notice", Text: n.Text + " " + n.Remedy, Notice: &n})
}

// fail says an error in one line: what happened, what is safe, what to do now.
func (s *screen) fail(x app.Explanation) {
	text := "holdfastctl: " + x.What + " " + x.Safe + " " + x.Now
	if s.json {
		text = ""
	}
	s.say(event{Event: "error", Text: text, Code: x.Code, What: x.What, Safe: x.Safe, Now: x.Now})
}
