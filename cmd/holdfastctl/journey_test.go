package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"holdfast/internal/built"
)

// The scripts in testdata/script play the owner's journey through the real program, the real pcscd and the real libfido2, with emulated security
// keys behind them. Each script has a bench of its own and calls the commands of bench_test.go and program_test.go.

// sideBySide is how many scripts and other tests with a bench run at once, however few processors there are: most of
// their time they wait for a reader, which pcscd looks at two or three times a second, and for a token that says it is
// busy.
const sideBySide = "4"

// TestMain has that many run, unless the command line says another number.
func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", sideBySide); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

var keepFlag = flag.Bool("keep", false, "keep the folders of the scripts and their benches")

// programs are the two programs under test, as they ship.
type programs struct{ holdfastctl, virtualkey string }

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("plays the whole journey with emulated keys")
	}
	t.Parallel()
	under := underTest(t)
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		TestWork:            *keepFlag,
		RequireExplicitExec: true,
		Setup:               func(env *testscript.Env) error { return setUpScript(env, under) },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"bench": cmdBench, "newkey": cmdNewKey, "bringback": cmdBringBack, "stopkey": cmdStopKey, "losekey": cmdLoseKey, "key": cmdKey, "record": cmdRecord, "tiers": cmdTiers,
			"pins": cmdPINs, "badpins": cmdBadPINs, "sentence": cmdSentence, "ctl": cmdCtl, "exits": cmdExits, "ceremony": cmdCeremony,
			"json": cmdJSON, "jsonenv": cmdJSONEnv, "start": cmdStart, "send": cmdSend, "says": cmdSays, "interrupt": cmdInterrupt, "ends": cmdEnds,
			"home": cmdHome, "corrupt": cmdCorrupt, "never": cmdNever, "holdsnone": cmdHoldsNone, "adds": cmdAdds, "cpdir": cmdCopyFolder,
		},
	})
}

// underTest finds both programs.
func underTest(t *testing.T) programs {
	t.Helper()
	paths, err := built.Programs(t.TempDir(), built.Holdfastctl, built.Virtualkey)
	if err != nil {
		t.Fatal(err)
	}
	return programs{holdfastctl: paths[0], virtualkey: paths[1]}
}

// theatre is what the commands of one script share.
type theatre struct {
	programs programs
	ctx      context.Context //nolint:containedctx // of the script, for commands that have no other way to get it
	bench    *benchOf
	pins     []byte // what the next ctl gets through --pin-fd
	sentence string // file that the next ctl gets through --words-fd
	exit     int    // of the last ctl
	stdout   string // of the last ctl
	stage    map[string]*background
}

type theatreKey struct{}

func theatreOf(ts *testscript.TestScript) *theatre {
	th, ok := ts.Value(theatreKey{}).(*theatre)
	if !ok {
		ts.Fatalf("the script was not set up")
	}
	return th
}

func setUpScript(env *testscript.Env, under programs) error {
	ctx, cancel := context.WithCancel(context.Background())
	th := &theatre{programs: under, ctx: ctx, stage: map[string]*background{}}
	env.Values[theatreKey{}] = th
	env.Defer(func() {
		for _, b := range th.stage {
			b.kill(env.T())
		}
		cancel()
		if th.bench != nil {
			th.bench.close(env.T())
		}
	})
	home := filepath.Join(env.WorkDir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	env.Setenv("HOME", home)
	env.Setenv("XDG_DATA_HOME", "")
	env.Setenv("XDG_STATE_HOME", "")
	return nil
}
