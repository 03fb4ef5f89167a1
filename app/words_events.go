package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/journal"
	"holdfast/keystore"
)

// JournalLine is one entry of the record with its sentence for people.
type JournalLine struct {
	journal.Event
	Words   string
	Entries int      // how many entries the line tells, this being the newest: an act done in batches is one line
	Open    bool     // it was begun and has not ended
	Details []Detail // what else the entry says, in plain words
}

// Detail is one thing that an entry says.
type Detail struct{ Name, Value string }

// Last is the oldest entry that the line tells: what is older follows below it.
func (l JournalLine) Last() uint64 { return l.Number - uint64(l.Entries) + 1 } //nolint:gosec // a count

// JournalLines gives the record in plain words, newest first: identities and tokens by their labels, an act as one line once it has ended.
func (s *Session) JournalLines(ctx context.Context, f journal.Filter) ([]JournalLine, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) ([]JournalLine, error) {
		list, err := find(ctx, v, f)
		if err != nil {
			return nil, err
		}
		names, err := namesIn(ctx, v, list)
		if err != nil {
			return nil, err
		}
		ended := map[uint64]bool{}
		for _, e := range list {
			ended[e.Ref] = e.Ref != 0 || ended[e.Ref]
		}
		lines := make([]JournalLine, 0, len(list))
		for _, e := range list {
			over, err := hasEnded(ctx, v, e, ended)
			if err != nil {
				return nil, err
			}
			if over {
				continue // its outcome tells it
			}
			if n := len(lines); n > 0 && batchOf(lines[n-1], e) {
				lines[n-1] = lines[n-1].with(e)
				continue
			}
			lines = append(lines, JournalLine{Event: e, Entries: 1, Open: e.Phase == journal.Intent})
		}
		for i, l := range lines {
			lines[i].Words, lines[i].Details = names.sentence(l.Event), names.details(l.Event)
		}
		return lines, nil
	})
}

// hasEnded reports whether an intent has an outcome, among those read or beyond them.
func hasEnded(ctx context.Context, v *keystore.Vault, e journal.Event, ended map[uint64]bool) (bool, error) {
	if e.Phase != journal.Intent || ended[e.Number] {
		return e.Phase == journal.Intent, nil
	}
	outcomes, err := v.Journal(ctx, journal.Filter{Ref: e.Number, Limit: 1})
	return len(outcomes) > 0, err
}

// batchOf reports whether an older entry is a batch of the same act as the line above it: identities are made in batches, one entry each.
func batchOf(newer JournalLine, older journal.Event) bool {
	batches := func(e journal.Event) bool {
		return e.Act == journal.ActCreateIdentities && e.Result == journal.OK && countOf(e) > 0
	}
	return batches(newer.Event) && batches(older) && newer.Number == older.Number+uint64(newer.Entries) //nolint:gosec // a count
}

// with adds an older batch to the line.
func (l JournalLine) with(older journal.Event) JournalLine {
	facts := maps.Clone(l.Facts)
	facts["count"] = strconv.Itoa(countOf(l.Event) + countOf(older))
	l.Facts = facts
	l.Entries++
	return l
}

func countOf(e journal.Event) int {
	n, err := strconv.Atoi(e.Facts["count"])
	if err != nil {
		return 0
	}
	return n
}

// find gives the entries that a filter asks for. Its subject may be an identity or a keyslot by what a person calls it; entries that only name it
// (the ceremony around an enrolment) belong to it, too.
func find(ctx context.Context, v *keystore.Vault, f journal.Filter) ([]journal.Event, error) {
	if f.Subject != "" {
		id, err := subject(ctx, v, f.Subject)
		if err != nil {
			return nil, err
		}
		if f.Subject = id; f.Text == "" {
			f.Subject, f.Text = "", id
		}
	}
	if f.Text != "" {
		var err error
		if f.Or, err = named(ctx, v, f.Text); err != nil {
			return nil, err
		}
	}
	return v.Journal(ctx, f)
}

// mostNamed bounds how many identities a searched text may stand for.
const mostNamed = 50

// named finds the ids of the tokens and identities whose names have a text in them: a person searches for names, and entries hold ids.
func named(ctx context.Context, v *keystore.Vault, text string) ([]string, error) {
	var ids []string
	slots, err := v.Keyslots(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range slots {
		if strings.Contains(strings.ToLower(k.Label), strings.ToLower(text)) {
			ids = append(ids, k.ID)
		}
	}
	found, err := v.Identities(ctx, keystore.Query{Text: text, Limit: mostNamed})
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		ids = append(ids, i.ID)
	}
	return ids, nil
}

// subject finds the id of what a person names: a keyslot, else an identity, else the id of something that is gone.
func subject(ctx context.Context, v *keystore.Vault, ref string) (string, error) {
	k, err := keyslot(ctx, v, ref)
	if err == nil {
		return k.ID, nil
	}
	if !errors.Is(err, keystore.ErrNotFound) {
		return "", err
	}
	i, err := v.Identity(ctx, ref)
	switch {
	case err == nil:
		return i.ID, nil
	case errors.Is(err, keystore.ErrNotFound) && isID(ref):
		return ref, nil
	default:
		return "", err
	}
}

// isID reports whether ref has the form of an id: 32 digits in lower-case hex.
func isID(ref string) bool { return len(ref) == 32 && strings.Trim(ref, "0123456789abcdef") == "" }

// eventNames are the labels that stand for ids in a listing.
type eventNames map[string]string

// namesIn finds the labels of the identities and tokens that the entries speak of. What is gone stays an id.
func namesIn(ctx context.Context, v *keystore.Vault, list []journal.Event) (eventNames, error) {
	names := eventNames{v.ID(): ""}
	slots, err := v.Keyslots(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range slots {
		names[k.ID] = quote(k.Label)
	}
	for _, e := range list {
		if _, known := names[e.Subject]; known || e.Subject == "" {
			continue
		}
		id, err := v.Identity(ctx, e.Subject)
		switch {
		case errors.Is(err, keystore.ErrNotFound):
			names[e.Subject] = short(e.Subject)
		case err != nil:
			return nil, err
		case id.Label != "":
			names[e.Subject] = quote(id.Label)
		case id.Party != "":
			names[e.Subject] = "the identity for " + quote(id.Party)
		default:
			names[e.Subject] = short(id.DID)
		}
	}
	return names, nil
}

func quote(label string) string { return "\u201c" + label + "\u201d" }

// name is what stands for an id.
func (n eventNames) name(id string) string {
	if label, known := n[id]; known {
		return label
	}
	return short(id)
}

// sentence tells an entry on one line, without its number and time.
func (n eventNames) sentence(e journal.Event) string {
	s := n.told(e)
	switch e.Result {
	case "":
		if e.Phase == journal.Intent {
			return s + ": begun, not ended yet"
		}
		return s
	case journal.OK:
		return s
	case journal.Refused:
		if e.Act == journal.ActRefusal {
			return s // which says so
		}
		return s + ": refused"
	case journal.Failed:
		return s + ": failed"
	case journal.Cancelled:
		return s + ": cancelled"
	case journal.Interrupted:
		return s + ": was interrupted, and settled at the next unlock (" + e.Facts["after_restart"] + ")"
	default:
		return s + ": " + e.Result
	}
}

// told says what was done. An act that the table below does not know better is told by its name and its facts.
func (n eventNames) told(e journal.Event) string {
	who, f := n.name(e.Subject), e.Facts
	if who == "" && f["keyslot"] != "" { // about the vault itself, confirmed with a token: a ceremony
		return fmt.Sprintf("Confirmed with %[2]s: %[1]s", eventAct(e), n.name(f["keyslot"]))
	}
	switch e.Act {
	case journal.ActCreateVault:
		return "The vault was made"
	case journal.ActUnlock:
		return "Opened with " + who + sideIn(f["kind"])
	case journal.ActEnrol:
		return n.toldEnrolment(e, who)
	case journal.ActProve:
		if f["tier"] == string(keystore.TierMaster) {
			return who + " proved that it opens everything"
		}
		return who + " proved that it opens the vault"
	case journal.ActRevoke:
		return n.toldRevocation(e, who)
	case journal.ActCreateIdentity:
		return "An identity was made"
	default:
		return n.toldUse(e, who)
	}
}

// toldUse says what was done with identities and words, and at the vault's edges.
func (n eventNames) toldUse(e journal.Event, who string) string {
	f := e.Facts
	switch e.Act {
	case journal.ActCreateIdentities:
		return f["count"] + " identities were made"
	case journal.ActSign:
		return "Signed a " + signedWords(f["type"]) + " as " + who
	case journal.ActBackup:
		return "A backup was written to " + f["to"]
	case journal.ActRestore:
		return "The vault was brought back" + branchWords(f["use_branch"])
	case journal.ActAcceptOlder:
		return "A copied or older state was accepted" + branchWords(f["use_branch"])
	case journal.ActConfirmWords:
		return "The 24 words were asked back and were right"
	case journal.ActShowWords:
		return "The 24 words were shown"
	case journal.ActSetting:
		return n.toldSetting(e, who)
	case journal.ActRefusal:
		return fmt.Sprintf("While locked, at %s, a key%s was turned away: %s", localTime(f["at"]), sideIn(f["kind"]), refusedFor(f["why"]))
	default:
		return n.plain(e, who)
	}
}

// localTime writes a time of a fact by this machine's clock; what is no time is told as it stands.
func localTime(fact string) string {
	t, err := time.Parse(time.RFC3339, fact)
	if err != nil {
		return fact
	}
	return t.Local().Format("2006-01-02 15:04")
}

// refusedFor says in words which code of the table of errors a key was turned away with: "wrong-pin" is a wrong PIN.
func refusedFor(code string) string {
	words := strings.Split(code, "-")
	for i, w := range words {
		switch w {
		case "pin", "puk":
			words[i] = strings.ToUpper(w)
		case "token": // what people call it
			words[i] = "key"
		}
	}
	return strings.Join(words, " ")
}

func (n eventNames) toldEnrolment(e journal.Event, who string) string {
	if id := e.Facts["enrolled"]; id != "" {
		return "Confirmed: add " + n.name(id)
	}
	if who == "" {
		return "Confirmed: a key is added"
	}
	return fmt.Sprintf("%s was added as %s key%s", who, e.Facts["role"], sideIn(e.Facts["kind"]))
}

func (n eventNames) toldRevocation(e journal.Event, who string) string {
	if id := e.Facts["revoked"]; id != "" {
		return "Confirmed: revoke " + n.name(id)
	}
	if who == "" {
		return "Confirmed: a key is revoked"
	}
	return who + " was revoked: " + e.Facts["reason"]
}

// plain lists an entry's facts by name.
func (n eventNames) plain(e journal.Event, who string) string {
	s := capital(strings.TrimSpace(eventAct(e) + " " + who))
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e.Facts)) {
		parts = append(parts, strings.ReplaceAll(name, "_", " ")+" "+n.name(firstLine(e.Facts[name])))
	}
	if len(parts) > 0 {
		s += " (" + strings.Join(parts, ", ") + ")"
	}
	return s
}

func sideIn(kind string) string {
	switch keystore.Kind(kind) {
	case keystore.KindPIV:
		return " (smart-card side)"
	case keystore.KindFIDO2:
		return " (passkey side)"
	default:
		return ""
	}
}

func signedWords(kind string) string {
	switch kind {
	case "holdfast-file+jws":
		return "file"
	case "holdfast-text+jws":
		return "text"
	default:
		return "statement"
	}
}

func branchWords(branch string) string {
	if branch == "" {
		return ""
	}
	return "; identities are made in use branch " + branch + " from here on"
}
