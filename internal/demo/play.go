package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// chapter is one number of the journey.
type chapter struct {
	title string
	tell  string
	play  func(*stage) error
}

var chapters = []chapter{
	{"Make a vault", "A new vault is rooted in the first security key, which replaces its factory PINs and proves itself at once.", makeVault},
	{"Not armed until two keys", "The other side of the same key does not count as a second way in. A second physical key does.", arm},
	{"The words, and a backup elsewhere", "24 words rebuild every key; the backup brings labels and relationships back. Both are needed.", wordsAndBackup},
	{"Identities", "A public identity, one for a single relationship, and very many at once, cancelled on the way and done again.", identities},
	{"Sign and verify", "No touch: use keys act. A changed file does not verify.", signAndVerify},
	{"One unlock, and locking", "The vault stays open for many acts; it locks by hand, when the key is pulled out, when the computer sleeps, and nothing brings it back but the key.", locking},
	{"The first key is lost", "The recovery key opens the vault and enrols a new one; the lost one is revoked, and whoever finds it is refused.", loseKey},
	{"Everything is lost", "Backup and words, backup and recovery key, or the words alone: what comes back, and what does not.", loseAll},
	{"The journal", "Everything that was done, in plain words; checked, exported; and a byte that somebody changed is found.", readJournal},
}

// play plays the journey and leaves numbered pictures, the journal and a report in a folder.
func play(ctx context.Context, p programs, out string, to io.Writer) (err error) {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	report, err := os.Create(filepath.Join(out, "report.txt"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.Close()) }()
	s, err := newStage(ctx, p, out, io.MultiWriter(to, report))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	began := time.Now()
	for i, c := range chapters {
		s.say("\n== %d. %s\n   %s\n", i+1, c.title, c.tell)
		begun, effort, checks := time.Now(), s.effort(), s.checks
		if err := c.play(s); err != nil {
			s.say("\nFAILED in chapter %d (%s): %v\n", i+1, c.title, err)
			return errors.Join(fmt.Errorf("chapter %d (%s) failed", i+1, c.title), s.failed())
		}
		s.say("   %d outcomes held; %.0f s, %s.\n", s.checks-checks, time.Since(begun).Seconds(), s.effort().Since(effort))
	}
	s.say("\nAll %d outcomes held, in %.0f s: %s.\nThe pictures, the exported journal and this report are in %s.\n", s.checks, time.Since(began).Seconds(), s.effort(), out)
	return nil
}
