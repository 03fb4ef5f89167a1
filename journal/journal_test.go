package journal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"holdfast/internal/jcs"
)

// record is a journal under test on a database of its own.
type record struct {
	*Journal
	db *sql.DB
}

var testTime = time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("x", 3600))

func newRecord(t *testing.T) *record {
	t.Helper()
	db, err := driver.Open(filepath.Join(t.TempDir(), "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	mac := func(message []byte) ([]byte, error) {
		h := hmac.New(sha256.New, []byte("key"))
		h.Write(message)
		return h.Sum(nil), nil
	}
	r := &record{Use(mac, func() time.Time { return testTime }), db}
	if err := r.Create(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return r
}

// write appends events in one transaction, each setting the rows given for it.
func (r *record) write(t *testing.T, events []New, rows map[int][]string) Head {
	t.Helper()
	tx, err := r.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := r.Begin(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range events {
		e, err := batch.Add(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[i] {
			if err := batch.Sets(e.Number, row); err != nil {
				t.Fatal(err)
			}
		}
	}
	head, err := batch.Commit(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return head
}

func (r *record) verify(t *testing.T) []Fault {
	t.Helper()
	faults, err := r.Verify(t.Context(), r.db, nil)
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

func some(n int) []New {
	var out []New
	for i := range n {
		out = append(out, New{Act: ActSign, Subject: fmt.Sprintf("id%d", i%3), Facts: map[string]string{"n": fmt.Sprint(i)}})
	}
	return out
}

func TestTheHashIsOverCanonicalJSON(t *testing.T) {
	r := newRecord(t)
	r.write(t, []New{{Act: ActUnlock, Phase: Intent, Subject: "k1", Facts: map[string]string{"tier": "vault", "é": "<&>"}}}, map[int][]string{0: {"b/2", "a/1", "a/1"}})
	text := `{"act":"unlock","facts":{"tier":"vault","é":"<&>"},"number":1,"phase":"intent","previous":"` + strings.Repeat("0", 64) +
		`","ref":0,"result":"","rows":["a/1","b/2"],"subject":"k1","time":"2026-01-02T02:04:05.678Z"}`
	if err := jcs.RequireCanonical([]byte(text), 1<<12); err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256([]byte(text))
	e, err := r.Event(t.Context(), r.db, 1)
	if err != nil || !bytes.Equal(e.Hash, want[:]) {
		t.Errorf("hash %x, want %x (%v)", e.Hash, want, err)
	}
	r.write(t, []New{{Act: ActUnlock, Ref: 1}}, nil)
	second, err := r.Event(t.Context(), r.db, 2)
	if err != nil || !bytes.Equal(second.Previous, e.Hash) || second.Phase != Outcome || second.Result != OK || !second.Time.Equal(testTime.Truncate(time.Millisecond)) {
		t.Errorf("%+v, %v", second, err)
	}
	if faults := r.verify(t); len(faults) != 0 {
		t.Errorf("faults in an untouched journal: %v", faults)
	}
}

func TestEventsAreHeldToTheirRules(t *testing.T) {
	r := newRecord(t)
	batch, err := r.Begin(t.Context(), r.db)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]New{
		"no act": {}, "unknown act": {Act: "dance"}, "unknown phase": {Act: ActSign, Phase: "middle"}, "unknown result": {Act: ActSign, Result: "fine"},
		"intent with result": {Act: ActSign, Phase: Intent, Result: OK}, "intent with reference": {Act: ActSign, Phase: Intent, Ref: 1},
		"outcome of the future": {Act: ActSign, Ref: 1}, "long subject": {Act: ActSign, Subject: strings.Repeat("x", maxSubject+1)},
		"subject not UTF-8": {Act: ActSign, Subject: "\xff"}, "fact not UTF-8": {Act: ActSign, Facts: map[string]string{"a": "\xff"}},
		"long fact": {Act: ActSign, Facts: map[string]string{"a": strings.Repeat("x", maxFact+1)}},
	} {
		if _, err := batch.Add(n); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for _, act := range Acts() {
		if _, err := batch.Add(New{Act: act}); err != nil {
			t.Errorf("%s: %v", act, err)
		}
	}
	if err := batch.Sets(uint64(len(Acts()))+1, "a/b"); err == nil {
		t.Error("a row was set under an event that is not there")
	}
}

func TestScanFiltersNewestFirst(t *testing.T) {
	r := newRecord(t)
	r.write(t, some(150), nil)
	r.write(t, []New{{Act: ActBackup, Result: Failed, Subject: "100%_", Time: testTime.Add(time.Hour), Facts: map[string]string{"to": `C:\x`}}}, nil)
	for _, c := range []struct {
		filter Filter
		count  int
		first  uint64
	}{
		{Filter{}, 100, 151},
		{Filter{Limit: -1}, 151, 151},
		{Filter{Limit: 5, Before: 100}, 5, 99},
		{Filter{Act: ActBackup}, 1, 151},
		{Filter{Subject: "id1", Limit: -1}, 50, 149},
		{Filter{Subject: "id"}, 0, 0},
		{Filter{Result: Failed}, 1, 151},
		{Filter{From: testTime.Add(time.Minute)}, 1, 151},
		{Filter{To: testTime.Add(time.Minute), Limit: -1}, 150, 150},
		{Filter{Text: "0%_"}, 1, 151},
		{Filter{Text: "%"}, 1, 151},
		{Filter{Text: "ID2", Limit: -1}, 50, 150},
		{Filter{Text: "BACKUP"}, 1, 151},
		{Filter{Text: `"149"`}, 1, 150},
	} {
		list, err := r.Scan(t.Context(), r.db, c.filter)
		if err != nil || len(list) != c.count || c.count > 0 && list[0].Number != c.first {
			t.Errorf("%+v: %d events, %v", c.filter, len(list), err)
		}
	}
}

// TestTamperingIsNamed changes the tables in every way that somebody without the key could and wants the place named.
func TestTamperingIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change string
		want   []Fault
	}{
		"changed":          {`UPDATE journal SET subject = 'x' WHERE number = 300`, []Fault{{300, FaultHash}}},
		"result changed":   {`UPDATE journal SET result = 'failed' WHERE number = 300`, []Fault{{300, FaultHash}}},
		"hash changed":     {`UPDATE journal SET hash = zeroblob(32) WHERE number = 300`, []Fault{{300, FaultHash}, {301, FaultHash}}},
		"mac changed":      {`UPDATE journal SET mac = zeroblob(32) WHERE number = 300`, []Fault{{300, FaultMAC}}},
		"facts no JSON":    {`UPDATE journal SET facts = '{' WHERE number = 300`, []Fault{{300, FaultUnreadable}}},
		"one missing":      {`DELETE FROM journal WHERE number = 300`, []Fault{{300, FaultMissing}}},
		"first missing":    {`DELETE FROM journal WHERE number = 1`, []Fault{{1, FaultMissing}}},
		"newest missing":   {`DELETE FROM journal WHERE number = 600`, []Fault{{600, FaultMissing}}},
		"head forged":      {`UPDATE journal_head SET number = 550`, []Fault{{550, FaultHead}, {550, FaultHead}}},
		"all gone":         {`DELETE FROM journal`, []Fault{{1, FaultMissing}}},
		"index entry gone": {`DELETE FROM journal_rows`, []Fault{{2, FaultIndex}}},
		"index entry more": {`INSERT INTO journal_rows VALUES ('a/b', 5)`, []Fault{{600, FaultIndex}}},
		"row name changed": {`UPDATE journal SET set_rows = '["a/c"]' WHERE number = 2`, []Fault{{2, FaultHash}, {2, FaultIndex}}},
		"signed head gone": {`UPDATE journal_signed SET hash = zeroblob(32)`, []Fault{{600, FaultSigned}}},
	} {
		r := newRecord(t)
		head := r.write(t, some(600), map[int][]string{1: {"a/b"}})
		if err := r.PutSigned(t.Context(), r.db, head, []byte("s")); err != nil {
			t.Fatal(err)
		}
		if faults := r.verify(t); len(faults) != 0 {
			t.Fatalf("%s: faults before: %v", name, faults)
		}
		if _, err := r.db.ExecContext(t.Context(), c.change); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := r.verify(t)
		if name == "newest missing" || name == "all gone" { // the signed head is gone as well
			got = got[:1]
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestAForgerWithoutTheKeyCannotExtend(t *testing.T) {
	r := newRecord(t)
	r.write(t, some(3), nil)
	forger := &record{Use(func(m []byte) ([]byte, error) { s := sha256.Sum256(m); return s[:], nil }, r.now), r.db}
	if _, err := forger.Begin(t.Context(), r.db); err == nil {
		t.Error("a forger begins on a head that he cannot check")
	}
	e, err := New{Act: ActRevoke, Subject: "x"}.event(3, testTime)
	if err != nil {
		t.Fatal(err)
	}
	last, err := r.Event(t.Context(), r.db, 3)
	if err != nil {
		t.Fatal(err)
	}
	b := &Batch{journal: forger.Journal, head: Head{3, last.Hash}, events: []Event{e}}
	if _, err := b.Commit(t.Context(), r.db); err != nil {
		t.Fatal(err)
	}
	if got := r.verify(t); len(got) < 2 || got[0] != (Fault{4, FaultHead}) || got[1] != (Fault{4, FaultMAC}) {
		t.Errorf("%v", got)
	}
	var fault *Fault
	if _, err := r.Event(t.Context(), r.db, 4); !errors.As(err, &fault) || fault.What != FaultMAC {
		t.Errorf("reading it: %v", err)
	}
}

func TestPseudonyms(t *testing.T) {
	e := Event{
		Number: 7, Act: ActSign, Phase: Outcome, Subject: "did:key:z6Mk", Result: OK, Facts: map[string]string{"curve": "ed25519", "file": "letter.txt", "n": ""},
		Rows: []string{"keys/did:key:z6Mk"}, Hash: []byte{1}, MAC: []byte{2}, Previous: []byte{3},
	}
	one, err := NewPseudonyms()
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewPseudonyms()
	if err != nil {
		t.Fatal(err)
	}
	a, b, other := one.Event(e), one.Event(e), two.Event(e)
	if !reflect.DeepEqual(a, b) || a.Subject == other.Subject || !strings.HasPrefix(a.Subject, "id-") || len(a.Subject) != 15 {
		t.Errorf("%q, %q, other export %q", a.Subject, b.Subject, other.Subject)
	}
	if a.Facts["curve"] != "ed25519" || a.Facts["file"] == "letter.txt" || a.Facts["n"] != "" || a.Hash != nil || a.Rows != nil || a.MAC != nil || a.Previous != nil {
		t.Errorf("%+v", a)
	}
	if text := fmt.Sprintf("%+v", a); strings.Contains(text, "z6Mk") || strings.Contains(text, "letter") {
		t.Errorf("the export tells %s", text)
	}
	if e.Facts["file"] != "letter.txt" {
		t.Error("the event itself was changed")
	}
}

func TestACancelledVerificationEnds(t *testing.T) {
	r := newRecord(t)
	r.write(t, some(10), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Verify(ctx, r.db, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	var last, total uint64
	if _, err := r.Verify(t.Context(), r.db, func(d, n uint64) { last, total = d, n }); err != nil || last != 10 || total != 10 {
		t.Errorf("progress ended at %d of %d, %v", last, total, err)
	}
}

// FuzzEventReadsBack writes any subject and fact that is allowed and wants it back unchanged, chained and whole.
func FuzzEventReadsBack(f *testing.F) {
	f.Add("id", "name", "value")
	f.Add("", "é<>&\u2028", "\x00\x01")
	f.Add(hex.EncodeToString([]byte("x")), "\"\\", "\U0001f511")
	f.Fuzz(func(t *testing.T, subject, name, value string) {
		n := New{Act: ActSign, Phase: Outcome, Result: OK, Subject: subject, Facts: map[string]string{name: value}}
		if n.check() != nil {
			t.Skip()
		}
		r := newRecord(t)
		r.write(t, []New{n}, nil)
		e, err := r.Event(t.Context(), r.db, 1)
		if err != nil || e.Subject != subject || !reflect.DeepEqual(e.Facts, n.Facts) {
			t.Errorf("%q %q: read back %+v, %v", subject, n.Facts, e, err)
		}
	})
}
