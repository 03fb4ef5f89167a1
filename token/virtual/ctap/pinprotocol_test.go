package ctap

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func equal(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if hex.EncodeToString(got) != want {
		t.Errorf("%s:\ngot  %x\nwant %s", what, got, want)
	}
}

// TestProtocolOneVectors uses the values of python-fido2, test/test_ctap2.py
// (class TestPinProtocolV1), from the authenticator's side of the agreement.
func TestProtocolOneVectors(t *testing.T) {
	private, err := ecdh.P256().NewPrivateKey(unhex(t, "7452e599fee739d8a653f6a507343d12d382249108a651402520b72f24fe7684"))
	if err != nil {
		t.Fatal(err)
	}
	p := &pinProtocol{version: 1, key: private, random: rand.Reader}
	equal(t, "x", p.public().X, "44d78d7989b97e62ea993496c9ef6e8fd58b8b00715f9a89153ddd9c4657e47f")
	equal(t, "y", p.public().Y, "ec802ee7d22bd4e100f12e48537eb4e7e96ed3a47a0a3bd5f5eeab65001664f9")
	secret, err := p.decapsulate(coseKey{
		Type: coseEC2, Algorithm: algECDH, Curve: coseP256,
		X: unhex(t, "0501d5bc78da9252560a26cb08fcc60cbe0b6d3b8e1d1fcee514fac0af675168"),
		Y: unhex(t, "d551b3ed46f665731f95b4532939c25d91db7eb844bd96d4abd4083785f8df47"),
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "shared secret", secret, "c42a039d548100dfba521e487debcbbb8b66bb7496f8b1862a7a395ed83e1a1c")
	sealed, err := p.encrypt(secret, unhex(t, "aff12c6dcfbf9df52f7a09211e8865cd"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "sealed token", sealed, "7a9f98e31b77be90f9c64d12e9635040")

	hash := sha256.Sum256([]byte("1234"))
	got, ok := p.decrypt(secret, unhex(t, "afe8327ce416da8ee3d057589c2ce1a9"))
	if !ok || !bytes.Equal(got, hash[:16]) {
		t.Errorf("PIN hash %x, %v", got, ok)
	}
	newPIN := unhex(t, "0222fc42c6dd76a274a7057858b9b29d98e8a722ec2dc6668476168c5320473cec9907b4cd76ce7943c96ba5683943211d84471e64d9c51e54763488cd66526a")
	got, ok = p.decrypt(secret, newPIN)
	if !ok || !bytes.Equal(got, append([]byte("1234"), make([]byte, 60)...)) {
		t.Errorf("new PIN %q, %v", got, ok)
	}
	equal(t, "setPIN's MAC", p.authenticate(secret, newPIN), "7b40c084ccc5794194189ab57836475f")
	changed := unhex(t, "4280e14aac4fcbf02dd079985f0c0ffc9ea7d5f9c173fd1a4c843826f7590cb3c2d080c6923e2fe6d7a52c31ea1309d3fcca3dedae8a2ef14b6330cafc79339e"+"afe8327ce416da8ee3d057589c2ce1a9")
	if !p.verify(secret, changed, unhex(t, "fb97e92f3724d7c85e001d7f93e6490a")) {
		t.Error("changePIN's MAC does not verify")
	}
}

// TestProtocolTwoKDF uses the value of authenticator-rs, src/crypto/mod.rs
// (test_pin_uv_auth2_kdf), which comes from Python's cryptography package.
func TestProtocolTwoKDF(t *testing.T) {
	p := &pinProtocol{version: 2, random: rand.Reader}
	secret, err := p.kdf(bytes.Repeat([]byte{0xff}, 32))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "shared secret", secret, "570b4ed82aa5dfb49db79dbeaf4b315d8abb1a9867b245f3367026987c0d47a17d9a93c39baec741d141c6238d8e1846de323d8eed022cb397d19a73b98945e2")
}

func TestDecryptRefusesLengths(t *testing.T) {
	for version, lengths := range map[uint][]int{1: {0, 1, 15, 17, 33}, 2: {0, 1, 15, 16, 17, 33}} {
		p := &pinProtocol{version: version, random: rand.Reader}
		secret, err := p.kdf(make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range lengths {
			if _, ok := p.decrypt(secret, make([]byte, n)); ok {
				t.Errorf("protocol %d opened %d bytes", version, n)
			}
		}
	}
}

func TestAgreementRefusesKeys(t *testing.T) {
	p, err := newPINProtocol(2, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := p.public()
	for name, spoil := range map[string]func(k *coseKey){
		"no point of the curve": func(k *coseKey) { k.Y = bytes.Clone(k.Y); k.Y[31] ^= 1 },
		"short":                 func(k *coseKey) { k.X = k.X[1:] },
		"another algorithm":     func(k *coseKey) { k.Algorithm = algES256 },
		"another curve":         func(k *coseKey) { k.Curve = 2 },
		"another type":          func(k *coseKey) { k.Type = coseOKP },
		"nothing":               func(k *coseKey) { *k = coseKey{} },
	} {
		k := good
		spoil(&k)
		if _, err := p.decapsulate(k); !errors.Is(err, ErrInvalidParameter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
