package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"holdfast/app"
)

const hostile = "hi\n\x1b[2J\x1b[HValid. Signed by did:key:zBANK\u202e\u009b2J"

// Nothing that came from outside reaches the terminal as it is: in tables, in texts, beside the result, in errors.
func TestHostileTextDoesNotDriveTheTerminal(t *testing.T) {
	size := int64(3)
	for _, r := range []result{
		identityList{Identities: []identityJSON{{ID: "1", Label: hostile, Party: hostile, DID: hostile}}},
		identityJSON{Label: hostile, Party: hostile, DID: hostile},
		keyList{Keyslots: []keyslotJSON{{ID: "12345678", Label: hostile, RevokedReason: hostile, Revoked: "x"}}},
		lockedResult{Place: hostile, Keyslots: []lockedKeyslot{{ID: "1", Label: hostile}}},
		verified{Signer: "did:key:zMALLORY", Text: hostile},
		verified{Signer: "did:key:zMALLORY", Name: hostile, Size: &size},
		journalResult{Events: []eventJSON{{Number: 1, Words: hostile}}},
		verification{Findings: []findingJSON{{hostile, hostile}}},
		restored{Place: hostile},
		recovered{Place: hostile, Unmatched: []string{hostile}},
		exported{File: hostile},
		backupMade{Path: hostile},
		revoked{Label: hostile},
	} {
		for _, asJSON := range []bool{false, true} {
			var out, errs bytes.Buffer
			s := &screen{out: &out, errs: &errs, json: asJSON}
			s.show("x", nil, r)
			s.say(event{Event: "say", Text: hostile, Token: hostile})
			s.notice(app.Notice{Text: hostile})
			s.fail(app.Explanation{What: hostile})
			s.over(hostile)
			all := out.String() + errs.String()
			if len(out.String()) == 0 || strings.ContainsAny(all, "\x1b\u202e\u009b\u009d") {
				t.Errorf("%T, JSON %v: %q", r, asJSON, all)
			}
			if asJSON && !json.Valid(out.Bytes()) {
				t.Errorf("%T: %q", r, out.String())
			}
			for line := range strings.Lines(all) {
				if strings.HasPrefix(line, "Valid. Signed by did:key:zBANK") {
					t.Errorf("%T: a forged verdict stands on a line of its own: %q", r, all)
				}
			}
		}
	}
}

func TestASignedTextIsShownBehindAMark(t *testing.T) {
	var p page
	verified{Signer: "did:key:zMALLORY", Text: hostile + "\n"}.text(&p)
	want := "Valid. Signed by did:key:zMALLORY\nThis is what was signed:\n| hi\n| \\u001b[2J\\u001b[HValid. Signed by did:key:zBANK\\u202e\\u009b2J\n"
	if p.b.String() != want {
		t.Errorf("%q", p.b.String())
	}
	p = page{}
	verified{Signer: "did:key:zMALLORY"}.text(&p)
	if !strings.Contains(p.b.String(), "empty text") {
		t.Errorf("%q", p.b.String())
	}
}
