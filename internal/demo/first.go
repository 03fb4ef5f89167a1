package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Chapters 1 to 3: the vault, the second key, the words and the backup.

func makeVault(s *stage) error {
	if _, err := s.must("token", "list"); err != nil {
		return err
	}
	if err := s.forget("key1"); err != nil {
		return err
	}
	if _, err := s.must("init", "--token", "10000001/piv", "--label", "blue key"); err != nil {
		return err
	}
	e, err := s.envelope()
	if err != nil {
		return err
	}
	used, err := s.used("key1")
	if err != nil {
		return err
	}
	return errors.Join(
		s.check("the vault's envelope holds one keyslot with two tiers", len(e.Core.Keyslots) == 1 && len(e.Core.Keyslots[0].Tiers) == 2, "%+v", e),
		s.check("one touch in all, with PIN, in the vault tier's slot alone", len(used) == 1 && used[0].Slot == "82" && used[0].PIN, "%+v", used),
	)
}

func arm(s *stage) error {
	st, err := s.status()
	if err != nil {
		return err
	}
	if err := s.check("with one key the vault is not armed", st["armed"] == false, "%v", st["armed"]); err != nil {
		return err
	}
	o, err := s.must("key", "enrol", "--token", "10000001/piv", "--new", "10000001/fido2", "--label", "blue key, passkey side")
	if err != nil {
		return err
	}
	if err := s.check("its passkey side does not arm it, and it says why", strings.Contains(o.stderr, "Not armed: every way in is on one physical key"), "%s", o.stderr); err != nil {
		return err
	}
	if err := s.forget("key2"); err != nil {
		return err
	}
	if _, err := s.must("key", "enrol", "--token", "10000001/piv", "--new", "10000002/piv", "--role", "recovery", "--label", "bank box"); err != nil {
		return err
	}
	used, err := s.used("key2")
	if err != nil {
		return err
	}
	if err := s.check("the recovery key proved its master tier, with PIN and one touch", len(used) == 1 && used[0].Slot == "83" && used[0].PIN, "%+v", used); err != nil {
		return err
	}
	if st, err = s.status("--token", "10000001/fido2"); err != nil {
		return err
	}
	return s.check("with two physical keys the vault is armed", st["armed"] == true, "%v", st["armed"])
}

func wordsAndBackup(s *stage) error {
	if _, err := s.runWith(nil, s.readWords, "words", "--token", "10000001/piv", "--words-to-fd", "4", "--words-fd", "5"); err != nil {
		return err
	}
	if err := s.check("24 words were shown and some asked back", len(s.words) == 24, "%d words", len(s.words)); err != nil {
		return err
	}
	stick := filepath.Join(s.dir, "stick")
	s.backup = filepath.Join(stick, "main.holdfast-backup")
	if err := os.MkdirAll(stick, 0o700); err != nil {
		return err
	}
	if err := s.makeBackup(); err != nil {
		return err
	}
	st, err := s.status("--token", "10000002/piv")
	if err != nil {
		return err
	}
	all, err := files(s.home)
	if err != nil {
		return err
	}
	s.owner = strings.Join(texts(st["ownerWords"]), " ")
	return errors.Join(
		s.check("words and backup are both done", st["wordsConfirmed"] == true && st["backedUp"] == true, "%v", st),
		s.silent("the words stand in no file", append(all, s.backup), s.words[0]+" "+s.words[1]),
	)
}

func (s *stage) makeBackup() error {
	if _, err := s.must("backup", "create", s.backup, "--replace", "--elsewhere", "--token", "10000001/piv"); err != nil {
		return err
	}
	return s.silent("the backup shows no label", []string{s.backup}, "blue key", "bank box", "SQLite")
}

// readWords keeps the words as a person with paper would, and answers what is asked back.
func (s *stage) readWords(c *exec.Cmd) (func() error, error) {
	shown, show, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, answer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.ExtraFiles = append(c.ExtraFiles, show, answers)
	done := make(chan error, 1)
	go func() {
		s.words = nil
		for in := bufio.NewScanner(shown); len(s.words) < 24 && in.Scan(); {
			if f := strings.Fields(in.Text()); len(f) == 2 {
				s.words = append(s.words, f[1])
			}
		}
		var err error
		for i, w := range s.words {
			_, e := fmt.Fprintf(answer, "%d %s\n", i+1, w)
			err = errors.Join(err, e)
		}
		done <- errors.Join(err, answer.Close())
	}()
	return func() error { return errors.Join(show.Close(), <-done, shown.Close(), answers.Close()) }, nil
}

func texts(v any) (out []string) {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

// giveWords lends the words from the paper to a command, on descriptor 4.
func (s *stage) giveWords(c *exec.Cmd) (func() error, error) {
	r, err := pipe(strings.Join(s.words, " ") + "\n")
	if err != nil {
		return nil, err
	}
	c.ExtraFiles = append(c.ExtraFiles, r)
	return r.Close, nil
}
