package app

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// softDevices are tokens in software, for the use cases that need none of a real token's ways: what is plugged in, what leaves, who is asked.
type softDevices struct {
	t *testing.T

	mu      sync.Mutex
	plugged map[string]*softCard // by id; guarded by mu
	watch   []chan token.Event   // guarded by mu
}

func newSoft(t *testing.T) *softDevices {
	return &softDevices{t: t, plugged: map[string]*softCard{}}
}

func (d *softDevices) plug(c *softCard) *softCard {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plugged[c.token.ID] = c
	d.tell(token.Event{Kind: token.Arrived, Token: c.token})
	return c
}

func (d *softDevices) unplug(c *softCard) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.plugged, c.token.ID)
	d.tell(token.Event{Kind: token.Left, Token: c.token})
}

// tell sends an event to whoever watches; mu is held.
func (d *softDevices) tell(e token.Event) {
	for _, w := range d.watch {
		w <- e
	}
}

// List implements Devices.
func (d *softDevices) List(ctx context.Context) ([]token.Token, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []token.Token
	for _, id := range slices.Sorted(maps.Keys(d.plugged)) {
		list = append(list, d.plugged[id].token)
	}
	return list, ctx.Err()
}

// Watch implements Devices.
func (d *softDevices) Watch(ctx context.Context) <-chan token.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := make(chan token.Event, 100)
	d.watch = append(d.watch, w)
	context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.watch = slices.DeleteFunc(d.watch, func(o chan token.Event) bool { return o == w })
		close(w)
	})
	return w
}

// Facts implements Devices.
func (d *softDevices) Facts(_ context.Context, id string) (token.Facts, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.plugged[id]
	if c == nil {
		return token.Facts{}, token.NewError(token.Removed, token.PIV, "")
	}
	return token.Facts{Token: c.token, PINTries: 3}, nil
}

// PIV implements Devices.
func (d *softDevices) PIV(id string) keystore.PIVEnroller {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.plugged[id]
}

// FIDO2 implements Devices.
func (d *softDevices) FIDO2(string) keystore.FIDO2Enroller {
	d.t.Error("no soft token has a passkey side")
	return nil
}

// softCard is a smart-card side with keys in software.
type softCard struct {
	token token.Token

	mu    sync.Mutex
	slots map[byte]*ecdh.PrivateKey // guarded by mu
	certs map[byte][]byte           // guarded by mu
	asked int                       // PINs asked for; guarded by mu
}

func newCard(serial string) *softCard {
	return &softCard{slots: map[byte]*ecdh.PrivateKey{}, certs: map[byte][]byte{}, token: token.Token{
		ID: "piv:" + serial, Kind: token.PIV, Name: "Soft " + serial, Physical: "soft:" + serial, Firmware: "5.4.3",
	}}
}

// ECDH implements keystore.PIVOpener.
func (c *softCard) ECDH(ctx context.Context, r keystore.ECDHRequest, g keystore.Gate) (*secret.Bytes, error) {
	pin, err := g.Prompts.PIN(ctx, keystore.PINRequest{Token: c.token.Name, Which: keystore.PINPIV, TriesLeft: 3, Min: 6, Max: 8})
	if err != nil {
		return nil, token.NewError(token.Cancelled, token.PIV, "").Because(err)
	}
	pin.Destroy()
	g.Prompts.Touch(ctx, g.Touch)()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	k := c.slots[r.Slot]
	if k == nil {
		return nil, token.NewError(token.NoKey, token.PIV, "")
	}
	peer, err := ecdh.P256().NewPublicKey(r.Peer)
	if err != nil {
		return nil, err
	}
	shared, err := k.ECDH(peer)
	if err != nil {
		return nil, err
	}
	return secret.Move(shared)
}

// EnrolPIV implements keystore.PIVEnroller.
func (c *softCard) EnrolPIV(_ context.Context, r keystore.PIVEnrolRequest, _ keystore.Gate) (keystore.PIVKeys, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys, slot := keystore.PIVKeys{}, byte(0x82)
	for _, tier := range r.Tiers {
		for c.slots[slot] != nil {
			slot++
		}
		k, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		c.slots[slot] = k
		keys[tier] = keystore.PIVKey{Slot: slot, Curve: keystore.CurveP256, Public: k.PublicKey().Bytes()}
	}
	certs, err := r.Certificates(keys)
	for tier, k := range keys {
		c.certs[k.Slot] = certs[tier]
	}
	return keys, err
}

// OwnerCertificate implements keystore.PIVEnroller.
func (c *softCard) OwnerCertificate(_ context.Context, slot byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.certs[slot], nil
}

var errNobody = errors.New("nobody answers")

// person answers every prompt.
func person(t *testing.T) Prompts {
	return Prompts{
		PIN: func(context.Context, PINRequest) (*Secret, error) {
			s, err := secret.New(6)
			if err != nil {
				t.Error(err)
			}
			return s, err
		},
		Touch: func(context.Context, TouchRequest) func() { return func() {} },
	}
}

// nobody answers no prompt.
func nobody() Prompts {
	return Prompts{
		PIN:   func(context.Context, PINRequest) (*Secret, error) { return nil, errNobody },
		Touch: func(context.Context, TouchRequest) func() { return func() {} },
	}
}

// home gives the use cases over fresh folders.
func home(t *testing.T, d Devices) *App {
	t.Helper()
	dir := t.TempDir()
	return New(d, Folders{Data: dir + "/data", State: dir + "/state"})
}
