package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"holdfast/token/virtual/pcscd"
)

// benchOf is a script's bench of emulated keys.
type benchOf struct {
	*pcscd.Bench
	dir string
	hid []string // FIDO2 sides that ctl is told of
}

// patienceWithBench is how long one order to a key may take.
const patienceWithBench = 60 * time.Second

func (b *benchOf) close(t testscript.T) {
	if err := b.Close(); err != nil {
		t.Log("closing the bench:", err)
	}
	if *keepFlag {
		t.Log("bench kept:", b.dir)
		return
	}
	if err := os.RemoveAll(b.dir); err != nil {
		t.Log("removing the bench:", err)
	}
}

// cmdBench starts the bench: bench [touched] [cards] [firmware=V] [make=MAKE] [reader-name=NAME]... [NAME...], with
// keys of those names. Their serial numbers count from 10000001. The first reader-name is the first reader's, the next
// the next's.
func cmdBench(ts *testscript.TestScript, neg bool, args []string) {
	th := theatreOf(ts)
	plain(ts, neg)
	dir, err := os.MkdirTemp("", "hf") // sockets want a short path
	ts.Check(err)
	o := pcscd.Options{Dir: dir, Program: th.programs.virtualkey, Readers: 3}
	var names []string
	for _, a := range args {
		switch {
		case a == "touched":
			o.Touched = true
		case a == "cards":
			o.SmartCardOnly = true
		case strings.HasPrefix(a, "firmware="):
			o.Firmware = strings.TrimPrefix(a, "firmware=")
		case strings.HasPrefix(a, "make="):
			o.Make = strings.TrimPrefix(a, "make=")
		case strings.HasPrefix(a, "reader-name="):
			o.ReaderNames = append(o.ReaderNames, strings.TrimPrefix(a, "reader-name="))
		default:
			names = append(names, a)
		}
	}
	b, err := pcscd.Start(th.ctx, o)
	if err != nil {
		ts.Check(os.RemoveAll(dir))
		ts.Fatalf("%v", err)
	}
	th.bench = &benchOf{Bench: b, dir: dir}
	for _, e := range b.Env() {
		name, value, _ := strings.Cut(e, "=")
		ts.Setenv(name, value)
	}
	for _, name := range names {
		newKey(ts, th, pcscd.KeyOptions{Name: name})
	}
}

func benchHere(ts *testscript.TestScript) *theatre {
	th := theatreOf(ts)
	if th.bench == nil {
		ts.Fatalf("start the bench first")
	}
	return th
}

func newKey(ts *testscript.TestScript, th *theatre, o pcscd.KeyOptions) {
	ctx, cancel := context.WithTimeout(th.ctx, patienceWithBench)
	defer cancel()
	ts.Check(th.bench.StartKey(ctx, o))
	hid := th.bench.HID(o.Name)
	if _, err := os.Lstat(hid); err == nil && !slices.Contains(th.bench.hid, hid) {
		th.bench.hid = append(th.bench.hid, hid)
	}
	ts.Setenv("HID_"+o.Name, hid)
}

// cmdNewKey starts a new key: newkey NAME [firmware=V] [make=MAKE] [touched].
func cmdNewKey(ts *testscript.TestScript, neg bool, args []string) {
	th := benchHere(ts)
	plain(ts, neg)
	if len(args) == 0 {
		ts.Fatalf("usage: newkey NAME [firmware=V] [make=MAKE] [touched]")
	}
	o := pcscd.KeyOptions{Name: args[0]}
	for _, a := range args[1:] {
		switch {
		case a == "touched":
			o.Touched = true
		case strings.HasPrefix(a, "firmware="):
			o.Firmware = strings.TrimPrefix(a, "firmware=")
		case strings.HasPrefix(a, "make="):
			o.Make = strings.TrimPrefix(a, "make=")
		default:
			ts.Fatalf("newkey: %q", a)
		}
	}
	newKey(ts, th, o)
}

// cmdBringBack starts a key again that was stopped.
func cmdBringBack(ts *testscript.TestScript, neg bool, args []string) {
	th := benchHere(ts)
	plain(ts, neg)
	for _, name := range args {
		newKey(ts, th, pcscd.KeyOptions{Name: name})
	}
}

// cmdStopKey ends a key's process, as if it were pulled out and put away.
func cmdStopKey(ts *testscript.TestScript, neg bool, args []string) { order(ts, neg, "stop", args) }

// cmdLoseKey loses a key for good: its process ends and its state is moved away.
func cmdLoseKey(ts *testscript.TestScript, neg bool, args []string) { order(ts, neg, "lose", args) }

func order(ts *testscript.TestScript, neg bool, word string, names []string) {
	th := benchHere(ts)
	plain(ts, neg)
	for _, name := range names {
		_, err := th.bench.Order(th.ctx, word, name)
		ts.Check(err)
		hid := th.bench.HID(name)
		th.bench.hid = slices.DeleteFunc(th.bench.hid, func(h string) bool { return h == hid })
	}
}

// cmdKey gives a key an order (see virtual.Usage) and shows its answer on stdout: key NAME touch wait.
func cmdKey(ts *testscript.TestScript, neg bool, args []string) {
	th := benchHere(ts)
	if len(args) < 2 {
		ts.Fatalf("usage: key NAME ORDER...")
	}
	ctx, cancel := context.WithTimeout(th.ctx, patienceWithBench)
	defer cancel()
	lines, err := th.bench.Key(ctx, args[0], args[1:]...)
	if neg {
		if err == nil {
			ts.Fatalf("key %s did it", strings.Join(args, " "))
		}
		return
	}
	ts.Check(err)
	print(ts, strings.Join(lines, "\n")+"\n")
}

// cmdRecord shows on stdout what a key has done since its record was reset, one JSON object a line; with "reset" it forgets.
func cmdRecord(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: record NAME [reset]")
	}
	cmdKey(ts, neg, append([]string{args[0], "log"}, args[1:]...))
}

func print(ts *testscript.TestScript, text string) {
	_, err := ts.Stdout().Write([]byte(text))
	ts.Check(err)
}

// plain refuses a "!" before a command that cannot be expected to fail.
func plain(ts *testscript.TestScript, neg bool) {
	if neg {
		ts.Fatalf("this command takes no !")
	}
}

// cmdHome moves the owner to another machine: home NAME gives an empty HOME, or one used before.
func cmdHome(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) != 1 {
		ts.Fatalf("usage: home NAME")
	}
	dir := filepath.Join(ts.Getenv("WORK"), args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Setenv("HOME", dir)
}
