package statement

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	"holdfast/did"
)

// signature is a published signature: key, what was signed, and R || S.
type signature struct {
	source    string
	algorithm Algorithm
	key       did.JWK
	input     string
	raw       string // base64url or hex
}

var published = []signature{
	{
		"RFC 8037 appendix A.4", EdDSA,
		did.JWK{KeyType: "OKP", Curve: "Ed25519", X: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
	},
	{
		"RFC 7515 appendix A.3", ES256,
		did.JWK{KeyType: "EC", Curve: "P-256", X: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", Y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
		"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
	},
	{
		// RFC 8812 has no example. This is the usual RFC 6979 vector for secp256k1 with SHA-256, of private key 1
		// (its public key is the generator); many Bitcoin libraries test with it.
		"deterministic secp256k1, private key 1", ES256K,
		did.JWK{KeyType: "EC", Curve: "secp256k1", X: "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g", Y: "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg"},
		"Satoshi Nakamoto",
		"934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
	},
}

func (s signature) decode(t *testing.T) (did.PublicKey, []byte) {
	t.Helper()
	key, err := s.key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(s.raw)
	if len(s.raw) == 128 {
		raw, err = hex.DecodeString(s.raw)
	}
	if err != nil || len(raw) != 64 {
		t.Fatalf("%s: bad vector: %v", s.source, err)
	}
	return key, raw
}

func TestPublishedSignatures(t *testing.T) {
	for _, s := range published {
		key, raw := s.decode(t)
		if err := s.algorithm.verify(key, []byte(s.input), raw); err != nil {
			t.Errorf("%s: %v", s.source, err)
		}
		if err := s.algorithm.verify(key, []byte(s.input+"x"), raw); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: other input: %v", s.source, err)
		}
		for i := range raw {
			raw[i] ^= 1
			if err := s.algorithm.verify(key, []byte(s.input), raw); err == nil {
				t.Errorf("%s: byte %d changed, still verified", s.source, i)
			}
			raw[i] ^= 1
		}
		for _, other := range published {
			otherKey, _ := other.decode(t)
			if err := s.algorithm.verify(otherKey, []byte(s.input), raw); (err == nil) != (other.source == s.source) {
				t.Errorf("%s verifies with the key of %s", s.source, other.source)
			}
		}
		for _, n := range []int{0, 63} {
			if err := s.algorithm.verify(key, []byte(s.input), raw[:n]); err == nil {
				t.Errorf("%s: %d bytes verified", s.source, n)
			}
		}
		if err := s.algorithm.verify(key, []byte(s.input), append(raw, 0)); err == nil {
			t.Errorf("%s: 65 bytes verified", s.source)
		}
		if err := s.algorithm.verify(key, []byte(s.input), make([]byte, 64)); err == nil {
			t.Errorf("%s: a zero signature verified", s.source)
		}
	}
}

// TestHighS makes the second form of a good signature, which every verifier of plain ECDSA takes.
func TestHighS(t *testing.T) {
	s := published[2]
	key, raw := s.decode(t)
	order, ok := new(big.Int).SetString("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141", 16)
	if !ok {
		t.Fatal("bad order")
	}
	high := new(big.Int).Sub(order, new(big.Int).SetBytes(raw[32:]))
	high.FillBytes(raw[32:])
	if err := ES256K.verify(key, []byte(s.input), raw); err == nil || errors.Is(err, ErrSignature) {
		t.Errorf("high S: %v", err)
	}
	over := append(append([]byte(nil), raw[:32]...), order.Bytes()...)
	if err := ES256K.verify(key, []byte(s.input), over); err == nil {
		t.Error("S equal to the order was taken")
	}
}

func TestUnknownAlgorithm(t *testing.T) {
	key, raw := published[0].decode(t)
	for _, a := range []Algorithm{"", "none", "HS256", "RS256", "ES384", "eddsa", "Ed25519"} {
		if err := a.known(); err == nil {
			t.Errorf("%q is known", a)
		}
		if err := a.verify(key, []byte(published[0].input), raw); err == nil {
			t.Errorf("%q verified", a)
		}
	}
	if a, err := AlgorithmFor(did.X25519); err == nil {
		t.Errorf("X25519 signs with %s", a)
	}
}
