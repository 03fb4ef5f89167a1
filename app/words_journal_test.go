package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/journal"
)

func TestEveryActIsInAGroup(t *testing.T) {
	seen := map[journal.Act]int{}
	for _, g := range JournalGroups() {
		if len(g.Acts()) == 0 {
			t.Errorf("%s is empty", g)
		}
		for _, a := range g.Acts() {
			seen[a]++
		}
	}
	for _, a := range journal.Acts() {
		if seen[a] != 1 {
			t.Errorf("%s is in %d groups", a, seen[a])
		}
	}
}

// TestPagesTellWhatOnePageTells reads the record in pages of every size: an act whose announcement and end fall on two pages is told once, as ended.
func TestPagesTellWhatOnePageTells(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	d.plug(newCard("2"))
	if _, err := s.Enrol(t.Context(), NewKeyslot{Token: "2", Label: "bank box", Role: RoleRecovery, Tiers: both()}, Ceremony{}, person(t), nil); err != nil {
		t.Fatal(err)
	}
	whole, err := s.JournalLines(t.Context(), JournalFilter{Limit: -1})
	if err != nil || len(whole) < 4 {
		t.Fatalf("%d lines, %v", len(whole), err)
	}
	for size := 1; size < 6; size++ {
		var words []string
		before := uint64(0)
		for range 100 {
			page, err := s.JournalLines(t.Context(), JournalFilter{Limit: size, Before: before})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				words = append(words, fmt.Sprint(l.Number, l.Words, l.Open))
				before = l.Last()
			}
			if len(page) == 0 { // a page may hold announcements alone
				if before <= 1 {
					break
				}
				before--
			}
		}
		var want []string
		for _, l := range whole {
			want = append(want, fmt.Sprint(l.Number, l.Words, l.Open))
		}
		if !slices.Equal(words, want) {
			t.Errorf("pages of %d:\n%s\nnot\n%s", size, strings.Join(words, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestSearchFindsNames holds that entries are found by what a person calls a token, though they hold its id.
func TestSearchFindsNames(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := a.Unlock(t.Context(), Unlock{}, person(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	found, err := s.JournalLines(t.Context(), JournalFilter{Text: "BLU", Acts: GroupOpening.Acts()})
	if err != nil || len(found) != 1 || found[0].Words != "Opened with \u201cblue\u201d (smart-card side)" {
		t.Errorf("%+v, %v", found, err)
	}
	if len(found) == 1 && !slices.Contains(found[0].Details, Detail{"Side of the key", "smart-card side"}) {
		t.Errorf("%+v", found[0].Details)
	}
	if none, err := s.JournalLines(t.Context(), JournalFilter{Text: "BLU", Acts: GroupUse.Acts()}); err != nil || len(none) > 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

func TestFindingsInWords(t *testing.T) {
	for place, want := range map[string]string{
		"journal/12": "Entry 12 of the record: x.", "keys/a/b/1": "What the vault holds (keys/a/b/1): x.", "page 7": "The database itself (page 7): x.",
		"signed head 40": "A signature over the record (signed head 40): x.",
	} {
		if got := FindingWords(Finding{Place: place, What: "x"}); got != want {
			t.Errorf("%s: %q", place, got)
		}
	}
}

// TestRefusalsInWords: a refusal says by itself that it is one, why and when, without a program's codes.
func TestRefusalsInWords(t *testing.T) {
	for code, want := range map[string]string{"wrong-pin": "wrong PIN", "token-revoked": "key revoked", "new-code": "new code"} {
		if got := refusedFor(code); got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
	at := time.Date(2026, 11, 26, 21, 44, 19, 0, time.Local)
	if got := localTime(at.UTC().Format(time.RFC3339)); got != "2026-11-26 21:44" {
		t.Errorf("%q", got)
	}
	if got := localTime("whenever"); got != "whenever" {
		t.Errorf("%q", got)
	}
	e := journal.Event{Act: journal.ActRefusal, Phase: journal.Outcome, Result: journal.Refused, Facts: map[string]string{"at": at.UTC().Format(time.RFC3339), "kind": "piv", "why": "wrong-pin"}}
	if got := (eventNames{}).sentence(e); got != "While locked, at 2026-11-26 21:44, a key (smart-card side) was turned away: wrong PIN" {
		t.Errorf("%q", got)
	}
}
