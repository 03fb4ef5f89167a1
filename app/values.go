package app

import (
	"context"

	"holdfast/journal"
	"holdfast/keystore"
	"holdfast/token"
)

// More values of the core that pass a screen, under the names it knows them by.
type (
	// LockedVault is what can be said of a vault without opening it.
	LockedVault = keystore.Locked
	// LockedKeyslot is a keyslot as a locked screen shows it.
	LockedKeyslot = keystore.LockedKeyslot
	// KeyslotKind says what a keyslot is opened with.
	KeyslotKind = keystore.Kind
	// BackupHeader is what a backup says of itself; nothing of it is verified.
	BackupHeader = keystore.BackupHeader
	// BackupInfo says what a backup holds that was made.
	BackupInfo = keystore.BackupInfo
	// JournalEvent is one entry of the vault's own record.
	JournalEvent = journal.Event
	// TokenKind is a side of a token.
	TokenKind = token.Kind
)

// The sides of a token, and what happens to tokens.
const (
	SidePIV      = token.PIV
	SideFIDO2    = token.FIDO2
	TokenArrived = token.Arrived
	TokenLeft    = token.Left
	TokenChanged = token.Changed
)

// The reasons why a vault is not armed that a screen acts on.
const (
	NotArmedUnproven  = keystore.NotArmedUnproven
	NotArmedSameToken = keystore.NotArmedSameToken
	NotArmedUnknown   = keystore.NotArmedUnknown
)

// WatchTokens sends arrivals, departures and what is learnt about tokens, beginning with those that are there; the channel closes when ctx ends.
func (a *App) WatchTokens(ctx context.Context) <-chan token.Event { return a.devices.Watch(ctx) }

// ReadOnlyDamaged is the Status.ReadOnly that no new use branch mends.
const ReadOnlyDamaged = keystore.ReadOnlyDamaged
