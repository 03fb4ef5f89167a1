package app

import (
	"errors"
	"fmt"
)

// The sentinels of this package that a screen acts on.
var (
	// ErrNoTerminal says that a person must be asked and that there is nobody to ask.
	ErrNoTerminal = errors.New("no terminal to ask on")
	// ErrNoPIN says that a PIN was asked for and that the descriptor that answers for the person has none left for it.
	ErrNoPIN = errors.New("no PIN given")
	// ErrLastTry says that only one try is left and that the person has not agreed to spend it.
	ErrLastTry = errors.New("only one try is left")
	// ErrPINsDiffer says that a new PIN was typed differently the second time.
	ErrPINsDiffer = errors.New("the two new PINs differ")
	// ErrPINLength says that what was typed cannot be the PIN asked for.
	ErrPINLength = errors.New("a PIN of this length is not accepted")
	// ErrLocked says that the session's vault is locked.
	ErrLocked = errors.New("the vault is locked")
	// ErrNoWords says that words were asked for and not given.
	ErrNoWords = errors.New("no recovery words given")
	// ErrBadLine says that a line of a descriptor with PINs or words is not of the form asked for. It never quotes the line.
	ErrBadLine = errors.New("a line is not of the form KEY SECRET")
	// ErrNoConsent says that the person was asked and did not agree.
	ErrNoConsent = errors.New("not confirmed")
	// ErrNothingToAccept says that a vault is this machine's and its newest: there is no state to accept.
	ErrNothingToAccept = errors.New("there is nothing to accept")
	// ErrNotSigned says that something is no signature at all.
	ErrNotSigned = errors.New("not in the form of a signature (JWS, RFC 7515)")
	// ErrBadSignature says that a signature does not hold.
	ErrBadSignature = errors.New("the signature does not hold")
	// ErrOtherSigner says that the signature holds but is another identity's.
	ErrOtherSigner = errors.New("the signature is somebody else's")
	// ErrConfirmsItself says that the token that was to confirm a revocation is the one to be revoked.
	ErrConfirmsItself = errors.New("a key does not confirm its own revocation")
	// ErrNotKnownAgain says that a token without a serial number was unplugged, so that nobody can tell whether the one that is there now is the same.
	ErrNotKnownAgain = errors.New("a key without a serial number is not known again")
	// ErrSeveralKeyslots says that more than one keyslot answers to a name.
	ErrSeveralKeyslots = errors.New("more than one keyslot has this name")
	// ErrTampered says that checking the journal found something.
	ErrTampered = errors.New("the vault was tampered with")
)

// LastTryError is ErrLastTry with what it is about.
type LastTryError struct {
	Which PINKind
	Token string // its name
}

// Error implements error.
func (e *LastTryError) Error() string {
	return fmt.Sprintf("only one try is left for the %s of %s", PINName(e.Which), e.Token)
}

// Is makes errors.Is(err, ErrLastTry) hold.
func (e *LastTryError) Is(target error) bool { return target == ErrLastTry }

// UnreadableError says that something has the form of a signature, and that this program cannot check it.
type UnreadableError struct{ Why error }

// Error implements error.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the signature cannot be checked: %v", e.Why)
}

// Unwrap gives the reason.
func (e *UnreadableError) Unwrap() error { return e.Why }

func lastTryWords(e *LastTryError) Explanation {
	return Explanation{
		"last-try", fmt.Sprintf("Only one try is left for the %s of %s, and a wrong one blocks it.", PINName(e.Which), e.Token), safeUnsent, nowLastTry,
	}
}

const nowLastTry = "Make sure of the PIN, then agree to spend the last try, or use another key."

func ownSentinels() []sentinel {
	return []sentinel{
		{ErrNoTerminal, "no-terminal", sentences{
			"A person must be asked for this, and there is no terminal to ask on.", safeUnsent,
			"Run it in a terminal, or give the answers through a descriptor.",
		}},
		{ErrNoPIN, "no-pin", sentences{
			"A PIN is needed, and the descriptor given has none left for this side of the key.", safeUnsent,
			"Write one line for each prompt, such as 'piv 123456' or 'fido2 123456'; no PIN is ever used twice on its own.",
		}},
		{ErrLastTry, "last-try", sentences{"Only one try is left for this PIN, and a wrong one blocks it.", safeUnsent, nowLastTry}},
		{ErrPINsDiffer, "pins-differ", sentences{
			"The new PIN was typed differently the second time.", "The PIN that was set before still holds.", "Try again.",
		}},
		{ErrPINLength, "pin-length", sentences{
			"What was typed is too short or too long for this PIN.", safeUnsent,
			"A smart-card PIN has 6 to 8 characters, a passkey PIN 4 to 63; try again with the PIN of the side that is named.",
		}},
		{ErrLocked, "locked", sentences{
			"The vault is locked.", "Nothing is held open, and nothing was done.", "Unlock it and try again.",
		}},
		{ErrNoWords, "no-words", sentences{
			"The recovery words were not given.", safeUnchanged, "Type them when asked, or give them through a descriptor.",
		}},
		{ErrBadLine, "bad-line", sentences{
			"A line given through a descriptor is not of the form asked for (what stands in it is not repeated here).", safeUnsent,
			"Write lines such as 'piv 123456', or for words '7 abandon'.",
		}},
		{ErrNoConsent, "not-confirmed", sentences{
			"It was not confirmed.", "Nothing was changed.", "Start it again whenever you like.",
		}},
		{ErrNothingToAccept, "nothing-to-accept", sentences{
			"There is nothing to accept: this vault is this machine's, and no newer state of it is known.", "Nothing was changed, and the master secret was not opened.",
			"Go on using it.",
		}},
		{ErrNotSigned, "not-signed", sentences{
			"This is no signed text and no signature: it has not the form of one (JWS, RFC 7515).", "It was only read.",
			"Give what the signer gave you, whole: the text itself, or the file that holds it.",
		}},
		{ErrBadSignature, "bad-signature", sentences{
			"The signature does not hold: the content was changed, or it was never signed with this key.", "It was only read.",
			"Do not rely on the content; ask the signer for it again.",
		}},
		{ErrOtherSigner, "other-signer", sentences{
			"The signature holds, but somebody else than expected made it.", "It was only read.",
			"Do not rely on the content before you know the signer.",
		}},
		{ErrConfirmsItself, "confirms-itself", sentences{
			"The key that was to confirm this is the one that you revoke.",
			"Nothing was changed, and nothing was sent to it.",
			"Confirm with another key that opens everything: one that stays.",
		}},
		{ErrNotKnownAgain, "not-known-again", sentences{
			"The new key was unplugged, and has no serial number by which it could be told from another one.", "Nothing was added to the vault.",
			"Plug both keys in side by side, with a hub where there is one port only, and try again.",
		}},
		{ErrSeveralKeyslots, "ambiguous-keyslot", sentences{
			"More than one key has this name.", safeUnchanged, "Use the id instead; the list of keys shows it.",
		}},
		{ErrTampered, "tampered", sentences{
			"The check found places where the vault was changed from outside.", "The check changed nothing.",
			"Keep the folder as it is, restore from a backup made before, and find out who could write here.",
		}},
	}
}
