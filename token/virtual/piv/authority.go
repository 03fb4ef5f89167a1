package piv

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// AttestationRoot is the name of the file, in the folder of the attestation
// authority, that holds its root certificate (PEM). Whoever is to trust
// emulated keys is given this file.
const AttestationRoot = "piv-attestation-root.pem"

// attestationAuthority holds the authority's certificate and its key (PEM).
const attestationAuthority = "piv-attestation-authority.pem"

// validity of all certificates: years that no test sees the end of.
var (
	notBefore = time.Date(2016, 3, 14, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2052, 4, 17, 0, 0, 0, 0, time.UTC)
)

// installAttestation fills slot F9 of a new card: a key, and a certificate for
// it from the authority.
func (c *Card) installAttestation() error {
	root, authority, err := loadAuthority(c.ca)
	if errors.Is(err, fs.ErrNotExist) {
		root, authority, err = makeAuthority(c.ca)
	}
	if err != nil {
		return fmt.Errorf("attestation authority: %w", err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := certify("Yubico PIV Attestation", root, private.Public(), authority, 0)
	if err != nil {
		return err
	}
	if _, err := c.install(slotAttestation, algP256, private, originGenerated, nil); err != nil {
		return err
	}
	object := appendElement(nil, tagCertificate, der)
	object = appendElement(object, tagCertificateInfo, []byte{0})
	c.state.Objects[objectName(objectAttestation)] = appendElement(object, tagCertificateEnd)
	return nil
}

// certify makes the certificate of an authority. A nil issuer makes a root.
func certify(name string, issuer *x509.Certificate, public any, signer crypto.Signer, below int) ([]byte, error) {
	number, err := certificateNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          number,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLen:            below,
		MaxPathLenZero:        below == 0,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	if issuer == nil {
		issuer = template
	}
	return x509.CreateCertificate(rand.Reader, template, issuer, public, signer)
}

// certificateNumber is a random positive number of 64 bits.
func certificateNumber() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, err
	}
	return n.Add(n, big.NewInt(1)), nil
}

// makeAuthority makes a root and keeps it in the folder. When two keys do so at
// once, the one that comes second takes the first one's.
func makeAuthority(dir string) (*x509.Certificate, crypto.Signer, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := certify("Emulated PIV Root CA", nil, private.Public(), private, 1)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	both := append(cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	if err := placeOnce(dir, attestationAuthority, both); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, nil, err
	}
	root, signer, err := loadAuthority(dir)
	if err != nil {
		return nil, nil, err
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	if err := placeOnce(dir, AttestationRoot, cert); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, nil, err
	}
	return root, signer, nil
}

// placeOnce puts a whole file into place unless one is there.
func placeOnce(dir, name string, data []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, name+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Link(f.Name(), filepath.Join(dir, name))
	}
	if gone := os.Remove(f.Name()); gone != nil {
		return gone
	}
	return err
}

// loadAuthority reads the authority from its folder.
func loadAuthority(dir string) (*x509.Certificate, crypto.Signer, error) {
	data, err := os.ReadFile(filepath.Join(dir, attestationAuthority)) // #nosec G304 -- the folder is the caller's choice
	if err != nil {
		return nil, nil, err
	}
	first, rest := pem.Decode(data)
	second, _ := pem.Decode(rest)
	if first == nil || second == nil {
		return nil, nil, fmt.Errorf("%s: want a certificate and a key", attestationAuthority)
	}
	root, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return nil, nil, err
	}
	private, err := x509.ParsePKCS8PrivateKey(second.Bytes)
	if err != nil {
		return nil, nil, err
	}
	signer, able := private.(crypto.Signer)
	if !able {
		return nil, nil, fmt.Errorf("%s: the key cannot sign", attestationAuthority)
	}
	return root, signer, nil
}
