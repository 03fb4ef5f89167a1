package ctap

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"holdfast/token/virtual/body"
)

// attestation is the key that vouches for new credentials, with its batch
// certificate and the root above that. It stays through resets.
type attestation struct {
	Key  []byte `json:"key"`  // the P-256 scalar, 32 bytes
	Cert []byte `json:"cert"` // DER
	Root []byte `json:"root"` // DER
}

// oidAAGUID is id-fido-gen-ce-aaguid (WebAuthn section 8.2.1).
var oidAAGUID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 45724, 1, 1, 4}

// aaguid is the model: a made-up one, "holdfast virtual" in ASCII.
func aaguid() []byte { return []byte("holdfast virtual") }

// newAttestation makes a root, an attestation key and its certificate after
// WebAuthn section 8.2.1 (packed attestation certificate requirements).
func newAttestation() (attestation, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return attestation{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return attestation{}, err
	}
	root := rootTemplate()
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return attestation{}, err
	}
	leaf, err := leafTemplate()
	if err != nil {
		return attestation{}, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), rootKey)
	if err != nil {
		return attestation{}, err
	}
	raw, err := key.Bytes()
	return attestation{Key: raw, Cert: leafDER, Root: rootDER}, err
}

func rootTemplate() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Holdfast Virtual Key FIDO Root"},
		NotBefore:             time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
}

func leafTemplate() (*x509.Certificate, error) {
	model, err := asn1.Marshal(aaguid())
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject: pkix.Name{
			Country:            []string{"SE"},
			Organization:       []string{"Holdfast"},
			OrganizationalUnit: []string{"Authenticator Attestation"},
			CommonName:         "Holdfast Virtual Key Batch 1",
		},
		NotBefore:             time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true,
		ExtraExtensions:       []pkix.Extension{{Id: oidAAGUID, Value: model}},
	}, nil
}

// check refuses an attestation whose key and certificate do not belong together.
func (t attestation) check() error {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), t.Key)
	if err != nil {
		return fmt.Errorf("attestation key: %w", err)
	}
	cert, err := x509.ParseCertificate(t.Cert)
	if err != nil {
		return fmt.Errorf("attestation certificate: %w", err)
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return fmt.Errorf("attestation certificate %q is for another key", cert.Subject)
	}
	return nil
}

// statement is a packed attestation statement (WebAuthn section 8.2).
type statement struct {
	Algorithm int      `cbor:"alg"`
	Signature []byte   `cbor:"sig"`
	Chain     [][]byte `cbor:"x5c,omitempty"`
}

// attests tells whether a certificate vouches for this key's credentials.
func (a *Authenticator) attests() bool { return a.body.Make().Attestation.On(body.FIDO2) }

// attest signs authenticator data and client data hash for a new credential:
// with the attestation key, or where there is none with the credential's own
// (WebAuthn section 6.5.4, self attestation, which section 8.2 has in this form).
func (a *Authenticator) attest(c *credential, signed []byte) (statement, error) {
	if a.attests() {
		return a.state.Attestation.attest(signed)
	}
	signature, err := c.key.sign(signed)
	return statement{Algorithm: c.algorithm, Signature: signature}, err
}

// attest signs authenticator data and client data hash.
func (t attestation) attest(signed []byte) (statement, error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), t.Key)
	if err != nil {
		return statement{}, err
	}
	digest := sha256.Sum256(signed)
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	return statement{Algorithm: algES256, Signature: signature, Chain: [][]byte{t.Cert}}, err
}

// RootFile is the name of the file, in the key's state folder, that holds the
// root above its attestation certificate (PEM). Whoever is to trust attestations
// of this key is given it.
const RootFile = "fido-attestation-root.pem"

// placeRoot writes the root's file, unless it is there.
func (a *Authenticator) placeRoot() error {
	f, err := os.OpenFile(filepath.Join(a.body.Dir(), RootFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("attestation root: %w", err)
	}
	err = pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: a.state.Attestation.Root})
	return errors.Join(err, f.Sync(), f.Close())
}

// AttestationRoot is the certificate above this key's attestation certificate,
// DER; nil when there is none.
func (a *Authenticator) AttestationRoot() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]byte(nil), a.state.Attestation.Root...)
}
