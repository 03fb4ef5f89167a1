package ctap

import (
	"crypto/sha256"
	"slices"
	"time"
)

type getAssertionRequest struct {
	RPID           *string        `cbor:"1,keyasint"`
	ClientDataHash octets         `cbor:"2,keyasint"`
	Allow          []descriptor   `cbor:"3,keyasint"`
	Extensions     *getExtensions `cbor:"4,keyasint"`
	Options        options        `cbor:"5,keyasint"`
	Param          octets         `cbor:"6,keyasint"`
	Protocol       *uint          `cbor:"7,keyasint"`
}

type getExtensions struct {
	HMACSecret *hmacSecretInput `cbor:"hmac-secret"`
}

type getAssertionResponse struct {
	Credential descriptor `cbor:"1,keyasint"`
	AuthData   []byte     `cbor:"2,keyasint"`
	Signature  []byte     `cbor:"3,keyasint"`
	User       *user      `cbor:"4,keyasint,omitempty"`
	Count      int        `cbor:"5,keyasint,omitempty"`
}

// nextWithin is how long getNextAssertion may wait after the one before.
const nextWithin = 30 * time.Second

// assertionQueue is an assertion with several resident credentials, on its way.
type assertionQueue struct {
	ask   assertion
	left  []*credential
	since time.Time
}

// assertion is what all responses of one getAssertion have in common.
type assertion struct {
	rpID     string
	hash     []byte // of the client data
	present  bool
	verified bool
	secret   *hmacSecretInput
	naming   bool // the user's name is told too
}

// getAssertion is authenticatorGetAssertion (section 6.2).
func (a *Authenticator) getAssertion(r *request) (any, error) {
	var q getAssertionRequest
	if err := decode(r.params, &q); err != nil {
		return nil, err
	}
	if isProbe(q.Param) {
		return nil, a.probe(r)
	}
	if err := q.check(a.listLimit()); err != nil {
		return nil, err
	}
	ask, err := a.mayAssert(r, &q)
	if err != nil {
		return nil, err
	}
	found := a.locate(*q.RPID, q.Allow, ask.verified)
	if len(found) == 0 {
		return nil, ErrNoCredentials
	}
	if ask.present {
		if err := a.touch(r); err != nil {
			return nil, err
		}
		a.spendToken()
	}
	if len(q.Allow) > 0 {
		return a.assert(r, ask, found[0])
	}
	ask.naming = ask.verified && len(found) > 1
	response, err := a.assert(r, ask, found[0])
	if err != nil || len(found) == 1 {
		return response, err
	}
	response.Count = len(found)
	a.power.next = &assertionQueue{ask: ask, left: found[1:], since: time.Now()}
	return response, nil
}

// check refuses what cannot be (steps 3 to 5).
func (q *getAssertionRequest) check(listLimit int) error {
	switch {
	case q.RPID == nil || *q.RPID == "" || q.ClientDataHash == nil:
		return ErrMissingParameter
	case len(q.ClientDataHash) != sha256.Size:
		return ErrInvalidLength
	case len(q.Allow) > listLimit:
		return ErrLimitExceeded
	case q.Allow != nil && len(q.Allow) == 0:
		return ErrInvalidParameter
	case q.Options.Resident != nil:
		return ErrUnsupportedOption
	case q.Param == nil && isTrue(q.Options.Verify):
		return ErrInvalidOption
	}
	silent := q.Options.Present != nil && !*q.Options.Present
	if e := q.Extensions; e != nil && e.HMACSecret != nil && silent {
		return ErrUnsupportedOption // section 12.5: never without a touch
	}
	return nil
}

// mayAssert checks the PIN/UV auth token, when one was used (step 6).
func (a *Authenticator) mayAssert(r *request, q *getAssertionRequest) (assertion, error) {
	ask := assertion{
		rpID: *q.RPID, hash: q.ClientDataHash, present: q.Options.Present == nil || *q.Options.Present,
	}
	if q.Extensions != nil {
		ask.secret = q.Extensions.HMACSecret
	}
	if q.Param == nil {
		return ask, nil
	}
	if err := a.verifyToken(q.Protocol, q.Param, q.ClientDataHash, permitGetAssertion, ask.rpID); err != nil {
		return ask, err
	}
	ask.verified, r.op.PIN = true, true
	return ask, nil
}

// assert signs with one credential.
func (a *Authenticator) assert(r *request, ask assertion, c *credential) (*getAssertionResponse, error) {
	r.op.Credential = fingerprint(c.id)
	extensions := map[string]any{}
	if ask.secret != nil && c.hmacSecret {
		output, err := a.hmacSecret(r, ask, c)
		if err != nil {
			return nil, err
		}
		extensions["hmac-secret"] = output
	}
	counter, err := a.count()
	if err != nil {
		return nil, err
	}
	data, err := authData{
		rpID: ask.rpID, present: ask.present, verified: ask.verified, counter: counter, extensions: extensions,
	}.bytes()
	if err != nil {
		return nil, err
	}
	signature, err := c.key.sign(slices.Concat(data, ask.hash))
	if err != nil {
		return nil, err
	}
	response := &getAssertionResponse{
		Credential: descriptor{ID: c.id, Type: publicKey}, AuthData: data, Signature: signature,
	}
	if c.user != nil {
		response.User = &user{ID: c.user.ID}
		if ask.naming {
			*response.User = *c.user
		}
	}
	return response, nil
}

// getNextAssertion is authenticatorGetNextAssertion (section 6.3).
func (a *Authenticator) getNextAssertion(r *request) (any, error) {
	return a.withoutParams(r, func() (any, error) {
		q := a.power.next
		if q == nil || time.Since(q.since) > nextWithin {
			return nil, ErrNotAllowed
		}
		c := q.left[0]
		q.left, q.since = q.left[1:], time.Now()
		if len(q.left) == 0 {
			a.power.next = nil
		}
		r.op.PIN, r.op.Touch = q.ask.verified, q.ask.present
		return a.assert(r, q.ask, c)
	})
}
