package piv

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"

	"holdfast/token/virtual/body"
)

// YubiKey's extensions of an attestation certificate.
var (
	oidFirmware   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 3}
	oidSerial     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 7}
	oidPolicy     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 8}
	oidFormFactor = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 9}
)

// attest answers YubiKey's ATTEST: a certificate, signed by the key in slot F9,
// that the key in the slot of P1 was generated here, with its policies. It is
// the bare DER certificate, as YubiKeys give it.
func (c *Card) attest(_ context.Context, cmd Command, _ *body.Operation) ([]byte, error) {
	if cmd.P2 != 0 || !c.holdsKey(cmd.P1) {
		return nil, statusBadParameters
	}
	k, err := c.key(cmd.P1, statusBadData)
	if err != nil {
		return nil, err
	}
	if k.Origin != originGenerated {
		return nil, statusBadData
	}
	issuer, signer, err := c.attestationKey()
	if err != nil {
		return nil, err
	}
	public, err := publicKey(k)
	if err != nil {
		return nil, err
	}
	template, err := c.attestationTemplate(cmd.P1, k)
	if err != nil {
		return nil, err
	}
	if x, ok := public.(*ecdh.PublicKey); ok {
		return createForX25519(template, issuer, x, signer)
	}
	return x509.CreateCertificate(rand.Reader, template, issuer, public, signer)
}

// attestationTemplate says of a key what YubiKey's extensions have room for.
func (c *Card) attestationTemplate(slot byte, k slotKey) (*x509.Certificate, error) {
	number, err := certificateNumber()
	if err != nil {
		return nil, err
	}
	major, minor, patch := c.body.Firmware()
	extensions := []pkix.Extension{
		{Id: oidFirmware, Value: []byte{major, minor, patch}},
		{Id: oidPolicy, Value: []byte{k.PINPolicy, k.TouchPolicy}},
		{Id: oidFormFactor, Value: []byte{formFactor}},
	}
	if tellsSerial(c.body.Make()) {
		serial, err := asn1.Marshal(int64(c.body.Serial()))
		if err != nil {
			return nil, err
		}
		extensions = slices.Insert(extensions, 1, pkix.Extension{Id: oidSerial, Value: serial})
	}
	return &x509.Certificate{
		SerialNumber:    number,
		Subject:         pkix.Name{CommonName: "YubiKey PIV Attestation " + slotName(slot)},
		NotBefore:       notBefore,
		NotAfter:        notAfter,
		ExtraExtensions: extensions,
	}, nil
}

// attestationKey is the key in slot F9 and its certificate.
func (c *Card) attestationKey() (*x509.Certificate, crypto.Signer, error) {
	k, err := c.key(slotAttestation, statusNotAllowed)
	if err != nil {
		return nil, nil, err
	}
	private, err := k.private()
	if err != nil {
		return nil, nil, err
	}
	signer, able := private.(crypto.Signer)
	if !able {
		return nil, nil, statusNotAllowed
	}
	fields, err := readElements(c.state.Objects[objectName(objectAttestation)])
	if err != nil {
		return nil, nil, statusNotAllowed
	}
	cert, err := x509.ParseCertificate(fields[tagCertificate])
	if err != nil {
		return nil, nil, statusNotAllowed
	}
	return cert, signer, nil
}

// publicKey is the public half of a slot's key, as package x509 wants it.
func publicKey(k slotKey) (any, error) {
	private, err := k.private()
	if err != nil {
		return nil, err
	}
	switch p := private.(type) {
	case crypto.Signer:
		return p.Public(), nil
	case interface{ Public() crypto.PublicKey }:
		return p.Public(), nil
	}
	return nil, statusInternal
}

// Tags of a certificate object, NIST SP 800-73-4 part 1 table 10.
const (
	tagCertificate     = 0x70
	tagCertificateInfo = 0x71
	tagCertificateEnd  = 0xFE
)
