package main

import (
	"errors"
	"fmt"
	"strings"

	"holdfast/internal/journey/shown"
)

// Chapter 8: everything is lost.

func loseAll(s *stage) error {
	st, err := s.status("--token", "10000003/piv")
	if err != nil {
		return err
	}
	first := s.home
	defer func() { s.home = first }()
	s.say("\n   Another computer, an empty home: the backup, the words on paper, a new key.\n")
	if err := inOrder(
		s.closeWindow, s.unplug("key2"), s.unplug("key3"), s.start("key4", "5.7.1"), s.emptyHome("home2"),
		s.step("a new computer", s.openWindow, s.press("Bring a vault back"), s.sees("What do you have?")),
		s.step("the backup says what it is", s.press("A backup and the 24 words"), s.fill("the file that the backup wrote", s.backup), s.sees("What the file says of itself")),
		s.step("the words are typed", s.press("Next"), s.typeWords),
		s.step("a name for the vault and for the key", s.press("Next"), s.pick("smart-card side"), s.fill("blue key", "key from the shop")),
		s.step("the vault is back", s.press("Bring it back"), s.answers("Your vault is back"), s.sees("These keys open the vault", "key from the shop")),
		s.lock, s.isBack(st, "10000004/piv"), s.closeWindow,
	); err != nil {
		return err
	}
	s.say("\n   A third computer: the backup, and the recovery key from the bank box.\n")
	if err := inOrder(
		s.unplug("key4"), s.plug("key2"), s.emptyHome("home3"), s.openWindow,
		s.step("a backup and a key", s.press("Bring a vault back"), s.press("A backup, and a key that opens it"), s.fill("the file that the backup wrote", s.backup), s.press("Next"), s.pick("smart-card side")),
		s.step("the vault is back with the recovery key", s.press("Bring it back"), s.answers("Your vault is back")),
		s.lock, s.isBack(st, "10000002/piv"), s.closeWindow,
	); err != nil {
		return err
	}
	s.say("\n   A fourth: the words alone, and a DID that somebody remembers.\n")
	return inOrder(
		s.unplug("key2"), s.start("key5", "5.7.1"), s.emptyHome("home4"), s.openWindow,
		s.step("only the words", s.press("Bring a vault back"), s.press("The 24 words, and no backup"), s.typeWords),
		s.step("a DID that is known", s.press("Next"), s.fill("did:key:…", s.dids["public"])),
		s.step("keys are back, and what is not is said", s.press("Next"), s.pick("smart-card side"), s.fill("blue key", "key five"), s.press("Bring it back"), s.answers("Your vault is back"),
			s.sees("1 identity was found again", "What words alone cannot bring back")),
		s.lock, s.foundAgain("10000005/piv"), s.closeWindow, s.unplug("key5"),
	)
}

// emptyHome begins on another computer.
func (s *stage) emptyHome(name string) act { return func() error { return s.newHome(name) } }

// typeWords types the words from the paper, one after the other: the space bar leads to the next.
func (s *stage) typeWords() error {
	if _, err := s.window.Focus(s.ctx, "Word 1", shown.Blank); err != nil {
		return err
	}
	if err := s.window.Type(s.ctx, strings.Join(s.words, " ")); err != nil {
		return err
	}
	_, err := s.window.Await(s.ctx, "all words have arrived", func(v shown.View) bool {
		last, ok := v.Find(fmt.Sprintf("Word %d", wordCount), shown.Blank)
		return ok && last.Length == len(s.words[wordCount-1])
	})
	return err
}

// isBack checks that every identity and relationship came back, under a new use branch.
func (s *stage) isBack(was map[string]any, token string) act {
	return func() error {
		st, err := s.status("--token", token)
		if err != nil {
			return err
		}
		list, err := s.found("Bank of Examples", token)
		if err != nil {
			return err
		}
		return errors.Join(
			s.check(fmt.Sprintf("all %v identities are back", was["identities"]), st["identities"] == was["identities"], "%v", st["identities"]),
			s.check("the relationship is back under its label, with its DID, and signs no more", len(list) == 1 && list[0].Label == "bank" && list[0].DID == s.dids["bank"] && list[0].Ended, "%+v", list),
			s.check("new identities come from a new use branch", st["branch"] != was["branch"] && st["identitiesOfEndedBranches"] == st["identities"], "%v", st["branch"]),
		)
	}
}

// foundAgain checks what the words alone brought back.
func (s *stage) foundAgain(token string) act {
	return func() error {
		list, err := s.found("did:key", token)
		if err != nil {
			return err
		}
		return s.check("the DID that was known was found from the words alone", len(list) == 1 && list[0].DID == s.dids["public"], "%+v", list)
	}
}
