package piv

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
)

// Subject public keys of RFC 8410 section 4, up to the 32 octets of the key.
// They differ in the last octet of the object identifier alone.
var (
	infoEd25519 = []byte{0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00}
	infoX25519  = []byte{0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E, 0x03, 0x21, 0x00}
)

// certificate is the outer form of a certificate, RFC 5280 section 4.1.
type certificate struct {
	Signed    asn1.RawValue
	Algorithm asn1.RawValue
	Signature asn1.BitString
}

// createForX25519 makes a certificate for an X25519 key, which package x509
// refuses: it lets that write one for the same octets as an Ed25519 key,
// changes the octet that differs, and signs again.
func createForX25519(template, issuer *x509.Certificate, public *ecdh.PublicKey, signer crypto.Signer) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, ed25519.PublicKey(public.Bytes()), signer)
	if err != nil {
		return nil, err
	}
	disguised, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	var c certificate
	if _, err := asn1.Unmarshal(der, &c); err != nil {
		return nil, err
	}
	from := append(bytes.Clone(infoEd25519), public.Bytes()...)
	to := append(bytes.Clone(infoX25519), public.Bytes()...)
	signed := bytes.Replace(c.Signed.FullBytes, from, to, 1)
	signature, err := sign(signer, disguised.SignatureAlgorithm, signed)
	if err != nil {
		return nil, err
	}
	c.Signed = asn1.RawValue{FullBytes: signed}
	c.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	return asn1.Marshal(c)
}

// sign signs with the algorithm that package x509 chose for the key.
func sign(signer crypto.Signer, algorithm x509.SignatureAlgorithm, message []byte) ([]byte, error) {
	var hash crypto.Hash
	switch algorithm { // those that package x509 chooses by itself
	case x509.ECDSAWithSHA256, x509.SHA256WithRSA:
		hash = crypto.SHA256
	case x509.ECDSAWithSHA384:
		hash = crypto.SHA384
	case x509.PureEd25519:
		return signer.Sign(rand.Reader, message, crypto.Hash(0))
	default:
		return nil, fmt.Errorf("signature algorithm %v is not for attestation", algorithm)
	}
	h := hash.New()
	h.Write(message)
	return signer.Sign(rand.Reader, h.Sum(nil), hash)
}
