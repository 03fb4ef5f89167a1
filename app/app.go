// Package app holds the use cases: set up a vault, unlock it, enrol and revoke tokens, make and use identities, back up and recover. A window and
// a command line call the same ones. It shows nothing, talks to no device itself and has no cryptography of its own.
package app

import (
	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// App is the use cases over one person's vaults and the tokens of this machine.
type App struct {
	devices Devices
	folders Folders
}

// New gives the use cases over the tokens that devices lends and the folders that hold vaults.
func New(devices Devices, folders Folders) *App {
	return &App{devices: devices, folders: folders}
}

// The values that pass between a screen and the keystore unchanged.
type (
	// Prompts are the functions a screen lends to whoever needs the person.
	Prompts = keystore.Prompts
	// PINRequest is what a person is told before typing a PIN.
	PINRequest = keystore.PINRequest
	// PINKind says which PIN is asked for.
	PINKind = keystore.PINKind
	// TouchRequest is what a person is told before touching a token.
	TouchRequest = keystore.TouchRequest
	// Secret holds what a person typed; a screen fills one and never reads it.
	Secret = secret.Bytes
	// Step is how far a longer act has come.
	Step = keystore.Step
	// Place says where a vault lives.
	Place = keystore.Place
)

// PINKinds lists every PIN a prompt can ask for, in the order in which they are documented.
func PINKinds() []PINKind {
	return []PINKind{keystore.PINPIV, keystore.PINFIDO2, keystore.PINNewPIV, keystore.PINNewPUK, keystore.PINNewFIDO2}
}

// PINName is the name a person knows the PIN by.
func PINName(k PINKind) string {
	switch k {
	case keystore.PINPIV:
		return "smart-card PIN"
	case keystore.PINFIDO2:
		return "passkey PIN"
	case keystore.PINNewPIV:
		return "new smart-card PIN (in place of the factory PIN)"
	case keystore.PINNewPUK:
		return "new smart-card PUK (in place of the factory PUK)"
	case keystore.PINNewFIDO2:
		return "new passkey PIN (none is set)"
	default:
		return "PIN"
	}
}

// PINSide is the side of a token that a PIN belongs to.
func PINSide(k PINKind) TokenKind {
	switch k {
	case keystore.PINFIDO2, keystore.PINNewFIDO2:
		return token.FIDO2
	default:
		return token.PIV
	}
}

// TokenGone is the error of a prompt whose token was unplugged while it showed: a screen ends the prompt with it, before anything is presented.
func TokenGone(t Token) error {
	return token.NewError(token.Removed, t.Kind, "unplugged while its PIN was asked for")
}

// AgainWords says why a new PIN or PUK is asked for once more; "" where it is the first time.
func AgainWords(a keystore.Again) string {
	switch a {
	case "":
		return ""
	case keystore.AgainFactory:
		return "that was the value every key leaves the factory with, which anybody knows; choose another"
	case keystore.AgainLength:
		return "that was too short or too long; choose another"
	case keystore.AgainRefused:
		return "the key does not take that one (too simple for its rules); choose another"
	default:
		return "that one was not taken (" + string(a) + "); choose another"
	}
}

// NewPIN reports whether the prompt asks the person to choose a PIN, so that a screen asks twice.
func NewPIN(k PINKind) bool {
	return k == keystore.PINNewPIV || k == keystore.PINNewPUK || k == keystore.PINNewFIDO2
}

type (
	// Token is one side of a token that is plugged in.
	Token = token.Token
	// TokenEvent is one thing that happened to the tokens.
	TokenEvent = token.Event
	// TokenFacts is what a token tells without a PIN.
	TokenFacts = token.Facts
	// PIVSide is the smart-card side of a token.
	PIVSide = keystore.PIVEnroller
	// FIDO2Side is the passkey side of a token.
	FIDO2Side = keystore.FIDO2Enroller
	// Role says what a keyslot is kept for.
	Role = keystore.Role
	// Tier says what a keyslot opens.
	Tier = keystore.Tier
	// KeyslotInfo is one way in, or what once was one.
	KeyslotInfo = keystore.KeyslotInfo
)

// The roles and tiers.
const (
	RoleEveryday = keystore.RoleEveryday
	RoleRecovery = keystore.RoleRecovery
	TierVault    = keystore.TierVault
	TierMaster   = keystore.TierMaster
)
