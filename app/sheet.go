package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"holdfast/keystore"
)

// Sheet is what the recovery sheet names: a page with 24 empty boxes for the words, which are written by hand. No secret is ever in it.
type Sheet struct {
	Name       string // of the vault
	Vault      string // id in hex
	OwnerWords [4]string
	Date       time.Time
}

// Sheet gives the recovery sheet of a vault that this machine knows: the owner words on paper are what a vault is compared with later, so those of a
// vault that nothing vouches for are printed nowhere (keystore.ErrUnconfirmedOwner).
func (a *App) Sheet(p Place) (Sheet, error) {
	l, err := keystore.Inspect(p)
	if err != nil {
		return Sheet{}, err
	}
	if !l.Remembered {
		return Sheet{}, fmt.Errorf("recovery sheet: %w", keystore.ErrUnconfirmedOwner)
	}
	return Sheet{Name: VaultName(p), Vault: l.Vault, OwnerWords: l.OwnerWords, Date: time.Now()}, nil
}

// VaultName is what a person calls the vault in a place.
func VaultName(p Place) string { return strings.TrimSuffix(filepath.Base(p.Dir), vaultSuffix) }

// SaveSheet writes the recovery sheet of a vault as a PDF. A file that is there is replaced only where replace says so.
func (a *App) SaveSheet(p Place, path string, replace bool) error {
	pdf, err := a.sheetPDF(p)
	if err != nil {
		return err
	}
	if replace {
		return Save(path, pdf)
	}
	return SaveNew(path, pdf)
}

// PrintSheet hands the recovery sheet of a vault to the system's printer through lp (CUPS). The error is a *PrintError where that cannot be.
func (a *App) PrintSheet(ctx context.Context, p Place) error {
	pdf, err := a.sheetPDF(p)
	if err != nil {
		return err
	}
	return printPDF(ctx, "lp", pdf)
}

func (a *App) sheetPDF(p Place) ([]byte, error) {
	s, err := a.Sheet(p)
	if err != nil {
		return nil, err
	}
	return s.PDF()
}

// PrintError says that nothing was printed.
type PrintError struct {
	Missing bool   // the program that prints is not installed
	Said    string // what it answered
	err     error
}

// Error implements error.
func (e *PrintError) Error() string { return fmt.Sprintf("printing: %v %s", e.err, e.Said) }

// Unwrap gives the reason.
func (e *PrintError) Unwrap() error { return e.err }

// printPDF gives a document to a program that prints what it reads; no file is made.
func printPDF(ctx context.Context, program string, pdf []byte) error {
	cmd := exec.CommandContext(ctx, program, "-t", "Holdfast recovery sheet")
	cmd.Stdin = bytes.NewReader(pdf)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return &PrintError{Missing: errors.Is(err, exec.ErrNotFound), Said: firstLine(Visible(said.String())), err: err}
	}
}

func printWords(e *PrintError) Explanation {
	x := Explanation{Code: "no-printer", What: "The printer took nothing: " + strings.TrimSuffix(e.Said, ".") + ".", Safe: "Nothing was printed, and the sheet holds no secret.", Now: "Set up a printer in the system's settings and try again; or save the sheet as a PDF and print it elsewhere, or write on any paper."}
	if e.Missing {
		x.What = "This computer has no program for printing (lp, of CUPS)."
	} else if e.Said == "" {
		x.What = "The printer took nothing."
	}
	return x
}
