package piv

import (
	"context"
	"errors"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// newPINs are what the person typed for an enrolment; nil where nothing was needed.
type newPINs struct {
	pin *secret.Bytes // the PIN from now on
	puk *secret.Bytes // replaces the factory PUK; nil when it is not the factory's
}

func (n *newPINs) destroy() {
	for _, s := range []*secret.Bytes{n.pin, n.puk} {
		if s != nil {
			s.Destroy()
		}
	}
}

// askForEnrolment asks for the PIN, or for new ones where the factory's are set.
func (k *Key) askForEnrolment(ctx context.Context, f token.Facts, g keystore.Gate, typed *newPINs) (err error) {
	if f.PIV.FactoryPIN == token.Yes {
		typed.pin, err = k.askNew(ctx, g, keystore.PINNewPIV, "")
	} else {
		typed.pin, err = k.askPIN(ctx, g, keystore.PINPIV, f.PINTries)
	}
	if err != nil || f.PIV.FactoryPUK != token.Yes {
		return err
	}
	typed.puk, err = k.askNew(ctx, g, keystore.PINNewPUK, "")
	return err
}

// askNew asks for a new PIN or PUK. What cannot be one (the factory's, one of another length) is asked for once more, with the reason; again is the reason
// when this is the second time already.
func (k *Key) askNew(ctx context.Context, g keystore.Gate, which keystore.PINKind, again keystore.Again) (*secret.Bytes, error) {
	chosen, err := g.Prompts.PIN(ctx, keystore.PINRequest{Token: k.Token.Name, Which: which, TriesLeft: -1, Min: minPIN, Max: maxPIN, Again: again})
	if err != nil {
		return nil, token.NewError(token.Cancelled, token.PIV, "no PIN was given").Because(err)
	}
	why := acceptable(chosen, which)
	if err := errors.Join(ctx.Err(), refusal(which, why)); err == nil {
		return chosen, nil
	} else if chosen.Destroy(); again != "" || ctx.Err() != nil {
		return nil, err
	}
	return k.askNew(ctx, g, which, why)
}

// acceptable says why a new PIN or PUK cannot be one; empty when it can.
func acceptable(chosen *secret.Bytes, which keystore.PINKind) (why keystore.Again) {
	if chosen.Len() < minPIN || chosen.Len() > maxPIN {
		return keystore.AgainLength
	}
	factory := piv.DefaultPIN
	if which == keystore.PINNewPUK {
		factory = piv.DefaultPUK
	}
	err := withText(chosen, func(text string) error {
		if text == factory {
			why = keystore.AgainFactory
		}
		return nil
	})
	if err != nil {
		return keystore.AgainRefused
	}
	return why
}

// refusal is the token.Error of a new PIN or PUK that is not taken; nil when why is empty.
func refusal(which keystore.PINKind, why keystore.Again) error {
	var e *token.Error
	switch why {
	case keystore.AgainFactory:
		e = token.NewError(token.FactoryValue, token.PIV, "this is the value every token leaves the factory with")
	case keystore.AgainLength:
		e = token.NewError(token.PINRefused, token.PIV, "it must have 6 to 8 bytes")
	case keystore.AgainRefused:
		e = token.NewError(token.PINRefused, token.PIV, "the token does not take it")
	default:
		return nil
	}
	e.PUK = which == keystore.PINNewPUK
	return e
}

// askRefused asks once more for the new PIN or PUK that the token did not take, and says whether there is anything to try again. The other one stays: the
// token has it already, or has not been given it yet.
func (k *Key) askRefused(ctx context.Context, g keystore.Gate, typed *newPINs, refused error) (again bool, err error) {
	var e *token.Error
	if !errors.As(refused, &e) || e.Code != token.PINRefused {
		return false, refused
	}
	which, place := keystore.PINNewPIV, &typed.pin
	if e.PUK {
		which, place = keystore.PINNewPUK, &typed.puk
	}
	(*place).Destroy()
	*place, err = k.askNew(ctx, g, which, keystore.AgainRefused)
	return err == nil, err
}

// replaced is what an enrolment has done to PIN and PUK so far.
type replaced struct{ pin, puk keystore.Change }

// replacePINs presents each factory value once, in the command that replaces it; a PIN of the owner's is verified.
func (k *Key) replacePINs(yk *piv.YubiKey, f *token.PIVFacts, typed *newPINs, done *replaced) error {
	if f.FactoryPIN == token.Yes {
		if err := k.replace(typed.pin, &done.pin, done, func(text string) error {
			return fromPIV("replacing the PIN", yk.SetPIN(piv.DefaultPIN, text))
		}); err != nil {
			return err
		}
	} else if err := verify(yk, typed.pin); err != nil {
		return err
	}
	if f.FactoryPUK != token.Yes {
		return nil
	}
	err := k.replace(typed.puk, &done.puk, done, func(text string) error {
		return fromPIV("replacing the PUK", yk.SetPUK(piv.DefaultPUK, text))
	})
	return ofPUK(as(err, token.WrongPIN, token.WrongPUK))
}

// replace gives the token a new PIN or PUK. Until it has answered, nobody knows which one is in force.
func (k *Key) replace(fresh *secret.Bytes, change *keystore.Change, all *replaced, set func(text string) error) error {
	k.tell(all, change, keystore.Unclear)
	err := refusedNew(withText(fresh, set))
	switch {
	case err == nil:
		k.tell(all, change, keystore.Changed)
	case answered(err):
		k.tell(all, change, keystore.Unchanged)
	}
	return err
}

func (k *Key) tell(all *replaced, change *keystore.Change, to keystore.Change) {
	*change = to
	if k.Replaced != nil {
		k.Replaced(all.pin, all.puk)
	}
}

// answered reports whether an error is a status word of the card, and not the loss of its answer.
func answered(err error) bool {
	var e *token.Error
	return errors.As(err, &e) && e.Number >= 0x6000 && e.Number <= 0x9fff
}

// refusedNew reads the status words with which a token refuses a new PIN that is too simple for it.
func refusedNew(err error) error {
	return as(as(err, token.BadRequest, token.PINRefused), token.Refused, token.PINRefused)
}

// ofPUK says that an answer is about the PUK.
func ofPUK(err error) error {
	var e *token.Error
	if !errors.As(err, &e) {
		return err
	}
	about := *e
	about.PUK = true
	return &about
}
