package did_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"

	"holdfast/did"
)

// TestBase58 has the test vectors of draft-msporny-base58-03 section 5.
func TestBase58(t *testing.T) {
	for text, data := range map[string]string{
		"z2NEpo7TZRRrLZSi2U": "Hello World!",
		"zUSm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z": "The quick brown fox jumps over the lazy dog.",
		"z11233QC4": "\x00\x00\x28\x7f\xb4\xcd",
		"z":         "",
		"z1":        "\x00",
		"uSGVsbG8_": "Hello?",
		"u":         "",
	} {
		got, base, err := did.DecodeMultibase(text)
		if err != nil || string(got) != data || string(rune(base)) != text[:1] {
			t.Errorf("%s: got %q, %v", text, got, err)
		}
		back, err := did.EncodeMultibase(did.Base(text[0]), []byte(data))
		if err != nil || back != text {
			t.Errorf("%q: got %s, %v, want %s", data, back, err, text)
		}
	}
	for _, text := range []string{
		"", "m", "f00", "Z11", "z0", "zO", "zI", "zl", "z+1", "z-1", "z_1", "z 1", "z1 ", "uA", "uAB", "uAA==", "u+/8", "uAA\nAA", "z" + strings.Repeat("1", did.MaxLength),
	} {
		if data, _, err := did.DecodeMultibase(text); err == nil {
			t.Errorf("%q was read as %x", text, data)
		}
	}
	if text, err := did.EncodeMultibase('m', nil); err == nil {
		t.Errorf("an unknown base wrote %q", text)
	}
}

// TestCodec has the examples of the unsigned-varint specification of multiformats.
func TestCodec(t *testing.T) {
	for codec, want := range map[uint64]string{1: "01", 127: "7f", 128: "8001", 255: "ff01", 300: "ac02", 16384: "808001", 1<<63 - 1: "ffffffffffffffff7f"} {
		data := did.AppendCodec(nil, codec)
		if hex.EncodeToString(data) != want {
			t.Errorf("%d: got %x, want %s", codec, data, want)
		}
		got, rest, err := did.CutCodec(append(data, 0xAB))
		if err != nil || got != codec || !bytes.Equal(rest, []byte{0xAB}) {
			t.Errorf("%d: read %d, %x, %v", codec, got, rest, err)
		}
	}
	for _, bad := range []string{"", "80", "8000", "ed8000", "ffffffffffffffffff01"} {
		data, err := hex.DecodeString(bad)
		if err != nil {
			t.Fatal(err)
		}
		if codec, _, err := did.CutCodec(data); err == nil {
			t.Errorf("%s was read as %d", bad, codec)
		}
	}
}

// TestJWK has the examples of the did:key specification and of RFC 8037 appendix A, and one of the did:key
// vectors for secp256k1 and P-256.
func TestJWK(t *testing.T) {
	for multikey, want := range map[string]did.JWK{
		"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp":  {KeyType: "OKP", Curve: "Ed25519", X: "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"},
		"z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW":  {KeyType: "OKP", Curve: "X25519", X: "W_Vcc7guviK-gPNDBmevVw-uJVamQV5rMNQGUwCqlH0"},
		"zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv": {KeyType: "EC", Curve: "P-256", X: "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns", Y: "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"},
		"zQ3shjmnWpSDEbYKpaFm4kTs9kXyqG6N2QwCYHNPP4yubqgJS": {KeyType: "EC", Curve: "secp256k1", X: "TEIJN9vnTq1EXMkqzo7yN_867-foKc2pREv45Fw_QA8", Y: "9yiymlzdxKCiRbYq7p-ArRB-C1ytjHE-eb7RDTi6rVc"},
	} {
		key, err := did.ParseMultikey(multikey)
		if err != nil {
			t.Errorf("%s: %v", multikey, err)
			continue
		}
		if back, err := key.Multikey(); err != nil || back != multikey {
			t.Errorf("%s became %s, %v", multikey, back, err)
		}
		got, err := key.JWK()
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", multikey, got, err, want)
		}
		back, err := want.PublicKey()
		if err != nil || !back.Equal(key) {
			t.Errorf("%+v: got %+v, %v", want, back, err)
		}
	}
}

func TestJWKRefused(t *testing.T) {
	good := did.JWK{KeyType: "EC", Curve: "P-256", X: "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns", Y: "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"}
	for name, change := range map[string]func(*did.JWK){
		"type":          func(j *did.JWK) { j.KeyType = "OKP" },
		"curve":         func(j *did.JWK) { j.Curve = "secp256k1" },
		"unknown curve": func(j *did.JWK) { j.Curve = "P-384" },
		"off the curve": func(j *did.JWK) { j.X = j.Y },
		"no y":          func(j *did.JWK) { j.Y = "" },
		"y with okp":    func(j *did.JWK) { j.KeyType, j.Curve = "OKP", "X25519" },
		"padding":       func(j *did.JWK) { j.X += "=" },
		"line break":    func(j *did.JWK) { j.X += "\n" },
	} {
		j := good
		change(&j)
		if key, err := j.PublicKey(); err == nil {
			t.Errorf("%s: %+v was read as %+v", name, j, key)
		}
	}
}

func TestPublicKeyRefused(t *testing.T) {
	for name, c := range map[string]struct {
		curve did.Curve
		hex   string
	}{
		"unknown curve":       {"P-384", strings.Repeat("02", 33)},
		"no curve":            {"", ""},
		"ed25519 short":       {did.Ed25519, strings.Repeat("01", 31)},
		"ed25519 identity":    {did.Ed25519, "01" + strings.Repeat("00", 31)},
		"ed25519 order 8":     {did.Ed25519, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
		"ed25519 no point":    {did.Ed25519, "02" + strings.Repeat("00", 31)},
		"ed25519 y over p":    {did.Ed25519, "f0" + strings.Repeat("ff", 30) + "7f"},
		"p256 no point":       {did.P256, "02" + strings.Repeat("ff", 32)},
		"p256 prefix":         {did.P256, "05" + strings.Repeat("11", 32)},
		"p256 uncompressed":   {did.P256, "04" + strings.Repeat("11", 64)},
		"secp256k1 no point":  {did.Secp256k1, "02" + strings.Repeat("00", 31) + "05"},
		"secp256k1 hybrid":    {did.Secp256k1, "06" + strings.Repeat("11", 64)},
		"x25519 uncompressed": {did.X25519, "04" + strings.Repeat("11", 64)},
	} {
		raw, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		if key, err := did.NewPublicKey(c.curve, raw); err == nil {
			t.Errorf("%s: read as %+v", name, key)
		}
	}
	for _, s := range []string{
		"", "z", "z6Mk", "uO2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik", "z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
		"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWpp", "1z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
	} {
		if key, err := did.ParseMultikey(s); err == nil {
			t.Errorf("multikey %q was read as %+v", s, key)
		}
	}
	short := did.PublicKey{Curve: did.Ed25519, Bytes: []byte{1}}
	if s, err := short.Multikey(); err == nil {
		t.Errorf("a short key was written as %s", s)
	}
	if j, err := short.JWK(); err == nil {
		t.Errorf("a short key was written as %+v", j)
	}
	if u, err := short.Uncompressed(); err == nil {
		t.Errorf("a short key was uncompressed to %x", u)
	}
}

// TestMontgomery checks the conversion against a key agreement: the private half of the Ed25519 key, as RFC 8032
// derives it, must be the private half of the X25519 key.
func TestMontgomery(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, err := did.PublicKey{Curve: did.Ed25519, Bytes: public}.Montgomery()
	if err != nil {
		t.Fatal(err)
	}
	scalar := sha512Half(private.Seed())
	want, err := ecdh.X25519().NewPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	if got.Curve != did.X25519 || !bytes.Equal(got.Bytes, want.PublicKey().Bytes()) {
		t.Errorf("got %x, want %x", got.Bytes, want.PublicKey().Bytes())
	}
	if _, err := got.Montgomery(); err == nil {
		t.Error("an X25519 key was converted")
	}
}

func FuzzParseMultikey(f *testing.F) {
	f.Add("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	f.Add("z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW")
	f.Add("zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")
	f.Add("zQ3shjmnWpSDEbYKpaFm4kTs9kXyqG6N2QwCYHNPP4yubqgJS")
	f.Add("uSGVsbG8_")
	f.Fuzz(func(t *testing.T, s string) {
		if data, base, err := did.DecodeMultibase(s); err == nil {
			if back, err := did.EncodeMultibase(base, data); err != nil || back != s {
				t.Fatalf("multibase %q became %q, %v", s, back, err)
			}
		}
		key, err := did.ParseMultikey(s)
		if err != nil {
			return
		}
		if back, err := key.Multikey(); err != nil || back != s {
			t.Fatalf("multikey %q became %q, %v", s, back, err)
		}
		j, err := key.JWK()
		if err != nil {
			t.Fatalf("multikey %q has no json web key: %v", s, err)
		}
		if back, err := j.PublicKey(); err != nil || !back.Equal(key) {
			t.Fatalf("json web key %+v became %+v, %v", j, back, err)
		}
	})
}
