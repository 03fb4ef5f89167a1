package app

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// TestIdentitiesOfAnEndedBranch revokes a token, which ends the use branch: what was made before signs no more, and can be told from what is made after.
func TestIdentitiesOfAnEndedBranch(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	d.plug(newCard("2"))
	id, err := s.Enrol(t.Context(), NewKeyslot{Token: "2", Label: "bank", Role: RoleEveryday, Tiers: both()}, Ceremony{}, person(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	create := func(label string, n int) {
		t.Helper()
		if made, _, err := s.Create(t.Context(), NewIdentities{Method: MethodKey, Label: label, Count: n}, nil); err != nil || made != n {
			t.Fatalf("%d made, %v", made, err)
		}
	}
	create("old", 3)
	if _, err := s.Revoke(t.Context(), id, "lost", Ceremony{Token: "1"}, person(t), nil); err != nil {
		t.Fatal(err)
	}
	create("new", 2)
	for _, c := range []struct {
		query Query
		want  int
		ended bool
	}{{Query{Branch: BranchEnded}, 3, true}, {Query{Branch: BranchPresent}, 2, false}, {Query{Text: "old", Branch: BranchEnded}, 3, true}, {Query{Text: "old", Branch: BranchPresent}, 0, false}} {
		n, err := s.CountFound(t.Context(), c.query)
		list, err2 := s.Identities(t.Context(), c.query)
		if err != nil || err2 != nil || n != c.want || len(list) != c.want {
			t.Errorf("%+v: %d counted, %d found, %v, %v", c.query, n, len(list), err, err2)
		}
		for _, id := range list {
			if id.Ended != c.ended {
				t.Errorf("%s: ended %v", id.Label, id.Ended)
			}
			if whole, err := s.Identity(t.Context(), id.ID); err != nil || whole.Ended != c.ended {
				t.Errorf("%s by itself: ended %v, %v", id.Label, whole.Ended, err)
			}
		}
	}
	last, err := s.Identities(t.Context(), Query{Skip: 4})
	if err != nil || len(last) != 1 || last[0].Label != "old 1" {
		t.Errorf("%v, %v", last, err)
	}
}

// TestCheckFindsWhatCannotBeMade holds that what is refused later is refused before anybody is asked for a touch.
func TestCheckFindsWhatCannotBeMade(t *testing.T) {
	for _, c := range []struct {
		n    NewIdentities
		code string
	}{
		{NewIdentities{Method: MethodKey, Label: strings.Repeat("x", 195), Count: MostAtOnce}, "label"},
		{NewIdentities{Method: "web", Count: 1}, "no-such-choice"},
		{NewIdentities{Method: MethodKey, Curve: "rsa", Count: 1}, "no-such-choice"},
	} {
		if err := c.n.Check(); err == nil || Explain(err).Code != c.code {
			t.Errorf("%+v: %v", c.n, err)
		}
	}
	if err := (NewIdentities{Method: MethodPeer, Label: strings.Repeat("x", 195), Party: "bank", Count: 1}).Check(); err != nil {
		t.Error(err)
	}
}

func TestReadSignatureIsBounded(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := SaveNew(path, data); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if jws, err := ReadSignature(save("most", bytes.Repeat([]byte{'x'}, mostSignature))); err != nil || len(jws) != mostSignature {
		t.Errorf("%d bytes, %v", len(jws), err)
	}
	if _, err := ReadSignature(save("more", bytes.Repeat([]byte{'x'}, mostSignature+1))); !errors.Is(err, ErrNotSigned) {
		t.Errorf("one byte more: %v", err)
	}
	var no *NotFileError
	if _, err := ReadSignature(dir); !errors.As(err, &no) {
		t.Errorf("a folder: %v", err)
	}
}
