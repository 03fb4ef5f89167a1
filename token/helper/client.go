package helper

import (
	"context"
	"crypto/x509"
	"sync"
	"time"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// Client starts helpers. Two acts on one device run one after the other. It is safe for several goroutines.
type Client struct {
	argv    []string
	roots   [][]byte
	silence time.Duration // how long a helper may say nothing while it works
	grace   time.Duration // how long a cancelled one may take

	mu   sync.Mutex
	busy map[string]chan struct{} // by token id; holds one while an act runs; guarded by mu
}

// silence is how long a token may keep a helper waiting without a sign of life. A token ends its wait for a touch by itself after 30 seconds (CTAP 2.1
// section 6.1.2 and 6.2.2, Yubico's PIV extensions 15 seconds); one that waits longer sends keepalives.
const silence = 40 * time.Second

// NewClient makes a client. argv is the program that is the helper and its hidden argument, nil for this program; roots are extra
// roots of attestation.
func NewClient(argv []string, roots []*x509.Certificate) *Client {
	c := &Client{argv: argv, silence: silence, grace: grace, busy: map[string]chan struct{}{}}
	for _, root := range roots {
		c.roots = append(c.roots, root.Raw)
	}
	return c
}

// Identify asks a token which physical key it is. It has the form of token.Identify.
func (c *Client) Identify(ctx context.Context, t token.Token) (token.Token, error) {
	out, err := c.public(ctx, request{Act: actIdentify, Token: t}, keystore.Gate{}, nil)
	if err == nil && out.Token == nil {
		err = failed(t.Kind, "an answer without a token")
	}
	if err != nil {
		return t, err
	}
	return *out.Token, nil
}

// Facts asks a token what it tells without a PIN.
func (c *Client) Facts(ctx context.Context, t token.Token) (token.Facts, error) {
	out, err := c.public(ctx, request{Act: actFacts, Token: t}, keystore.Gate{}, nil)
	if err == nil && out.Facts == nil {
		err = failed(t.Kind, "an answer without facts")
	}
	if err != nil {
		return token.Facts{}, err
	}
	return *out.Facts, nil
}

// PIV gives the smart-card side of a token.
func (c *Client) PIV(t token.Token) keystore.PIVEnroller { return pivSide{c, t} }

// FIDO2 gives the passkey side of a token.
func (c *Client) FIDO2(t token.Token) keystore.FIDO2Enroller { return fido2Side{c, t} }

type pivSide struct {
	client *Client
	token  token.Token
}

func (p pivSide) ECDH(ctx context.Context, r keystore.ECDHRequest, g keystore.Gate) (*secret.Bytes, error) {
	return p.client.secret(ctx, request{Act: actECDH, Token: p.token, ECDH: &r}, g)
}

func (p pivSide) EnrolPIV(ctx context.Context, r keystore.PIVEnrolRequest, g keystore.Gate) (keystore.PIVKeys, error) {
	out, err := p.client.public(ctx, request{Act: actEnrolPIV, Token: p.token, Tiers: r.Tiers, Reclaim: r.Reclaim}, g, &r)
	if err == nil && len(out.Keys) != len(r.Tiers) {
		err = failed(token.PIV, "%d keys for %d tiers", len(out.Keys), len(r.Tiers))
	}
	return out.Keys, err
}

func (p pivSide) OwnerCertificate(ctx context.Context, slot byte) ([]byte, error) {
	out, err := p.client.public(ctx, request{Act: actCertificate, Token: p.token, Certificate: slot}, keystore.Gate{}, nil)
	return out.Certificate, err
}

type fido2Side struct {
	client *Client
	token  token.Token
}

func (f fido2Side) HMACSecret(ctx context.Context, r keystore.HMACRequest, g keystore.Gate) (*secret.Bytes, error) {
	return f.client.secret(ctx, request{Act: actHMAC, Token: f.token, HMAC: &r}, g)
}

func (f fido2Side) EnrolFIDO2(ctx context.Context, r keystore.FIDO2EnrolRequest, g keystore.Gate) (keystore.FIDO2Credential, error) {
	out, err := f.client.public(ctx, request{Act: actEnrolFIDO2, Token: f.token, EnrolFIDO2: &r}, g, nil)
	if err == nil && out.Credential == nil {
		err = failed(token.FIDO2, "an answer without a credential")
	}
	if err != nil {
		return keystore.FIDO2Credential{}, err
	}
	return *out.Credential, nil
}

// secret runs an act whose result is a secret of 32 bytes.
func (c *Client) secret(ctx context.Context, r request, g keystore.Gate) (*secret.Bytes, error) {
	end, err := c.run(ctx, r, g, nil)
	switch {
	case err != nil:
		return nil, err
	case end.secret == nil:
		return nil, failed(r.Token.Kind, "an answer without a secret")
	case end.secret.Len() != 32:
		end.secret.Destroy()
		return nil, failed(r.Token.Kind, "a secret of %d bytes", end.secret.Len())
	}
	return end.secret, nil
}

// public runs an act whose result is public.
func (c *Client) public(ctx context.Context, r request, g keystore.Gate, enrol *keystore.PIVEnrolRequest) (result, error) {
	var out result
	end, err := c.run(ctx, r, g, enrol)
	if err != nil {
		return out, err
	}
	if end.secret != nil {
		end.secret.Destroy()
		return out, failed(r.Token.Kind, "a secret that nobody asked for")
	}
	if err := parse(end.json, &out); err != nil {
		return result{}, failed(r.Token.Kind, "%v", err)
	}
	return out, nil
}

// run does one act in one helper, and returns its last frame.
func (c *Client) run(ctx context.Context, r request, g keystore.Gate, enrol *keystore.PIVEnrolRequest) (frame, error) {
	release, err := c.acquire(ctx, r.Token)
	if err != nil {
		return frame{}, err
	}
	defer release()
	r.Roots = c.roots
	var end frame
	t := &talk{client: c, gate: g, token: r.Token, enrol: enrol}
	err = run(ctx, c.argv, c.grace, r.Token.Kind, func(p *process) (err error) {
		t.requests, t.answers = p.requests, p.answers
		end, err = t.speak(ctx, r)
		return err
	})
	if err != nil && end.secret != nil {
		end.secret.Destroy()
	}
	return end, keystore.WithPINReplaced(err, keystore.Kind(r.Token.Kind), t.replaced.PIN, t.replaced.PUK)
}

// acquire waits until no other act runs on the device.
func (c *Client) acquire(ctx context.Context, t token.Token) (release func(), err error) {
	c.mu.Lock()
	turn := c.busy[t.ID]
	if turn == nil {
		turn = make(chan struct{}, 1)
		c.busy[t.ID] = turn
	}
	c.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, token.NewError(token.Cancelled, t.Kind, "another act on the token runs").Because(ctx.Err())
	}
}
