// Keypanel is the owner's hands for emulated security keys: a small window that touches, unplugs and plugs them, and shows which one blinks. It is a
// program of its own for demonstrations, and no part of the wallet.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

// run shows the panel until it is closed, or the program is told to end: 0 done, 2 wrong usage.
func run(args []string, errs io.Writer) int {
	if len(args) < 2 || args[0] == "--help" || args[0] == "-h" {
		fmt.Fprintln(errs, "Usage: keypanel DIR KEY...\nShows the keys of the bench in DIR (see virtualkey bench).") //nolint:errcheck // usage
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := fyneapp.NewWithID("invalid.holdfast.keypanel")
	win := a.NewWindow("Emulated security keys")
	var keys []*key
	for _, name := range args[1:] {
		keys = append(keys, newKey(name, filepath.Join(args[0], name+".sock")))
	}
	win.SetContent(panel(ctx, keys))
	win.Resize(fyne.NewSize(panelWidth, 0))
	watching, end := context.WithCancel(ctx)
	a.Lifecycle().SetOnStarted(func() {
		for _, k := range keys {
			go k.watch(watching, fyne.Do)
		}
	})
	context.AfterFunc(ctx, func() { fyne.Do(a.Quit) })
	win.ShowAndRun()
	end()
	return 0
}
