package app

import (
	"errors"

	"holdfast/token"
)

func tokenError(err error) *token.Error {
	var e *token.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// tokenWords gives the words of a token's answer: those of its side where the sides differ in what helps, else those of the code.
func tokenWords(code token.Code, side token.Kind) (sentences, bool) {
	if s, ok := sideWords()[sideCode{side, code}]; ok {
		return s, true
	}
	for _, table := range []map[token.Code]sentences{pinWords(), holdingWords(), presenceWords(), machineWords()} {
		if s, ok := table[code]; ok {
			return s, true
		}
	}
	return sentences{}, false
}

type sideCode struct {
	side token.Kind
	code token.Code
}

func sideWords() map[sideCode]sentences {
	return map[sideCode]sentences{
		{token.PIV, token.PINBlocked}: {
			"The smart-card PIN is blocked: too many wrong tries.",
			"What is on the key is still there, and the vault is unchanged; any other key of this vault opens it.",
			"Unblock the PIN with the key's PUK (ykman piv access unblock-pin), or open the vault with another key. If the smart-card side is reset, it opens the vault no more.",
		},
		{token.FIDO2, token.PINBlocked}: {
			"The passkey PIN is blocked: too many wrong tries.",
			"The vault is unchanged; any other key of this vault, or the smart-card side of this one if it was added, still opens it.",
			"Open the vault with another key and revoke this one. Only resetting the passkey side unblocks it; then it opens the vault no more, and every passkey on it is gone.",
		},
		{token.FIDO2, token.NotPermitted}: {
			"This account may not use the security key.",
			safeUnsent,
			"Install the udev rules for security keys (package libfido2-1 or libu2f-udev), unplug the key and plug it in again.",
		},
		{token.PIV, token.Busy}: {
			"Another program holds the smart-card side of the key.",
			safeUnsent,
			"If the key blinks, it waits for the touch of an act that has ended: pull it out and plug it in again. Else close what may hold it (gpg's scdaemon: gpgconf --kill scdaemon; a browser; another wallet). Then try again.",
		},
	}
}

func pinWords() map[token.Code]sentences {
	return map[token.Code]sentences{
		token.WrongPIN: {
			"The {pin} was wrong; {tries}.", safeUnopened,
			"Check that it is the PIN of this side of this key, then try again with care: after the last try it is blocked.",
		},
		token.WrongPUK: {
			"The PUK was wrong; {tries}.", safeUnchanged,
			"Look the PUK up where you keep it; after the last try only a reset of the smart-card side helps, and then it opens the vault no more.",
		},
		token.PINBlocked: {
			"The {pin} is blocked: too many wrong tries.",
			"The vault is unchanged; any other key of this vault opens it.",
			"Open the vault with another key.",
		},
		token.PINAuthBlocked: {
			"The key takes no more PINs until it is plugged in anew: three were wrong in a row.",
			"The PIN is not blocked yet, and nothing in the vault changed.",
			"Unplug the key, plug it in again, and type the {pin} with care.",
		},
		token.PINNotSet: {
			"The {side} has no PIN.", safeUnchanged,
			"Set a PIN on the key, or add it again: that sets one.",
		},
		token.PINRequired: {
			"The {side} wants its PIN for this, and it was not given.", safeUnopened,
			"Try again and type the {pin} when asked.",
		},
		token.PINRefused: {
			"The {side} does not take this new PIN or PUK{detail}.",
			"The PIN and PUK that were set before still hold.",
			"Choose another: 6 to 8 characters for PIN and PUK of the smart-card side, 4 to 63 for the passkey PIN, no simple row, and never the value that keys leave the factory with.",
		},
		"factory-value": {
			"What was chosen as new PIN or PUK is the value every key leaves the factory with, which anybody knows{detail}.",
			"It was not set; the PIN and PUK that were set before still hold.",
			"Choose another: 6 to 8 characters for PIN and PUK of the smart-card side.",
		},
		token.PINExpired: {
			"The PIN was accepted, but the key ended its permission before it was used, or wants the PIN changed.", safeUnopened,
			"Try again; if it stays, change the {pin} with the program of the key's maker.",
		},
		token.UVBlocked: {
			"The security key's fingerprint reader is blocked after too many misses.", safeUnopened,
			"Use the PIN; a right PIN unblocks the reader.",
		},
		token.FactoryDefault: {
			"The {side} still has a factory PIN, PUK or management key, which anybody knows.", safeUnchanged,
			"Add the key again: that replaces them.",
		},
		token.ManagementUnknown: {
			"The management key of this security key is neither the factory's nor kept on it, so its smart-card side cannot be set up.", safeUnchanged,
			"Use its passkey side, or set its management key to PIN-protected with the program that changed it (ykman piv access change-management-key --protect).",
		},
	}
}

func holdingWords() map[token.Code]sentences {
	return map[token.Code]sentences{
		token.NoKey: {
			"What opened the vault is no longer on this key: it was deleted, or the smart-card side was reset.",
			"The vault is unchanged; any other key of this vault opens it.",
			"Open the vault with another key, then revoke this one and add it anew.",
		},
		token.OtherKey: {
			"This security key holds something else where it held what opens the vault.",
			"No PIN was asked for, and the vault is unchanged.",
			"Check that this is the right one; if it was overwritten, open the vault with another key, then revoke this one and add it anew.",
		},
		token.NoCredential: {
			"This key does not open this vault: it is another one, or its passkey side was reset.",
			"The vault is unchanged; any other key of this vault opens it.",
			"Plug in the right one; if it was reset, open the vault with another key, revoke this one and add it anew.",
		},
		token.NoFreeSlot: {
			"The smart-card side has no room left: every retired slot (82 to 95) is taken.",
			"Nothing on the key was overwritten, and nothing in the vault changed.",
			"Delete slots that you no longer need with the program that filled them, or add the passkey side.",
		},
		token.Full: {
			"The security key has no room left.", "Nothing on the key was overwritten, and nothing in the vault changed.",
			"Delete what you no longer need with the program of the key's maker, or add another key.",
		},
		token.AlreadyEnrolled: {
			"This side of the key opens the vault already.", safeUnchanged, "Use it as it is, or add another key.",
		},
		token.NotAttested: {
			"The security key does not vouch for what it made, or made it with other PIN or touch rules than were asked for{detail}.",
			"It is not used, and nothing in the vault changed.",
			"Do not use this key for the vault; add another one.",
		},
		token.OldFirmware: {
			"The firmware of this security key is too old for this.", safeUnchanged,
			"Use its other side, or a newer key; the firmware of a YubiKey cannot be updated.",
		},
		token.Unsupported: {
			"The {side} lacks what is asked of it{detail}.", safeUnchanged, "Use its other side, or another key.",
		},
		token.NotPIV: {
			"The card in the reader cannot be used: it has no PIV application.", safeUnsent, "Plug in a security key with a smart-card side, or use a passkey side.",
		},
		token.NotFIDO2: {
			"The security key has no passkey side: it speaks no FIDO2.", safeUnsent, "Use its smart-card side, or a newer key.",
		},
	}
}

func presenceWords() map[token.Code]sentences {
	return map[token.Code]sentences{
		token.Cancelled: {
			"It was cancelled.", "What was finished before stays; nothing is left half done.", "Start it again whenever you like.",
		},
		token.TouchTimeout: {
			"Nobody touched the key in time.", safeUnopened, "Try again, and touch the key when it blinks.",
		},
		token.TouchRequired: {
			"The key wants a touch for this, and there was none.", safeUnopened, "Try again, and touch the key when it blinks.",
		},
		token.Removed: {
			"The key is not there any more: it was unplugged, or lost its connection.",
			"What was finished before stays; nothing is left half done.",
			"Plug it in again and try again.",
		},
		token.Reset: {
			"Another program reset the key in the middle.", "What was finished before stays; nothing is left half done.",
			"Close other programs that use the key, and try again.",
		},
		token.Busy: {
			"Another program holds the key.", safeUnsent, "Close the other program, or finish what it asks, and try again.",
		},
		token.Frozen: {
			"The security key does not answer.", "What was finished before stays; nothing is left half done.",
			"Unplug the key, plug it in again, and try again.",
		},
	}
}

func machineWords() map[token.Code]sentences {
	return map[token.Code]sentences{
		token.NoService: {
			"The smart-card service does not run, so smart-card sides cannot be reached.", safeUnsent,
			"Start it (systemctl start pcscd.socket; the package is pcscd), or use a passkey side.",
		},
		token.NotPermitted: {
			"The system does not let this account use the key.", safeUnsent,
			"Log in at the machine itself, or ask its administrator for access to security keys and smart cards.",
		},
		token.Refused: {
			"The security key refused, for a reason of its own ({number}){detail}.", safeUnopened,
			"Try again; if it stays, look the key over with its maker's program.",
		},
		token.Malformed: {
			"The security key answered something that is no answer{detail}.", "It was not used, and nothing in the vault changed.",
			"Unplug it and plug it in again; if it stays, do not trust this key, and use another one.",
		},
		token.BadRequest: {
			"This program asked the key something it does not understand ({number}){detail}.", safeUnchanged,
			"This is a fault of the program: please report these words.",
		},
		token.ServiceFailed: {
			"The driver or the smart-card service failed inside ({number}){detail}.", "What was finished before stays; nothing is left half done.",
			"Try again; if it stays, restart the service (systemctl restart pcscd) and plug the key in anew.",
		},
		token.HelperFailed: {
			"The helper process that talks to the key could not be started, or ended early{detail}.",
			"What was finished before stays; no secret is left in it.", "Try again; if it stays, the program is not installed completely.",
		},
		token.Unknown: {
			"The security key answered with a number that nobody has explained to this program ({number}){detail}.", safeUnopened,
			"Try again; if it stays, report the number.",
		},
	}
}
