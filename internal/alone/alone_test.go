package alone

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("HOLDFAST_TEST_END") == "no test" && os.Getenv(variable) != "" {
		if err := flag.Set("test.run", "^TestThatIsNone$"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestTheEndIsAsItWasAlone runs this program again for this test, which is then alone in a third process and ends there in each way.
func TestTheEndIsAsItWasAlone(t *testing.T) {
	if how := os.Getenv("HOLDFAST_TEST_END"); how != "" {
		if Here(t, "HOLDFAST_TEST_END="+how) {
			endAs(t, how)
		}
		return
	}
	for how, want := range map[string][]string{
		"pass":         {"\n--- PASS: TestTheEndIsAsItWasAlone ", "\n    --- PASS: TestTheEndIsAsItWasAlone/one_part ", "\n        --- PASS: TestTheEndIsAsItWasAlone/one_part/of_it ", "alone |     alone_test.go", "it says this"},
		"fail":         {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "it says why"},
		"a part fails": {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "\n    --- FAIL: TestTheEndIsAsItWasAlone/one_part ", "\n    --- SKIP: TestTheEndIsAsItWasAlone/the_other"},
		"skip":         {"\n--- SKIP: TestTheEndIsAsItWasAlone ", "it says why not"},
		"panic":        {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "panic: at the disco", "exit status 2"},
		"killed":       {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "TestTheEndIsAsItWasAlone, alone: signal: killed", "it has not come to its end"},
		"exit 0":       {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "unexpected call to os.Exit(0)"},
		"exit 1":       {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "exit status 1"},
		"hang":         {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "alone | panic: test timed out"},
		"no test":      {"\n--- FAIL: TestTheEndIsAsItWasAlone ", "it has not come to its end"},
		"half a line":  {"\n--- PASS: TestTheEndIsAsItWasAlone ", "alone | no end--- PASS"},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			limit := "2m"
			if how == "hang" {
				limit = "8s"
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheEndIsAsItWasAlone$", "-test.v", "-test.timeout="+limit)
			cmd.Env = append(os.Environ(), "HOLDFAST_TEST_END="+how)
			out, err := cmd.CombinedOutput()
			if failed := err != nil; failed != strings.HasPrefix(want[0], "\n--- FAIL") {
				t.Errorf("it ended with %v", err)
			}
			for _, w := range want {
				if !strings.Contains("\n"+string(out), w) {
					t.Errorf("%q is not said in:\n%s", w, out)
				}
			}
		})
	}
}

func endAs(t *testing.T, how string) {
	switch how {
	case "pass":
		t.Log("it says this")
		t.Run("one part", func(t *testing.T) { t.Run("of it", func(*testing.T) {}) })
	case "fail":
		t.Error("it says why")
	case "a part fails":
		t.Run("one part", func(t *testing.T) { t.Parallel(); t.Error("it says why") })
		t.Run("the other", func(t *testing.T) { t.Parallel(); t.Skip() })
	case "skip":
		t.Skip("it says why not")
	case "panic":
		panic("at the disco")
	case "killed":
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			t.Log(err)
		}
	case "exit 0":
		os.Exit(0)
	case "exit 1":
		os.Exit(1)
	case "hang":
		<-time.After(time.Hour)
	case "half a line":
		_, _ = os.Stdout.WriteString("no end")
	}
}

// TestWhatIsLookedAtAloneIsLookedAtHere holds that the go command learns of the inputs of a test that ran alone.
func TestWhatIsLookedAtAloneIsLookedAtHere(t *testing.T) {
	if log := os.Getenv("HOLDFAST_TEST_LOG"); log == "" {
		looked := t.TempDir() + "/log"
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWhatIsLookedAtAloneIsLookedAtHere$", "-test.testlogfile="+looked)
		cmd.Env = append(os.Environ(), "HOLDFAST_TEST_LOG="+looked)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		log, err := os.ReadFile(looked)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"getenv HOLDFAST_NOBODY_ELSE\n", "alone.go\n", "report.go\n"} {
			if !strings.Contains(string(log), want) {
				t.Errorf("%q is not there:\n%s", want, log)
			}
		}
		return
	}
	if !Here(t) {
		return
	}
	os.Getenv("HOLDFAST_NOBODY_ELSE")
	if _, err := os.ReadFile("alone.go"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("report.go"); err != nil {
		t.Error(err)
	}
}
