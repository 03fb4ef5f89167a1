package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const one = `
# A remark.
fault: no-sum
file:  sum/sum.go
was:   return a + b
now:   return a - b
owner: A sum is wrong.
tests: ./sum TestSum TestZero
`

func TestParse(t *testing.T) {
	other := strings.NewReplacer("no-sum", "left-out", "was:", "after: func sum() int {\nwas:", "a - b", "").Replace(one)
	list, err := parse(one + "\n\n" + other)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	f := list[0]
	if f.ID != "no-sum" || f.File != "sum/sum.go" || f.After != "" || f.Was != "return a + b" ||
		f.Now != "return a - b" || f.Owner != "A sum is wrong." || f.Package != "./sum" ||
		!slices.Equal(f.Tests, []string{"TestSum", "TestZero"}) {
		t.Errorf("%+v", f)
	}
	if list[1].After != "func sum() int {" || list[1].Now != "return" {
		t.Errorf("%+v", list[1])
	}
}

// TestParseIsStrict changes one thing in a good list each time.
func TestParseIsStrict(t *testing.T) {
	for name, change := range map[string][2]string{
		"nothing":                {one, "# nothing\n"},
		"a key left out":         {"owner: A sum is wrong.\n", ""},
		"the last key left out":  {"tests: ./sum TestSum TestZero\n", ""},
		"an unknown key":         {"owner:", "reason:"},
		"a key twice":            {"owner:", "now: x\nowner:"},
		"another order":          {"was:   return a + b\nnow:   return a - b", "now:   x\nwas:   return a + b"},
		"after in another place": {"now:", "after: x\nnow:"},
		"something after it":     {"TestZero", "TestZero\nnow: x"},
		"a name twice":           {one, one + one},
		"a name with a space":    {"no-sum", "no sum"},
		"a test of the product":  {"sum/sum.go", "sum/sum_test.go"},
		"no Go":                  {"sum/sum.go", "sum/sum.txt"},
		"a file elsewhere":       {"sum/sum.go", "../sum/sum.go"},
		"the same line":          {"a - b", "a + b"},
		"no line":                {"return a + b", ""},
		"no sentence":            {"is wrong.", "is wrong"},
		"no tests":               {"./sum TestSum TestZero", "./sum"},
		"a pattern":              {"TestZero", "TestZ.*"},
		"every package":          {"./sum TestSum", "./... TestSum"},
	} {
		if list, err := parse(strings.Replace(one, change[0], change[1], 1)); err == nil {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

func TestApply(t *testing.T) {
	const a = "func a() {\n\t\tx := 1\n}\n\n"
	const text = a + "func b() {\n\tx := 1\n}\n"
	for name, c := range map[string]struct {
		fault fault
		want  string // empty is an error
	}{
		"once":               {fault{Was: "func b() {", Now: "func c() {"}, strings.Replace(text, "b()", "c()", 1)},
		"with its space":     {fault{Was: "x := 1", After: "func a() {", Now: "x := 2"}, strings.Replace(text, "1", "2", 1)},
		"the next one after": {fault{Was: "x := 1", After: "func b() {", Now: "x := 2"}, a + "func b() {\n\tx := 2\n}\n"},
		"left out":           {fault{Was: "x := 1", After: "func b() {"}, a + "func b() {\n\t\n}\n"},
		"twice":              {fault{Was: "x := 1", Now: "x := 2"}, ""},
		"part of a line":     {fault{Was: "x :=", Now: "y :="}, ""},
		"not there":          {fault{Was: "y := 1", Now: "y := 2"}, ""},
		"before it":          {fault{Was: "func a() {", After: "func b() {", Now: "func c() {"}, ""},
		"after what is not":  {fault{Was: "x := 1", After: "func c() {", Now: "x := 2"}, ""},
		"after one of two":   {fault{Was: "func b() {", After: "}", Now: "func c() {"}, ""},
	} {
		got, err := c.fault.apply([]byte(text))
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestPick(t *testing.T) {
	list := []fault{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	if all, err := pick(list, nil); err != nil || len(all) != 3 {
		t.Errorf("%v, %v", all, err)
	}
	if some, err := pick(list, []string{"c", "a"}); err != nil || len(some) != 2 || some[0].ID != "c" {
		t.Errorf("%v, %v", some, err)
	}
	if some, err := pick(list, []string{"a", "d"}); err == nil {
		t.Errorf("%v", some)
	}
}

// TestTheListFitsTheTree holds the list to the lines that are there: whoever changes one of them changes the list.
func TestTheListFitsTheTree(t *testing.T) {
	data, err := os.ReadFile("faults.txt")
	if err != nil {
		t.Fatal(err)
	}
	list, err := parse(string(data))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 30 {
		t.Errorf("%d faults", len(list))
	}
	for _, f := range list {
		text, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(f.File)))
		if err == nil {
			_, err = f.apply(text)
		}
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
		}
	}
}
