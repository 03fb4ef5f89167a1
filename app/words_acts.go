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
		"enrol-token":                       "enrol this token",
		"prove-token":                       "prove that this token opens the vault",
		"prove-token-master":                "prove that this token opens the master secret",
		"restore-backup":                    "open the backup",
		string(journal.ActEnrol):            "open the master secret to enrol a token",
		string(journal.ActRevoke):           "open the master secret to revoke a token",
		string(journal.ActShowWords):        "open the master secret to show the recovery words",
		string(journal.ActOpenBranch):       "open the master secret to start a new use branch",
		string(journal.ActMakeSuccession):   "open the master secret to make succession keys",
		string(journal.ActAcceptOlder):      "open the master secret to accept an older state",
		string(journal.ActCreateIdentities): "open the master secret to make identities",
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
		"step-make-keys": "making keys on the token",
		"step-write":     "writing the vault",
		"step-prove":     "proving it from what was written",
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
		"missing-peer-identities": "did:peer identities: their documents cannot be computed from the words",
		"missing-random-branches": "identities of a restored vault: their numbers were drawn at random and cannot be scanned for",
		"missing-journal":         "the journal: what was done and when",
		"missing-settings":        "settings",
		"missing-tokens":          "the other tokens: each must be enrolled again",
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
		journal.ActEnrol:            "token enrolled",
		journal.ActProve:            "token proven",
		journal.ActRevoke:           "token revoked",
		journal.ActRekey:            "vault encrypted anew",
		journal.ActReroot:           "new master secret",
		journal.ActShowWords:        "recovery words shown",
		journal.ActConfirmWords:     "recovery words confirmed",
		journal.ActBackup:           "backup made",
		journal.ActRestore:          "vault restored",
		journal.ActAcceptOlder:      "older state accepted",
		journal.ActOpenBranch:       "new use branch started",
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
		journal.ActCeremony:         "ceremony",
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
