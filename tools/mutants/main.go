// Mutants holds the tests to faults: it makes one line of the product wrong at a time, as its list says (faults.txt),
// and wants a test to fail. The tree is not touched: the go command is given the faulty file in place of the right one
// (-overlay).
//
//	go run ./tools/mutants [-C DIR] [-list FILE] [FAULT...]
//
// It fails where a fault is missed, and where the list does not fit the tree: a line that is not there, a fault that
// does not compile, a test that does not pass without the fault.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// testLimit is how long the tests of one fault may take: those that are named take seconds, and a machine may be busy.
const testLimit = 5 * time.Minute

// run tries the faults: 0 every one was found, 1 not, 2 wrong usage.
func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(errs)
	dir := flags.String("C", ".", "the tree to try the faults in")
	path := flags.String("list", "tools/mutants/faults.txt", "the list of faults")
	if flags.Parse(args) != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := try(ctx, *dir, *path, flags.Args(), out, errs); err != nil {
		fmt.Fprintln(errs, "mutants:", err) //nolint:errcheck // nobody is left to tell
		return 1
	}
	return 0
}

// try reads the list and tries those of its faults that are named, or all.
func try(ctx context.Context, dir, path string, ids []string, out, errs io.Writer) (err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	list, err := parse(string(data))
	if err == nil {
		list, err = pick(list, ids)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer func() {
		if removed := os.RemoveAll(work); err == nil {
			err = removed
		}
	}()
	t := tree{root: root, work: work, limit: testLimit}
	told := newReport(list, out, errs)
	right, err := t.unchanged(ctx, list, told)
	if err != nil {
		return err
	}
	for i, f := range list {
		told.begins(i)
		began := time.Now()
		what := t.try(ctx, f, right)
		if ctx.Err() != nil {
			return fmt.Errorf("stopped at fault %q", f.ID)
		}
		told.ends(f, what, time.Since(began))
	}
	return told.sum()
}
