package ctap

import (
	"testing"
)

func TestCanonical(t *testing.T) {
	for what, good := range map[string]string{
		"number":        "17",
		"wide number":   "1818",
		"wider number":  "190100",
		"widest number": "1b0000000100000000",
		"negative":      "3901ff",
		"map":           "a301f502f4206131",
		"mixed keys":    "a40100200041ff006161f5",
		"longer last":   "a2617a00626161" + "00",
		"four levels":   "81818180",
	} {
		if err := canonical(unhex(t, good)); err != nil {
			t.Errorf("%s (%s): %v", what, good, err)
		}
	}
	for what, bad := range map[string]string{
		"nothing":             "",
		"trailing byte":       "0000",
		"long head":           "1817",
		"longer head":         "1900ff",
		"longest head":        "1b00000000ffffffff",
		"reserved head":       "1c",
		"head cut off":        "1901",
		"string cut off":      "43ffff",
		"huge string":         "5bffffffffffffffff",
		"huge array":          "9bffffffffffffffff",
		"huge map":            "bbffffffffffffffff",
		"indefinite string":   "5f4101ff",
		"indefinite array":    "9fff",
		"indefinite map":      "bfff",
		"no UTF-8":            "61ff",
		"repeated key":        "a201000100",
		"keys out of order":   "a202000100",
		"longer key first":    "a2626161" + "00617a00",
		"text before number":  "a2616100" + "0100",
		"key without value":   "a101",
		"tag":                 "c000",
		"null":                "f6",
		"undefined":           "f7",
		"simple value":        "f820",
		"floating point":      "f93c00",
		"five levels":         "8181818180",
		"five levels of maps": "a100a100a100a100a0",
	} {
		if err := canonical(unhex(t, bad)); err == nil {
			t.Errorf("%s (%s) was taken", what, bad)
		}
	}
}

func TestDecodeTypes(t *testing.T) {
	for what, c := range map[string]struct {
		params string
		want   Status
	}{
		"good":                  {"a10201", OK},
		"unknown key":           {"a202011863f5", OK},
		"text for a number":     {"a1026131", ErrCBORUnexpectedType},
		"negative for unsigned": {"a10220", ErrCBORUnexpectedType},
		"number for bytes":      {"a1040c", ErrCBORUnexpectedType},
		"text for bytes":        {"a1046131", ErrCBORUnexpectedType},
		"array for bytes":       {"a104810c", ErrCBORUnexpectedType},
		"array for a map":       {"8102", ErrCBORUnexpectedType},
		"number for a map":      {"02", ErrCBORUnexpectedType},
		"nothing":               {"", ErrMissingParameter},
		"trailing byte":         {"a1020100", ErrInvalidCBOR},
	} {
		var q clientPINRequest
		if got := statusOf(decode(unhex(t, c.params), &q)); got != c.want {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}
