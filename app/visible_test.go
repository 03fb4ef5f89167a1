package app

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"holdfast/keystore"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"Bank of Examples": "Bank of Examples",
		"Zürich 銀行 👩‍👩‍👧 עברית": "Zürich 銀行 👩‍👩‍👧 עברית",
		"Bank\n\x1b[2Jx":                `Bank\n\u001b[2Jx`,
		"a\tb\rc\x07\x7f":               `a\tb\u000dc\u0007\u007f`,
		"\u009b2J":                      `\u009b2J`,
		"safe\u202etxt.exe\u202c\u2066": `safe\u202etxt.exe\u202c\u2066`,
		"one\u2028two\u2029three\u200f": `one\u2028two\u2029three\u200f`,
		"half \xc3":                     `half \xc3`,
		`back\slash`:                    `back\slash`,
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q is shown as %q", in, got)
		}
		if again := Visible(Visible(in)); again != want {
			t.Errorf("%q is shown twice as %q", in, again)
		}
	}
	for _, s := range []string{"x\u202ey\u009b\u2028\x7f", "\x1b]0;title\x07", `\u202e`} {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal([]byte(Visible(string(data))), &back); err != nil || back != s {
			t.Errorf("%q comes back from JSON as %q: %v", s, back, err)
		}
	}
}

func TestHostileNamesAreRefused(t *testing.T) {
	for name, why := range map[string]string{
		"Bank\n\x1b[2Jx":           "control",
		"a\u202eb":                 "control",
		"a\u009bb":                 "control",
		strings.Repeat("a", 201):   "too-long",
		strings.Repeat("é", 101):   "too-long",
		"\xff":                     "not-text",
		strings.Repeat("é", 100):   "",
		"Zürich 銀行 “a” (b), 50 %!": "",
		"":                         "",
	} {
		for _, n := range []NewIdentities{{Method: MethodKey, Label: name, Count: 1}, {Method: MethodPeer, Party: name, Count: 1}} {
			_, err := n.plan()
			var refused *keystore.LabelError
			if errors.As(err, &refused) != (why != "") || refused != nil && refused.Why != why {
				t.Errorf("%q: %v", name, err)
			}
			if err != nil && (Explain(err).Code != "label" || strings.Contains(err.Error(), name)) {
				t.Errorf("%q: %+v", name, Explain(err))
			}
		}
	}
	long := NewIdentities{Method: MethodKey, Label: strings.Repeat("a", 198), Count: 10}
	if _, err := long.plan(); err == nil {
		t.Error("a label that is too long with its number is planned")
	}
}
