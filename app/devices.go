package app

import (
	"context"
	"fmt"
	"strings"

	"holdfast/keystore"
	"holdfast/token"
)

// Devices are the tokens of this machine, lent by whoever starts the program. Nothing here is asked of a token before a person wants something
// of it, but which physical key it is.
type Devices interface {
	// List gives the sides of the tokens that are plugged in now. An error that leaves some sides usable (no smart-card service) comes with them.
	List(ctx context.Context) ([]token.Token, error)
	// Watch sends arrivals, departures and what is learnt about tokens; the channel closes when ctx ends.
	Watch(ctx context.Context) <-chan token.Event
	// Facts asks one side what it tells without a PIN.
	Facts(ctx context.Context, id string) (token.Facts, error)
	// PIV lends the smart-card side with this token.Token.ID, FIDO2 the passkey side.
	PIV(id string) keystore.PIVEnroller
	FIDO2(id string) keystore.FIDO2Enroller
}

// present is a token as the keystore takes it.
func (a *App) present(t token.Token) (keystore.Present, error) {
	p := keystore.Present{Name: t.Name, Physical: t.Physical, Serial: serial(t), Firmware: t.Firmware, Unverified: t.Unverified}
	p.Model = strings.TrimSpace(strings.TrimSuffix(t.Name, p.Serial))
	switch t.Kind {
	case token.PIV:
		p.Kind, p.PIV = keystore.KindPIV, a.devices.PIV(t.ID)
	case token.FIDO2:
		p.Kind, p.FIDO2 = keystore.KindFIDO2, a.devices.FIDO2(t.ID)
	default:
		return p, fmt.Errorf("token %q is of kind %q, which opens no keyslot", t.Name, t.Kind)
	}
	return p, nil
}

// Tokens gives the sides of the tokens that are plugged in now; an error may come beside those that can be used all the same.
func (a *App) Tokens(ctx context.Context) ([]token.Token, error) {
	return a.devices.List(ctx)
}

// TokenFacts asks a token what it tells without a PIN.
func (a *App) TokenFacts(ctx context.Context, ref string) (token.Facts, error) {
	list, err := a.list(ctx)
	if err != nil {
		return token.Facts{}, err
	}
	t, err := one(narrow(list, ref, nil), ref)
	if err != nil {
		return token.Facts{}, err
	}
	return a.devices.Facts(ctx, t.ID)
}

// list gives the tokens present; an error counts only when no token is there at all.
func (a *App) list(ctx context.Context) ([]token.Token, error) {
	list, err := a.devices.List(ctx)
	if len(list) > 0 && ctx.Err() == nil {
		return list, nil
	}
	return list, err
}
