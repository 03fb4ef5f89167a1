package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"holdfast/keystore"
	"holdfast/token"
)

// NoTokenError says that no token that would do is plugged in.
type NoTokenError struct {
	Ref  string // what was asked for; "" for any
	Want string // what it is for, in words: "opens this vault"
	Name string // of the very token that is awaited, where it was here before; "" where any of a kind would do
}

// Error implements error.
func (e *NoTokenError) Error() string {
	if e.Name != "" {
		return e.Name + " is not plugged in"
	}
	if e.Ref != "" {
		return fmt.Sprintf("no token %q is plugged in", e.Ref)
	}
	return "no token is plugged in that " + e.Want
}

// ChooseTokenError says that more than one token would do and that the person must name one.
type ChooseTokenError struct{ Tokens []token.Token }

// Error implements error.
func (e *ChooseTokenError) Error() string {
	return fmt.Sprintf("more than one token would do: %s", strings.Join(e.Names(), ", "))
}

// Names are what --token takes for each of them.
func (e *ChooseTokenError) Names() []string {
	names := make([]string, len(e.Tokens))
	for i, t := range e.Tokens {
		names[i] = t.ID
	}
	return names
}

// known is what is known of the keyslots of a vault, open or locked, as far as it helps to choose a token.
type known struct {
	ID       string // "" of a locked vault's
	Label    string
	Physical string
	Kind     keystore.Kind
	Role     keystore.Role
	Master   bool // it has the master tier
	Revoked  bool
}

// narrow keeps the tokens that ref names: an id, a serial number, a kind, a keyslot's label, or one of these and a kind with a slash between.
func narrow(list []token.Token, ref string, slots []known) []token.Token {
	if ref == "" {
		return list
	}
	kept := matching(list, ref, slots)
	at := strings.LastIndexByte(ref, '/')
	if len(kept) > 0 || at < 0 {
		return kept
	}
	kind := token.Kind(ref[at+1:])
	return slices.DeleteFunc(matching(list, ref[:at], slots), func(t token.Token) bool { return t.Kind != kind })
}

func matching(list []token.Token, ref string, slots []known) []token.Token {
	var kept []token.Token
	for _, t := range list {
		if t.ID == ref || string(t.Kind) == ref || t.Name == ref || serial(t) == ref || labelled(t, ref, slots) {
			kept = append(kept, t)
		}
	}
	return kept
}

// serial is the part of the physical name behind the maker.
func serial(t token.Token) string {
	_, s, _ := strings.Cut(t.Physical, ":")
	return s
}

func labelled(t token.Token, label string, slots []known) bool {
	return slices.ContainsFunc(slots, func(k known) bool { return k.Label == label && k.fits(t) })
}

// fits reports whether the keyslot is on this side of this token, as far as it is known.
func (k known) fits(t token.Token) bool {
	return !k.Revoked && string(k.Kind) == string(t.Kind) && k.Physical != "" && k.Physical == t.Physical
}

// may reports whether the keyslot could be on this side of this token.
func (k known) may(t token.Token) bool {
	return !k.Revoked && string(k.Kind) == string(t.Kind) && (k.Physical == "" || t.Physical == "" || k.Physical == t.Physical)
}

// one takes the only token left.
func one(list []token.Token, ref string) (token.Token, error) {
	switch len(list) {
	case 0:
		return token.Token{}, &NoTokenError{Ref: ref, Want: "would do"}
	case 1:
		return list[0], nil
	default:
		return token.Token{}, &ChooseTokenError{Tokens: list}
	}
}

// opener chooses the token that opens a vault: one whose keyslot is known before one that may fit, an everyday keyslot before a recovery one
// (a recovery token is used for ceremonies only), the smart-card side before the passkey side (one touch less, and it names its key unasked).
func opener(list []token.Token, ref string, slots []known) (token.Token, error) {
	type ranked struct {
		token token.Token
		rank  int
	}
	var found []ranked
	named := narrow(list, ref, slots)
	for _, t := range named {
		if r := rank(t, slots); r >= 0 {
			found = append(found, ranked{t, r})
		}
	}
	if len(found) == 0 && ref != "" && len(named) == 1 {
		return named[0], nil // it is here and opens nothing: the keystore knows why (never enrolled, or revoked)
	}
	if len(found) == 0 {
		return token.Token{}, &NoTokenError{Ref: ref, Want: "opens this vault"}
	}
	slices.SortStableFunc(found, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	const certain = 4
	if len(found) > 1 && found[0].rank >= certain && found[1].rank == found[0].rank {
		var several []token.Token
		for _, f := range found {
			if f.rank == found[0].rank {
				several = append(several, f.token)
			}
		}
		return token.Token{}, &ChooseTokenError{Tokens: several}
	}
	return found[0].token, nil
}

// rank is lower the better a token suits; below zero it does not. Below 4 its keyslot is known.
func rank(t token.Token, slots []known) int {
	best := -1
	for _, k := range slots {
		r := 0
		switch {
		case k.fits(t):
		case k.may(t):
			r = 4
		default:
			continue
		}
		if k.Role == keystore.RoleRecovery {
			r += 2
		}
		if t.Kind == token.FIDO2 {
			r++
		}
		if best < 0 || r < best {
			best = r
		}
	}
	return best
}

// newcomer chooses the token that a new keyslot is made on: one that holds none yet.
func newcomer(list []token.Token, ref string, slots []known) (token.Token, error) {
	named := narrow(list, ref, slots)
	left := slices.DeleteFunc(slices.Clone(named), func(t token.Token) bool {
		return slices.ContainsFunc(slots, func(k known) bool { return k.fits(t) })
	})
	if len(left) == 0 {
		anyOfKind := ref == "" || ref == string(token.PIV) || ref == string(token.FIDO2)
		switch {
		case anyOfKind:
			return token.Token{}, &NoTokenError{Want: "does not open this vault yet"}
		case len(named) > 0:
			return token.Token{}, keystore.ErrVaultHasToken
		default:
			return token.Token{}, &NoTokenError{Ref: ref, Want: "does not open this vault yet"}
		}
	}
	if ref == "" {
		left = strangers(left, slots)
	}
	return one(left, ref)
}

// stays watches, until ctx ends, whether a token stays where it is.
func (a *App) stays(ctx context.Context, t token.Token) (still func() bool) {
	var left atomic.Bool
	events := a.devices.Watch(ctx)
	go func() {
		for e := range events {
			if e.Kind == token.Left && e.Token.ID == t.ID {
				left.Store(true)
			}
		}
	}()
	return func() bool { return !left.Load() }
}

// again gives a token that was chosen before as it is present now: where it was unplugged meanwhile it is awaited. One without a serial number is
// known again only as long as it stays: another of its make may stand in its port.
func (a *App) again(ctx context.Context, say WaitFor, chosen token.Token, still func() bool) (keystore.Present, error) {
	t, err := a.await(ctx, say, func(list []token.Token) (token.Token, error) {
		if chosen.Physical == "" && !still() {
			return token.Token{}, ErrNotKnownAgain
		}
		for _, t := range list {
			if t.Kind == chosen.Kind && t.Physical == chosen.Physical && (t.Physical != "" || t.ID == chosen.ID) {
				return t, nil
			}
		}
		return token.Token{}, &NoTokenError{Name: chosen.Name}
	})
	if err != nil {
		return keystore.Present{}, err
	}
	return a.present(t)
}

// strangers prefers physical keys that hold no keyslot at all, and of one physical key the smart-card side.
func strangers(list []token.Token, slots []known) []token.Token {
	others := slices.DeleteFunc(slices.Clone(list), func(t token.Token) bool {
		return slices.ContainsFunc(slots, func(k known) bool { return !k.Revoked && k.Physical != "" && k.Physical == t.Physical })
	})
	if len(others) > 0 {
		list = others
	}
	return slices.DeleteFunc(slices.Clone(list), func(t token.Token) bool {
		return t.Kind == token.FIDO2 && slices.ContainsFunc(list, func(o token.Token) bool {
			same, sure := token.SamePhysical(o, t)
			return o.Kind == token.PIV && same && sure
		})
	})
}

// await calls pick with what is plugged in, again at every arrival, until it finds a token or finds more than one. say is told once what is
// awaited; without say it does not wait.
func (a *App) await(ctx context.Context, say WaitFor, pick func([]token.Token) (token.Token, error)) (token.Token, error) {
	var events <-chan token.Event
	for {
		list, err := a.list(ctx)
		if err != nil && (len(list) == 0 && say == nil || ctx.Err() != nil) {
			return token.Token{}, err
		}
		t, err := pick(list)
		var none *NoTokenError
		if say == nil || !errors.As(err, &none) {
			return t, err
		}
		if events == nil {
			watching, stop := context.WithCancel(ctx)
			defer stop()
			events = a.devices.Watch(watching)
			say(err)
		}
		if _, ok := <-events; !ok {
			return token.Token{}, fmt.Errorf("waiting for a token: %w", context.Cause(ctx))
		}
	}
}
