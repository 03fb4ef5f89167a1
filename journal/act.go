package journal

// Act says what was done. Acts are the table below and nothing else: an event of another act is refused when written and still readable when a
// newer version wrote it.
type Act string

// The acts.
const (
	ActCreateVault      Act = "create-vault"
	ActUnlock           Act = "unlock"
	ActLock             Act = "lock"
	ActEnrol            Act = "enrol-keyslot"
	ActProve            Act = "prove-keyslot"
	ActRevoke           Act = "revoke-keyslot"
	ActRekey            Act = "re-key"
	ActReroot           Act = "re-root"
	ActShowWords        Act = "show-words"
	ActConfirmWords     Act = "confirm-words"
	ActBackup           Act = "make-backup"
	ActRestore          Act = "restore"
	ActAcceptOlder      Act = "accept-older-state"
	ActOpenBranch       Act = "open-use-branch"
	ActMakeSuccession   Act = "make-succession-keys"
	ActAllotNumbers     Act = "allot-identity-numbers"
	ActCreateIdentity   Act = "create-identity"
	ActCreateIdentities Act = "create-identities"
	ActFindIdentities   Act = "find-identities"
	ActChangeIdentity   Act = "change-identity"
	ActKeyState         Act = "change-key-state"
	ActSign             Act = "sign"
	ActDecrypt          Act = "decrypt"
	ActExport           Act = "export"
	ActSetting          Act = "change-setting"
	ActPolicy           Act = "apply-policy"
	ActSignHead         Act = "sign-journal-head"
	ActCheck            Act = "check-vault"
	ActCeremony         Act = "ceremony"
	ActRefusal          Act = "refusal-while-locked"
	ActSettle           Act = "settle-vault" // a change of the vault's own state that no other act names
)

// Acts lists every act, in the order of the table.
func Acts() []Act {
	return []Act{
		ActCreateVault, ActUnlock, ActLock, ActEnrol, ActProve, ActRevoke, ActRekey, ActReroot, ActShowWords, ActConfirmWords, ActBackup, ActRestore,
		ActAcceptOlder, ActOpenBranch, ActMakeSuccession, ActAllotNumbers, ActCreateIdentity, ActCreateIdentities, ActFindIdentities,
		ActChangeIdentity, ActKeyState, ActSign, ActDecrypt, ActExport, ActSetting, ActPolicy, ActSignHead, ActCheck, ActCeremony, ActRefusal, ActSettle,
	}
}

// Phase tells an act's announcement from its end.
type Phase string

// The phases. An act that is one database transaction has an outcome only, with Ref 0.
const (
	Intent  Phase = "intent"
	Outcome Phase = "outcome"
)

// Result is how an act ended; an intent has none.
type Result = string

// The results.
const (
	OK          Result = "ok"
	Refused     Result = "refused"
	Failed      Result = "failed"
	Cancelled   Result = "cancelled"
	Interrupted Result = "interrupted" // written at the next unlock for an intent that never got its outcome
)
