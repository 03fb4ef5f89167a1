package main

import (
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"holdfast/app"
	"holdfast/internal/attach/logind"
)

// environment is everything a command takes from the process around it.
type environment struct {
	in          io.Reader
	out, errs   io.Writer
	errTerminal bool // errs is a terminal, so a line may be overwritten
	folders     func() (app.Folders, error)
	tty         func() (*terminal, error)             // the person's terminal; app.ErrNoTerminal where there is none
	descriptor  func(number int) (*os.File, error)    // a descriptor that this process was started with
	devices     func(extra []string) (devices, error) // starts to look for tokens
	presences   app.Presences                         // tell that the machine sleeps
}

// devices are the tokens of this machine, and how to let go of them.
type devices interface {
	app.Devices
	Close() error
}

func processEnvironment() environment {
	return environment{
		in: os.Stdin, out: os.Stdout, errs: os.Stderr,
		errTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		folders:     foldersFromProcess,
		tty:         openTerminal,
		descriptor:  openDescriptor,
		devices:     attachDevices,
		presences:   logind.System(),
	}
}

// foldersFromProcess reads the XDG variables: the one place where this program reads its environment.
func foldersFromProcess() (app.Folders, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return app.FoldersOf(os.Getenv, home)
}

// openDescriptor gives a descriptor by its number. Reading it is left to whoever wants it.
func openDescriptor(number int) (*os.File, error) {
	if number < 0 || number > 1023 {
		return nil, usagef("descriptor %d: a number from 0 to 1023", number)
	}
	f := os.NewFile(uintptr(number), "descriptor")
	if f == nil {
		return nil, usagef("descriptor %d is not open", number)
	}
	if _, err := f.Stat(); err != nil {
		return nil, usagef("descriptor %d is not open", number)
	}
	return f, nil
}

// absolute is path as other processes and later commands can use it.
func absolute(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", usagef("path %q: %v", path, err)
	}
	return abs, nil
}
