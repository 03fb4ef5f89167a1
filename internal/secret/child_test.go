package secret

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// runChild runs one test of this binary in a process of its own and fails when that did not run or did not pass.
func runChild(t *testing.T, env, test string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+test) {
		t.Errorf("%s in a child: %v\n%s", test, err, out)
	}
}
