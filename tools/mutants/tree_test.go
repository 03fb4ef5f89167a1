package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sumTree is a small module with a test that is good, one that sees little, one that waits and one that fails anyway.
func sumTree(t *testing.T) tree {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module sum\n\ngo 1.26\n",
		"sum.go": "package sum\n\nfunc sum(a, b int) int {\n\treturn a + b\n}\n",
		"sum_test.go": `package sum

import "testing"

func TestSum(t *testing.T) {
	t.Run("small", func(t *testing.T) {
		if got := sum(2, 1); got != 3 {
			t.Errorf("2 and 1 are %d", got)
		}
	})
}

func TestZero(t *testing.T) {
	if sum(0, 0) != 0 {
		t.Error("0 and 0")
	}
}

func TestEnds(t *testing.T) {
	for sum(1, 1) != 2 {
	}
}

func TestFails(t *testing.T) { t.Error("always") }
`,
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tree{root: root, work: t.TempDir(), limit: time.Minute}
}

// TestTrial has the go command judge faults in a tree that is made for it.
func TestTrial(t *testing.T) {
	tr := sumTree(t)
	minus := func(tests ...string) fault {
		return fault{
			ID: "f", File: "sum.go", Was: "return a + b", Now: "return a - b", Owner: "A sum is wrong.",
			Package: ".", Tests: tests,
		}
	}
	broken, gone := minus("TestSum"), minus("TestSum")
	broken.Now, gone.Was = "return a +", "return a * b"
	list := []fault{
		minus("TestSum"), minus("TestZero"), minus("TestEnds"), minus("TestFails"), minus("TestNobody"), broken, gone,
	}
	told := newReport(list, &bytes.Buffer{}, &bytes.Buffer{})
	right, err := tr.unchanged(t.Context(), list, told)
	if err != nil {
		t.Fatal(err)
	}
	short := tr // for the one that never ends
	short.limit = time.Second
	for i, want := range []string{
		"TestSum: sum_test.go:8: 2 and 1 are 1", "missed", "longer than 1s", "TestFails does not pass",
		"TestNobody does not pass", "does not compile", "no line is",
	} {
		at := tr
		if list[i].Tests[0] == "TestEnds" {
			at = short
		}
		v := at.try(t.Context(), list[i], right)
		got := v.test + ": " + v.said
		if v.missed() {
			got = "missed"
		} else if v.wrong != nil {
			got = v.wrong.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		told.ends(list[i], v, 0)
	}
	if told.found != 1 || told.missed != 1 || told.wrong != 5 || told.sum() == nil {
		t.Errorf("%+v", told)
	}
	text, err := os.ReadFile(filepath.Join(tr.root, "sum.go"))
	if err != nil || !strings.Contains(string(text), "a + b") {
		t.Errorf("the tree was touched: %q, %v", text, err)
	}
}

func TestTrialIsStopped(t *testing.T) {
	tr := sumTree(t)
	ctx, cancel := context.WithCancel(t.Context())
	list := []fault{{ID: "f", Package: ".", Tests: []string{"TestSum"}}}
	cancel()
	told := newReport(list, &bytes.Buffer{}, &bytes.Buffer{})
	if _, err := tr.unchanged(ctx, list, told); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Error(err)
	}
}

// TestOutcome reads runs as go test -json tells them (Go 1.26).
func TestOutcome(t *testing.T) {
	const ok = `{"Action":"run","Test":"TestA"}
{"Action":"pass","Test":"TestA/one"}
{"Action":"pass","Test":"TestA"}
{"Action":"pass"}
`
	o, err := read(strings.NewReader(ok))
	if err != nil || !o.judge([]string{"TestA"}).missed() {
		t.Errorf("%+v, %v", o, err)
	}
	if v := o.judge([]string{"TestA", "TestB"}); v.missed() || v.wrong == nil {
		t.Errorf("a test that was not run: %+v", v)
	}
	skipped := strings.ReplaceAll(ok, `pass","Test":"TestA"`, `skip","Test":"TestA"`)
	if o, err = read(strings.NewReader(skipped)); err != nil || o.judge([]string{"TestA"}).wrong == nil {
		t.Errorf("a test that was skipped: %+v, %v", o, err)
	}
	if o, err = read(strings.NewReader(ok[:40])); err == nil {
		t.Errorf("half an answer: %+v", o)
	}
	o, err = read(strings.NewReader(`{"Action":"output","Test":"TestA","Output":"panic: test timed out after 1s\n"}
{"Action":"fail","Test":"TestA"}
`))
	if err != nil || !o.late {
		t.Errorf("%+v, %v", o, err)
	}
}
