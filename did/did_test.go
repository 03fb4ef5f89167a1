package did_test

import (
	"encoding/json"
	"strings"
	"testing"

	"holdfast/did"
)

// Examples of DID core sections 3.1 and 3.2, and edges of its grammar.
var (
	goodDIDs = []string{
		"did:example:123456789abcdefghi", "did:a:b", "did:0:0", "did:example:a:b:c", "did:example::a", "did:example:::a",
		"did:example:%20", "did:example:%aF._-", "did:web:example.com%3A3000:user:alice", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
	}
	badDIDs = []string{
		"", "did", "did:", "did:example", "did:example:", "did::a", "did:Example:a", "DID:example:a", "did:exa-mple:a", "did:example:a:", "did:example:a::",
		"did:example:a b", " did:example:a", "did:example:a\n", "did:example:%", "did:example:%2", "did:example:%2g", "did:example:a/b", "did:example:a?b", "did:example:a#b",
		"did:example:ä", "did:example:a\x00", "did:example:a+b", "did:example:" + strings.Repeat("a", did.MaxLength),
	}
	goodURLs = []string{
		"did:example:123", "did:example:123/path", "did:example:123?versionId=1", "did:example:123#public-key-0", "did:example:123?service=agent&relativeRef=/credentials%23degree",
		"did:example:123/", "did:example:123//a/./b:c@d!$&'()*+,;=~", "did:example:123/p?q?/#f/?", "did:example:123#key?not=query",
	}
	badURLs = []string{
		"did:example:123#", "did:example:123?", "did:example:123?#a", "did:example:123#a#b", "did:example:123#a b", "did:example:123/a\\b", "did:example:123/%zz",
		"did:example:123#ä", "did:example:#a", "#a", "/a", "did:example:123/[a]", "did:example:1#" + strings.Repeat("a", did.MaxLength),
	}
)

func TestParse(t *testing.T) {
	for _, s := range goodDIDs {
		d, err := did.Parse(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if d.String() != s || "did:"+d.Method()+":"+d.ID() != s {
			t.Errorf("%s became %s (%s, %s)", s, d, d.Method(), d.ID())
		}
	}
	for _, s := range badDIDs {
		if d, err := did.Parse(s); err == nil || !d.IsZero() {
			t.Errorf("%q was read", s)
		}
	}
}

func TestParseURL(t *testing.T) {
	for _, s := range append(goodURLs, goodDIDs...) {
		u, err := did.ParseURL(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if u.String() != s {
			t.Errorf("%s became %s", s, u)
		}
	}
	for _, s := range badURLs {
		if u, err := did.ParseURL(s); err == nil {
			t.Errorf("%q was read as %s", s, u)
		}
	}
	base := mustParse(t, "did:example:123")
	for s, want := range map[string]string{"#a": "did:example:123#a", "did:example:9#a": "did:example:9#a"} {
		if u, err := did.ParseReference(base, s); err != nil || u.String() != want {
			t.Errorf("reference %s became %s, %v", s, u, err)
		}
	}
	if u, err := did.ParseReference(did.DID{}, "#a"); err == nil {
		t.Errorf("a fragment of no did was read as %s", u)
	}
}

func TestTextOfDID(t *testing.T) {
	want := mustParse(t, "did:example:123")
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got did.DID
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("%s became %s, %v", want, got, err)
	}
	if err := json.Unmarshal([]byte(`"did:example"`), &got); err == nil {
		t.Error("a bad did was read from json")
	}
	if _, err := json.Marshal(did.DID{}); err == nil {
		t.Error("the zero did was written")
	}
}

func FuzzParseURL(f *testing.F) {
	for _, list := range [][]string{goodDIDs, badDIDs, goodURLs, badURLs} {
		for _, s := range list {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if u, err := did.ParseURL(s); err == nil && u.String() != s {
			t.Fatalf("%q became %q", s, u)
		}
		if d, err := did.Parse(s); err == nil {
			if u, err := did.ParseURL(s); err != nil || u != (did.URL{DID: d}) {
				t.Fatalf("did %q is not a url: %v", s, err)
			}
		}
	})
}

func mustParse(tb testing.TB, s string) did.DID {
	tb.Helper()
	d, err := did.Parse(s)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}
