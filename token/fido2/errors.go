package fido2

import (
	"errors"

	libfido2 "github.com/keys-pub/go-libfido2"

	"holdfast/token"
)

// sentinel is one of go-libfido2's errors with the number of libfido2 behind it (fido/err.h).
type sentinel struct {
	err    error
	number int
}

func sentinels() []sentinel {
	return []sentinel{
		{libfido2.ErrTX, -1},
		{libfido2.ErrRX, -2},
		{libfido2.ErrRXNotCBOR, -3},
		{libfido2.ErrRXInvalidCBOR, -4},
		{libfido2.ErrInvalidArgument, -7},
		{libfido2.ErrUserPresenceRequired, -8},
		{libfido2.ErrInternal, -9},
		{libfido2.ErrInvalidCommand, 0x01},
		{libfido2.ErrInvalidLength, 0x03},
		{libfido2.ErrMissingParameter, 0x14},
		{libfido2.ErrInvalidCredential, 0x22},
		{libfido2.ErrOperationDenied, 0x27},
		{libfido2.ErrUnsupportedOption, 0x2b},
		{libfido2.ErrInvalidOption, 0x2c},
		{libfido2.ErrKeepaliveCancel, 0x2d},
		{libfido2.ErrNoCredentials, 0x2e},
		{libfido2.ErrNotAllowed, 0x30},
		{libfido2.ErrPinInvalid, 0x31},
		{libfido2.ErrPinAuthBlocked, 0x34},
		{libfido2.ErrPinNotSet, 0x35},
		{libfido2.ErrPinRequired, 0x36},
		{libfido2.ErrPinPolicyViolation, 0x37},
		{libfido2.ErrActionTimeout, 0x3a},
		{libfido2.ErrUPRequired, 0x3b},
		{libfido2.ErrOther, 0x7f},
	}
}

// fromLibrary turns an error of go-libfido2 into a token.Error that names the call; nil stays nil.
func fromLibrary(call string, err error) error {
	if err == nil {
		return nil
	}
	var coded *token.Error
	if errors.As(err, &coded) {
		return err
	}
	if errors.Is(err, libfido2.ErrNotFIDO2) {
		return token.NewError(token.NotFIDO2, token.FIDO2, call)
	}
	var numbered libfido2.Error
	if errors.As(err, &numbered) {
		return ctapError(call, numbered.Code)
	}
	for _, s := range sentinels() {
		if errors.Is(err, s.err) {
			return ctapError(call, s.number)
		}
	}
	return token.NewError(token.BadRequest, token.FIDO2, call+": "+err.Error())
}

// ctapError makes the token.Error of a number of CTAP or libfido2.
func ctapError(call string, number int) error {
	e := token.NewError(token.FromCTAP(number), token.FIDO2, call)
	e.Number = int64(number)
	if e.Code == token.PINBlocked {
		e.TriesLeft = 0
	}
	return e
}
