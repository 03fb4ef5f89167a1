package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is a line of go test -json (go doc test2json; FailedBuild since Go 1.24).
type event struct {
	Action, Package, Test, Output, FailedBuild string
}

// outcome is what a run of tests came to. Tests are those at the top.
type outcome struct {
	passed, failed []string
	said           map[string]string // by test that failed: the first line with which one of its assertions did
	broken         string            // what the compiler said, where the tests were not built
	loose          string            // what was printed outside any test
	late           bool              // they took too long
}

// timedOut is what package testing says of tests that take longer than -timeout.
const timedOut = "panic: test timed out after"

// read reads the events of a run.
func read(stream io.Reader) (outcome, error) {
	o := outcome{said: map[string]string{}}
	built := true
	var compiler strings.Builder
	for d := json.NewDecoder(stream); ; {
		var e event
		err := d.Decode(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return o, fmt.Errorf("what go test says: %w", err)
		}
		if e.Action == "build-output" {
			compiler.WriteString(e.Output)
		}
		built = built && e.FailedBuild == ""
		o.take(e)
	}
	if !built {
		o.broken = compiler.String() + " "
	}
	return o, nil
}

func (o *outcome) take(e event) {
	top, _, part := strings.Cut(e.Test, "/")
	switch {
	case e.Action == "output":
		o.late = o.late || strings.HasPrefix(e.Output, timedOut)
		if e.Test == "" {
			o.loose += e.Output
		} else if o.said[top] == "" && assertion.MatchString(e.Output) {
			o.said[top] = strings.TrimSpace(e.Output)
		}
	case e.Test == "" || part:
	case e.Action == "pass":
		o.passed = append(o.passed, top)
	case e.Action == "fail":
		o.failed = append(o.failed, top)
	}
}

// assertion is a line that package testing puts the place before.
var assertion = regexp.MustCompile(`^\s+\w+_test\.go:\d+: `)

// judge says what the run makes of a fault: a test has found it, or all of them were there and passed.
func (o outcome) judge(tests []string) verdict {
	if len(o.failed) > 0 {
		return verdict{test: o.failed[0], said: o.said[o.failed[0]]}
	}
	for _, name := range tests {
		if !slices.Contains(o.passed, name) {
			return verdict{wrong: fmt.Errorf("%s was not run", name)}
		}
	}
	return verdict{}
}
