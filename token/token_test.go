package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
)

func TestVersions(t *testing.T) {
	for _, s := range []string{"0.0.0", "5.7.1", "255.255.255"} {
		v, err := ParseVersion(s)
		if err != nil || v.String() != s {
			t.Errorf("ParseVersion(%q) = %v, %v", s, v, err)
		}
	}
	for _, s := range []string{"", "5", "5.7", "5.7.1.0", "5.07.1", "5.7.256", "-5.7.1", "5.7.x", " 5.7.1"} {
		if v, err := ParseVersion(s); err == nil {
			t.Errorf("ParseVersion(%q) = %v, want an error", s, v)
		}
	}
	order := []Version{{4, 9, 9}, {5, 2, 9}, {5, 3, 0}, {5, 3, 1}, {6, 0, 0}}
	for i, v := range order {
		for j, w := range order {
			if v.AtLeast(w) != (i >= j) {
				t.Errorf("%v at least %v is wrong", v, w)
			}
		}
	}
}

func TestSamePhysical(t *testing.T) {
	piv := Token{ID: "piv:a", Physical: "yubikey:1", Place: "usb:1:2"}
	for _, c := range []struct {
		name        string
		other       Token
		same, known bool
	}{
		{"other side", Token{ID: "fido2:a", Physical: "yubikey:1"}, true, true},
		{"other key", Token{ID: "fido2:a", Physical: "yubikey:2", Place: "usb:1:2"}, false, true},
		{"no serial, same place", Token{ID: "fido2:a", Place: "usb:1:2"}, true, true},
		{"no serial, other place", Token{ID: "fido2:a", Place: "usb:1:3"}, false, true},
		{"nothing known", Token{ID: "fido2:a"}, false, false},
	} {
		if same, known := SamePhysical(piv, c.other); same != c.same || known != c.known {
			t.Errorf("%s: %v, %v", c.name, same, known)
		}
	}
}

func TestWeaknesses(t *testing.T) {
	for _, c := range []struct {
		side Kind
		v    Version
		form byte
		want string
	}{
		{PIV, Version{4, 3, 4}, 0, "[ROCA]"},
		{FIDO2, Version{4, 3, 4}, 0, "[]"},
		{PIV, Version{5, 4, 3}, 1, "[EUCLEAK]"},
		{FIDO2, Version{5, 6, 9}, 1, "[EUCLEAK]"},
		{PIV, Version{5, 7, 0}, 1, "[]"},
		{FIDO2, Version{5, 7, 1}, 6, "[EUCLEAK]"},
		{FIDO2, Version{5, 7, 1}, 0x87, "[EUCLEAK]"},
		{FIDO2, Version{5, 7, 2}, 6, "[]"},
	} {
		names := []string{}
		for _, w := range WeaknessesOf(c.side, c.v, c.form) {
			names = append(names, w.Name)
		}
		if fmt.Sprint(names) != c.want {
			t.Errorf("%s %v form %d: %v, want %s", c.side, c.v, c.form, names, c.want)
		}
	}
}

func TestErrorCrossesThePipe(t *testing.T) {
	e := &Error{Code: WrongPIN, Side: PIV, TriesLeft: 2, Number: 0x63c2, Detail: "verify"}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back Error
	if err := json.Unmarshal(data, &back); err != nil || back != *e {
		t.Fatalf("%+v, %v", back, err)
	}
	wrapped := fmt.Errorf("opening: %w", e)
	if CodeOf(wrapped) != WrongPIN {
		t.Errorf("CodeOf(%v) = %v", wrapped, CodeOf(wrapped))
	}
	if CodeOf(nil) != "" || CodeOf(context.Canceled) != Cancelled || CodeOf(errors.New("x")) != Unknown {
		t.Error("CodeOf of what is no Error")
	}
	caused := NewError(Cancelled, FIDO2, "").Because(context.Canceled)
	if !errors.Is(caused, context.Canceled) || caused.TriesLeft != -1 {
		t.Errorf("%+v", caused)
	}
}

// answer is a row of testdata/answers.json: what a token, its library or its driver can answer, with its source.
type answer struct {
	Family, Name, Source string
	Number               int64
}

func TestEveryAnswerHasACode(t *testing.T) {
	data, err := os.ReadFile("testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []answer
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	known := map[Code]bool{}
	for _, c := range Codes() {
		known[c] = true
	}
	count := map[string]int{}
	for _, r := range rows {
		count[r.Family]++
		var code Code
		switch r.Family {
		case "ctap", "libfido2":
			if r.Name == "libfido2.ErrNotFIDO2" {
				continue // has no number; token/fido2 tests it
			}
			code = FromCTAP(int(r.Number))
		case "ctaphid":
			code = FromCTAPHID(byte(r.Number))
		case "scard", "piv-words":
			if r.Number == 0 {
				continue
			}
			code = FromSCARD(uint32(r.Number))
		case "sw", "piv":
			code, _ = FromStatusWord(uint16(r.Number))
		default:
			t.Fatalf("unknown family %q", r.Family)
		}
		if code == "" || code == Unknown || !known[code] {
			t.Errorf("%s %s (0x%x, %s) has code %q", r.Family, r.Name, r.Number, r.Source, code)
		}
		if r.Source == "" {
			t.Errorf("%s %s names no source", r.Family, r.Name)
		}
	}
	for family, least := range map[string]int{"ctap": 50, "libfido2": 26, "ctaphid": 9, "scard": 55, "piv-words": 55, "piv": 5, "sw": 28} {
		if count[family] < least {
			t.Errorf("family %s has %d rows, want at least %d", family, count[family], least)
		}
	}
}

func TestNumbersNobodyTold(t *testing.T) {
	sw, tries := FromStatusWord(0x6123)
	if sw != "" || tries != -1 {
		t.Error("61xx is no error")
	}
	unknownSW, _ := FromStatusWord(0x1234)
	for _, c := range []Code{FromCTAP(0xe0), FromCTAPHID(0x55), FromSCARD(0x80100099), unknownSW} {
		if c != Unknown {
			t.Errorf("code %q for an unknown number", c)
		}
	}
	if c, tries := FromStatusWord(0x63c2); c != WrongPIN || tries != 2 {
		t.Errorf("63c2 = %v, %d", c, tries)
	}
	if c, tries := FromStatusWord(0x6983); c != PINBlocked || tries != 0 {
		t.Errorf("6983 = %v, %d", c, tries)
	}
}

// TestOnlyAWrongPINIsCalledOne goes through every number: a person who is told of a wrong PIN types another one, and a
// try is spent.
func TestOnlyAWrongPINIsCalledOne(t *testing.T) {
	for sw := range 1 << 16 {
		wrong, blocked := sw>>4 == 0x63c || sw == 0x6300, sw == 0x6983
		code, tries := FromStatusWord(uint16(sw))
		if (code == WrongPIN) != wrong || (code == PINBlocked) != blocked {
			t.Errorf("%04x is %q", sw, code)
		}
		want := -1
		switch {
		case sw>>4 == 0x63c:
			want = sw & 0x0f
		case blocked:
			want = 0
		}
		if tries != want {
			t.Errorf("%04x tells %d tries", sw, tries)
		}
	}
	for n := range 1 << 8 {
		if code := FromCTAP(n); (code == WrongPIN) != (n == 0x31) || (code == PINBlocked) != (n == 0x32) {
			t.Errorf("CTAP %02x is %q", n, code)
		}
	}
}
