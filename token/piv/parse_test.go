package piv

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/go-piv/piv-go/v2/piv"

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

func TestTLV(t *testing.T) {
	fields, err := parseTLV(unhex(t, "0101ff"+"7f490100"+"5381"+"80"+fmt.Sprintf("%0256x", 1)+"fe00"))
	if err != nil || len(fields) != 4 || !bytes.Equal(fields[1], []byte{0xff}) || len(fields[0x53]) != 128 || fields[0xfe] == nil || len(fields[0x7f49]) != 1 {
		t.Fatalf("%v, %v", fields, err)
	}
	for name, bad := range map[string]string{
		"no length": "01", "too short": "0102ff", "twice": "01000100", "indefinite": "0180", "three bytes of length": "0183000001ff",
		"length cut off": "018201", "tag of three bytes": "1f818100", "tag cut off": "1f",
	} {
		if fields, err := parseTLV(unhex(t, bad)); token.CodeOf(err) != token.Malformed {
			t.Errorf("%s: %v, %v", name, fields, err)
		}
	}
}

func TestMetadata(t *testing.T) {
	// Made as Yubico's documentation of GET METADATA describes the answers for PIN, management key and a P-256 slot.
	pin, err := parseMetadata(unhex(t, "0101ff"+"050101"+"06020803"))
	if err != nil || pin.factory != token.Yes || pin.tries != 3 {
		t.Errorf("PIN: %+v, %v", pin, err)
	}
	management, err := parseMetadata(unhex(t, "01010a"+"02020001"+"050100"))
	if err != nil || management.algorithm != 0x0a || management.factory != token.No || management.tries != -1 {
		t.Errorf("management key: %+v, %v", management, err)
	}
	base := "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" // the base point, FIPS 186-4 D.1.2.3
	key, err := parseMetadata(unhex(t, "010111"+"02020302"+"030101"+"0443"+"8641"+base))
	if err != nil || key.pin != pinAlways || key.touch != touchAlways || key.origin != originGenerated || !bytes.Equal(key.public, unhex(t, base)) {
		t.Errorf("slot: %+v, %v", key, err)
	}
	for name, bad := range map[string]string{
		"two algorithms": "01021111", "one policy": "020103", "no origin": "0300", "factory of two bytes": "05020101", "tries of one byte": "060103",
		"point off the curve": "010111" + "0443" + "8641" + base[:128] + "f6", "no point": "010111" + "0400", "X25519 of 31 bytes": "0101e1" + "0421" + "861f" + base[:62],
	} {
		if m, err := parseMetadata(unhex(t, bad)); token.CodeOf(err) != token.Malformed {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	rsa, err := parseMetadata(unhex(t, "010107"+"0405"+"8103010001"))
	if err != nil || rsa.public != nil {
		t.Errorf("a key that is not ours: %+v, %v", rsa, err)
	}
}

func FuzzMetadata(f *testing.F) {
	seeds := []string{"0101ff05010106020803", "01010a02020001050100", "010111020203020301010443", "5f490100"}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parseMetadata(b); err != nil && token.CodeOf(err) != token.Malformed {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// answersOf reads the rows of a family from the list of what a token can answer.
func answersOf(t *testing.T, family string) (names []string, numbers []int64) {
	t.Helper()
	data, err := os.ReadFile("../testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Family, Name string
		Number       int64
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Family == family {
			names, numbers = append(names, r.Name), append(numbers, r.Number)
		}
	}
	if len(names) == 0 {
		t.Fatalf("no rows of family %q", family)
	}
	return names, numbers
}

func TestWordsOfPIVGo(t *testing.T) {
	names, numbers := answersOf(t, "piv-words")
	for i, words := range names {
		if numbers[i] == 0 {
			continue
		}
		err := fromPIV("opening", fmt.Errorf("connecting to smart card: %w", errors.New(words)))
		var e *token.Error
		if !errors.As(err, &e) || e.Number != numbers[i] || e.Code != token.FromSCARD(uint32(numbers[i])) {
			t.Errorf("%q became %v, want number %x", words, err, numbers[i])
		}
	}
	if err := fromPIV("opening", errors.New("unknown pcsc return code 0x8010000b")); token.CodeOf(err) != token.Busy {
		t.Errorf("a number in words became %v", err)
	}
	if err := fromPIV("reading", errors.New("unmarshal response: asn1: structure error")); token.CodeOf(err) != token.Malformed {
		t.Errorf("a broken answer became %v", err)
	}
	if err := fromPIV("reading", errors.New("command failed: scard response too short: 0")); token.CodeOf(err) != token.Removed {
		t.Errorf("no answer became %v", err)
	}
	if fromPIV("x", nil) != nil {
		t.Error("nil became an error")
	}
}

func TestSentinelsOfPIVGo(t *testing.T) {
	for _, c := range []struct {
		err   error
		code  token.Code
		tries int
	}{
		{piv.AuthErr{Retries: 2}, token.WrongPIN, 2},
		{piv.AuthErr{Retries: 0}, token.PINBlocked, 0},
		{fmt.Errorf("verify pin: %w", piv.AuthErr{Retries: 1}), token.WrongPIN, 1},
		{piv.ErrNotFound, token.NoKey, -1},
		{errors.New("command failed: smart card error 6a84: not enough memory"), token.Full, -1},
		{errors.New("smart card error 63c1: verification failed"), token.WrongPIN, 1},
		{errors.New("smart card error 63c0: verification failed"), token.PINBlocked, 0},
		{errors.New("smart card error 6982"), token.PINRequired, -1},
	} {
		err := fromPIV("call", c.err)
		if token.CodeOf(err) != c.code || triesLeft(err) != c.tries {
			t.Errorf("%v became %v", c.err, err)
		}
	}
	timeout := as(statusError("x", 0x6982), token.PINRequired, token.TouchTimeout)
	if token.CodeOf(timeout) != token.TouchTimeout {
		t.Error(timeout)
	}
}

func TestObjectIDs(t *testing.T) {
	// SP 800-73-4 part 1 table 3.
	for slot, want := range map[byte]byte{0x9a: 0x05, 0x9c: 0x0a, 0x9d: 0x0b, 0x9e: 0x01, 0x82: 0x0d, 0x95: 0x20} {
		if id, ok := objectID(slot); !ok || id != want {
			t.Errorf("slot %02x: %02x", slot, id)
		}
	}
	for _, slot := range []byte{0x00, 0x81, 0x96, 0x9b, 0xf9} {
		if id, ok := objectID(slot); ok {
			t.Errorf("slot %02x has object %02x", slot, id)
		}
	}
}
