package ctap

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

type makeCredentialRequest struct {
	ClientDataHash octets            `cbor:"1,keyasint"`
	RP             *relyingParty     `cbor:"2,keyasint"`
	User           *user             `cbor:"3,keyasint"`
	Parameters     []parameter       `cbor:"4,keyasint"`
	Exclude        []descriptor      `cbor:"5,keyasint"`
	Extensions     *createExtensions `cbor:"6,keyasint"`
	Options        options           `cbor:"7,keyasint"`
	Param          octets            `cbor:"8,keyasint"`
	Protocol       *uint             `cbor:"9,keyasint"`
	Enterprise     *uint             `cbor:"10,keyasint"`
}

type relyingParty struct {
	ID   string `cbor:"id"`
	Name string `cbor:"name"`
}

// options are the option keys of both commands; nil means not sent.
type options struct {
	Resident *bool `cbor:"rk"`
	Present  *bool `cbor:"up"`
	Verify   *bool `cbor:"uv"`
}

func isTrue(b *bool) bool { return b != nil && *b }

type createExtensions struct {
	Protect    *uint `cbor:"credProtect"`
	HMACSecret *bool `cbor:"hmac-secret"`
}

type makeCredentialResponse struct {
	Format    string    `cbor:"1,keyasint"`
	AuthData  []byte    `cbor:"2,keyasint"`
	Statement statement `cbor:"3,keyasint"`
}

// makeCredential is authenticatorMakeCredential (section 6.1).
func (a *Authenticator) makeCredential(r *request) (any, error) {
	var q makeCredentialRequest
	if err := decode(r.params, &q); err != nil {
		return nil, err
	}
	if isProbe(q.Param) {
		return nil, a.probe(r)
	}
	algorithm, err := q.check(a.listLimit())
	if err != nil {
		return nil, err
	}
	verified, err := a.mayCreate(r, &q)
	if err != nil {
		return nil, err
	}
	if len(a.locate(q.RP.ID, q.Exclude, verified)) > 0 && len(q.Exclude) > 0 {
		if err := a.touch(r); err != nil {
			return nil, err
		}
		return nil, ErrCredentialExcluded
	}
	if err := a.touch(r); err != nil {
		return nil, err
	}
	a.spendToken()
	return a.create(r, &q, algorithm, verified)
}

// check refuses what cannot be and picks the algorithm (steps 3 to 6, 10).
func (q *makeCredentialRequest) check(listLimit int) (algorithm int, err error) {
	if err := q.complete(); err != nil {
		return 0, err
	}
	switch {
	case len(q.Exclude) > listLimit:
		return 0, ErrLimitExceeded
	case q.Param == nil && isTrue(q.Options.Verify), q.Options.Present != nil && !*q.Options.Present:
		return 0, ErrInvalidOption
	case q.Enterprise != nil:
		return 0, ErrInvalidParameter
	case !q.Extensions.known():
		return 0, ErrInvalidOption
	}
	for _, p := range q.Parameters {
		if p.Type == publicKey && (p.Algorithm == algES256 || p.Algorithm == algEdDSA) {
			return p.Algorithm, nil
		}
	}
	return 0, ErrUnsupportedAlgorithm
}

// maxUserID is the longest user handle, in bytes (WebAuthn section 5.4.3).
const maxUserID = 64

// complete tells what is missing, or of the wrong length.
func (q *makeCredentialRequest) complete() error {
	switch {
	case q.ClientDataHash == nil, q.RP == nil || q.RP.ID == "", q.User == nil || q.User.ID == nil, len(q.Parameters) == 0:
		return ErrMissingParameter
	case len(q.ClientDataHash) != sha256.Size, len(q.User.ID) == 0, len(q.User.ID) > maxUserID:
		return ErrInvalidLength
	}
	return nil
}

// known tells whether credProtect, if asked for, is one of the three levels.
func (e *createExtensions) known() bool {
	return e == nil || e.Protect == nil || (*e.Protect >= protectOptional && *e.Protect <= protectRequired)
}

// mayCreate asks for the PIN once one is set (steps 7 to 11).
func (a *Authenticator) mayCreate(r *request, q *makeCredentialRequest) (verified bool, err error) {
	if q.Param == nil {
		if a.pinSet() {
			return false, ErrPUATRequired
		}
		return false, nil
	}
	if err := a.verifyToken(q.Protocol, q.Param, q.ClientDataHash, permitMakeCredential, q.RP.ID); err != nil {
		return false, err
	}
	r.op.PIN = true
	return true, nil
}

// create makes the credential, keeps it when it is resident, and attests it.
func (a *Authenticator) create(r *request, q *makeCredentialRequest, algorithm int, verified bool) (any, error) {
	key, err := newSigningKey(algorithm)
	if err != nil {
		return nil, err
	}
	c := &credential{algorithm: algorithm, key: key, protect: protectOptional, resident: isTrue(q.Options.Resident)}
	extensions := map[string]any{}
	if e := q.Extensions; e != nil && e.Protect != nil {
		c.protect = byte(*e.Protect) // #nosec G115 -- 1 to 3, checked
		extensions["credProtect"] = *e.Protect
	}
	if e := q.Extensions; e != nil && isTrue(e.HMACSecret) {
		c.hmacSecret = true
		extensions["hmac-secret"] = true
	}
	hash := sha256.Sum256([]byte(q.RP.ID))
	if err := a.seal(c, hash[:]); err != nil {
		return nil, err
	}
	if c.resident {
		if err := a.keep(c, q); err != nil {
			return nil, err
		}
	}
	r.op.Credential = fingerprint(c.id)
	counter, err := a.count()
	if err != nil {
		return nil, err
	}
	data, err := authData{
		rpID: q.RP.ID, present: true, verified: verified, counter: counter, credential: c, extensions: extensions,
	}.bytes()
	if err != nil {
		return nil, err
	}
	s, err := a.attest(c, slices.Concat(data, q.ClientDataHash))
	return makeCredentialResponse{Format: "packed", AuthData: data, Statement: s}, err
}

// keep stores a resident credential. It replaces one for the same user of the
// same relying party.
func (a *Authenticator) keep(c *credential, q *makeCredentialRequest) error {
	entry := resident{ID: c.id, RPID: q.RP.ID, RPName: q.RP.Name, User: *q.User}
	others := slices.DeleteFunc(slices.Clone(a.state.Resident), func(e resident) bool {
		return e.RPID == entry.RPID && bytes.Equal(e.User.ID, entry.User.ID)
	})
	if len(others) >= a.capacity() {
		return ErrKeyStoreFull
	}
	return a.change(func(s *state) { s.Resident = append(others, entry) })
}
