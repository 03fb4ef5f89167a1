package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Chapters 7 to 9: the lost key, the lost machine, the journal.

func loseKey(s *stage) error {
	if err := s.makeBackup(); err != nil {
		return err
	}
	before, err := s.envelope()
	if err != nil {
		return err
	}
	s.say("\nkey1 is lost: its process ends and its state is moved away. A new key3 is bought.\n")
	if _, err := s.bench.Order(s.ctx, "lose", "key1"); err != nil {
		return err
	}
	s.keys = []string{"key2"}
	if err := s.start("key3", "5.7.1"); err != nil {
		return err
	}
	if _, err := s.must("key", "enrol", "--token", "10000002/piv", "--new", "10000003/piv", "--label", "green key"); err != nil {
		return err
	}
	for _, label := range []string{"blue key, passkey side", "blue key"} {
		if _, err := s.must("key", "revoke", label, "--reason", "lost", "--token", "10000003/piv", "--master-token", "10000003/piv"); err != nil {
			return err
		}
	}
	after, err := s.envelope()
	if err != nil {
		return err
	}
	return errors.Join(
		s.check("the vault is two generations on, with new use branches", after.Core.Generation.Number == before.Core.Generation.Number+2 && len(after.Core.Branches.Ended) == len(before.Core.Branches.Ended)+2, "%+v", after.Core),
		s.check("two keyslots remain", len(after.Core.Keyslots) == 2, "%d", len(after.Core.Keyslots)),
		s.refuse("last", "key", "revoke", "bank box", "--token", "10000003/piv"),
		s.absentStillOpens(),
		s.thiefIsRefused(),
	)
}

// absentStillOpens: the recovery key was not needed for the second revocation, and opens the newest generation.
func (s *stage) absentStillOpens() error {
	o, err := s.must("open", "--token", "10000002/piv")
	if err != nil {
		return err
	}
	db, err := filepath.Glob(filepath.Join(s.vaultFolder(), "vault-*.db"))
	return errors.Join(err,
		s.check("the recovery key opens the new generation", o.code == 0, ""),
		s.check("the databases of earlier generations are gone", len(db) == 1 && strings.Contains(db[0], "vault-3-"), "%v", db))
}

// thiefIsRefused plugs the lost key in again, with its PIN known.
func (s *stage) thiefIsRefused() error {
	s.say("\nSomebody finds key1 and knows its PIN.\n")
	lost, err := filepath.Glob(filepath.Join(s.bench.Dir(), "lost", "*"))
	if err != nil {
		return err
	}
	if len(lost) == 0 {
		return errors.New("the lost key's state is nowhere")
	}
	if err := os.Rename(lost[0], s.bench.State("key1")); err != nil {
		return err
	}
	s.keys = append(s.keys, "key1")
	if _, err := s.bench.Order(s.ctx, "start", "key1", "serial=10000001", "touched"); err != nil {
		return err
	}
	if _, err := s.must("token", "list"); err != nil {
		return err
	}
	err = errors.Join(s.refuse("revoked", "open", "--wait", "--token", "10000001/piv"), s.refuse("revoked", "open", "--wait", "--token", "10000001/fido2"))
	if _, e := s.bench.Order(s.ctx, "kill", "key1"); e != nil {
		return errors.Join(err, e)
	}
	s.keys = []string{"key2", "key3"}
	return err
}

func loseAll(s *stage) error {
	backup := []string{"backup", "create", s.backup, "--elsewhere", "--replace", "--token", "10000003/piv"}
	if _, err := s.must(backup...); err != nil {
		return err
	}
	st, err := s.status("--token", "10000003/piv")
	if err != nil {
		return err
	}
	want, first := fmt.Sprint(st["identities"]), s.home
	if err := errors.Join(s.start("key4", "5.7.1"), s.newHome("home2")); err != nil {
		return err
	}
	s.say("\nAnother machine, an empty home: the backup, the words on paper, a new key4.\n")
	if err := s.withWords("restore", s.backup, "--words-fd", "4", "--token", "10000004/piv", "--label", "key from the shop"); err != nil {
		return err
	}
	if err := s.back(want, "10000004/piv"); err != nil {
		return err
	}
	if err := s.newHome("home3"); err != nil {
		return err
	}
	s.say("\nA third machine: the backup and the recovery key from the bank box.\n")
	if _, err := s.must("restore", s.backup, "--token", "10000002/piv"); err != nil {
		return err
	}
	if err := s.back(want, "10000002/piv"); err != nil {
		return err
	}
	if err := s.newHome("home4"); err != nil {
		return err
	}
	s.say("\nA fourth: the words alone, and a DID that somebody remembers.\n")
	if err := s.start("key5", "5.7.1"); err != nil {
		return err
	}
	if err := s.withWords("recover", "--words-fd", "4", "--token", "10000005/piv", "--label", "key five", "--known", s.dids["public"]); err != nil {
		return err
	}
	o, err := s.must("identity", "list", "--json", "--token", "10000005/piv")
	s.home = first
	return errors.Join(err, s.check("the known did:key was found by scanning", strings.Contains(o.stdout, s.dids["public"]), "%s", o.stdout))
}

// withWords runs a command with the words on descriptor 4.
func (s *stage) withWords(args ...string) error {
	o, err := s.runWith(nil, s.giveWords, args...)
	if err == nil && o.code != 0 {
		err = fmt.Errorf("holdfastctl %s: exit %d", args[0], o.code)
	}
	return err
}

// back checks that every identity, label and relationship came back.
func (s *stage) back(want, token string) error {
	st, err := s.status("--token", token)
	if err != nil {
		return err
	}
	o, err := s.must("identity", "search", "Bank of", "--json", "--token", token)
	if err != nil {
		return err
	}
	id := s.dids["bank"]
	short := id[:strings.LastIndex(id, ":")]
	if !strings.Contains(short, "did:peer:4") {
		short = id
	}
	return errors.Join(
		s.check("all "+want+" identities are back", fmt.Sprint(st["identities"]) == want, "%v", st["identities"]),
		s.check("the relationship is back under its label, with its DID", strings.Contains(o.stdout, "Bank of Examples") && strings.Contains(o.stdout, short), "%s", o.stdout))
}

func readJournal(s *stage) error {
	if _, err := s.must("journal", "--limit", "12", "--token", "10000003/piv"); err != nil {
		return err
	}
	out := filepath.Join(outFolder, "journal.jsonl")
	if _, err := s.must("journal", "export", out, "--token", "10000003/piv"); err != nil {
		return err
	}
	if err := s.silent("the export names nobody", []string{out}, "Bank of Examples", "blue key", "bank box", "did:", "10000001"); err != nil {
		return err
	}
	if _, err := s.must("journal", "verify", "--token", "10000003/piv"); err != nil {
		return err
	}
	s.say("\nOne byte of the database is changed on the disk.\n")
	db, err := filepath.Glob(filepath.Join(s.vaultFolder(), "vault-*.db"))
	if err != nil || len(db) != 1 {
		return fmt.Errorf("databases %v: %w", db, err)
	}
	data, err := os.ReadFile(db[0])
	if err != nil {
		return err
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(db[0], data, 0o600); err != nil {
		return err
	}
	o, err := s.run("journal", "verify", "--token", "10000003/piv")
	if err != nil {
		return err
	}
	said := o.stdout + o.stderr
	return s.check("the change is found, and its place is named", o.code == 1 && (strings.Contains(said, "unreadable") || strings.Contains(said, "page")), "exit %d", o.code)
}
