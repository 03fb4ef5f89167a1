package helper

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// Client starts helpers. Two acts on one device run one after the other. It is safe for several goroutines.
type Client struct {
	argv  []string
	roots [][]byte

	mu   sync.Mutex
	busy map[string]chan struct{} // by token id; holds one while an act runs; guarded by mu
}

// NewClient makes a client. argv is the program that is the helper and its hidden argument, nil for this program; roots are extra
// roots of attestation.
func NewClient(argv []string, roots []*x509.Certificate) *Client {
	c := &Client{argv: argv, busy: map[string]chan struct{}{}}
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
	out, err := p.client.public(ctx, request{Act: actEnrolPIV, Token: p.token, Tiers: r.Tiers}, g, r.Certificates)
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
func (c *Client) public(ctx context.Context, r request, g keystore.Gate, certify func(keystore.PIVKeys) (map[keystore.Tier][]byte, error)) (result, error) {
	var out result
	end, err := c.run(ctx, r, g, certify)
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
func (c *Client) run(ctx context.Context, r request, g keystore.Gate, certify func(keystore.PIVKeys) (map[keystore.Tier][]byte, error)) (frame, error) {
	release, err := c.acquire(ctx, r.Token)
	if err != nil {
		return frame{}, err
	}
	defer release()
	r.Roots = c.roots
	var end frame
	err = run(ctx, c.argv, r.Token.Kind, func(p *process) (err error) {
		t := &talk{process: p, gate: g, token: r.Token, certify: certify}
		end, err = t.speak(ctx, r)
		return err
	})
	if err != nil && end.secret != nil {
		end.secret.Destroy()
	}
	return end, err
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

// talk is the wallet's side of one act.
type talk struct {
	process *process
	gate    keystore.Gate
	token   token.Token
	certify func(keystore.PIVKeys) (map[keystore.Tier][]byte, error)
	untouch func() // takes the touch notice away; nil when none is shown
}

// speak sends the request and answers the helper's questions until its last frame. The pipe is read beside the questions, so that a helper that
// dies takes a prompt with it.
func (t *talk) speak(caller context.Context, r request) (frame, error) {
	ctx, cancel := context.WithCancel(caller)
	defer cancel()
	defer t.endTouch()
	if err := writeJSON(t.process.requests, kindRequest, r); err != nil {
		return frame{}, err
	}
	frames, broken := make(chan frame), make(chan error, 1)
	go func() {
		broken <- t.listen(ctx, frames)
		cancel()
	}()
	for {
		select {
		case f := <-frames:
			last, err := t.handle(ctx, f)
			if err != nil && !last && ctx.Err() != nil && caller.Err() == nil {
				return f, <-broken // the helper died under a prompt
			}
			if err != nil || last {
				return f, err
			}
		case err := <-broken:
			return frame{}, err
		}
	}
}

// listen hands on the helper's frames until the pipe or ctx ends.
func (t *talk) listen(ctx context.Context, frames chan<- frame) error {
	for {
		f, err := readFrame(t.process.answers)
		if err != nil {
			return err
		}
		select {
		case frames <- f:
		case <-ctx.Done():
			if f.secret != nil {
				f.secret.Destroy()
			}
			return ctx.Err()
		}
	}
}

// handle answers one frame; last says that the act has ended.
func (t *talk) handle(ctx context.Context, f frame) (last bool, err error) {
	switch f.kind {
	case kindAskPIN:
		return false, t.answerPIN(ctx, f)
	case kindTouchBegins:
		return false, t.beginTouch(ctx)
	case kindTouchEnds:
		t.endTouch()
		return false, nil
	case kindAskCertificates:
		return false, t.answerCertificates(f)
	case kindSecret, kindResult:
		return true, nil
	case kindError:
		var e token.Error
		if err := parse(f.json, &e); err != nil {
			return false, err
		}
		return true, &e
	case kindRequest, kindPIN, kindCertificates, kindCancel:
		fallthrough
	default:
		if f.secret != nil {
			f.secret.Destroy()
		}
		return false, fmt.Errorf("%w: the helper sends kind %q", errFrame, byte(f.kind))
	}
}

// answerPIN asks the person. A prompt that gives nothing ends the act.
func (t *talk) answerPIN(ctx context.Context, f frame) error {
	var ask keystore.PINRequest
	if err := parse(f.json, &ask); err != nil {
		return err
	}
	if t.gate.Prompts.PIN == nil {
		return failed(t.token.Kind, "the helper asks for a PIN where none is needed")
	}
	ask.Token = t.token.Name
	typed, err := t.gate.Prompts.PIN(ctx, ask)
	if err != nil {
		return token.NewError(token.Cancelled, t.token.Kind, "no PIN was given").Because(err)
	}
	defer typed.Destroy()
	if typed.Len() < 1 || typed.Len() > maxSecret {
		return token.NewError(token.PINRefused, t.token.Kind, fmt.Sprintf("a PIN of %d bytes", typed.Len()))
	}
	return writeSecret(t.process.requests, kindPIN, typed)
}

func (t *talk) beginTouch(ctx context.Context) error {
	if t.gate.Prompts.Touch == nil {
		return failed(t.token.Kind, "the helper asks for a touch where none is needed")
	}
	t.endTouch()
	r := t.gate.Touch
	if r.Token == "" {
		r.Token = t.token.Name
	}
	t.untouch = t.gate.Prompts.Touch(ctx, r)
	return nil
}

func (t *talk) endTouch() {
	if t.untouch != nil {
		t.untouch()
		t.untouch = nil
	}
}

func (t *talk) answerCertificates(f frame) error {
	var keys keystore.PIVKeys
	if err := parse(f.json, &keys); err != nil {
		return err
	}
	if t.certify == nil {
		return failed(t.token.Kind, "the helper asks for certificates where none are needed")
	}
	made, err := t.certify(keys)
	if err != nil {
		return errors.Join(failed(t.token.Kind, "no certificates for the new keys"), err)
	}
	return writeJSON(t.process.requests, kindCertificates, certificates(made))
}
