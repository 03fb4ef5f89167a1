// Program demo shows the wallet with emulated security keys. With a display a person clicks, and a panel beside the window touches, unplugs and plugs
// the keys. Without one it plays the owner's whole journey in the real window on a display of its own, by keys and clicks, and checks each outcome
// outside the window: with holdfastctl, in the files, in the emulated keys' own records. It ends with 1 when a check fails.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	var p programs
	bin := flag.String("bin", "build/bin", "`folder` of the programs")
	out := flag.String("out", "out/demo", "`folder` for what the journey leaves to look at")
	journey := flag.Bool("journey", false, "play the journey even where there is a display")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p, err := programsIn(*bin)
	switch {
	case err != nil:
	case !*journey && hasDisplay():
		err = show(ctx, p, os.Stdout)
	default:
		err = play(ctx, p, *out, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// programs are the paths of what the demonstration runs.
type programs struct {
	wallet     string // as people run it
	journey    string // the same, telling what it shows
	ctl        string
	virtualkey string
	panel      string
}

// programsIn are the programs in the folder that make builds into.
func programsIn(bin string) (p programs, err error) {
	if bin, err = filepath.Abs(bin); err != nil {
		return p, err
	}
	return programs{
		wallet: filepath.Join(bin, "holdfast"), journey: filepath.Join(bin, "journey", "holdfast"), ctl: filepath.Join(bin, "holdfastctl"),
		virtualkey: filepath.Join(bin, "virtualkey"), panel: filepath.Join(bin, "keypanel"),
	}, nil
}
