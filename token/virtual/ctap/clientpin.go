package ctap

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The subcommands of authenticatorClientPIN (section 6.5.5).
const (
	subGetPINRetries   = 0x01
	subGetKeyAgreement = 0x02
	subSetPIN          = 0x03
	subChangePIN       = 0x04
	subGetPINToken     = 0x05
	subGetPINTokenWith = 0x09 // getPinUvAuthTokenUsingPinWithPermissions
)

// paddedPINSize is the length of a PIN as it is sent, padded with zeros.
const paddedPINSize = 64

type clientPINRequest struct {
	Protocol     *uint    `cbor:"1,keyasint"`
	Subcommand   *uint    `cbor:"2,keyasint"`
	KeyAgreement *coseKey `cbor:"3,keyasint"`
	Param        octets   `cbor:"4,keyasint"`
	NewPINEnc    octets   `cbor:"5,keyasint"`
	PINHashEnc   octets   `cbor:"6,keyasint"`
	Permissions  *uint    `cbor:"9,keyasint"`
	RPID         *string  `cbor:"10,keyasint"`
}

type clientPINResponse struct {
	KeyAgreement *coseKey `cbor:"1,keyasint,omitempty"`
	Token        []byte   `cbor:"2,keyasint,omitempty"`
	Retries      *int     `cbor:"3,keyasint,omitempty"`
	PowerCycle   *bool    `cbor:"4,keyasint,omitempty"`
}

// clientPIN is authenticatorClientPIN.
func (a *Authenticator) clientPIN(r *request) (any, error) {
	var q clientPINRequest
	if err := decode(r.params, &q); err != nil {
		return nil, err
	}
	if q.Subcommand == nil {
		return nil, ErrMissingParameter
	}
	switch *q.Subcommand {
	case subGetPINRetries:
		r.op.Name += " getPINRetries"
		retries, blocked := a.state.Retries, a.power.misses >= maxMisses
		return clientPINResponse{Retries: &retries, PowerCycle: &blocked}, nil
	case subGetKeyAgreement:
		r.op.Name += " getKeyAgreement"
		p, err := a.protocol(q.Protocol)
		if err != nil {
			return nil, err
		}
		key := p.public()
		return clientPINResponse{KeyAgreement: &key}, nil
	case subSetPIN:
		r.op.Name += " setPIN"
		return nil, a.setPIN(&q)
	case subChangePIN:
		r.op.Name += " changePIN"
		return nil, a.changePIN(r, &q)
	case subGetPINToken:
		r.op.Name += " getPinToken"
		return a.getPINToken(r, &q)
	case subGetPINTokenWith:
		r.op.Name += " getPinUvAuthTokenUsingPinWithPermissions"
		return a.getPINTokenWith(r, &q)
	}
	return nil, ErrInvalidSubcommand
}

// setPIN sets the first PIN (section 6.5.5.5).
func (a *Authenticator) setPIN(q *clientPINRequest) error {
	if q.KeyAgreement == nil || q.NewPINEnc == nil || q.Param == nil {
		return ErrMissingParameter
	}
	p, err := a.protocol(q.Protocol)
	if err != nil {
		return err
	}
	if a.pinSet() {
		return ErrPINAuthInvalid
	}
	secret, err := p.decapsulate(*q.KeyAgreement)
	if err != nil {
		return err
	}
	if !p.verify(secret, q.NewPINEnc, q.Param) {
		return ErrPINAuthInvalid
	}
	return a.takePIN(p, secret, q.NewPINEnc)
}

// changePIN replaces the PIN (section 6.5.5.6).
func (a *Authenticator) changePIN(r *request, q *clientPINRequest) error {
	if q.KeyAgreement == nil || q.NewPINEnc == nil || q.PINHashEnc == nil || q.Param == nil {
		return ErrMissingParameter
	}
	p, err := a.protocol(q.Protocol)
	if err != nil {
		return err
	}
	if err := a.mayTry(); err != nil {
		return err
	}
	secret, err := p.decapsulate(*q.KeyAgreement)
	if err != nil {
		return err
	}
	if !p.verify(secret, slices.Concat(q.NewPINEnc, q.PINHashEnc), q.Param) {
		return ErrPINAuthInvalid
	}
	if err := a.tryPIN(r, p, secret, q.PINHashEnc); err != nil {
		return err
	}
	return a.takePIN(p, secret, q.NewPINEnc)
}

// getPINToken is the older way to a token, for all uses (section 6.5.5.7.1).
func (a *Authenticator) getPINToken(r *request, q *clientPINRequest) (any, error) {
	if q.Permissions != nil || q.RPID != nil {
		return nil, ErrInvalidParameter
	}
	return a.token(r, q, permitMakeCredential|permitGetAssertion, "")
}

// getPINTokenWith gives a token for named uses (section 6.5.5.7.2).
func (a *Authenticator) getPINTokenWith(r *request, q *clientPINRequest) (any, error) {
	if q.Permissions == nil {
		return nil, ErrMissingParameter
	}
	switch known := uint(permitMakeCredential | permitGetAssertion); {
	case *q.Permissions == 0:
		return nil, ErrInvalidParameter
	case *q.Permissions&^known != 0:
		return nil, ErrUnauthorizedPermission
	case q.RPID == nil || *q.RPID == "":
		return nil, ErrMissingParameter
	}
	return a.token(r, q, *q.Permissions, *q.RPID)
}

// token checks the PIN and hands out a new token.
func (a *Authenticator) token(r *request, q *clientPINRequest, permissions uint, rpID string) (any, error) {
	if q.KeyAgreement == nil || q.PINHashEnc == nil {
		return nil, ErrMissingParameter
	}
	p, err := a.protocol(q.Protocol)
	if err != nil {
		return nil, err
	}
	if err := a.mayTry(); err != nil {
		return nil, err
	}
	secret, err := p.decapsulate(*q.KeyAgreement)
	if err != nil {
		return nil, err
	}
	if err := a.tryPIN(r, p, secret, q.PINHashEnc); err != nil {
		return nil, err
	}
	g, err := a.newGrant(p, permissions, rpID)
	if err != nil {
		return nil, err
	}
	sealed, err := p.encrypt(secret, g.token)
	return clientPINResponse{Token: sealed}, err
}

// mayTry tells why a PIN cannot be tried now.
func (a *Authenticator) mayTry() error {
	switch {
	case !a.pinSet():
		return ErrPINNotSet
	case a.state.Retries == 0:
		return ErrPINBlocked
	case a.power.misses >= maxMisses:
		return ErrPINAuthBlocked
	}
	return nil
}

// tryPIN compares a PIN. The try is taken, and kept, before it is made.
func (a *Authenticator) tryPIN(r *request, p *pinProtocol, secret, sealed []byte) error {
	if err := a.change(func(s *state) { s.Retries-- }); err != nil {
		return err
	}
	hash, ok := p.decrypt(secret, sealed)
	if ok && len(hash) == 16 && subtle.ConstantTimeCompare(hash, a.state.PINHash) == 1 {
		a.power.misses = 0
		r.op.PIN = true
		return a.change(func(s *state) { s.Retries = maxRetries })
	}
	a.power.misses++
	if err := p.regenerate(); err != nil {
		return err
	}
	switch {
	case a.state.Retries == 0:
		return ErrPINBlocked
	case a.power.misses >= maxMisses:
		return ErrPINAuthBlocked
	}
	return ErrPINInvalid
}

// takePIN opens a new PIN, checks and keeps it, and ends the token in use.
func (a *Authenticator) takePIN(p *pinProtocol, secret, sealed []byte) error {
	padded, ok := p.decrypt(secret, sealed)
	if !ok {
		return ErrPINAuthInvalid
	}
	defer clear(padded)
	if len(padded) != paddedPINSize {
		return ErrInvalidParameter
	}
	pin := bytes.TrimRight(padded, "\x00")
	// 63 bytes is the longest, for at least one byte of padding must be there.
	if len(pin) == paddedPINSize || !utf8.Valid(pin) || utf8.RuneCount(pin) < minPINLength {
		return ErrPINPolicyViolation
	}
	hash := sha256.Sum256(pin)
	a.power.grant = nil
	return a.change(func(s *state) { s.PINHash, s.Retries = hash[:16], maxRetries })
}

// Tries are the PIN tries that are left, and how many there are.
func (a *Authenticator) Tries() (left, total int) {
	a.body.Lock()
	defer a.body.Unlock()
	return a.state.Retries, maxRetries
}

// SetTries sets how many PIN tries are left, 0 to 8.
func (a *Authenticator) SetTries(left int) error {
	if left < 0 || left > maxRetries {
		return fmt.Errorf("PIN tries %d: want 0 to %d", left, maxRetries)
	}
	a.body.Lock()
	defer a.body.Unlock()
	return a.change(func(s *state) { s.Retries = left })
}
