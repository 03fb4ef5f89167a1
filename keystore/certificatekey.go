package keystore

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
)

// ecdsaPublic is the same P-256 point as crypto/x509 wants it.
func ecdsaPublic(pub *ecdh.PublicKey) (*ecdsa.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), pub.Bytes())
}

// certificatePublic is a certificate's key as keyslots write it (uncompressed point or 32 bytes); nil for any other kind of key.
func certificatePublic(c *x509.Certificate) []byte {
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if p, err := k.ECDH(); err == nil {
			return p.Bytes()
		}
	case *ecdh.PublicKey:
		return k.Bytes()
	}
	return nil
}
