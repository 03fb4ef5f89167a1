package token

import (
	"context"
	"errors"
	"fmt"
)

// Code is everything a token, its driver or its helper can answer that is not a success. Words for people are keyed by it.
type Code string

// The codes.
const (
	WrongPIN          Code = "wrong-pin"          // Error.TriesLeft says how many are left
	WrongPUK          Code = "wrong-puk"          // the PUK presented was not the token's
	PINBlocked        Code = "pin-blocked"        // only the PUK or a reset helps
	PINAuthBlocked    Code = "pin-auth-blocked"   // FIDO2: three wrong in a row; unplug and plug in
	PINNotSet         Code = "pin-not-set"        // FIDO2: the token has no PIN
	PINRequired       Code = "pin-required"       // the token wants the PIN for this
	PINRefused        Code = "pin-refused"        // a new PIN the token does not take (length, too simple)
	FactoryValue      Code = "factory-value"      // a new PIN or PUK that is the factory's
	PINExpired        Code = "pin-expired"        // the PIN's permission ended before it was used, or must be changed
	UVBlocked         Code = "uv-blocked"         // the token's fingerprint reader is blocked
	FactoryDefault    Code = "factory-default"    // a factory PIN, PUK or management key where none may be
	ManagementUnknown Code = "management-unknown" // the management key is neither the factory's nor kept on the token
	NoKey             Code = "no-key"             // the slot is empty
	OtherKey          Code = "other-key"          // the slot holds another key than the one enrolled
	NoCredential      Code = "no-credential"      // the credential is not on this token
	NoFreeSlot        Code = "no-free-slot"       // every retired slot is taken
	Full              Code = "full"               // no room left on the token
	AlreadyEnrolled   Code = "already-enrolled"   // the credential was there before
	NotAttested       Code = "not-attested"       // the token made a key with other policies than asked for
	Cancelled         Code = "cancelled"          // the person or the program ended the act
	TouchTimeout      Code = "touch-timeout"      // nobody touched it in time
	TouchRequired     Code = "touch-required"     // the token wants a touch for this
	Removed           Code = "removed"            // unplugged, or not there
	Reset             Code = "reset"              // another program reset the card in the middle
	Busy              Code = "busy"               // another program holds it
	Frozen            Code = "frozen"             // it does not answer
	NoService         Code = "no-service"         // the smart-card service does not run
	NotPermitted      Code = "not-permitted"      // the system does not let this account use it
	NotPIV            Code = "not-piv"            // a card without a PIV application
	NotFIDO2          Code = "not-fido2"          // a security key without FIDO2
	OldFirmware       Code = "old-firmware"       // too old for what is asked
	Unsupported       Code = "unsupported"        // the token lacks what is asked
	Refused           Code = "refused"            // the token refused, for a reason of its own
	Malformed         Code = "malformed"          // it answered something that is no answer
	BadRequest        Code = "bad-request"        // this program asked something that is no question
	ServiceFailed     Code = "service-failed"     // the driver or the smart-card service failed inside
	HelperFailed      Code = "helper-failed"      // the helper process could not be started, or died
	Unknown           Code = "unknown"            // a number nobody has told us; Error.Number says which
)

// Codes lists every code, so that a test can ask words for each.
func Codes() []Code {
	return []Code{
		WrongPIN, WrongPUK, PINBlocked, PINAuthBlocked, PINNotSet, PINRequired, PINRefused, FactoryValue, PINExpired, UVBlocked,
		FactoryDefault, ManagementUnknown, NoKey, OtherKey, NoCredential, NoFreeSlot, Full, AlreadyEnrolled, NotAttested,
		Cancelled, TouchTimeout, TouchRequired, Removed, Reset, Busy, Frozen, NoService, NotPermitted, NotPIV, NotFIDO2,
		OldFirmware, Unsupported, Refused, Malformed, BadRequest, ServiceFailed, HelperFailed, Unknown,
	}
}

// Error is a token's answer that is not a success, with its facts. It holds no secret and crosses the helper's
// pipe as JSON.
type Error struct {
	Code      Code   `json:"code"`
	Side      Kind   `json:"side"`       // which side answered; "" when neither
	TriesLeft int    `json:"tries_left"` // after this answer; -1 when it says nothing about tries
	PUK       bool   `json:"puk"`        // it is about the PUK, not the PIN
	Number    int64  `json:"number"`     // the status word, SCARD or CTAP number behind it; 0 when none
	Detail    string `json:"detail"`     // for a log and a developer; in English, no secret

	cause error // what a prompt or a context said, on this side of the pipe only
}

// NewError makes an Error that says nothing about tries and numbers.
func NewError(code Code, side Kind, detail string) *Error {
	return &Error{Code: code, Side: side, TriesLeft: -1, Detail: detail}
}

// Because returns a copy of e that unwraps to cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Error says code, tries and detail.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Side != "" {
		s = string(e.Side) + " token: " + s
	}
	if e.PUK {
		s += " (PUK)"
	}
	if e.TriesLeft >= 0 {
		s += fmt.Sprintf(", %d tries left", e.TriesLeft)
	}
	if e.Number != 0 {
		s += fmt.Sprintf(" (0x%x)", e.Number)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap gives what a prompt or a context said, if one ended the act.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf finds the code in err: that of the Error inside, Cancelled for an ended context, "" for nil, Unknown otherwise.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Cancelled
	default:
		return Unknown
	}
}
