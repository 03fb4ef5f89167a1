// Package fido2 is the passkey side of a token: CTAP 2.1 over CTAPHID. What uses a PIN or a key goes through libfido2; what
// asks for facts goes through a small CTAPHID client, which can be cancelled and speaks a YubiKey's own command for the serial number.
package fido2

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
	"unsafe"

	libfido2 "github.com/keys-pub/go-libfido2"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// The relying party of every keyslot. It is part of the vault's format; the name .invalid belongs to nobody (RFC 6761).
const (
	relyingParty     = "holdfast.invalid"
	relyingPartyName = "Holdfast"
)

// The lengths of a FIDO2 PIN in bytes (CTAP 2.1 section 6.5.1); the shortest counts code points.
const (
	minPIN = 4
	maxPIN = 63
)

const (
	saltLength   = 32
	outputLength = 32
	hashLength   = 32
	maxIDLength  = 1023
)

// patience is how long an act waits for another act of this program to let go of the device.
const patience = time.Second

// Key is the passkey side of one token. Its methods open the device, act and close it. libfido2 has no limit of time: a caller who must
// be able to cancel also on a frozen token runs them in the helper process.
type Key struct {
	Token token.Token // Path is required; Name is told to the person
	// Replaced, when set, is told when an enrolment gives the token a PIN. puk is always Unchanged.
	Replaced func(pin, puk keystore.Change)
	// Alive, when set, is called about once a second while the token sends signs of life.
	Alive func()
}

var _ keystore.FIDO2Enroller = (*Key)(nil)

// HMACSecret implements keystore.FIDO2Opener: one assertion, one salt, with the PIN. A token with a blocked PIN would answer without PIN,
// with another secret: that is never asked for.
func (k *Key) HMACSecret(ctx context.Context, r keystore.HMACRequest, g keystore.Gate) (*secret.Bytes, error) {
	if len(r.Salt) != saltLength || len(r.Credential) < 1 || len(r.Credential) > maxIDLength {
		return nil, token.NewError(token.BadRequest, token.FIDO2, fmt.Sprintf("a salt of %d bytes and a credential id of %d", len(r.Salt), len(r.Credential)))
	}
	facts, err := k.ready(ctx)
	if err != nil {
		return nil, err
	}
	if facts.PINSet != token.Yes {
		return nil, token.NewError(token.PINNotSet, token.FIDO2, "the token has no PIN")
	}
	pin, err := k.askPIN(ctx, g, keystore.PINFIDO2, facts)
	if err != nil {
		return nil, err
	}
	defer pin.Destroy()

	var output *secret.Bytes
	done := k.askTouch(ctx, g)
	err = k.onceMore(ctx, facts, func() error {
		return k.withDevice(ctx, facts, func(d *libfido2.Device) (err error) {
			output, err = assert(d, r, pin)
			return err
		})
	})
	done()
	if err != nil && output != nil { // it came while the act was being cancelled
		output.Destroy()
		output = nil
	}
	return output, k.tellTries(ctx, err)
}

// ready reads the facts and refuses a token that cannot answer.
func (k *Key) ready(ctx context.Context) (token.Facts, error) {
	f, err := k.Facts(ctx)
	if err != nil {
		return f, err
	}
	if lacks, ok := f.FIDO2.Suits(); !ok {
		return f, token.NewError(token.Unsupported, token.FIDO2, "the token lacks "+lacks)
	}
	if f.PINSet == token.Yes && f.PINTries == 0 {
		e := token.NewError(token.PINBlocked, token.FIDO2, "no tries left")
		e.TriesLeft = 0
		return f, e
	}
	if f.FIDO2.NeedsReplug {
		e := token.NewError(token.PINAuthBlocked, token.FIDO2, "three wrong PINs in a row")
		e.TriesLeft = f.PINTries
		return f, e
	}
	return f, nil
}

func (k *Key) askPIN(ctx context.Context, g keystore.Gate, which keystore.PINKind, f token.Facts) (*secret.Bytes, error) {
	return k.ask(ctx, g, keystore.PINRequest{Token: k.Token.Name, Which: which, TriesLeft: f.PINTries, Min: minPIN, Max: maxPIN})
}

// askNewPIN asks for a new PIN, and once more when what was typed cannot be one; again is the reason when this is the second time already.
func (k *Key) askNewPIN(ctx context.Context, g keystore.Gate, f token.Facts, again keystore.Again) (*secret.Bytes, error) {
	r := keystore.PINRequest{Token: k.Token.Name, Which: keystore.PINNewFIDO2, TriesLeft: -1, Min: f.MinPIN, Max: maxPIN, Again: again}
	chosen, err := k.ask(ctx, g, r)
	if again != "" || ctx.Err() != nil || token.CodeOf(err) != token.PINRefused {
		return chosen, err
	}
	r.Again = keystore.AgainLength
	return k.ask(ctx, g, r)
}

func (k *Key) ask(ctx context.Context, g keystore.Gate, r keystore.PINRequest) (*secret.Bytes, error) {
	typed, err := g.Prompts.PIN(ctx, r)
	if err != nil {
		return nil, token.NewError(token.Cancelled, token.FIDO2, "no PIN was given").Because(err)
	}
	if err := errors.Join(ctx.Err(), checkPIN(typed, r.Min)); err != nil {
		typed.Destroy()
		return nil, err
	}
	return typed, nil
}

// checkPIN refuses what libfido2 would cut or the token could not hold. The length counts code points.
func checkPIN(pin *secret.Bytes, least int) error {
	return pin.Expose(func(p []byte) error {
		switch {
		case len(p) > maxPIN:
			return token.NewError(token.PINRefused, token.FIDO2, "a passkey PIN has at most 63 bytes")
		case !utf8.Valid(p):
			return token.NewError(token.PINRefused, token.FIDO2, "a passkey PIN is text in UTF-8")
		case utf8.RuneCount(p) < least:
			return token.NewError(token.PINRefused, token.FIDO2, fmt.Sprintf("a passkey PIN has at least %d characters", least))
		}
		for _, b := range p {
			if b == 0 {
				return token.NewError(token.PINRefused, token.FIDO2, "a passkey PIN holds no zero byte")
			}
		}
		return nil
	})
}

func (k *Key) askTouch(ctx context.Context, g keystore.Gate) (done func()) {
	r := g.Touch
	if r.Token == "" {
		r.Token = k.Token.Name
	}
	return g.Prompts.Touch(ctx, r)
}

// withDevice runs f with libfido2 on the device, and cancels what the token does when ctx ends. The device is looked at once more first: libfido2
// would try to open a device in use for 21 seconds, and the PIN must not go to another token put in the same place.
func (k *Key) withDevice(ctx context.Context, f token.Facts, act func(*libfido2.Device) error) error {
	now, err := k.Identify(ctx)
	if err != nil {
		return err
	}
	if now.Physical != f.Token.Physical {
		return token.NewError(token.Removed, token.FIDO2, "another token is in its place now")
	}
	device, err := libfido2.NewDevice(k.Token.Path)
	if err != nil {
		return fromLibrary("opening the device", err)
	}
	defer k.listen()()
	ended := make(chan error, 1)
	go func() { ended <- act(device) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return cancelled(ctx, device, ended)
}

// cancelled tells the token to stop waiting for a touch until it does. Cancel does nothing before libfido2 has opened the device, so it
// is repeated.
func cancelled(ctx context.Context, device *libfido2.Device, ended <-chan error) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		_ = device.Cancel() // the act's own answer says how it ended
		select {
		case how := <-ended:
			e := token.NewError(token.Cancelled, token.FIDO2, "")
			if how != nil {
				e.Detail = how.Error()
			}
			return e.Because(ctx.Err())
		case <-again.C:
		}
	}
}

// withText lends a secret to f as the string go-libfido2 asks for. The string is the locked memory itself; libfido2 makes copies that are
// never freed, which is why it runs in a process of its own.
func withText(s *secret.Bytes, f func(text string) error) error {
	return s.Expose(func(p []byte) error {
		return f(unsafe.String(unsafe.SliceData(p), len(p))) // a copy in a Go string could not be wiped
	})
}

// assert asks for one hmac-secret.
func assert(d *libfido2.Device, r keystore.HMACRequest, pin *secret.Bytes) (*secret.Bytes, error) {
	challenge := make([]byte, hashLength)
	if _, err := rand.Read(challenge); err != nil {
		return nil, err
	}
	var answer *libfido2.Assertion
	err := withText(pin, func(text string) (err error) {
		answer, err = d.Assertion(relyingParty, challenge, [][]byte{r.Credential}, text, &libfido2.AssertionOpts{
			Extensions: []libfido2.Extension{libfido2.HMACSecretExtension},
			UV:         libfido2.Default, // the PIN stands for it
			HMACSalt:   r.Salt,
		})
		return fromLibrary("hmac-secret", err)
	})
	if err != nil {
		return nil, err
	}
	defer clear(answer.HMACSecret)
	data, err := parseAuthData(answer.AuthDataCBOR)
	if err != nil {
		return nil, err
	}
	if err := data.require(flagUserPresent | flagUserVerified); err != nil {
		return nil, err
	}
	if len(answer.HMACSecret) != outputLength {
		return nil, token.NewError(token.Malformed, token.FIDO2, fmt.Sprintf("an hmac-secret of %d bytes", len(answer.HMACSecret)))
	}
	return secret.Move(answer.HMACSecret)
}

// tellTries adds the tries left to a wrong PIN: CTAP answers without them.
func (k *Key) tellTries(ctx context.Context, err error) error {
	var e *token.Error
	if !errors.As(err, &e) || (e.Code != token.WrongPIN && e.Code != token.PINAuthBlocked) {
		return err
	}
	f, factsErr := k.Facts(ctx)
	if factsErr != nil {
		return err
	}
	told := *e
	told.TriesLeft = f.PINTries
	return &told
}
