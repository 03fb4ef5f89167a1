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
			"The keys on the token are still there, and the vault is unchanged; any other enrolled token opens it.",
			"Unblock the PIN with the token's PUK (ykman piv access unblock-pin), or open the vault with another token. Resetting the smart-card side would destroy its keyslot.",
		},
		{token.FIDO2, token.PINBlocked}: {
			"The passkey PIN is blocked: too many wrong tries.",
			"The vault is unchanged; any other enrolled token, or the smart-card side of this one if it is enrolled, still opens it.",
			"Open the vault another way and revoke this keyslot. Only resetting the passkey side unblocks it, and that destroys this keyslot and every passkey on the token.",
		},
		{token.FIDO2, token.NotPermitted}: {
			"This account may not use the security key.",
			safeUnsent,
			"Install the udev rules for security keys (package libfido2-1 or libu2f-udev), unplug the token and plug it in again.",
		},
		{token.PIV, token.Busy}: {
			"Another program holds the smart-card side of the token.",
			safeUnsent,
			"Close what may hold it (gpg's scdaemon: gpgconf --kill scdaemon; a browser; another wallet) and try again.",
		},
	}
}

func pinWords() map[token.Code]sentences {
	return map[token.Code]sentences{
		token.WrongPIN: {
			"The {pin} was wrong; {tries}.", safeUnopened,
			"Check that it is the PIN of this side of this token, then try again with care: after the last try it is blocked.",
		},
		token.WrongPUK: {
			"The PUK was wrong; {tries}.", safeUnchanged,
			"Look the PUK up where you keep it; after the last try only a reset of the smart-card side helps, which destroys its keyslot.",
		},
		token.PINBlocked: {
			"The {pin} is blocked: too many wrong tries.",
			"The vault is unchanged; any other enrolled token opens it.",
			"Open the vault with another token.",
		},
		token.PINAuthBlocked: {
			"The token takes no more PINs until it is plugged in anew: three were wrong in a row.",
			"The PIN is not blocked yet, and nothing in the vault changed.",
			"Unplug the token, plug it in again, and type the {pin} with care.",
		},
		token.PINNotSet: {
			"The {side} has no PIN.", safeUnchanged,
			"Set a PIN on the token, or enrol it again: enrolling sets one.",
		},
		token.PINRequired: {
			"The {side} wants its PIN for this, and it was not given.", safeUnopened,
			"Try again and type the {pin} when asked.",
		},
		token.PINRefused: {
			"The {side} does not take this new PIN or PUK{detail}.",
			"The PIN and PUK that were set before still hold.",
			"Choose another: 6 to 8 characters for PIN and PUK of the smart-card side, 4 to 63 for the passkey PIN, no simple row, and never the value that tokens leave the factory with.",
		},
		"factory-value": {
			"What was chosen as new PIN or PUK is the value every token leaves the factory with, which anybody knows{detail}.",
			"It was not set; the PIN and PUK that were set before still hold.",
			"Choose another: 6 to 8 characters for PIN and PUK of the smart-card side.",
		},
		token.PINExpired: {
			"The PIN was accepted, but the token ended its permission before it was used, or wants the PIN changed.", safeUnopened,
			"Try again; if it stays, change the {pin} with the token maker's program.",
		},
		token.UVBlocked: {
			"The token's fingerprint reader is blocked after too many misses.", safeUnopened,
			"Use the PIN; a right PIN unblocks the reader.",
		},
		token.FactoryDefault: {
			"The {side} still has a factory PIN, PUK or management key, which anybody knows.", safeUnchanged,
			"Enrol the token again: enrolling replaces them.",
		},
		token.ManagementUnknown: {
			"The token's management key is neither the factory's nor kept on the token, so no key can be made on its smart-card side.", safeUnchanged,
			"Use the passkey side of this token, or set its management key to PIN-protected with the program that changed it (ykman piv access change-management-key --protect).",
		},
	}
}

func holdingWords() map[token.Code]sentences {
	return map[token.Code]sentences{
		token.NoKey: {
			"The token's slot is empty: its keyslot has been deleted or the smart-card side was reset.",
			"The vault is unchanged; any other enrolled token opens it.",
			"Open the vault with another token, then revoke this keyslot and enrol the token anew.",
		},
		token.OtherKey: {
			"The token's slot holds another key than the one that was enrolled.",
			"No PIN was asked for, and the vault is unchanged.",
			"Check that this is the right token; if its slot was overwritten, open the vault with another token and enrol this one anew.",
		},
		token.NoCredential: {
			"The credential of this vault is not on this token: it is another token, or its passkey side was reset.",
			"The vault is unchanged; any other enrolled token opens it.",
			"Plug in the right token, or name one with --token; if it was reset, open the vault with another token, revoke this keyslot and enrol it anew.",
		},
		token.NoFreeSlot: {
			"Every retired slot (82 to 95) of the smart-card side is taken.",
			"Nothing on the token was overwritten, and nothing in the vault changed.",
			"Delete slots that you no longer need with the program that filled them, or enrol the passkey side.",
		},
		token.Full: {
			"The token has no room left.", "Nothing on the token was overwritten, and nothing in the vault changed.",
			"Delete what you no longer need with the token maker's program, or enrol another token.",
		},
		token.AlreadyEnrolled: {
			"This side of the token is enrolled already.", safeUnchanged, "Use the keyslot it has, or enrol another token.",
		},
		token.NotAttested: {
			"The token does not vouch for the key it made, or made it with other PIN or touch rules than were asked for{detail}.",
			"The key is not used, and nothing in the vault changed.",
			"Do not use this token for the vault; enrol another one.",
		},
		token.OldFirmware: {
			"The token's firmware is too old for this.", safeUnchanged,
			"Enrol its other side, or a newer token; the firmware of a YubiKey cannot be updated.",
		},
		token.Unsupported: {
			"The {side} lacks what is asked of it{detail}.", safeUnchanged, "Enrol its other side, or another token.",
		},
		token.NotPIV: {
			"The card in the reader has no PIV application.", safeUnsent, "Plug in a security key with a smart-card side, or use a passkey side.",
		},
		token.NotFIDO2: {
			"The security key speaks no FIDO2.", safeUnsent, "Use its smart-card side, or a newer token.",
		},
	}
}

func presenceWords() map[token.Code]sentences {
	return map[token.Code]sentences{
		token.Cancelled: {
			"It was cancelled.", "What was finished before stays; nothing is left half done.", "Start it again whenever you like.",
		},
		token.TouchTimeout: {
			"Nobody touched the token in time.", safeUnopened, "Try again, and touch the token when it blinks.",
		},
		token.TouchRequired: {
			"The token wants a touch for this, and there was none.", safeUnopened, "Try again, and touch the token when it blinks.",
		},
		token.Removed: {
			"The token is not there any more: it was unplugged, or lost its connection.",
			"What was finished before stays; nothing is left half done.",
			"Plug it in again and try again.",
		},
		token.Reset: {
			"Another program reset the token in the middle.", "What was finished before stays; nothing is left half done.",
			"Close other programs that use the token, and try again.",
		},
		token.Busy: {
			"Another program holds the token.", safeUnsent, "Close the other program, or finish what it asks, and try again.",
		},
		token.Frozen: {
			"The token does not answer.", "What was finished before stays; nothing is left half done.",
			"Unplug the token, plug it in again, and try again.",
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
			"The system does not let this account use the token.", safeUnsent,
			"Log in at the machine itself, or ask its administrator for access to security keys and smart cards.",
		},
		token.Refused: {
			"The token refused, for a reason of its own ({number}){detail}.", safeUnopened,
			"Try again; if it stays, look the token over with its maker's program.",
		},
		token.Malformed: {
			"The token answered something that is no answer{detail}.", "It was not used, and nothing in the vault changed.",
			"Unplug it and plug it in again; if it stays, do not trust this token, and use another one.",
		},
		token.BadRequest: {
			"This program asked the token something it does not understand ({number}){detail}.", safeUnchanged,
			"This is a fault of the program: please report these words.",
		},
		token.ServiceFailed: {
			"The driver or the smart-card service failed inside ({number}){detail}.", "What was finished before stays; nothing is left half done.",
			"Try again; if it stays, restart the service (systemctl restart pcscd) and plug the token in anew.",
		},
		token.HelperFailed: {
			"The helper process that talks to the token could not be started, or ended early{detail}.",
			"What was finished before stays; no secret is left in it.", "Try again; if it stays, the program is not installed completely.",
		},
		token.Unknown: {
			"The token answered with a number that nobody has explained to this program ({number}){detail}.", safeUnopened,
			"Try again; if it stays, report the number.",
		},
	}
}
