package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Chapter 7: the first key is lost.

func loseKey(s *stage) error {
	var before envelope
	return inOrder(
		s.lock,
		func() (err error) {
			before, err = s.envelope()
			return err
		},
		s.lose("key1"),
		s.step("the first key is lost, and the recovery key comes from the bank box", s.sees("not plugged in"), s.plug("key2"), s.sees("Your key is here")),
		s.step("it opens the vault, with its PIN and a touch", s.press("Unlock"), s.answers("What happened last")),

		s.step("there is one port only, and the new key takes it", s.key("ctrl+3"), s.press("Add a key"), s.tile("everyday key"), s.press("Next"), s.sees("where there is one port only"),
			s.takeOut("key2"), s.startIn("key3", "5.7.1", 2), s.sees("or your vault locks at"), s.tile("10000003", "smart-card side")),
		s.step("the vault is open without its key, and asks for it", s.press("Next"), s.fill("blue key", "green key"), s.press("Add this key"), s.sees("Plug in bank box: it confirms.")),
		s.step("it confirms, and the new one is asked for", s.takeOut("key3"), s.putIn("key2", 2), s.asksFor("10000003 is not plugged in")),
		s.step("the new key works", s.takeOut("key2"), s.putIn("key3", 2), s.answers("The new key works"), s.sees("or your vault locks at")),
		s.putIn("key2", 1),

		s.step("what happens to the lost key", s.press("Show my keys"), s.tile("blue key, passkey side"), s.press("Revoke"), s.pick("Somebody else has it, or may have it"), s.sees("What it cannot undo")),
		s.step("one side of it is revoked", s.press("Revoke blue key, passkey side"), s.answers("What remains, and what to do")),
		s.step("and the other", s.press("Show my keys"), s.tile("blue key"), s.press("Revoke"), s.pick("Somebody else has it, or may have it"), s.press("Revoke blue key"), s.answers("What remains, and what to do")),
		s.step("a new backup takes the place of the old one", s.press("Make a new backup"), s.fill("the file to write, such as a file on a stick", s.backup), s.vouch, s.press("Make the backup"),
			s.press("Replace it"), s.sees("The backup is made", "It opens with", "green key")),
		s.lock,
		s.keyIsRevoked(&before),
		s.finderIsRefused,
	)
}

// lose ends a key's process as a power cut would, and moves its state away.
func (s *stage) lose(key string) act {
	return func() error { return s.end("lose", key) }
}

func (s *stage) keyIsRevoked(before *envelope) act {
	return func() error {
		after, err := s.envelope()
		if err != nil {
			return err
		}
		st, err := s.status("--token", "10000003/piv")
		if err != nil {
			return err
		}
		if _, err := s.must("open", "--token", "10000002/piv"); err != nil {
			return err
		}
		db, err := s.databases()
		if err != nil {
			return err
		}
		reasons := map[string]string{}
		if slots, ok := st["keyslots"].([]any); ok {
			for _, k := range slots {
				if slot, ok := k.(map[string]any); ok && fmt.Sprint(slot["revoked"]) != "<nil>" {
					reasons[fmt.Sprint(slot["label"])] = fmt.Sprint(slot["revokedReason"])
				}
			}
		}
		was, is := before.Core, after.Core
		return errors.Join(
			s.check("two keyslots remain, and the vault is two generations on, with new use branches",
				len(is.Keyslots) == 2 && is.Generation.Number == was.Generation.Number+2 && len(is.Branches.Ended) == len(was.Branches.Ended)+2, "%+v", is),
			s.check("the vault holds that both sides were stolen", len(reasons) == 2 && reasons["blue key"] == "stolen" && reasons["blue key, passkey side"] == "stolen", "%v", reasons),
			s.check("it is armed with the two that remain", st["armed"] == true, "%v", st["whyNotArmed"]),
			s.check("a remaining key has opened it, and the databases of earlier generations are gone", len(db) == 1, "%v", db),
		)
	}
}

func (s *stage) databases() ([]string, error) {
	return filepath.Glob(filepath.Join(s.vaultFolder(), "vault-*.db"))
}

// finderIsRefused plugs the lost key in again: somebody has found it and knows its PIN.
func (s *stage) finderIsRefused() error {
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
	if _, err := s.bench.Order(s.ctx, "start", "key1", "serial=10000001"); err != nil {
		return err
	}
	s.keys = append(s.keys, "key1")
	for _, side := range []string{"10000001/piv", "10000001/fido2"} {
		o, err := s.ctl("open", "--wait", "--token", side)
		if err != nil {
			return err
		}
		if err := s.check("who finds the lost key and knows its PIN is refused ("+side+")", o.code == 1 && strings.Contains(o.stderr, "revoked"), "exit %d: %s", o.code, o.stderr); err != nil {
			return err
		}
	}
	return s.lose("key1")()
}
