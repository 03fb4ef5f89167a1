package keystore

import (
	"context"
	"errors"

	"holdfast/internal/secret"
)

// Change says whether an act has replaced a PIN or PUK.
type Change string

// The changes.
const (
	Unchanged Change = ""        // nothing was done to it
	Changed   Change = "changed" // the token took the new one
	Unclear   Change = "unclear" // the token was asked to, and its answer was lost
)

// PINReplacedError is an act that failed after it had given a token a new PIN or PUK: what the person chose is in force all the same.
type PINReplacedError struct {
	Side     Kind
	PIN, PUK Change
	Err      error // why the act failed
}

// Error implements error.
func (e *PINReplacedError) Error() string {
	return e.Err.Error() + " (" + string(e.Side) + " token: new PIN " + saidOf(e.PIN) + ", new PUK " + saidOf(e.PUK) + ")"
}

// Unwrap gives why the act failed.
func (e *PINReplacedError) Unwrap() error { return e.Err }

func saidOf(c Change) string {
	if c == Unchanged {
		return "not set"
	}
	return string(c)
}

// WithPINReplaced adds to an error that the act before it has changed a PIN or PUK. nil stays nil, and so does what is known already.
func WithPINReplaced(err error, side Kind, pin, puk Change) error {
	var known *PINReplacedError
	if err == nil || pin == Unchanged && puk == Unchanged || errors.As(err, &known) {
		return err
	}
	return &PINReplacedError{Side: side, PIN: pin, PUK: puk, Err: err}
}

// chosen notes which new PINs a person was asked for: once the token has been enrolled, they are in force.
type chosen struct {
	side     Kind
	pin, puk Change
	inForce  bool // the token's part of the enrolment succeeded
}

// watch lends prompts that note what is chosen.
func (c *chosen) watch(p Prompts) Prompts {
	ask := p.PIN
	p.PIN = func(ctx context.Context, r PINRequest) (*secret.Bytes, error) {
		s, err := ask(ctx, r)
		if err == nil {
			switch r.Which {
			case PINNewPIV, PINNewFIDO2:
				c.pin = Changed
			case PINNewPUK:
				c.puk = Changed
			case PINPIV, PINFIDO2:
			}
		}
		return s, err
	}
	return p
}

// told adds to an error that comes after the token's part of the enrolment what was chosen in it.
func (c *chosen) told(err error) error {
	if !c.inForce {
		return err // how far the token got is in the error itself
	}
	return WithPINReplaced(err, c.side, c.pin, c.puk)
}
