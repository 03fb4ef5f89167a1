package ctap

import (
	"crypto/hmac"
	"crypto/sha256"
)

// saltSize is the length of one salt and of one output, in bytes.
const saltSize = 32

// hmacSecretInput is the input of hmac-secret at getAssertion (section 12.5).
type hmacSecretInput struct {
	KeyAgreement *coseKey `cbor:"1,keyasint"`
	SaltEnc      octets   `cbor:"2,keyasint"`
	SaltAuth     octets   `cbor:"3,keyasint"`
	Protocol     *uint    `cbor:"4,keyasint"`
}

// hmacSecret gives HMAC-SHA-256(CredRandom, salt) for one salt or two, sealed
// for the platform.
func (a *Authenticator) hmacSecret(r *request, ask assertion, c *credential) ([]byte, error) {
	in := ask.secret
	if in.KeyAgreement == nil || in.SaltEnc == nil || in.SaltAuth == nil {
		return nil, ErrMissingParameter
	}
	version := in.Protocol
	if version == nil {
		one := uint(1)
		version = &one
	}
	p, err := a.protocol(version)
	if err != nil {
		return nil, err
	}
	secret, err := p.decapsulate(*in.KeyAgreement)
	if err != nil {
		return nil, err
	}
	if !p.verify(secret, in.SaltEnc, in.SaltAuth) {
		return nil, ErrPINAuthInvalid
	}
	salts, ok := p.decrypt(secret, in.SaltEnc)
	if !ok || (len(salts) != saltSize && len(salts) != 2*saltSize) {
		return nil, ErrInvalidLength
	}
	random := a.credRandom(c, ask.verified)
	var outputs []byte
	for ; len(salts) > 0; salts = salts[saltSize:] {
		r.op.Salts = append(r.op.Salts, fingerprint(salts[:saltSize]))
		mac := hmac.New(sha256.New, random)
		mac.Write(salts[:saltSize])
		outputs = mac.Sum(outputs)
	}
	return p.encrypt(secret, outputs)
}
