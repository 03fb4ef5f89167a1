package ctap

import (
	"io"
	"time"
)

// The permissions of a PIN/UV auth token (section 6.5.5.7) that this
// authenticator has a use for.
const (
	permitMakeCredential = 0x01
	permitGetAssertion   = 0x02
)

// How long a token may lie unused, and how long it may be used (section 6.5.2.1).
const (
	grantFirstUse = 30 * time.Second
	grantLifetime = 10 * time.Minute
)

// grant is a PIN/UV auth token in use, with the state beside it (section
// 6.5.2.1). There is one at a time, for a new one ends all others.
type grant struct {
	protocol    *pinProtocol
	token       []byte
	permissions uint
	rpID        string // "" until the token is bound to a relying party
	verified    bool   // the userVerified flag
	since       time.Time
	used        bool
}

// newGrant makes a token for a platform that has shown the PIN.
func (a *Authenticator) newGrant(p *pinProtocol, permissions uint, rpID string) (*grant, error) {
	token := make([]byte, tokenSize)
	if _, err := io.ReadFull(a.body.Random(), token); err != nil {
		return nil, err
	}
	a.power.grant = &grant{
		protocol: p, token: token, permissions: permissions, rpID: rpID, verified: true, since: time.Now(),
	}
	return a.power.grant, nil
}

// expired tells whether the token's time is over.
func (g *grant) expired() bool {
	age := time.Since(g.since)
	return age > grantLifetime || (!g.used && age > grantFirstUse)
}

// verifyToken checks a pinUvAuthParam over a message (steps "verify" of
// sections 6.1.2 and 6.2.2) and binds the token to the relying party.
func (a *Authenticator) verifyToken(version *uint, param, message []byte, permission uint, rpID string) error {
	protocol, err := a.protocol(version)
	if err != nil {
		return err
	}
	g := a.power.grant
	if g != nil && g.expired() {
		a.power.grant, g = nil, nil
	}
	switch {
	case g == nil, g.protocol != protocol,
		!protocol.verify(g.token, message, param),
		g.permissions&permission == 0,
		!g.verified,
		g.rpID != "" && g.rpID != rpID:
		return ErrPINAuthInvalid
	}
	g.used, g.rpID = true, rpID
	return nil
}

// spendToken takes from the token what a touch uses up: the verified flag and
// the permissions (there is no large-blob permission to keep).
func (a *Authenticator) spendToken() {
	if g := a.power.grant; g != nil {
		g.verified, g.permissions = false, 0
	}
}

// protocol picks the PIN/UV auth protocol that a request names.
func (a *Authenticator) protocol(version *uint) (*pinProtocol, error) {
	if version == nil {
		return nil, ErrMissingParameter
	}
	for _, p := range a.power.protocols {
		if p.version == *version {
			return p, nil
		}
	}
	return nil, ErrInvalidParameter
}

// probe answers a request with an empty pinUvAuthParam: a platform's way to
// learn, by a touch, which key is meant and whether it has a PIN.
func (a *Authenticator) probe(r *request) error {
	if err := a.touch(r); err != nil {
		return err
	}
	if a.pinSet() {
		return ErrPINInvalid
	}
	return ErrPINNotSet
}

// isProbe tells an empty pinUvAuthParam from one that was not sent.
func isProbe(param []byte) bool { return param != nil && len(param) == 0 }
