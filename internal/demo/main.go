// Program demo plays the owner's whole journey with emulated security keys, from the first start to the day when everything is
// lost, through the programs that people run. It shows each command and its words, and checks each outcome outside the wallet: in the
// files, in the emulated keys' own records, and with the standard library's cryptography. It ends with 1 when a check fails.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// The programs under demonstration and the folder for what is left to look at.
const (
	binFolder = "build/bin"
	outFolder = "out/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := play(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// chapter is one number of the journey.
type chapter struct {
	title string
	tell  string
	play  func(*stage) error
}

var journey = []chapter{
	{"Make a vault", "A new vault is rooted in the first security key, which replaces its factory PINs and proves itself at once.", makeVault},
	{"Not armed until two keys", "The other side of the same key does not count as a second way in. A second physical key does.", arm},
	{"The words, and a backup elsewhere", "24 words rebuild every key; the backup brings labels and relationships. Both are needed.", wordsAndBackup},
	{"Identities", "A public identity, one for a single relationship, and a thousand at once, cancelled half-way and done again.", identities},
	{"Sign and verify", "No touch: use keys act. A changed file or text does not verify.", signAndVerify},
	{"One unlock for several commands", "The shell keeps the vault open until its end, until it idles, or until the key is pulled out.", shell},
	{"The first key is lost", "The recovery key opens the vault, a replacement is enrolled and proven, then the lost key is revoked.", loseKey},
	{"All is lost", "In an empty home: words and backup; then recovery key and backup; then the words alone.", loseAll},
	{"The journal", "Every act in plain words; a byte changed on the disk is noticed.", readJournal},
}

func play(ctx context.Context) (err error) {
	if err := os.RemoveAll(outFolder); err != nil {
		return err
	}
	if err := os.MkdirAll(outFolder, 0o755); err != nil {
		return err
	}
	report, err := os.Create(filepath.Join(outFolder, "report.txt"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.Close()) }()
	s, err := newStage(ctx, report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for i, c := range journey {
		s.say("\n== %d. %s\n   %s\n", i+1, c.title, c.tell)
		if err := c.play(s); err != nil {
			s.say("\nFAILED in chapter %d (%s): %v\n", i+1, c.title, err)
			return err
		}
	}
	s.say("\nAll %d outcomes held. What was shown is in %s.\n", s.checks, outFolder)
	return nil
}
