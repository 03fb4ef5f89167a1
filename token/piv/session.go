package piv

import (
	"context"
	"errors"
	"time"
	"unsafe"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/internal/secret"
	"holdfast/token"
	"holdfast/token/pcsc"
)

// withYubiKey opens the PIV application through piv-go, runs f, and makes sure that no verified PIN stays behind.
func (k *Key) withYubiKey(ctx context.Context, f func(*piv.YubiKey) error) (err error) {
	yk, err := openPatiently(ctx, k.Token.Reader)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.release(yk)) }()
	return f(yk)
}

func openPatiently(ctx context.Context, reader string) (*piv.YubiKey, error) {
	deadline := time.Now().Add(patience)
	for {
		yk, openErr := piv.Open(reader)
		if openErr == nil {
			return yk, nil
		}
		err := fromPIV("opening the card", openErr)
		if token.CodeOf(err) != token.Busy || time.Now().After(deadline) {
			return nil, err
		}
		timer := time.NewTimer(25 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

// release closes piv-go's connection and resets the card. piv-go leaves the card as it is: a verified PIN would serve whoever
// connects next. Asking for the form factor selects another application first, which ends the verification while nobody
// else can connect yet; the reset is what the contract rests on.
func (k *Key) release(yk *piv.YubiKey) error {
	_, _ = yk.FormFactor() // only its side effect is wanted, and a token may lack the application
	closeErr := fromPIV("closing the card", yk.Close())
	if code := token.CodeOf(closeErr); code == token.Removed || code == token.Reset {
		closeErr = nil
	}
	return errors.Join(closeErr, k.reset())
}

// reset connects and disconnects with a reset. A card that is gone needs none.
func (k *Key) reset() (err error) {
	service, err := pcsc.Establish()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	// Not the act's context: the reset is owed also when the act was cancelled.
	connection, err := service.ConnectPatiently(context.Background(), k.Token.Reader, 2*patience)
	switch token.CodeOf(err) {
	case "":
		return connection.Close()
	case token.Removed, token.Frozen:
		return nil
	default:
		return err
	}
}

// withText lends a secret to f as the string piv-go asks for. The string is the locked memory itself: no copy is made here, and f
// must not keep it.
func withText(s *secret.Bytes, f func(text string) error) error {
	return s.Expose(func(p []byte) error {
		return f(unsafe.String(unsafe.SliceData(p), len(p))) //nolint:gosec // a copy in a Go string could not be wiped
	})
}

// checkLength refuses a PIN or PUK that the card could not hold, before it is presented.
func checkLength(what string, s *secret.Bytes) error {
	if s.Len() < minPIN || s.Len() > maxPIN {
		return token.NewError(token.PINRefused, token.PIV, what+" must have 6 to 8 bytes")
	}
	return nil
}
