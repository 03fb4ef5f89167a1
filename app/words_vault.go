package app

import (
	"errors"

	"holdfast/did/statement"
	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/keystore/derive"
)

// sentinel is a fixed error with its words.
type sentinel struct {
	is   error
	code string
	sentences
}

// sentinels is in the order in which an error that is several of them is told.
func sentinels() []sentinel {
	return append(vaultSentinels(), otherSentinels()...)
}

func vaultSentinels() []sentinel {
	return []sentinel{
		{keystore.ErrNoVault, "no-vault", sentences{
			"There is no vault in this place.", "Nothing was changed.", "Make one, or name another vault.",
		}},
		{keystore.ErrVaultExists, "vault-exists", sentences{
			"There is something in this folder already.", "It was left as it is.", "Choose another name for the vault, or look at what is there.",
		}},
		{keystore.ErrNotFound, "not-found", sentences{
			"Nothing in this vault answers to that name.", safeUnchanged, "List what there is, and use an id, a DID or a label from the list.",
		}},
		{keystore.ErrAmbiguous, "ambiguous", sentences{
			"More than one identity has this name.", safeUnchanged, "Use the id or the DID instead; the list shows both.",
		}},
		{keystore.ErrNoKeyslotForToken, "no-keyslot", sentences{
			"This key does not open this vault.", safeUnopened, "Plug in a key of this vault, or choose another side or vault.",
		}},
		{keystore.ErrNeedsTouch, "needs-touch", sentences{
			"Locking less readily takes a touch of a key that opens the vault.", safeUnchanged, "Plug in a key of this vault, and try again.",
		}},
		{keystore.ErrSubstituted, "substituted", sentences{
			"This vault's header is signed by somebody else than the owner this machine remembers.",
			"No PIN was asked for, and nothing was sent to a key.",
			"Do not use this folder. Restore the vault from a backup, and find out who could write here.",
		}},
		{keystore.ErrUnconfirmedOwner, "unconfirmed-owner", sentences{
			"Nothing confirms whose vault this is: this machine does not remember it, and the key names no owner.",
			"The vault may be somebody else's, so nothing was signed, derived or sealed.",
			"Compare the four owner words with your recovery sheet and give them, or use a key that names the owner.",
		}},
		{keystore.ErrOwnerWords, "owner-words", sentences{
			"The four words given are not those of this vault's owner.", safeUnopened,
			"Read them again from the recovery sheet; if they are right, this folder is somebody else's: do not use it.",
		}},
		{keystore.ErrNewerFormat, "newer-format", sentences{
			"This was written by a newer version, in a format that this one does not know.", "It was left as it is.", "Update the program.",
		}},
		{keystore.ErrPoolEmpty, "pool-empty", sentences{
			"No succession key is left for a new relationship.", "The identities that were made stay.",
			"Make more with a key that opens everything, its PIN and a touch, and go on.",
		}},
		{keystore.ErrWordsOfAnotherVault, "words-of-another-vault", sentences{
			"These are valid words, but of another vault.", safeUnchanged, "Look for the sheet of this vault; the four owner words on it tell.",
		}},
		{keystore.ErrNoMasterTier, "no-master-tier", sentences{
			"This key opens the vault but confirms no changes, which this needs.", safeUnchanged,
			"Use a key that opens everything: the recovery key does.",
		}},
		{keystore.ErrClosed, "locked", sentences{
			"The vault is locked.", "Nothing is held open, and nothing was done.", "Unlock it and try again.",
		}},
		{keystore.ErrNotBackup, "not-a-backup", sentences{
			"This file is no backup.", "It was left as it is, and nothing was restored.", "Choose the file that the backup wrote.",
		}},
		{keystore.ErrNothingToConfirm, "words-not-shown", sentences{
			"The words can be confirmed only right after they were shown.", safeUnchanged, "Start again: show the words, write them down, and type back those asked for.",
		}},
		{keystore.ErrSamePhysicalToken, "same-physical-token", sentences{
			"This is the other side of a key that opens the vault already: losing that key would lose both.", safeUnchanged,
			"Add another, physically different key.",
		}},
		{keystore.ErrVaultHasToken, "token-enrolled", sentences{
			"This side of the key opens the vault already.", safeUnchanged, "Add another key, or revoke this one first.",
		}},
		{keystore.ErrTokenRevoked, "token-revoked", sentences{
			"This key has been revoked: it opens the vault no more.", safeUnopened, "Use another key, or open the vault with one and add this key anew.",
		}},
	}
}

func otherSentinels() []sentinel {
	return []sentinel{
		{derive.ErrWordCount, "word-count", sentences{
			"There must be 24 words.", safeUnchanged, "Type all 24, in the order in which you wrote them down.",
		}},
		{statement.ErrSignature, "bad-signature", sentences{
			"The signature does not fit: the content was changed, or another key made it.", "It was only read.",
			"Do not rely on the content; ask the signer for it again.",
		}},
		{statement.ErrChanged, "changed-content", sentences{
			"The signature is genuine, but the file is not what was signed: its content was changed.", "It was only read.",
			"Do not rely on the file; ask the signer for it again.",
		}},
		{statement.ErrRenamed, "renamed", sentences{
			"The file has the signed content, but another name.", "It was only read.", "Compare the names; the content is what was signed.",
		}},
		{secret.ErrExhausted, "no-locked-memory", sentences{
			"There is no room left in the memory that is kept from the disk.", safeUnchanged, "Close other programs or raise the limit on locked memory (ulimit -l), and try again.",
		}},
		{secret.ErrDestroyed, "locked", sentences{
			"The vault was locked while this was going on.", "What was finished before stays; nothing is left half done.", "Unlock it and try again.",
		}},
		{secret.ErrNotEncodable, "secret-kept", sentences{
			"A secret was about to be written where it may not stand.", "It was not written.", "This is a fault of the program: please report these words.",
		}},
	}
}

// explainSentinel finds the words of a fixed error.
func explainSentinel(err error) (Explanation, bool) {
	for _, s := range sentinels() {
		if errors.Is(err, s.is) {
			return Explanation{Code: s.code, What: s.what, Safe: s.safe, Now: s.now}, true
		}
	}
	return Explanation{}, false
}
