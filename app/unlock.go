package app

import (
	"context"
	"errors"

	"holdfast/keystore"
	"holdfast/token"
)

// WaitFor is told once what token is awaited; nil means that nothing is waited for.
type WaitFor func(want error)

// NewVault asks for a vault and its first keyslot.
type NewVault struct {
	Vault string // name or folder; "" is FirstVault
	Token string // which token: see narrow; "" takes the only one that would do
	Label string // what the owner calls the token
	Role  keystore.Role
	Tiers []keystore.Tier
	Wait  WaitFor
}

// SetUp makes a vault, enrols its first token and proves it by opening the vault from disk; the session is open then.
func (a *App) SetUp(ctx context.Context, n NewVault, p Prompts, steps func(Step)) (*Session, error) {
	place, err := a.PlaceForNew(n.Vault)
	if err != nil {
		return nil, err
	}
	t, k, err := a.newKeyslot(ctx, NewKeyslot{Token: n.Token, Label: n.Label, Role: n.Role, Tiers: n.Tiers, Wait: n.Wait}, nil)
	if err != nil {
		return nil, err
	}
	v, err := keystore.Create(ctx, place, k, p, steps)
	if err != nil {
		return nil, err
	}
	return a.session(place, v.ID(), t, v), nil
}

// NewKeyslot asks for a keyslot on a token that holds none yet.
type NewKeyslot struct {
	Token string
	Label string // "" is the token's own name
	Role  keystore.Role
	Tiers []keystore.Tier
	Wait  WaitFor
}

// newKeyslot finds the token and says it as the keystore takes it.
func (a *App) newKeyslot(ctx context.Context, n NewKeyslot, slots []known) (token.Token, keystore.NewKeyslot, error) {
	if err := keystore.CheckLabel("label", n.Label); err != nil {
		return token.Token{}, keystore.NewKeyslot{}, err
	}
	t, err := a.await(ctx, n.Wait, func(list []token.Token) (token.Token, error) { return newcomer(list, n.Token, slots) })
	if err != nil {
		return t, keystore.NewKeyslot{}, err
	}
	present, err := a.present(t)
	if err != nil {
		return t, keystore.NewKeyslot{}, err
	}
	label := n.Label
	if label == "" {
		label = t.Name
	}
	return t, keystore.NewKeyslot{Token: present, Label: label, Role: n.Role, Tiers: n.Tiers}, nil
}

// Unlock names a vault and, where it matters, the token or keyslot that shall open it.
type Unlock struct {
	Vault      string   // name or folder; "" is the only one
	Token      string   // see narrow; "" takes the best
	Keyslot    string   // id in hex; "" finds the token's
	OwnerWords []string // the four words of the recovery sheet, for a machine that remembers nothing
	Wait       WaitFor
}

// Unlock opens a vault with a token's vault tier. Which token: the one named; else one whose keyslot this machine remembers, everyday before
// recovery, smart-card side before passkey side; else one whose kind fits.
func (a *App) Unlock(ctx context.Context, u Unlock, p Prompts) (*Session, error) {
	place, err := a.Find(u.Vault)
	if err != nil {
		return nil, err
	}
	l, err := keystore.Inspect(place)
	if err != nil {
		return nil, err
	}
	if err := refuseSynced(place.Dir); err != nil {
		return nil, err
	}
	slots := lockedSlots(l)
	t, err := a.await(ctx, u.Wait, func(list []token.Token) (token.Token, error) { return opener(list, u.Token, slots) })
	if err != nil {
		return nil, a.refusal(ctx, u, err)
	}
	present, err := a.present(t)
	if err != nil {
		return nil, err
	}
	v, err := keystore.Open(ctx, place, keystore.OpenRequest{Token: present, Keyslot: u.Keyslot, OwnerWords: u.OwnerWords}, p)
	if err != nil {
		return nil, errors.Join(err, noteRefusal(place, err, present.Kind))
	}
	return a.session(place, l.Vault, t, v), nil
}

// noteRefusal keeps an attempt that did not open the vault for its journal; what the owner ended himself is none.
func noteRefusal(place Place, err error, kind keystore.Kind) error {
	code := Explain(err).Code
	if code == "cancelled" || code == "in-use" {
		return nil
	}
	return keystore.NoteRefusal(place, code, kind)
}

// refusal tells "this token opens nothing here" from "no token is there".
func (a *App) refusal(ctx context.Context, u Unlock, err error) error {
	var none *NoTokenError
	if !errors.As(err, &none) {
		return err
	}
	list, listErr := a.devices.List(ctx)
	if len(narrow(list, u.Token, nil)) > 0 {
		return keystore.ErrNoKeyslotForToken
	}
	if len(list) == 0 && listErr != nil {
		return listErr
	}
	return err
}

// lockedSlots is what a locked vault tells of its keyslots.
func lockedSlots(l keystore.Locked) []known {
	slots := make([]known, 0, len(l.Keyslots))
	for _, k := range l.Keyslots {
		slots = append(slots, known{Label: k.Label, Physical: k.Physical, Kind: k.Kind, Role: k.Role, Master: k.Master})
	}
	return slots
}

// openSlots is what an open vault tells of its keyslots.
func openSlots(list []keystore.KeyslotInfo) []known {
	slots := make([]known, 0, len(list))
	for _, k := range list {
		master := false
		for _, t := range k.Tiers {
			master = master || t == keystore.TierMaster
		}
		slots = append(slots, known{ID: k.ID, Label: k.Label, Physical: k.Physical, Kind: k.Kind, Role: k.Role, Master: master, Revoked: !k.Revoked.IsZero()})
	}
	return slots
}
