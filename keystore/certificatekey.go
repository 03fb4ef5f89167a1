package keystore

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"errors"
)

// crypto/x509 reads certificates for X25519 keys (RFC 8410) and does not write them. The subject public key of an Ed25519 certificate
// differs from it in the last byte of the algorithm's object identifier alone, so a certificate is written for the same 32 bytes
// as Ed25519, the byte is changed, and what results is signed again.

// certificateSubject is the public key as crypto/x509 takes it.
func certificateSubject(c Curve, pub *ecdh.PublicKey) (any, error) {
	if c == CurveP256 {
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), pub.Bytes())
	}
	return ed25519.PublicKey(pub.Bytes()), nil
}

// The algorithm identifiers of RFC 8410 section 3 up to the key: 1.3.101.112 and 1.3.101.110.
var (
	spkiEd25519 = []byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}
	spkiX25519  = []byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00}
)

// signedCertificate is the outer form of a certificate (RFC 5280 section 4.1).
type signedCertificate struct {
	TBS       asn1.RawValue
	Algorithm asn1.RawValue
	Signature asn1.BitString
}

// asX25519 turns a certificate for 32 bytes as an Ed25519 key into one for the same bytes as an X25519 key, signed anew by the owner key.
func asX25519(der, public []byte, key ed25519.PrivateKey) ([]byte, error) {
	var c signedCertificate
	if rest, err := asn1.Unmarshal(der, &c); err != nil || len(rest) > 0 {
		return nil, errors.Join(errors.New("the certificate just written does not read back"), err)
	}
	from, to := append(bytes.Clone(spkiEd25519), public...), append(bytes.Clone(spkiX25519), public...)
	if bytes.Count(c.TBS.FullBytes, from) != 1 {
		return nil, errors.New("the certificate just written does not name the key once")
	}
	tbs := bytes.Replace(c.TBS.FullBytes, from, to, 1)
	c.TBS = asn1.RawValue{FullBytes: tbs}
	sig := ed25519.Sign(key, tbs)
	c.Signature = asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)}
	return asn1.Marshal(c)
}

// certificatePublic is a certificate's key as keyslots write it (uncompressed point or 32 bytes); nil for any other kind of key.
func certificatePublic(c *x509.Certificate) []byte {
	key, err := x509.ParsePKIXPublicKey(c.RawSubjectPublicKeyInfo) // ParseCertificate itself leaves X25519 keys unread
	if err != nil {
		return nil
	}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if p, err := k.ECDH(); err == nil {
			return p.Bytes()
		}
	case *ecdh.PublicKey:
		return k.Bytes()
	}
	return nil
}
