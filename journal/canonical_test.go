package journal

import (
	"bytes"
	"testing"
	"time"
)

// FuzzCanonical holds the encoder by hand to the general one.
func FuzzCanonical(f *testing.F) {
	f.Add("unlock", "", "ok", "somebody", "kind", "piv", "keys/1", uint64(7), uint64(3))
	f.Add("sign", "intent", "", "did:key:z6Mk", "naïve \u2028 <&>", "\x00\"\\ü", "identities/ö", uint64(1)<<60, uint64(0))
	f.Add("x\xff", "p", "r", "s", "n", "\xed\xa0\x80", "", uint64(1)<<53, uint64(1)<<53+1)
	f.Fuzz(func(t *testing.T, act, phase, result, subject, name, value, row string, number, ref uint64) {
		e := Event{
			Number: number, Ref: ref, Act: Act(act), Phase: Phase(phase), Result: result, Subject: subject, Facts: map[string]string{name: value, "b": "2", "a": value},
			Rows: []string{row, "b"}, Previous: []byte(subject), Time: time.Unix(int64(number>>34), 0),
		}
		fast, ok := e.quick(e.Time.UTC().Format(timeFormat))
		if !ok {
			return
		}
		slow, err := e.slow()
		if err != nil || !bytes.Equal(fast, slow) {
			t.Errorf("%s\n%s\n%v", fast, slow, err)
		}
	})
}

// TestQuickIsTaken: ordinary entries take the quick way, with and without facts and rows.
func TestQuickIsTaken(t *testing.T) {
	for _, e := range []Event{{Number: 1, Act: ActUnlock}, {Number: 2, Act: ActSign, Subject: "Jürgen", Facts: map[string]string{"to": "/a b"}, Rows: []string{"keys/1"}}} {
		fast, ok := e.quick(e.Time.UTC().Format(timeFormat))
		slow, err := e.slow()
		if !ok || err != nil || !bytes.Equal(fast, slow) {
			t.Errorf("%v %s\n%s\n%v", ok, fast, slow, err)
		}
	}
}
