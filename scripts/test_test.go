// Package scripts holds the scripts behind make, and tests those that judge the tests.
package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// trial is the module that test.sh is tried on. Each test fails the first time, or each time, or ends its program, where the variable TRIAL names it so.
const trial = `package trial

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if fails("main") {
		code = 1
	}
	os.Exit(code)
}

// fails says whether the variable has name fail this time, and leaves a mark for the next.
func fails(name string) bool {
	once := strings.Contains(os.Getenv("TRIAL"), name+"=once")
	twice := strings.Contains(os.Getenv("TRIAL"), name+"=twice")
	exits := strings.Contains(os.Getenv("TRIAL"), name+"=exit")
	before := filepath.Join(os.Getenv("MARKS"), strings.ReplaceAll(name, "/", "-"))
	_, err := os.Stat(before)
	if err := os.WriteFile(before, nil, 0o600); err != nil {
		panic(err)
	}
	if err != nil && exits {
		os.Exit(3)
	}
	return twice || once && err != nil
}

func behave(t *testing.T) {
	if fails(t.Name()) {
		t.Fail()
	}
}

func TestOne(t *testing.T)   { behave(t) }
func TestTwo(t *testing.T)   { behave(t) }
func TestThree(t *testing.T) { t.Run("inner", behave) }
`

// TestWhatFailedIsRunOnceMore plays test.sh on a module of its own: two tests that pass the second time are named and let pass, three fail the run,
// and so does whatever fails twice, inside a test or outside.
func TestWhatFailedIsRunOnceMore(t *testing.T) {
	dir, gotestsum := trialModule(t), gotestsum(t)
	for _, c := range []struct {
		name, trial string
		passes      bool
		flaky       string // what out/flaky.txt holds
	}{
		{
			name: "two are flaky", trial: "TestOne=once TestThree/inner=once", passes: true,
			flaky: "trial.TestOne\ntrial.TestThree/inner\n",
		},
		{
			name: "three are flaky", trial: "TestOne=once TestTwo=once TestThree/inner=once",
			flaky: "trial.TestOne\ntrial.TestThree/inner\ntrial.TestTwo\n",
		},
		{name: "one fails twice, one is flaky", trial: "TestOne=twice TestTwo=once", flaky: "trial.TestTwo\n"},
		{name: "the program ends in a test", trial: "TestOne=exit TestTwo=twice", flaky: "trial.TestOne\ntrial, outside its tests\n"},
		{name: "the package fails outside its tests", trial: "main=twice"},
		{name: "the package fails so once", trial: "main=once", passes: true, flaky: "trial, outside its tests\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "scripts/test.sh", gotestsum...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "TRIAL="+c.trial, "MARKS="+t.TempDir(), "HOLDFAST_RACE=./empty", "HOLDFAST_PROCESSES=./empty", "HOLDFAST_NESTED=",
				"GOTESTSUM_JSONFILE=")
			out, err := cmd.CombinedOutput()
			if passed := err == nil; passed != c.passes {
				t.Errorf("passed %v: %v\n%s", passed, err, out)
			}
			flaky, err := os.ReadFile(filepath.Join(dir, "out/flaky.txt"))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if string(flaky) != c.flaky {
				t.Errorf("flaky.txt holds %q\n%s", flaky, out)
			}
			for _, name := range strings.Fields(c.flaky) {
				if !regexp.MustCompile(`(?s)FLAKY.*` + regexp.QuoteMeta(name)).Match(out) {
					t.Errorf("%s is not named:\n%s", name, out)
				}
			}
		})
	}
}

// trialModule makes the module, with the scripts under test in it.
func trialModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"go.mod": "module trial\n\ngo 1.26\n", "trial_test.go": trial,
		"empty/empty.go": "// Package empty has no tests.\npackage empty\n",
	}
	for _, script := range []string{"test.sh", "test-json.sh"} {
		data, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		files["scripts/"+script] = string(data)
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// gotestsum is the command that the Makefile names.
func gotestsum(t *testing.T) []string {
	t.Helper()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^GOTESTSUM := (.*)$`).FindSubmatch(makefile)
	if found == nil {
		t.Fatal("the Makefile names no GOTESTSUM")
	}
	return strings.Fields(string(found[1]))
}
