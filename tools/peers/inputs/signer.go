// Package inputs makes what other people's programs are shown of ours, and what they are asked to make for us: always
// the same bytes, from fixed seeds, so that a test can tell whether an input is still the one that was judged.
package inputs

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secp256k1ecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"holdfast/did"
	"holdfast/did/key"
	"holdfast/did/peer"
	"holdfast/did/statement"
)

// signer is a key pair from a fixed seed, with its place in a document.
type signer struct {
	algorithm statement.Algorithm
	keyID     did.URL
	public    did.PublicKey
	secret    []byte                    // 32 bytes: the seed of Ed25519, else the scalar
	sign      func(input []byte) []byte // always the same signature of the same input
}

// seed is 32 equal bytes: a secret that nobody takes for one.
func seed(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// signers are one for each algorithm as did:key, and those of a did:peer:4.
type signers struct {
	ed25519, p256, secp256k1, other signer
	authentication, assertion       signer
	short                           did.DID // of that did:peer:4
}

func newSigners() (all signers, err error) {
	all.ed25519, all.other, all.secp256k1 = ed25519Signer(1), ed25519Signer(2), secp256k1Signer(3)
	if all.p256, err = p256Signer(4); err != nil {
		return signers{}, err
	}
	for _, s := range []*signer{&all.ed25519, &all.other, &all.p256, &all.secp256k1} {
		id, err := key.Create(s.public)
		if err != nil {
			return signers{}, err
		}
		s.keyID = id.URL(id.ID())
	}
	keys, err := relationship()
	if err != nil {
		return signers{}, err
	}
	long, short, err := peer.CreateFor(keys)
	if err != nil {
		return signers{}, err
	}
	all.short = short
	all.authentication, all.assertion = ed25519Signer(5), ed25519Signer(6)
	all.authentication.keyID, all.assertion.keyID = long.URL(peer.AuthenticationKey), long.URL(peer.AssertionKey)
	return all, nil
}

// relationship are the keys of the did:peer:4 that peers are shown.
func relationship() (peer.Keys, error) {
	agreement, err := ecdh.X25519().NewPrivateKey(seed(7))
	if err != nil {
		return peer.Keys{}, err
	}
	return peer.Keys{
		Authentication: ed25519Signer(5).public, Assertion: ed25519Signer(6).public, Succession: ed25519Signer(8).public,
		Agreement: did.PublicKey{Curve: did.X25519, Bytes: agreement.PublicKey().Bytes()},
	}, nil
}

func ed25519Signer(n byte) signer {
	private := ed25519.NewKeyFromSeed(seed(n))
	return signer{
		algorithm: statement.EdDSA, public: did.PublicKey{Curve: did.Ed25519, Bytes: private[32:]}, secret: seed(n),
		sign: func(input []byte) []byte { return ed25519.Sign(private, input) },
	}
}

func secp256k1Signer(n byte) signer {
	private := secp256k1.PrivKeyFromBytes(seed(n))
	return signer{
		algorithm: statement.ES256K, secret: seed(n),
		public: did.PublicKey{Curve: did.Secp256k1, Bytes: private.PubKey().SerializeCompressed()},
		sign: func(input []byte) []byte {
			hash := sha256.Sum256(input)
			signature := secp256k1ecdsa.Sign(private, hash[:])
			r, s := signature.R(), signature.S()
			first, second := r.Bytes(), s.Bytes()
			return append(first[:], second[:]...)
		},
	}
}

func p256Signer(n byte) (signer, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed(n))
	if err != nil {
		return signer{}, err
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		return signer{}, err
	}
	public, err := did.NewPublicKey(did.P256, point)
	if err != nil {
		return signer{}, err
	}
	return signer{
		algorithm: statement.ES256, public: public, secret: seed(n),
		sign: func(input []byte) []byte { return p1363(deterministic(private, input)) },
	}, nil
}

// deterministic signs by RFC 6979, which is what Sign does without a source of randomness, in ASN.1.
func deterministic(private *ecdsa.PrivateKey, input []byte) []byte {
	hash := sha256.Sum256(input)
	signature, err := private.Sign(nil, hash[:], crypto.SHA256)
	if err != nil {
		panic(err) // the key and the hash are what Sign asks for
	}
	return signature
}

// p1363 turns a signature of P-256 in ASN.1 into R || S.
func p1363(signature []byte) []byte {
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(signature, &pair); err != nil {
		panic(err) // the standard library wrote it
	}
	raw := make([]byte, 64)
	pair.R.FillBytes(raw[:32])
	pair.S.FillBytes(raw[32:])
	return raw
}

// inASN1 is the inverse of p1363.
func inASN1(raw []byte) []byte {
	text, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	if err != nil {
		panic(err) // two numbers
	}
	return text
}

// mirrored is the other signature of P-256 that fits wherever raw fits: S becomes the order minus S.
func mirrored(raw []byte) []byte {
	s := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(raw[32:]))
	other := bytes.Clone(raw)
	s.FillBytes(other[32:])
	return other
}

// privateJWK is a key pair as JSON Web Key, for a peer that signs.
type privateJWK struct {
	did.JWK
	D string `json:"d"`
}
