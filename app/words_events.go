package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"holdfast/journal"
	"holdfast/keystore"
)

// JournalLine is one entry of the record with its sentence for people.
type JournalLine struct {
	journal.Event
	Words   string
	Entries int // how many entries the line tells, this being the newest: an act done in batches is one line
}

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
			if e.Phase == journal.Intent && ended[e.Number] {
				continue // its outcome tells it
			}
			if n := len(lines); n > 0 && batchOf(lines[n-1], e) {
				lines[n-1] = lines[n-1].with(e)
				continue
			}
			lines = append(lines, JournalLine{Event: e, Entries: 1})
		}
		for i, l := range lines {
			lines[i].Words = names.sentence(l.Event)
		}
		return lines, nil
	})
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
	return v.Journal(ctx, f)
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
		return fmt.Sprintf("Ceremony (%s), confirmed with %s", eventAct(e), n.name(f["keyslot"]))
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
			return who + " proved that it opens the master secret"
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
	case journal.ActRefusal:
		return fmt.Sprintf("While locked, at %s, a token%s was turned away (%s)", f["at"], sideIn(f["kind"]), f["why"])
	default:
		return n.plain(e, who)
	}
}

func (n eventNames) toldEnrolment(e journal.Event, who string) string {
	if id := e.Facts["enrolled"]; id != "" {
		return "Ceremony to enrol " + n.name(id)
	}
	if who == "" {
		return "Ceremony to enrol a token"
	}
	return fmt.Sprintf("%s was enrolled as %s token%s", who, e.Facts["role"], sideIn(e.Facts["kind"]))
}

func (n eventNames) toldRevocation(e journal.Event, who string) string {
	if id := e.Facts["revoked"]; id != "" {
		return "Ceremony to revoke " + n.name(id)
	}
	if who == "" {
		return "Ceremony to revoke a token"
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
