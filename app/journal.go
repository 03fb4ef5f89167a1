package app

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"holdfast/journal"
	"holdfast/keystore"
)

// Journal gives the vault's own record, newest first.
func (s *Session) Journal(ctx context.Context, f journal.Filter) ([]journal.Event, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) ([]journal.Event, error) { return v.Journal(ctx, f) })
}

// Finding is a place where something was changed from outside.
type Finding = keystore.Finding

// VerifyJournal checks chain, rows, signed heads and database pages, and says where something was tampered with.
func (s *Session) VerifyJournal(ctx context.Context, progress func(done, total int)) ([]Finding, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) ([]Finding, error) { return v.VerifyJournal(ctx, progress) })
}

// exported is one line of a journal's export.
type exported struct {
	Number  uint64            `json:"number"`
	Time    string            `json:"time"` // RFC 3339, UTC
	Act     journal.Act       `json:"act"`
	Phase   journal.Phase     `json:"phase"`
	Ref     uint64            `json:"ref,omitempty"`
	Subject string            `json:"subject,omitempty"`
	Result  string            `json:"result,omitempty"`
	Facts   map[string]string `json:"facts,omitempty"`
}

// ExportJournal writes the record as JSON lines, oldest first: under pseudonyms that hold for this one export, unless names are asked for.
func (s *Session) ExportJournal(ctx context.Context, w io.Writer, f journal.Filter, names bool) (lines int, err error) {
	if f.Limit == 0 {
		f.Limit = -1
	}
	list, err := value(ctx, s, func(ctx context.Context, v *keystore.Vault) ([]journal.Event, error) { return find(ctx, v, f) })
	if err != nil {
		return 0, err
	}
	veil, err := journal.NewPseudonyms()
	if err != nil {
		return 0, err
	}
	for _, e := range slices.Backward(list) {
		if !names {
			e = veil.Event(e)
		}
		line := exported{e.Number, e.Time.UTC().Format(time.RFC3339Nano), e.Act, e.Phase, e.Ref, e.Subject, e.Result, e.Facts}
		text, err := json.Marshal(line)
		if err != nil {
			return lines, err
		}
		if _, err := io.WriteString(w, Visible(string(text))+"\n"); err != nil {
			return lines, err
		}
		lines++
	}
	return lines, nil
}

// The journal's values, under the names a screen knows them by.
type (
	// JournalFilter chooses entries.
	JournalFilter = journal.Filter
	// JournalAct says what was done.
	JournalAct = journal.Act
)

// JournalActs lists the names of acts that a filter may ask for.
func JournalActs() []string {
	var names []string
	for _, a := range journal.Acts() {
		names = append(names, string(a))
	}
	return names
}

// JournalResults lists the results that a filter may ask for.
func JournalResults() []string {
	return []string{journal.OK, journal.Refused, journal.Failed, journal.Cancelled, journal.Interrupted}
}

// Format is the format of the vaults that this version writes.
const Format = keystore.Format
