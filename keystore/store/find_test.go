package store

import (
	"reflect"
	"testing"

	"holdfast/journal"
)

func labels(list []Identity) []string {
	var out []string
	for _, i := range list {
		out = append(out, i.Label)
	}
	return out
}

func TestFind(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	v.insert(t, "Alpha Bank", "beta shop", "gamma 100%", `quote "x" OR y`, "Ärzte Bank", "")
	for _, c := range []struct {
		query Query
		want  []string
	}{
		{Query{}, []string{"", "Ärzte Bank", `quote "x" OR y`, "gamma 100%", "beta shop", "Alpha Bank"}},
		{Query{Limit: 2}, []string{"", "Ärzte Bank"}},
		{Query{Text: "bank"}, []string{"Ärzte Bank", "Alpha Bank"}},
		{Query{Text: "BANK alp"}, []string{"Alpha Bank"}},
		{Query{Text: "be sh"}, []string{"beta shop"}},
		{Query{Text: "Ärz"}, []string{"Ärzte Bank"}},
		{Query{Text: "100%"}, []string{"gamma 100%"}},
		{Query{Text: "%"}, []string{"gamma 100%"}},
		{Query{Text: `"x"`}, []string{`quote "x" OR y`}},
		{Query{Text: `bank" OR "beta`}, nil},
		{Query{Text: "bank\x00"}, []string{"Ärzte Bank", "Alpha Bank"}},
		{Query{Text: "z6Mk2"}, []string{"gamma 100%"}},
		{Query{Text: "bank", Limit: 1}, []string{"Ärzte Bank"}},
		{Query{Method: "key", State: "active", Limit: 1}, []string{""}},
		{Query{Text: "bank", Method: "peer"}, nil},
		{Query{State: "gone"}, nil},
		{Query{Limit: 2, Skip: 1}, []string{"Ärzte Bank", `quote "x" OR y`}},
		{Query{Text: "bank", Skip: 1}, []string{"Alpha Bank"}},
		{Query{Text: "bank", Method: "key", Skip: 1}, []string{"Alpha Bank"}},
		{Query{Skip: 6}, nil},
		{Query{Branch: Branch{Is: true, Number: 1}}, nil},
		{Query{Branch: Branch{Outside: true, Number: 1}, Limit: 1}, []string{""}},
		{Query{Branch: Branch{Is: true}, Limit: 1}, []string{""}},
	} {
		got, err := v.Find(ctx, c.query)
		if err != nil || !reflect.DeepEqual(labels(got), c.want) {
			t.Errorf("%+v: %q, %v", c.query, labels(got), err)
		}
	}
	for _, c := range []struct {
		query Query
		want  int
	}{
		{Query{}, 6},
		{Query{Limit: 1, Skip: 3}, 6},
		{Query{Text: "bank"}, 2},
		{Query{Text: "be sh"}, 1},
		{Query{Text: "bank", Method: "key"}, 2},
		{Query{Method: "peer"}, 0},
		{Query{Branch: Branch{Is: true, Number: 1}}, 0},
		{Query{Branch: Branch{Outside: true, Number: 1}}, 6},
	} {
		if n, err := v.CountFound(ctx, c.query); err != nil || n != c.want {
			t.Errorf("%+v: %d found, %v", c.query, n, err)
		}
	}
	newest, err := v.Find(ctx, Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	from := Query{After: newest[0].ID, Skip: 2, Limit: 2}
	got, err := v.Find(ctx, from)
	if n, err2 := v.CountFound(ctx, from); err != nil || err2 != nil || n != 5 || !reflect.DeepEqual(labels(got), []string{"gamma 100%", "beta shop"}) {
		t.Errorf("from the newest on: %d, %q, %v, %v", n, labels(got), err, err2)
	}
	if _, err := v.CountFound(ctx, Query{After: "nobody"}); err == nil {
		t.Error("counted after an identity that is not there")
	}
	var all []string
	for after := ""; ; {
		got, err := v.Find(ctx, Query{Limit: 4, After: after})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			break
		}
		all = append(all, labels(got)...)
		after = got[len(got)-1].ID
	}
	if len(all) != 6 || all[5] != "Alpha Bank" {
		t.Errorf("page by page: %q", all)
	}
	if _, err := v.Find(ctx, Query{After: "nobody"}); err == nil {
		t.Error("read on after an identity that is not there")
	}
}

func TestLookup(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	v.insert(t, "twice", "twice", "twice", "once", "")
	peer, keys := identityNamed(9, "peer")
	peer.DID, peer.LongForm = "did:peer:4zQm", "did:peer:4zQm:z2long"
	v.update(t, journal.ActCreateIdentity, func(tx *Tx, event uint64) error { return tx.InsertIdentity(peer, keys, event) })
	once, _ := identityNamed(3, "once")
	for ref, want := range map[string]int{
		"twice": 2, "once": 1, once.ID: 1, once.DID: 1, "did:peer:4zQm": 1, "did:peer:4zQm:z2long": 1,
		"did:peer:4zQm:z2other": 0, "on": 0, "": 0, "Once": 0,
	} {
		got, err := v.Lookup(ctx, ref)
		if err != nil || len(got) != want {
			t.Errorf("%q: %q, %v", ref, got, err)
		}
	}
	if n, err := v.Count(ctx); err != nil || n != 6 {
		t.Errorf("%d identities, %v", n, err)
	}
	if n, err := v.CountOutside(ctx, 1); err != nil || n != 6 {
		t.Errorf("%d outside branch 1, %v", n, err)
	}
	if n, err := v.CountOutside(ctx, 0); err != nil || n != 0 {
		t.Errorf("%d outside branch 0, %v", n, err)
	}
	err := v.try(journal.ActCreateIdentity, func(tx *Tx, event uint64) error { return tx.InsertIdentity(peer, nil, event) })
	if err == nil {
		t.Error("one DID twice")
	}
}
