// Package attach hands the real tokens of this machine to the wallet: what is plugged in, and the means to use it, each act in the helper
// process.
package attach

import (
	"context"
	"crypto/x509"
	"sync"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/fido2"
	"holdfast/token/helper"
	"holdfast/token/pcsc"
)

// HelperMain must be the first thing in main: it does nothing, unless this process was started to talk to a token. Then it does
// that and exits.
func HelperMain() { helper.Main() }

// Options say how tokens are reached. Whatever is set here but Helper comes from a start flag or an administrator, never from the
// owner's settings, and makes tokens unverified.
type Options struct {
	Helper           []string            // the program that is the helper, with its argument; nil for this program
	FIDOPaths        []string            // extra device paths of passkey sides; each may come and go
	AttestationRoots []*x509.Certificate // extra roots of smart-card attestation: while there are any, every token is unverified
}

// Tokens are the tokens of this machine.
type Tokens struct {
	hub        *token.Hub
	client     *helper.Client
	unverified bool
	stop       context.CancelFunc
	stopped    sync.WaitGroup
}

// Devices starts to watch for tokens. The caller closes what it returns.
func Devices(o Options) *Tokens {
	ctx, stop := context.WithCancel(context.Background())
	t := &Tokens{client: helper.NewClient(o.Helper, o.AttestationRoots), unverified: len(o.AttestationRoots) > 0, stop: stop}
	t.hub = token.NewHub(t.identify, pcsc.Source{}, fido2.Source{Extra: o.FIDOPaths})
	t.stopped.Go(func() { t.hub.Run(ctx) })
	return t
}

func (t *Tokens) identify(ctx context.Context, seen token.Token) (token.Token, error) {
	seen.Unverified = seen.Unverified || t.unverified
	return t.client.Identify(ctx, seen)
}

// Close stops watching. Acts that run are ended by their own contexts.
func (t *Tokens) Close() error {
	t.stop()
	t.stopped.Wait()
	return nil
}

// List gives the sides of the tokens that are plugged in, once every one has said which key it is or would not. The error (no smart-card
// service) comes beside those that can be used all the same.
func (t *Tokens) List(ctx context.Context) ([]token.Token, error) { return t.hub.List(ctx) }

// Watch sends what is there, then arrivals, departures and what is learnt; the channel closes when ctx ends.
func (t *Tokens) Watch(ctx context.Context) <-chan token.Event { return t.hub.Watch(ctx) }

// Left returns a channel that closes when the token with this ID leaves.
func (t *Tokens) Left(id string) <-chan struct{} { return t.hub.Left(id) }

// Facts asks one side what it tells without a PIN, and lets List and Watch know what is new.
func (t *Tokens) Facts(ctx context.Context, id string) (token.Facts, error) {
	known, err := t.find(id, "")
	if err != nil {
		return token.Facts{}, err
	}
	facts, err := t.client.Facts(ctx, known)
	if err == nil {
		t.hub.Learn(facts.Token)
	}
	return facts, err
}

// find gives the token with this ID; Code Removed when it is not there (any longer).
func (t *Tokens) find(id string, side token.Kind) (token.Token, error) {
	known, ok := t.hub.Find(id)
	if !ok || (side != "" && known.Kind != side) {
		return known, token.NewError(token.Removed, side, "token "+id+" is not there")
	}
	return known, nil
}

// PIV lends the smart-card side with this ID. The token is looked up at each use.
func (t *Tokens) PIV(id string) keystore.PIVEnroller { return pivByID{t, id} }

// FIDO2 lends the passkey side with this ID. The token is looked up at each use.
func (t *Tokens) FIDO2(id string) keystore.FIDO2Enroller { return fido2ByID{t, id} }

type pivByID struct {
	tokens *Tokens
	id     string
}

func (p pivByID) ECDH(ctx context.Context, r keystore.ECDHRequest, g keystore.Gate) (*secret.Bytes, error) {
	known, err := p.tokens.find(p.id, token.PIV)
	if err != nil {
		return nil, err
	}
	return p.tokens.client.PIV(known).ECDH(ctx, r, g)
}

func (p pivByID) EnrolPIV(ctx context.Context, r keystore.PIVEnrolRequest, g keystore.Gate) (keystore.PIVKeys, error) {
	known, err := p.tokens.find(p.id, token.PIV)
	if err != nil {
		return nil, err
	}
	return p.tokens.client.PIV(known).EnrolPIV(ctx, r, g)
}

func (p pivByID) OwnerCertificate(ctx context.Context, slot byte) ([]byte, error) {
	known, err := p.tokens.find(p.id, token.PIV)
	if err != nil {
		return nil, err
	}
	return p.tokens.client.PIV(known).OwnerCertificate(ctx, slot)
}

type fido2ByID struct {
	tokens *Tokens
	id     string
}

func (f fido2ByID) HMACSecret(ctx context.Context, r keystore.HMACRequest, g keystore.Gate) (*secret.Bytes, error) {
	known, err := f.tokens.find(f.id, token.FIDO2)
	if err != nil {
		return nil, err
	}
	return f.tokens.client.FIDO2(known).HMACSecret(ctx, r, g)
}

func (f fido2ByID) EnrolFIDO2(ctx context.Context, r keystore.FIDO2EnrolRequest, g keystore.Gate) (keystore.FIDO2Credential, error) {
	known, err := f.tokens.find(f.id, token.FIDO2)
	if err != nil {
		return keystore.FIDO2Credential{}, err
	}
	return f.tokens.client.FIDO2(known).EnrolFIDO2(ctx, r, g)
}
