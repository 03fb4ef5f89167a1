package keystore

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// The certificate beside a PIV key (X.509, RFC 5280) is issued by the owner key. It shows other tools that the slot is taken, and
// it names the owner key to a machine that remembers nothing: who can write the envelope cannot write the token, whose management
// key is on the token under its PIN. It carries no name and no date that means anything.
func (m *master) certify(vault []byte, k PIVKey) ([]byte, error) {
	pub, err := ecdhPublic(k.Curve, k.Public)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	name := certificateName(vault)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      name,
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280 section 4.1.2.5: no well-defined end
		KeyUsage:     x509.KeyUsageKeyAgreement,
	}
	issuer := &x509.Certificate{Subject: name}
	subject, err := certificateSubject(k.Curve, pub)
	if err != nil {
		return nil, err
	}
	var der []byte
	err = m.withOwner(func(key ed25519.PrivateKey) error {
		if der, err = x509.CreateCertificate(rand.Reader, template, issuer, subject, key); err != nil || k.Curve == CurveP256 {
			return err
		}
		der, err = asX25519(der, pub.Bytes(), key)
		return err
	})
	return der, err
}

func certificateName(vault []byte) pkix.Name {
	return pkix.Name{CommonName: string(labelCertificate), SerialNumber: hex.EncodeToString(vault)}
}

// vouches reports whether a certificate read from a token names this core's owner key for this slot's key. nil means it does.
func (c *core) vouches(der []byte, p *pivTier) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	if !bytes.Equal(certificatePublic(cert), p.Public) {
		return fmt.Errorf("the certificate in slot %02x is for another key", p.Slot)
	}
	if cert.SignatureAlgorithm != x509.PureEd25519 || !ed25519.Verify(ed25519.PublicKey(c.Owner), cert.RawTBSCertificate, cert.Signature) {
		return fmt.Errorf("the certificate in slot %02x is not signed by the envelope's owner key", p.Slot)
	}
	return nil
}

// belongs reports whether the token holds the keyslot's vault key in its slot, without a PIN or a touch.
func (k *keyslot) belongs(ctx context.Context, dev PIVEnroller) (der []byte, ok bool, err error) {
	p := k.PIV[TierVault]
	der, err = dev.OwnerCertificate(ctx, p.Slot)
	if err != nil || len(der) == 0 {
		return nil, false, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, false, nil //nolint:nilerr // another program's object in the slot: not ours
	}
	return der, bytes.Equal(certificatePublic(cert), p.Public), nil
}
