package ctap

import (
	"errors"
	"fmt"
)

// Status is the first byte of every CTAP2 response (section 8.2).
type Status byte

// The statuses that this authenticator gives by itself. Any other can be had by
// injecting it.
const (
	OK                        Status = 0x00
	ErrInvalidCommand         Status = 0x01
	ErrInvalidParameter       Status = 0x02
	ErrInvalidLength          Status = 0x03
	ErrCBORUnexpectedType     Status = 0x11
	ErrInvalidCBOR            Status = 0x12
	ErrMissingParameter       Status = 0x14
	ErrLimitExceeded          Status = 0x15
	ErrCredentialExcluded     Status = 0x19
	ErrUnsupportedAlgorithm   Status = 0x26
	ErrKeyStoreFull           Status = 0x28
	ErrUnsupportedOption      Status = 0x2b
	ErrInvalidOption          Status = 0x2c
	ErrKeepaliveCancel        Status = 0x2d
	ErrNoCredentials          Status = 0x2e
	ErrUserActionTimeout      Status = 0x2f
	ErrNotAllowed             Status = 0x30
	ErrPINInvalid             Status = 0x31
	ErrPINBlocked             Status = 0x32
	ErrPINAuthInvalid         Status = 0x33
	ErrPINAuthBlocked         Status = 0x34
	ErrPINNotSet              Status = 0x35
	ErrPUATRequired           Status = 0x36
	ErrPINPolicyViolation     Status = 0x37
	ErrRequestTooLarge        Status = 0x39
	ErrInvalidSubcommand      Status = 0x3e
	ErrUnauthorizedPermission Status = 0x40
	ErrOther                  Status = 0x7f
)

func (s Status) hex() string { return fmt.Sprintf("0x%02x", byte(s)) }

// Error names the status by its number.
func (s Status) Error() string { return "CTAP status " + s.hex() }

// statusOf is the status that stands for an error: its own, or ErrOther for a
// fault inside the emulated key, such as a full disk.
func statusOf(err error) Status {
	var s Status
	switch {
	case err == nil:
		return OK
	case errors.As(err, &s):
		return s
	default:
		return ErrOther
	}
}
