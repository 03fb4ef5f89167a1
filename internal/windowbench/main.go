// Windowbench measures the wallet's window beside a bare window of the same toolkit, in one run on one display without a monitor, and fails when a limit
// is broken by more than the measurements differ among themselves.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
)

func main() {
	bin := flag.String("bin", "build/bin", "`folder` of the programs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := measure(ctx, *bin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "windowbench:", err)
		os.Exit(1)
	}
}

// How often each thing is measured; the middle of the results counts.
const (
	starts = 5
	idles  = 5
	films  = 3
)

// measure makes a vault of 100,000 identities, measures, and shows the results.
func measure(ctx context.Context, bin string, to io.Writer) (err error) {
	if bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	s, err := newSetting(ctx, bin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	fmt.Fprintln(to, "making vaults of 0 and 100,000 identities ...") //nolint:errcheck // what a terminal does not take is lost
	if err := errors.Join(s.makeVault("none", 0), s.makeVault("many", many)); err != nil {
		return err
	}
	results, err := s.firstFrames()
	if err != nil {
		return err
	}
	others, err := s.openWindows()
	if err != nil {
		return err
	}
	return show(to, append(results, others...))
}

// show shows the results as a table. It is an error when one of them breaks its limit.
func show(to io.Writer, results []result) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, heading) //nolint:errcheck // Flush says so
	broken := false
	for _, r := range results {
		fmt.Fprint(table, r.row()) //nolint:errcheck // Flush says so
		broken = broken || r.broken()
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if broken {
		return errors.New("a limit is broken")
	}
	return nil
}
