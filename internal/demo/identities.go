package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"holdfast/internal/journey/shown"
)

// Chapter 4: identities.

// The fields of the page on which identities are made, by their hints.
const (
	labelField = "Such as: my website. Only you see this."
	partyField = "Such as: Bank of Examples. Only you see this."
	findField  = "Search by label, party or DID"
	countField = ""
)

// english writes numbers as the window does.
var english = message.NewPrinter(language.English)

func identities(s *stage) error {
	made := 0
	return inOrder(
		s.step("a place for identities that teaches", s.key("ctrl+2"), s.sees("You have none yet")),
		s.step("a public identity", s.press("Make your first identity"), s.fill(labelField, "public"), s.press("Make it"), s.sees("Its name (DID)", "did:key:")),
		s.step("its QR code", s.press("QR code"), s.sees("Scan it"), s.keepDID),
		s.step("one for a single relationship", s.key("Escape", "ctrl+2"), s.press("New identity"), s.pick("For one relationship"),
			s.fill(partyField, "Bank of Examples"), s.fill(labelField, "bank"), s.press("Make it"), s.answers("For Bank of Examples alone"), s.sees("did:peer:4")),
		s.step("very many at once, cancelled on the way", s.key("ctrl+2"), s.press("New identity"), s.fill(labelField, "too many"), s.press("More choices"),
			s.fill(countField, strconv.Itoa(tooMany)), s.press("Make it"), s.cancelOnTheWay(&made)),
		s.press("Close"),
		s.step("a thousand at once", s.fill(labelField, "device"), s.fill(countField, "1000"), s.press("Make it"), s.sees("1,000 identities were made"), s.count(func() int { return made + 1002 })),
		s.step("and one of them is found at once", s.find("bank of"), s.sees("1 identity found", "Bank of Examples")),
		s.outside(s.identitiesAre(func() int { return made + 1002 })),
	)
}

// tooMany takes long enough to be cancelled on the way.
const tooMany = 50_000

// cancelOnTheWay cancels once some have been made, and keeps the number that the window tells.
func (s *stage) cancelOnTheWay(made *int) act {
	under := english.Sprintf(" of %d", tooMany)
	told := regexp.MustCompile(`([\d,]+)` + under + ` were made before it ended`)
	return func() error {
		if _, err := s.window.Sees(s.ctx, under); err != nil {
			return err
		}
		if err := s.clicks("Cancel", shown.Button, func(v shown.View) bool { return v.Says("stopping at the next safe point") || v.Says("Ended early") })(); err != nil {
			return err
		}
		v, err := s.window.Sees(s.ctx, "Ended early", under)
		if err != nil {
			return err
		}
		m := told.FindStringSubmatch(v.Words())
		if m == nil {
			return fmt.Errorf("it does not say how many were made:\n%s", v)
		}
		*made, err = strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		return err
	}
}

// keepDID keeps the DID that the dialog's page shows, without the breaks of its lines.
func (s *stage) keepDID() error {
	if err := s.window.Key(s.ctx, "Escape"); err != nil {
		return err
	}
	v, err := s.window.Await(s.ctx, "the dialog has closed", func(v shown.View) bool { return !v.Covered })
	if err != nil {
		return err
	}
	for i, t := range v.Texts {
		if strings.HasPrefix(t.Words, "did:key:") {
			did := t.Words
			for _, more := range v.Texts[i+1:] {
				if more.At.X != t.At.X || strings.Contains(more.Words, " ") || len(did) >= didKeyLength {
					break
				}
				did += more.Words
			}
			s.dids["public"] = did
			return s.window.Press(s.ctx, "QR code")
		}
	}
	return fmt.Errorf("no DID shows:\n%s", v)
}

// didKeyLength is how long the name of an Ed25519 key is.
const didKeyLength = len("did:key:z6Mk") + 44

// count waits until the list says how many there are.
func (s *stage) count(want func() int) act {
	return func() error { return s.sees(english.Sprintf("%d identities", want()))() }
}

// identity is what the command line tells of one.
type identity struct {
	DID   string `json:"did"`
	Label string `json:"label"`
	Party string `json:"party"`
	Ended bool   `json:"ended"`
}

// found asks the command line for identities with a text in them.
func (s *stage) found(text, token string) (list []identity, err error) {
	o, err := s.must("identity", "search", text, "--json", "--token", token)
	if err != nil {
		return nil, err
	}
	var j struct {
		Result struct {
			Identities []identity `json:"identities"`
		} `json:"result"`
	}
	return j.Result.Identities, json.Unmarshal([]byte(o.stdout), &j)
}

// identitiesAre compares what the window told with what is in the vault.
func (s *stage) identitiesAre(want func() int) act {
	return func() error {
		st, err := s.status("--token", "10000001/piv")
		if err != nil {
			return err
		}
		if err := s.check(fmt.Sprintf("there are %d identities, as the window told: of the cancelled ones those that it counted", want()), st["identities"] == float64(want()), "%v", st["identities"]); err != nil {
			return err
		}
		list, err := s.found("Bank of Examples", "10000001/piv")
		if err != nil {
			return err
		}
		if err := s.check("the relationship has its party and a name of its own", len(list) == 1 && list[0].Party == "Bank of Examples" && strings.HasPrefix(list[0].DID, "did:peer:4"), "%+v", list); err != nil {
			return err
		}
		s.dids["bank"] = list[0].DID
		list, err = s.found(s.dids["public"], "10000001/piv")
		if err != nil {
			return err
		}
		return s.check("the public one has the name that the window shows", len(list) == 1 && list[0].Label == "public" && list[0].DID == s.dids["public"], "%q: %+v", s.dids["public"], list)
	}
}
