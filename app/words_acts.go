package app

import (
	"strings"

	"holdfast/journal"
)

// ActWords says what a touch is for, in words: the acts of the journal and those of the keystore alone. An act without words is told as it is.
func ActWords(act string) string {
	if w, ok := touchWords()[act]; ok {
		return w
	}
	return strings.ReplaceAll(act, "-", " ")
}

func touchWords() map[string]string {
	return map[string]string{
		"open-vault":                        "open the vault",
		"enrol-token":                       "set this key up for the vault",
		"prove-token":                       "prove that this key opens the vault",
		"prove-token-master":                "prove that this key opens everything (the master secret)",
		"restore-backup":                    "open the backup",
		"loosen-locking":                    "lock the vault less readily",
		string(journal.ActEnrol):            "add a key to the vault (opens the master secret)",
		string(journal.ActRevoke):           "revoke a key (opens the master secret)",
		string(journal.ActShowWords):        "show the 24 words (opens the master secret)",
		string(journal.ActOpenBranch):       "accept this vault and start anew (opens the master secret)",
		string(journal.ActMakeSuccession):   "make succession keys (opens the master secret)",
		string(journal.ActAcceptOlder):      "accept an older state of the vault (opens the master secret)",
		string(journal.ActCreateIdentities): "make identities (opens the master secret)",
	}
}

// StepWords says what a longer act is doing, in words. A step without words is told as it is.
func StepWords(id string) string {
	if w, ok := stepTable()[id]; ok {
		return w
	}
	return strings.ReplaceAll(strings.TrimPrefix(id, "step-"), "-", " ")
}

func stepTable() map[string]string {
	return map[string]string{
		"step-make-keys": "setting the key up",
		"step-write":     "writing the vault",
		"step-prove":     "opening what was written, as a proof",
		"step-check":     "checking the vault's record first",
		"step-encrypt":   "encrypting the vault anew",
		"step-unpack":    "unpacking the backup",
		"step-scan":      "looking for identities",
	}
}

// missingWords says what the words alone cannot bring back.
func missingWords(id string) string {
	if w, ok := missingTable()[id]; ok {
		return w
	}
	return strings.ReplaceAll(id, "-", " ")
}

func missingTable() map[string]string {
	return map[string]string{
		"missing-labels":          "the labels of identities",
		"missing-relationships":   "relationships: whom each identity was made for",
		"missing-peer-identities": "identities made for one relationship: their documents cannot be computed from the words",
		"missing-random-branches": "identities made after the vault was brought back once before, unless you name their DIDs",
		"missing-journal":         "the record of what was done, and when",
		"missing-settings":        "settings",
		"missing-tokens":          "the other security keys: each must be added again",
	}
}

func eventAct(e journal.Event) string {
	if w, ok := eventTable()[e.Act]; ok {
		return w
	}
	return "unknown act " + string(e.Act)
}

func eventTable() map[journal.Act]string {
	return map[journal.Act]string{
		journal.ActCreateVault:      "vault made",
		journal.ActUnlock:           "vault unlocked",
		journal.ActLock:             "vault locked",
		journal.ActEnrol:            "key added",
		journal.ActProve:            "key proven",
		journal.ActRevoke:           "key revoked",
		journal.ActRekey:            "vault encrypted anew",
		journal.ActReroot:           "new master secret",
		journal.ActShowWords:        "recovery words shown",
		journal.ActConfirmWords:     "recovery words confirmed",
		journal.ActBackup:           "backup made",
		journal.ActRestore:          "vault restored",
		journal.ActAcceptOlder:      "older state accepted",
		journal.ActOpenBranch:       "vault accepted and started anew",
		journal.ActMakeSuccession:   "succession keys made",
		journal.ActAllotNumbers:     "identity numbers handed out",
		journal.ActCreateIdentity:   "identity made",
		journal.ActCreateIdentities: "identities made",
		journal.ActFindIdentities:   "identities looked for",
		journal.ActChangeIdentity:   "identity changed",
		journal.ActKeyState:         "key state changed",
		journal.ActSign:             "signed",
		journal.ActDecrypt:          "decrypted",
		journal.ActExport:           "exported",
		journal.ActSetting:          "setting changed",
		journal.ActPolicy:           "policy applied",
		journal.ActSignHead:         "journal head signed",
		journal.ActCheck:            "vault checked",
		journal.ActCeremony:         "confirmation",
		journal.ActRefusal:          "refused while locked",
		journal.ActSettle:           "vault settled",
	}
}

// short keeps a long name readable on a line.
func short(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return name[:most-16] + "..." + name[len(name)-12:]
}
