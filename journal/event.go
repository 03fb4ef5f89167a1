// Package journal is the vault's own record of every act: append-only, hash-chained, each entry with a MAC, kept in tables of the vault database.
//
// An entry's hash is SHA-256 over its canonical JSON (RFC 8785), which holds the hash of the entry before; its MAC is over the hash, under a key
// that belongs to the vault. An entry also names the database rows it set, so that a row put back to an earlier state is told from the newest.
package journal

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"holdfast/internal/jcs"
)

// MAC computes the message authentication code of an entry, 32 bytes (HMAC-SHA-256), under the vault's journal key.
type MAC func(message []byte) ([]byte, error)

// New is an event to be written.
type New struct {
	Act     Act
	Phase   Phase             // empty means Outcome
	Ref     uint64            // of an outcome: its intent's number; 0 when it had none
	Subject string            // identity, keyslot or other thing acted on; may be empty
	Result  Result            // of an outcome; empty means OK
	Facts   map[string]string // what else a reader needs; never a secret
	Time    time.Time         // zero means now
}

// Event is an entry of the journal.
type Event struct {
	Number   uint64 // from 1, without gaps
	Time     time.Time
	Act      Act
	Phase    Phase
	Ref      uint64
	Subject  string
	Result   Result
	Facts    map[string]string
	Rows     []string // "table/key" of the decisive rows that the event set, sorted
	Previous []byte   // hash of the entry before; 32 zero bytes for the first
	Hash     []byte   // SHA-256 over the canonical JSON of all members above
	MAC      []byte   // over the hash
}

// Head is the newest entry: what anchors remember and the owner key signs.
type Head struct {
	Number uint64
	Hash   []byte // 32 bytes
}

// SignedHead is a head that the owner key signed in a ceremony.
type SignedHead struct {
	Head
	Signature []byte
	Time      time.Time
}

// timeFormat is RFC 3339 in UTC with milliseconds, always of the same length, so that text sorts as time.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Bounds of one event; they keep a mistake from filling the vault.
const (
	maxSubject = 512
	maxFacts   = 64
	maxFact    = 4096
)

// check holds a new event to the table of acts, the rules of phases, and the bounds.
func (n *New) check() error {
	if !slices.Contains(Acts(), n.Act) {
		return fmt.Errorf("unknown act %q", n.Act)
	}
	switch n.Phase {
	case Intent:
		if n.Ref != 0 || n.Result != "" {
			return fmt.Errorf("intent %q with reference %d and result %q", n.Act, n.Ref, n.Result)
		}
	case Outcome:
		if !slices.Contains([]Result{OK, Refused, Failed, Cancelled, Interrupted}, n.Result) {
			return fmt.Errorf("outcome %q with unknown result %q", n.Act, n.Result)
		}
	default:
		return fmt.Errorf("unknown phase %q", n.Phase)
	}
	return n.checkText()
}

func (n *New) checkText() error {
	if len(n.Subject) > maxSubject || !utf8.ValidString(n.Subject) {
		return fmt.Errorf("subject of %d bytes: at most %d bytes of UTF-8", len(n.Subject), maxSubject)
	}
	if len(n.Facts) > maxFacts {
		return fmt.Errorf("%d facts: at most %d", len(n.Facts), maxFacts)
	}
	for name, value := range n.Facts {
		if len(name) > maxFact || len(value) > maxFact || !utf8.ValidString(name) || !utf8.ValidString(value) {
			return fmt.Errorf("fact %.40q of %d bytes: at most %d bytes of UTF-8", name, len(value), maxFact)
		}
	}
	return nil
}

// event makes the entry that follows the entry with the given number.
func (n New) event(after uint64, now time.Time) (Event, error) {
	if n.Phase == "" {
		n.Phase = Outcome
	}
	if n.Phase == Outcome && n.Result == "" {
		n.Result = OK
	}
	if n.Time.IsZero() {
		n.Time = now
	}
	if err := n.check(); err != nil {
		return Event{}, fmt.Errorf("journal event: %w", err)
	}
	if n.Ref > after {
		return Event{}, fmt.Errorf("journal event: outcome of event %d, which is not written yet", n.Ref)
	}
	return Event{
		Number: after + 1, Time: n.Time.UTC().Truncate(time.Millisecond), Act: n.Act, Phase: n.Phase, Ref: n.Ref,
		Subject: n.Subject, Result: n.Result, Facts: n.Facts,
	}, nil
}

// hashed is the form of an entry that is hashed.
type hashed struct {
	Act      Act               `json:"act"`
	Facts    map[string]string `json:"facts"`
	Number   uint64            `json:"number"`
	Phase    Phase             `json:"phase"`
	Previous string            `json:"previous"` // hex
	Ref      uint64            `json:"ref"`
	Result   string            `json:"result"`
	Rows     []string          `json:"rows"`
	Subject  string            `json:"subject"`
	Time     string            `json:"time"`
}

// canonical is the text that is hashed. The absent and the empty map or list are the same entry.
func (e *Event) canonical() ([]byte, error) {
	if text, ok := e.quick(e.Time.UTC().Format(timeFormat)); ok {
		return text, nil
	}
	return e.slow()
}

// slow is canonical for any entry.
func (e *Event) slow() ([]byte, error) {
	h := hashed{
		Act: e.Act, Facts: e.Facts, Number: e.Number, Phase: e.Phase, Previous: hex.EncodeToString(e.Previous), Ref: e.Ref,
		Result: e.Result, Rows: e.Rows, Subject: e.Subject, Time: e.Time.UTC().Format(timeFormat),
	}
	if h.Facts == nil {
		h.Facts = map[string]string{}
	}
	if h.Rows == nil {
		h.Rows = []string{}
	}
	return jcs.Marshal(h)
}

// digest computes the hash that the entry must have.
func (e *Event) digest() ([]byte, error) {
	text, err := e.canonical()
	if err != nil {
		return nil, fmt.Errorf("journal event %d: %w", e.Number, err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// macLabel separates the MACs of entries from those of the head row.
const (
	macLabel     = "holdfast draft-0 journal entry\x00"
	headMACLabel = "holdfast draft-0 journal newest\x00"
)

func (e *Event) macMessage() []byte { return append([]byte(macLabel), e.Hash...) }

func (h Head) macMessage() []byte {
	return append(fmt.Appendf([]byte(headMACLabel), "%d:", h.Number), h.Hash...)
}

// columns lists what scanEvent reads, from a table or alias named j.
const columns = `j.number, j.time, j.act, j.phase, j.ref, j.subject, j.result, j.facts, j.set_rows, j.hash, j.mac,
	(SELECT p.hash FROM journal p WHERE p.number = j.number - 1)`

// ownColumns is columns without the hash of the entry before.
const ownColumns = `j.number, j.time, j.act, j.phase, j.ref, j.subject, j.result, j.facts, j.set_rows, j.hash, j.mac, NULL`

// scanner is a row of database/sql.
type scanner interface{ Scan(dest ...any) error }

var _ scanner = (*sql.Rows)(nil)

func scanEvent(row scanner) (Event, error) {
	var e Event
	var when, facts, rows string
	err := row.Scan(&e.Number, &when, &e.Act, &e.Phase, &e.Ref, &e.Subject, &e.Result, &facts, &rows, &e.Hash, &e.MAC, &e.Previous)
	if err != nil {
		return e, err
	}
	if e.Number == 1 {
		e.Previous = make([]byte, sha256.Size)
	}
	if e.Time, err = time.Parse(timeFormat, when); err != nil {
		return e, &columnError{e.Number, err}
	}
	if err := json.Unmarshal([]byte(facts), &e.Facts); err != nil {
		return e, &columnError{e.Number, err}
	}
	if err := json.Unmarshal([]byte(rows), &e.Rows); err != nil {
		return e, &columnError{e.Number, err}
	}
	return e, nil
}

// columnError says that an entry's columns do not hold what was written.
type columnError struct {
	number uint64
	err    error
}

func (c *columnError) Error() string {
	return fmt.Sprintf("journal event %d is unreadable: %v", c.number, c.err)
}
func (c *columnError) Unwrap() error { return c.err }

// As makes it a *Fault to whoever reads.
func (c *columnError) As(target any) bool {
	fault, ok := target.(**Fault)
	if ok {
		*fault = &Fault{Number: c.number, What: FaultUnreadable}
	}
	return ok
}
