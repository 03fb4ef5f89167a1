package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"holdfast/app"
	"holdfast/internal/attach/logind"
)

// alone is an environment without terminal, tokens and vaults.
func alone(t *testing.T) (environment, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	var out, errs bytes.Buffer
	dir := t.TempDir()
	return environment{
		in: strings.NewReader(""), out: &out, errs: &errs,
		folders:    func() (app.Folders, error) { return app.Folders{Data: dir + "/data", State: dir + "/state"}, nil },
		tty:        func() (*terminal, error) { return nil, app.ErrNoTerminal },
		descriptor: openDescriptor,
		presences:  logind.At("unix:path=" + dir + "/no-bus"),
		devices: func([]string) (devices, error) {
			t.Error("a token was looked for")
			return nil, fmt.Errorf("none here")
		},
	}, &out, &errs
}

func TestExitCodesAndWords(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"version", exitDone, ""},
		{"--help", exitDone, ""},
		{"identity create --help", exitDone, ""},
		{"nonsense", exitUsage, "Nothing was done."},
		{"identity", exitUsage, "create"},
		{"identity nonsense", exitUsage, "Nothing was done."},
		{"status --nonsense", exitUsage, "Nothing was done."},
		{"status surplus", exitUsage, "Nothing was done."},
		{"key revoke", exitUsage, "Nothing was done."},
		{"key revoke x --reason bored", exitUsage, "lost, stolen or retired"},
		{"init --role king", exitUsage, "everyday or recovery"},
		{"init --tiers all", exitUsage, "vault,master"},
		{"status --pin-fd 999", exitUsage, "not open"},
		{"words --words-to-fd 1 --words-fd 0", exitUsage, "never go to"},
		{"journal export - --json", exitUsage, "mix"},
		{"identity create --count 0", exitUsage, "1 to 1000000"},
		{"status", exitRefused, "There is no vault in this place. Nothing was changed. Make one, or name another vault. (holdfastctl init)"},
		{"identity create --for=", exitUsage, "--for is empty"},
		{"status --pin-fd abc", exitUsage, "--pin-fd \"abc\": a number is wanted. Nothing was done."},
		{"shell --idle abc", exitUsage, "--idle \"abc\": a length of time is wanted"},
		{"shell --pin-fd 0", exitUsage, "another descriptor"},
		{"journal --act nonsense", exitUsage, "enrol-keyslot"},
		{"journal --result nonsense", exitUsage, "refused"},
		{"verify text nonsense", exitRefused, "There is no \"nonsense\". Nothing was changed."},
		{"verify text run_test.go", exitRefused, "This is no signed text and no signature: it has not the form of one (JWS, RFC 7515)."},
		{"verify text -", exitRefused, "This is no signed text"},
		{"verify text .", exitRefused, "is no file but a folder"},
		{"verify text YQ.YQ.YQ", exitRefused, "This has the form of a signature, but cannot be checked"},
		{"verify file /dev/zero --signature run_test.go", exitRefused, "This is no signed text and no signature"},
		{"backup create run_test.go", exitRefused, "is there already. It was left as it is. Choose another name; or, if it may go, replace it. Keep the last backup of a vault that is not as it was. (--replace)"},
		{"sign file nowhere --as x -o run_test.go", exitRefused, "\"run_test.go\" is there already."},
		{"journal export run_test.go", exitRefused, "\"run_test.go\" is there already."},
		{"docs man run_test.go", exitRefused, "run_test.go"},
		{"backup inspect /nowhere/at/all", exitRefused, "/nowhere/at/all"},
		{"recover", exitRefused, "no terminal"},
		{"status --vault .hidden", exitRefused, "no name for a vault"},
	} {
		env, out, errs := alone(t)
		code := run(t.Context(), strings.Fields(c.args), env)
		if code != c.code || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%s: exits with %d and says %q", c.args, code, errs)
		}
		if code != exitDone && (out.Len() > 0 || strings.Count(errs.String(), "\n") != 1) {
			t.Errorf("%s: stdout %q, stderr %q", c.args, out, errs)
		}
	}
}

func TestErrorsAsJSON(t *testing.T) {
	for args, code := range map[string]string{"status --json": "no-vault", "status --json --nonsense": "usage", "--json nonsense": "usage"} {
		env, out, errs := alone(t)
		run(t.Context(), strings.Fields(args), env)
		var e struct{ Event, Code, What, Safe, Now string }
		d := json.NewDecoder(errs)
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil || e.Event != "error" || e.Code != code || e.What == "" || e.Safe == "" || e.Now == "" || out.Len() > 0 {
			t.Errorf("%s: %+v, %v, stdout %q", args, e, err, out)
		}
	}
}

// each visits every command.
func each(cmd *cobra.Command, fn func(*cobra.Command)) {
	fn(cmd)
	for _, sub := range cmd.Commands() {
		each(sub, fn)
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	env, _, _ := alone(t)
	c := &ctl{env: env, screen: &screen{out: env.out, errs: env.errs}}
	n := 0
	each(c.root(), func(cmd *cobra.Command) {
		n++
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: %q", cmd.CommandPath(), cmd.Short)
		}
		if cmd.Runnable() && !cmd.HasSubCommands() && cmd.Name() != "version" && !cmd.Parent().Hidden && (cmd.Example == "" || !strings.Contains(cmd.Example, "holdfastctl")) {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
	})
	if n < 30 {
		t.Errorf("only %d commands", n)
	}
}

func TestManualPages(t *testing.T) {
	dir := t.TempDir()
	env, _, errs := alone(t)
	if code := run(t.Context(), []string{"docs", "man", dir}, env); code != exitDone {
		t.Fatalf("exits with %d: %s", code, errs)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 30 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "holdfastctl-key-enrol.1"))
	if err != nil || !bytes.Contains(page, []byte(".SH EXAMPLES")) || !bytes.Contains(page, []byte(`\-\-role`)) {
		t.Errorf("%v\n%s", err, page)
	}
	man, err := exec.LookPath("man")
	if err != nil {
		return // no formatter here; the pages were checked above
	}
	words, err := exec.CommandContext(t.Context(), man, "--warnings", "-l", pages[0]).CombinedOutput()
	if err != nil || bytes.Contains(words, []byte("warning")) {
		t.Errorf("%s: %v\n%s", pages[0], err, words)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		env, out, errs := alone(t)
		if code := run(t.Context(), []string{"completion", shell}, env); code != exitDone || !strings.Contains(out.String(), "holdfastctl") {
			t.Errorf("%s: exits with %d: %s", shell, code, errs)
		}
	}
}
