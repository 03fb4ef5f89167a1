package fido2

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	libfido2 "github.com/keys-pub/go-libfido2"

	"holdfast/internal/secret"
	"holdfast/token"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSentinelsOfLibfido2(t *testing.T) {
	data, err := os.ReadFile("../testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Family, Name string
		Number       int
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	numbers := map[int]bool{}
	for _, r := range rows {
		if r.Family == "libfido2" && r.Number != 0 {
			numbers[r.Number] = true
		}
	}
	if len(numbers) != len(sentinels()) {
		t.Fatalf("%d sentinels are listed, %d are mapped", len(numbers), len(sentinels()))
	}
	for _, s := range sentinels() {
		if !numbers[s.number] {
			t.Errorf("%v has number %d, which is not listed", s.err, s.number)
		}
		got := fromLibrary("call", fmt.Errorf("failed: %w", s.err))
		var e *token.Error
		if !errors.As(got, &e) || e.Code != token.FromCTAP(s.number) || e.Number != int64(s.number) {
			t.Errorf("%v became %v", s.err, got)
		}
	}
	for _, c := range []struct {
		err  error
		code token.Code
	}{
		{libfido2.ErrNotFIDO2, token.NotFIDO2},
		{libfido2.Error{Code: 0x32}, token.PINBlocked},
		{libfido2.Error{Code: 0x2f}, token.TouchTimeout},
		{libfido2.Error{Code: 0x3c}, token.UVBlocked},
		{libfido2.Error{Code: 0xe1}, token.Unknown},
		{errors.New("no user id specified"), token.BadRequest},
		{nil, ""},
	} {
		if got := fromLibrary("call", c.err); token.CodeOf(got) != c.code {
			t.Errorf("%v became %v", c.err, got)
		}
	}
}

func TestReadConfig(t *testing.T) {
	got := parseConfig(unhex(t, "12"+"0102023f"+"020400bc614e"+"040103"+"0503050701"))
	want := config{serial: 12345678, formFactor: 3, version: token.Version{Major: 5, Minor: 7, Patch: 1}}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, bad := range []string{"", "00", "05", "0302ff00", "0101", "13" + "0102023f" + "020400bc614e" + "040103" + "0503050701"} {
		if got := parseConfig(unhex(t, bad)); got != (config{}) {
			t.Errorf("%q gave %+v", bad, got)
		}
	}
}

func TestReportDescriptor(t *testing.T) {
	// The report descriptor of a FIDO device as CTAP 2.1 section 11.2.8.2 prescribes it, and a keyboard's beginning (HID 1.11 appendix E.6).
	fido := unhex(t, "06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")
	keyboard := unhex(t, "05010906a101050719e029e71500250175019508810295017508810195")
	if !isFIDO(fido) || isFIDO(keyboard) || isFIDO(nil) {
		t.Error("report descriptors are confused")
	}
	for n := range 3 {
		if isFIDO(fido[:n]) {
			t.Errorf("%d bytes are enough", n)
		}
	}
	if isFIDO(unhex(t, "0506"+"d0f1")) {
		t.Error("data of an item was read as an item")
	}
}

// madeData is authenticator data of a new credential in the form libfido2 hands out.
func madeData(t testing.TB, flags byte, extensions any) []byte {
	t.Helper()
	party := sha256.Sum256([]byte(relyingParty))
	raw := append(party[:], flags, 0, 0, 0, 1)
	raw = append(raw, bytes.Repeat([]byte{0xaa}, 16)...)
	raw = append(raw, 0, 4, 1, 2, 3, 4)
	for _, v := range []any{map[int]int{1: 2, 3: -7}, extensions} {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b...)
	}
	wrapped, err := cbor.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func TestCheckMade(t *testing.T) {
	good := map[string]any{"hmac-secret": true, "credProtect": 3}
	made := func(flags byte, extensions any) *libfido2.Attestation {
		return &libfido2.Attestation{AuthData: madeData(t, flags, extensions), CredentialID: []byte{1, 2, 3, 4}, CredentialType: libfido2.ES256, PubKey: make([]byte, 64)}
	}
	got, err := checkMade(made(0xc5, good))
	if err != nil || !bytes.Equal(got.ID, []byte{1, 2, 3, 4}) || len(got.AAGUID) != 16 {
		t.Fatalf("%+v, %v", got, err)
	}
	other := made(0xc5, good)
	other.CredentialID = []byte{9}
	rsa := made(0xc5, good)
	rsa.CredentialType = libfido2.RS256
	for name, c := range map[string]struct {
		made *libfido2.Attestation
		code token.Code
	}{
		"without PIN":         {made(0xc1, good), token.Refused},
		"without touch":       {made(0xc4, good), token.Refused},
		"without extensions":  {made(0x45, good), token.Refused},
		"without hmac-secret": {made(0xc5, map[string]any{"credProtect": 3}), token.Unsupported},
		"weaker protection":   {made(0xc5, map[string]any{"hmac-secret": true, "credProtect": 2}), token.Unsupported},
		"another id":          {other, token.Malformed},
		"another algorithm":   {rsa, token.Malformed},
		"no data":             {&libfido2.Attestation{}, token.Malformed},
	} {
		if got, err := checkMade(c.made); token.CodeOf(err) != c.code {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAnswerForAnotherParty(t *testing.T) {
	wrapped := madeData(t, 0xc5, map[string]any{})
	wrapped[5] ^= 1
	if _, err := parseAuthData(wrapped); token.CodeOf(err) != token.Malformed {
		t.Error(err)
	}
}

func FuzzAuthData(f *testing.F) {
	f.Add(madeData(f, 0xc5, map[string]any{"hmac-secret": true, "credProtect": 3}))
	f.Add(madeData(f, 0x05, map[string]any{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := parseAuthData(b); err != nil && token.CodeOf(err) != token.Malformed {
			t.Error(err)
		}
		parseConfig(b)
		isFIDO(b)
	})
}

func TestPINsOfAPerson(t *testing.T) {
	for _, c := range []struct {
		pin   string
		least int
		good  bool
	}{
		{"1234", 4, true},
		{"123", 4, false},
		{"12345", 6, false},
		{"ääää", 4, true},
		{"äää", 4, false},
		{strings.Repeat("x", 63), 4, true},
		{strings.Repeat("x", 64), 4, false},
		{"12\x0034", 4, false},
		{"\xff\xfe\xfd\xfc", 4, false},
	} {
		pin, err := secret.Move([]byte(c.pin))
		if err != nil {
			t.Fatal(err)
		}
		if err := checkPIN(pin, c.least); (err == nil) != c.good || (err != nil && token.CodeOf(err) != token.PINRefused) {
			t.Errorf("%q: %v", c.pin, err)
		}
		pin.Destroy()
	}
}
