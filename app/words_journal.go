package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/journal"
	"holdfast/keystore"
)

// JournalGroup is a kind of acts that a person looks for together.
type JournalGroup string

// The groups.
const (
	GroupOpening    JournalGroup = "opening"
	GroupKeys       JournalGroup = "keys"
	GroupIdentities JournalGroup = "identities"
	GroupUse        JournalGroup = "use"
	GroupRecovery   JournalGroup = "recovery"
	GroupVault      JournalGroup = "vault"
)

// JournalGroups lists the groups.
func JournalGroups() []JournalGroup {
	return []JournalGroup{GroupOpening, GroupKeys, GroupIdentities, GroupUse, GroupRecovery, GroupVault}
}

// Acts are the acts of a group; each act is in one.
func (g JournalGroup) Acts() []JournalAct {
	var acts []JournalAct
	for _, a := range journal.Acts() {
		if GroupOf(a) == g {
			acts = append(acts, a)
		}
	}
	return acts
}

// GroupOf is the group of an act.
func GroupOf(a JournalAct) JournalGroup {
	switch a {
	case journal.ActUnlock, journal.ActLock, journal.ActRefusal:
		return GroupOpening
	case journal.ActEnrol, journal.ActProve, journal.ActRevoke:
		return GroupKeys
	case journal.ActCreateIdentity, journal.ActCreateIdentities, journal.ActFindIdentities, journal.ActChangeIdentity, journal.ActKeyState,
		journal.ActAllotNumbers, journal.ActMakeSuccession:
		return GroupIdentities
	case journal.ActSign, journal.ActDecrypt:
		return GroupUse
	case journal.ActShowWords, journal.ActConfirmWords, journal.ActBackup, journal.ActRestore, journal.ActAcceptOlder, journal.ActOpenBranch, journal.ActReroot:
		return GroupRecovery
	case journal.ActCreateVault, journal.ActRekey, journal.ActExport, journal.ActSetting, journal.ActPolicy, journal.ActSignHead, journal.ActCheck,
		journal.ActCeremony, journal.ActSettle:
		return GroupVault
	default:
		return GroupVault
	}
}

// details says an entry's facts in plain words, in the order of their names; those that only a machine reads are left out.
func (n eventNames) details(e journal.Event) []Detail {
	var list []Detail
	if who := n.name(e.Subject); who != "" {
		list = append(list, Detail{"About", who})
	}
	for _, fact := range slices.Sorted(maps.Keys(e.Facts)) {
		name, known := factTable()[fact]
		switch {
		case known && name == "":
			continue
		case !known:
			name = capital(strings.ReplaceAll(fact, "_", " "))
		}
		if value := n.factValue(fact, e.Facts[fact]); value != "" {
			list = append(list, Detail{name, value})
		}
	}
	return list
}

// factTable gives the names of facts as a person reads them; "" leaves one out.
func factTable() map[string]string {
	return map[string]string{
		"accepted_head":        "",
		"after":                "",
		"after_restart":        "When it was opened again",
		"at":                   "At",
		"backup_head":          "",
		"confirmed_with":       "Confirmed with",
		"count":                "How many",
		"created":              "Made",
		"curve":                "Kind of key",
		"enrolled":             "Security key added",
		"is":                   "Now",
		"kept_in":              "Kept in",
		"keyslot":              "Confirmed with",
		"kind":                 "Side of the key",
		"label":                "Name",
		"owner_says_elsewhere": "On another disk, as the owner says",
		"proven":               "Proven",
		"reason":               "Why",
		"revoked":              "Security key revoked",
		"role":                 "Kept for",
		"same_device":          "On the vault's own disk",
		"seen_head":            "",
		"setting":              "Setting",
		"tier":                 "Opens",
		"to":                   "Written to",
		"type":                 "Kind",
		"use_branch":           "Use branch",
		"was":                  "Before",
		"why":                  "Why",
	}
}

// factValue says a fact's value: ids by their names, sides and tiers in words.
func (n eventNames) factValue(fact, value string) string {
	switch fact {
	case "kind":
		if side := strings.Trim(sideIn(value), " ()"); side != "" {
			return side
		}
	case "type":
		return signedWords(value)
	case "tier":
		if value == string(keystore.TierMaster) {
			return "the master secret"
		}
		return "the vault"
	}
	return n.name(Visible(firstLine(value)))
}

// FindingWords says where something was changed from outside, in words; the place as the record knows it stands behind.
func FindingWords(f Finding) string {
	where, rest, _ := strings.Cut(f.Place, "/")
	what := Visible(f.What)
	switch {
	case where == "journal" && rest != "":
		return fmt.Sprintf("Entry %s of the record: %s.", Visible(rest), what)
	case strings.HasPrefix(f.Place, "page"):
		return fmt.Sprintf("The database itself (%s): %s.", Visible(f.Place), what)
	case strings.HasPrefix(f.Place, "signed head"):
		return fmt.Sprintf("A signature over the record (%s): %s.", Visible(f.Place), what)
	default:
		return fmt.Sprintf("What the vault holds (%s): %s.", Visible(f.Place), what)
	}
}
