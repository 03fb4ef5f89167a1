package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Chapter 9: the journal.

// journalFile is what the exported journal is called.
const journalFile = "journal.jsonl"

func readJournal(s *stage) error {
	export, err := filepath.Abs(filepath.Join(s.out, journalFile))
	if err != nil {
		return err
	}
	return inOrder(
		s.plug("key3"), s.openWindow, s.unlock,
		s.step("everything that was done, in plain words", s.key("ctrl+5"), s.sees("Everything that was done with this vault", "Opened with")),
		s.step("only what was done with keys", s.choose("Everything", "Security keys"), s.sees("“blue key” was revoked: stolen")),
		s.step("all is well", s.press("Check"), s.sees("All is well")),
		s.step("the record is exported", s.press("Close"), s.press("Export"), s.fill("holdfast-activity.jsonl", export), s.press("Write the file"), s.sees("The record was exported")),
		s.press("Close"),
		s.isRecord(export),
		s.lock,
		s.changeOneByte,
		s.unlock,
		s.step("one byte of the vault was changed on the disk, and the window says where", s.key("ctrl+5"), s.press("Check"), s.sees("Something was changed from outside")),
		s.press("Close"),
		s.lock,
		s.foundOutside,
		s.noWords,
		s.closeWindow,
	)
}

// isRecord reads the export as plain JSON.
func (s *stage) isRecord(path string) act {
	return func() error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n := 0
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); n++ {
			if !json.Valid(lines.Bytes()) {
				return fmt.Errorf("line %d of the exported journal is no JSON", n+1)
			}
		}
		return errors.Join(
			s.check(fmt.Sprintf("%d lines of JSON were exported", n), n > 20, "too few"),
			s.silent("the export names nobody", []string{path}, "Bank of Examples", "blue key", "bank box", "did:", "10000001"),
		)
	}
}

// changeOneByte changes the middle of the database, as a broken disk or somebody with a copy of it would.
func (s *stage) changeOneByte() error {
	db, err := s.databases()
	if err != nil || len(db) != 1 {
		return fmt.Errorf("databases %v: %w", db, err)
	}
	data, err := os.ReadFile(db[0])
	if err != nil {
		return err
	}
	data[len(data)/2] ^= 1
	return os.WriteFile(db[0], data, 0o600)
}

func (s *stage) foundOutside() error {
	o, err := s.ctl("journal", "verify", "--token", "10000003/piv")
	if err != nil {
		return err
	}
	return s.check("the command line finds the same", o.code == 1, "exit %d: %s", o.code, o.stderr)
}
