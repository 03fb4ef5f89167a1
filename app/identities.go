package app

import (
	"context"
	"errors"
	"fmt"

	"holdfast/did"
	didkey "holdfast/did/key"
	"holdfast/did/peer"
	"holdfast/keystore"
	"holdfast/keystore/derive"
)

// Identity is a DID that the owner controls.
type Identity = keystore.Identity

// IdentityKey is one of an identity's keys.
type IdentityKey = keystore.IdentityKey

// KeyActive is the state of a key that may be used, unless its use branch has ended.
const KeyActive = keystore.KeyActive

// MostAtOnce is how many identities, or keys for them, are made at once.
const MostAtOnce = 1_000_000

// Method is how a DID is made and resolved.
type Method string

// The methods.
const (
	MethodKey  Method = "key"  // did:key: the public key itself
	MethodPeer Method = "peer" // did:peer:4: a document for one relationship, with a succession key
)

// NewIdentities asks for identities.
type NewIdentities struct {
	Method Method
	Curve  string // did:key: "ed25519", "p256" or "secp256k1"; "" is ed25519
	Label  string // with Count over 1 a number follows it
	Party  string // did:peer: whom the relationship is with
	Count  int
}

// CurveError refuses a curve.
type CurveError struct{ Name string }

// Error implements error.
func (e *CurveError) Error() string {
	return fmt.Sprintf("curve %q: ed25519, p256 or secp256k1", e.Name)
}

// MethodError refuses a method.
type MethodError struct{ Name string }

// Error implements error.
func (e *MethodError) Error() string { return fmt.Sprintf("method %q: key or peer", e.Name) }

// Check finds what cannot be made before anybody is asked for a touch.
func (n NewIdentities) Check() error {
	_, err := n.plan()
	return err
}

// Create makes identities. It says how many it made: when it ends early, those stand.
func (s *Session) Create(ctx context.Context, n NewIdentities, progress func(done int)) (made int, first []Identity, err error) {
	one, err := n.plan()
	if err != nil {
		return 0, nil, err
	}
	err = s.do(ctx, func(ctx context.Context, v *keystore.Vault) error {
		made, first, err = v.CreateIdentities(ctx, n.Count, func(i int) keystore.NewIdentity {
			next := one
			if n.Count > 1 && n.Label != "" {
				next.Label = numbered(n.Label, i+1)
			}
			return next
		}, progress)
		return err
	})
	return made, first, err
}

// numbered is the label of one of many.
func numbered(label string, n int) string { return fmt.Sprintf("%s %d", label, n) }

// plan is what one of the identities takes.
func (n NewIdentities) plan() (keystore.NewIdentity, error) {
	longest := n.Label
	if n.Count > 1 && n.Label != "" {
		longest = numbered(n.Label, n.Count)
	}
	if err := errors.Join(keystore.CheckLabel("label", longest), keystore.CheckLabel("party", n.Party)); err != nil {
		return keystore.NewIdentity{}, err
	}
	one := keystore.NewIdentity{Method: string(n.Method), Label: n.Label, Party: n.Party}
	switch n.Method {
	case MethodKey:
		curve, err := curveOf(n.Curve)
		if err != nil {
			return one, err
		}
		one.Keys = []keystore.KeySpec{{Purpose: derive.Assertion, Curve: curve}}
		one.Build = buildKey
		return one, nil
	case MethodPeer:
		if n.Curve != "" && n.Curve != "ed25519" {
			return one, &CurveError{Name: n.Curve}
		}
		one.Keys = []keystore.KeySpec{
			{Purpose: derive.Authentication, Curve: derive.Ed25519},
			{Purpose: derive.Assertion, Curve: derive.Ed25519},
			{Purpose: derive.KeyAgreement, Curve: derive.X25519},
		}
		one.Succession, one.Build = true, buildPeer
		return one, nil
	default:
		return one, &MethodError{Name: string(n.Method)}
	}
}

// curveOf reads the name of a curve that a did:key may have.
func curveOf(name string) (derive.Curve, error) {
	switch name {
	case "", "ed25519":
		return derive.Ed25519, nil
	case "p256":
		return derive.P256, nil
	case "secp256k1":
		return derive.Secp256k1, nil
	default:
		return "", &CurveError{Name: name}
	}
}

// publicKey is a made key as documents hold it.
func publicKey(k keystore.MadeKey) (did.PublicKey, error) {
	switch k.Curve {
	case derive.Ed25519:
		return did.PublicKey{Curve: did.Ed25519, Bytes: k.Public}, nil
	case derive.X25519:
		return did.PublicKey{Curve: did.X25519, Bytes: k.Public}, nil
	case derive.P256:
		return did.PublicKey{Curve: did.P256, Bytes: k.Public}, nil
	case derive.Secp256k1:
		return did.PublicKey{Curve: did.Secp256k1, Bytes: k.Public}, nil
	default:
		return did.PublicKey{}, fmt.Errorf("no document holds keys on curve %q", k.Curve)
	}
}

// buildKey makes a did:key of its one key.
func buildKey(keys []keystore.MadeKey) (keystore.BuiltIdentity, error) {
	if len(keys) != 1 {
		return keystore.BuiltIdentity{}, fmt.Errorf("a did:key has one key, not %d", len(keys))
	}
	public, err := publicKey(keys[0])
	if err != nil {
		return keystore.BuiltIdentity{}, err
	}
	id, err := didkey.Create(public)
	if err != nil {
		return keystore.BuiltIdentity{}, err
	}
	doc, err := didkey.Resolve(id)
	if err != nil {
		return keystore.BuiltIdentity{}, err
	}
	text, err := doc.Canonical()
	return keystore.BuiltIdentity{DID: id.String(), Document: text}, err
}

// buildPeer makes a did:peer:4 of its keys: authentication, assertion, agreement and succession. It is named by its short form; the long form
// carries the document.
func buildPeer(keys []keystore.MadeKey) (keystore.BuiltIdentity, error) {
	if len(keys) != 4 {
		return keystore.BuiltIdentity{}, fmt.Errorf("a did:peer:4 has four keys, not %d", len(keys))
	}
	var public [4]did.PublicKey
	for i, k := range keys {
		var err error
		if public[i], err = publicKey(k); err != nil {
			return keystore.BuiltIdentity{}, err
		}
	}
	input, err := peer.Build4(peer.Keys{Authentication: public[0], Assertion: public[1], Agreement: public[2], Succession: public[3]})
	if err != nil {
		return keystore.BuiltIdentity{}, err
	}
	long, short, err := peer.Create(input)
	if err != nil {
		return keystore.BuiltIdentity{}, err
	}
	doc, err := peer.Resolve(long)
	if err != nil {
		return keystore.BuiltIdentity{}, err
	}
	text, err := doc.Canonical()
	return keystore.BuiltIdentity{DID: short.String(), LongForm: long.String(), Document: text}, err
}

// Query selects identities.
type Query = keystore.Query

// The use branches that a query may ask for.
const (
	BranchPresent = keystore.BranchPresent
	BranchEnded   = keystore.BranchEnded
)

// Identities lists identities, newest first.
func (s *Session) Identities(ctx context.Context, q Query) ([]Identity, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) ([]Identity, error) { return v.Identities(ctx, q) })
}

// CountFound says how many identities a query finds, whatever its limit and however many it skips.
func (s *Session) CountFound(ctx context.Context, q Query) (int, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (int, error) { return v.CountFound(ctx, q) })
}

// CountIdentities says how many identities the vault holds.
func (s *Session) CountIdentities(ctx context.Context) (int, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (int, error) { return v.CountIdentities(ctx) })
}

// Identity finds one identity by id, DID or label that only one has.
func (s *Session) Identity(ctx context.Context, ref string) (Identity, error) {
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (Identity, error) { return v.Identity(ctx, ref) })
}
