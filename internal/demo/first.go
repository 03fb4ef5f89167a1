package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"holdfast/internal/journey/shown"
	"holdfast/token/virtual/vpcd"
)

// Chapters 1 and 2: the vault, the second key.

func makeVault(s *stage) error {
	return inOrder(
		s.step("the first page says what this is", s.openWindow),
		s.step("without a key it says what to buy", s.press("Make a vault"), s.sees("Plug in a security key")),
		s.foundAtOnce,
		s.step("the key shows by itself", s.sees("It still has the PIN and PUK from the factory")),
		s.step("the key gets a name", s.press("Next"), s.fill("blue key", "blue key")),
		s.forgets("key1"),
		s.step("the vault is made", s.press("Make the vault"), s.answers("Your vault is made")),
		s.vaultIsMade,
		s.factoryValuesAreGone("10000001/piv"),
	)
}

// soon is how long a key that was plugged in may take to show.
const soon = time.Second

// foundAtOnce plugs the key in and takes the time until it shows. On a machine that is busy with other things it may take three tries.
func (s *stage) foundAtOnce() error {
	var took time.Duration
	for range 3 {
		begun := time.Now()
		if err := s.plug("key1")(); err != nil {
			return err
		}
		if _, err := s.named(shown.Tile, "smart-card side"); err != nil {
			return err
		}
		if took = time.Since(begun); took < soon {
			break
		}
		if err := inOrder(s.unplug("key1"), s.sees("Plug in a security key"), s.pause(vpcd.Absence)); err != nil {
			return err
		}
	}
	return s.check(fmt.Sprintf("the key shows %.1f s after it was plugged in", took.Seconds()), took < soon, "later than %s", soon)
}

func (s *stage) vaultIsMade() error {
	e, err := s.envelope()
	if err != nil {
		return err
	}
	used, err := s.used("key1")
	if err != nil {
		return err
	}
	inVault, err := files(s.vaultFolder())
	if err != nil {
		return err
	}
	return errors.Join(
		s.check("the vault's envelope holds one keyslot with two tiers", len(e.Core.Keyslots) == 1 && len(e.Core.Keyslots[0].Tiers) == 2, "%+v", e),
		s.check("one touch in all, with PIN, in the vault tier's slot alone", len(used) == 1 && used[0].Slot == "82" && used[0].PIN, "%+v", used),
		s.silent("no file of the vault shows the key's label or PIN", inVault, "blue key", pinPIV),
	)
}

// factoryValuesAreGone asks the key itself, without any PIN.
func (s *stage) factoryValuesAreGone(side string) act {
	return func() error {
		o, err := s.must("token", "info", "--json", "--token", side)
		if err != nil {
			return err
		}
		var j struct {
			Result struct {
				PIV struct {
					PIN        string `json:"factory_pin"`
					PUK        string `json:"factory_puk"`
					Management string `json:"factory_management"`
				} `json:"piv"`
			} `json:"result"`
		}
		if err := json.Unmarshal([]byte(o.stdout), &j); err != nil {
			return err
		}
		p := j.Result.PIV
		return s.check("no PIN, PUK or management key of the factory is left on it", p.PIN == "no" && p.PUK == "no" && p.Management == "no", "%s", o.stdout)
	}
}

func arm(s *stage) error {
	s.opener = "blue key smart-card side"
	return inOrder(
		s.step("one key is not enough, and the page says what is", s.press("Home"), s.sees("Make your vault safe", "Whoever has only one key loses everything with it.")),
		s.step("another side of the same key: what it is for", s.press("Add a key"), s.tile("everyday key")),
		s.step("the same key says that it is the same", s.press("Next"), s.tile("10000001", "passkey side"), s.sees("does not count as a second key")),
		s.step("its passkey side becomes a way in", s.press("Next"), s.fill("blue key", "blue key, passkey side"), s.press("Add this key"), s.answers("The new key works")),
		s.step("and the vault is still not armed", s.press("What else makes the vault safe"), s.sees("All ways in are on one key")),
		s.outside(s.armedIs(false, "same-physical-token", "10000001/piv")),

		s.step("a recovery key", s.press("Add a key"), s.sees("What is the new key for?"), s.press("Next"), s.plug("key2"), s.tile("10000002", "smart-card side")),
		s.forgets("key2"),
		s.step("the recovery key works, and the vault is armed", s.press("Next"), s.fill("bank box", "bank box"), s.press("Add this key"), s.answers("The new key works"), s.sees("Your vault is armed now")),
		s.masterIsProven,
		s.step("the keys of the vault", s.press("Show my keys"), s.sees("bank box", "Proven")),
		s.unplug("key2"),
		s.press("Home"),
		s.outside(s.armedIs(true, "", "10000001/piv")),
	)
}

// armedIs asks the command line whether the vault is armed, and why not.
func (s *stage) armedIs(want bool, why, token string) act {
	return func() error {
		st, err := s.status("--token", token)
		if err != nil {
			return err
		}
		words := "with two physical keys the vault is armed"
		if !want {
			words = "with two sides of one key the vault is not armed"
		}
		got, _ := st["whyNotArmed"].(string)
		return s.check(words, st["armed"] == want && got == why, "armed %v, %q", st["armed"], got)
	}
}

func (s *stage) masterIsProven() error {
	used, err := s.used("key2")
	if err != nil {
		return err
	}
	return s.check("the recovery key proved its master tier, with PIN and one touch", len(used) == 1 && used[0].Slot == "83" && used[0].PIN, "%+v", used)
}
