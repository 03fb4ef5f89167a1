package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"holdfast/app"
	"holdfast/internal/attach"
	"holdfast/internal/secret"
	"holdfast/ui/desktop"
)

// The exit codes, as holdfastctl has them.
const (
	exitDone    = 0
	exitRefused = 1
	exitUsage   = 2
)

// paths are the values of a flag that may be given again and again.
type paths []string

// String implements flag.Value.
func (p *paths) String() string { return fmt.Sprint([]string(*p)) }

// Set implements flag.Value.
func (p *paths) Set(s string) error {
	*p = append(*p, s)
	return nil
}

// start closes this process to others, reads the flags, and shows the window until it is closed.
func start(args []string, out, errs io.Writer) int {
	if err := secret.Harden(); err != nil {
		say(errs, fmt.Sprintf("holdfast: This process cannot be closed to others: %v. Nothing was done. Run it on a system that allows this.", err))
		return exitRefused
	}
	flags := flag.NewFlagSet("holdfast", flag.ContinueOnError)
	flags.SetOutput(errs)
	vault := flags.String("vault", "", "vault, by `NAME` or folder (default: the only one)")
	show := flags.Bool("version", false, "print the version and end")
	var extra paths
	flags.Var(&extra, "fido-device", "look for a passkey side at `PATH`, too (repeatable); every page then says \"unverified key\"")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		return exitUsage
	case flags.NArg() > 0:
		say(errs, fmt.Sprintf("holdfast: %q is not understood. Nothing was done. See holdfast --help.", flags.Arg(0)))
		return exitUsage
	case *show:
		say(out, "holdfast "+version)
		return exitDone
	}
	if err := window(*vault, extra, errs); errors.Is(err, desktop.ErrNoWindow) {
		return exitRefused
	} else if err != nil {
		x := app.Explain(err)
		say(errs, "holdfast: "+x.What+" "+x.Safe+" "+x.Now)
		return exitRefused
	}
	return exitDone
}

// window shows the window over the tokens of this machine.
func window(vault string, extra []string, errs io.Writer) (err error) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	folders, err := app.FoldersOf(os.Getenv, home)
	if err != nil {
		return err
	}
	devices := attach.Devices(attach.Options{FIDOPaths: extra})
	defer func() { err = errors.Join(err, devices.Close()) }()
	return desktop.Run(desktop.Options{App: app.New(devices, folders), Vault: vault, Unverified: len(extra) > 0, Version: version, Errs: errs})
}

// say writes a line; what a closed terminal does not take is lost either way.
func say(w io.Writer, words string) {
	if _, err := fmt.Fprintln(w, words); err != nil {
		return
	}
}
