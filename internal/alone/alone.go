// Package alone runs a test in a process of its own: what a C library keeps for as long as the process lives, no other test has set there.
package alone

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/child"
)

// variable names the test that a process was started for.
const variable = "HOLDFAST_TEST_ALONE"

// parallel is how many parts of a test run at once where it is alone: they wait for others more than they compute.
const parallel = 4

// Here tells whether the test runs alone in this process. Where it does not, Here starts this program again for that test and no other, with env in
// the environment, hands on what it says, and has the test, with each of its subtests, end as it ended there; then it returns false, and the test
// has nothing more to do. A process that is killed, or that runs no test, is a failure.
func Here(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Getenv(variable) == t.Name() {
		return true
	}
	if strings.Contains(t.Name(), "/") {
		t.Fatal("a part of a test cannot be alone")
	}
	looked := filepath.Join(t.TempDir(), "looked")
	cmd := exec.CommandContext(t.Context(), os.Args[0], arguments(t, looked)...)
	cmd.Env = append(append(os.Environ(), env...), variable+"="+t.Name())
	cmd.WaitDelay = 10 * time.Second // for what the test has left behind
	said := &report{to: t.Output()}
	cmd.Stdout, cmd.Stderr = said, said
	c, err := child.Start(t.Name()+", alone", cmd)
	if err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	said.end()
	if err := errors.Join(c.Err(), lookToo(looked)); err != nil {
		t.Error(err)
	}
	said.replay(t)
	return false
}

// arguments are those of the process in which a test is alone: this one's, as far as they are not about which tests run and how they are told of.
func arguments(t *testing.T, looked string) []string {
	_, parts, _ := strings.Cut(flag.Lookup("test.run").Value.String(), "/")
	args := []string{
		"-test.run=^" + t.Name() + "$/" + parts, "-test.v=test2json", "-test.paniconexit0",
		fmt.Sprintf("-test.parallel=%d", parallel), "-test.timeout=" + left(t).String(), "-test.testlogfile=" + looked,
	}
	flag.Visit(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, "test.") || f.Name == "test.short" || f.Name == "test.skip" {
			args = append(args, fmt.Sprintf("-%s=%s", f.Name, f.Value))
		}
	})
	return args
}

// left is how long the test may take: so long that where it hangs it says so before this process ends for the same reason. 0 is for ever.
func left(t *testing.T) time.Duration {
	end, limited := t.Deadline()
	if !limited {
		return 0
	}
	whole := time.Until(end)
	return max(whole-min(whole/2, 10*time.Second), time.Millisecond)
}

// lookToo looks at the variables and files that the test has looked at. The go command keeps a result until one of those changes, and knows only of
// what this process looks at. The form is that of internal/testlog, a word and a name on each line.
func lookToo(looked string) error {
	log, err := os.ReadFile(looked)
	if err != nil {
		return fmt.Errorf("what the test has looked at: %w", err)
	}
	folder := ""
	for line := range strings.Lines(string(log)) {
		word, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch word {
		case "getenv":
			os.Getenv(name)
		case "chdir":
			folder = name
		case "open", "stat":
			if !filepath.IsAbs(name) {
				name = filepath.Join(folder, name)
			}
			if _, err := os.Stat(name); err == nil && word == "open" {
				_, _ = os.ReadDir(name) // the names in it count, too
			}
		}
	}
	return nil
}
