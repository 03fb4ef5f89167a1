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
	"holdfast/internal/single"
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
	presences := presenceFlags(flags)
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
	err = window(desktop.Options{Vault: *vault, Unverified: len(extra) > 0, Version: version, Errs: errs, Presences: presences()}, extra)
	switch {
	case err == nil:
	case errors.Is(err, desktop.ErrNoWindow): // it has been said
		return exitRefused
	case errors.Is(err, single.ErrSilent):
		say(errs, "holdfast: Holdfast is running for this vault already, and its window does not answer. Nothing was opened. End that one, and start again.")
		return exitRefused
	default:
		x := app.Explain(err)
		say(errs, "holdfast: "+x.What+" "+x.Safe+" "+x.Now)
		return exitRefused
	}
	return exitDone
}

// window shows the window over the tokens of this machine; where one shows the vault already, that one comes to the front instead.
func window(o desktop.Options, extra []string) (err error) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	folders, err := app.FoldersOf(os.Getenv, home)
	if err != nil {
		return err
	}
	one, err := first(folders, o.Vault)
	if one == nil || err != nil {
		return err
	}
	defer func() { err = errors.Join(err, one.Close()) }()
	devices := attach.Devices(attach.Options{FIDOPaths: extra})
	defer func() { err = errors.Join(err, devices.Close()) }()
	o.App, o.Raise = app.New(devices, folders), one.Raised()
	o.Exit = func() {
		_ = one.Close() // a socket that stays is taken over by the next start
		os.Exit(exitDone)
	}
	return desktop.Run(o)
}

// first takes the place of the one window of a vault; nil when there is one, which has come to the front.
func first(folders app.Folders, vault string) (*single.Instance, error) {
	path, err := app.New(nil, folders).InstancePath(vault)
	if err != nil {
		return nil, err
	}
	return single.First(path)
}

// say writes a line; what a closed terminal does not take is lost either way.
func say(w io.Writer, words string) {
	if _, err := fmt.Fprintln(w, words); err != nil {
		return
	}
}
