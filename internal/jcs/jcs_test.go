package jcs_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/jcs"
)

// TestPublishedPairs runs every pair of the reference implementation's test data.
func TestPublishedPairs(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(inputs) != 6 {
		t.Fatalf("found %d published pairs, want 6", len(inputs))
	}
	for _, input := range inputs {
		in, want := readFile(t, input), bytes.TrimSuffix(readFile(t, strings.Replace(input, ".in.", ".out.", 1)), []byte("\n"))
		got, err := jcs.Canonical(in)
		if err != nil {
			t.Fatalf("%s: %v", input, err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", input, got, want)
		}
		if err := jcs.RequireCanonical(got, len(got)); err != nil {
			t.Errorf("%s: canonical form is not canonical: %v", input, err)
		}
		if err := jcs.RequireCanonical(in, len(in)); !errors.Is(err, jcs.ErrNotCanonical) {
			t.Errorf("%s: input passes as canonical: %v", input, err)
		}
	}
}

// TestNumbers has the sample values of RFC 8785 appendix B: IEEE 754 bits and text.
func TestNumbers(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332",
		0x41b3de4355555554: "333333333.33333325",
		0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334",
		0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333",
		0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		got, err := jcs.Marshal(math.Float64frombits(bits))
		if err != nil {
			t.Errorf("%016x: %v", bits, err)
		} else if string(got) != want {
			t.Errorf("%016x: got %s, want %s", bits, got, want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := jcs.Marshal(f); err == nil {
			t.Errorf("%v was encoded", f)
		}
	}
}

func TestMarshal(t *testing.T) {
	got, err := jcs.Marshal(map[string]any{
		"html": "<a & b>", "raw": json.RawMessage(`{ "b" : 1.0, "a" : [ ] }`), "bytes": []byte{1, 2, 3},
		"separators": "\u2028\u2029", "nothing": nil, "\ufb33": 1, "\U0001f600": 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"bytes":"AQID","html":"<a & b>","nothing":null,"raw":{"a":[],"b":1},"separators":"` +
		"\u2028\u2029\",\"\U0001f600\":2,\"\ufb33\":1}"
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMarshalRefusesWhatWouldComeBackChanged(t *testing.T) {
	for name, v := range map[string]any{
		"integer beyond 2^53":           int64(1<<53 + 1),
		"integer with rounded digits":   int64(1 << 60),
		"string that is not utf-8":      "a\xffb",
		"map key that is not utf-8":     map[string]int{"\xff": 1},
		"raw message with lone half":    json.RawMessage(`"\ud800"`),
		"raw message with member twice": json.RawMessage(`{"a":1,"a":2}`),
	} {
		if got, err := jcs.Marshal(v); err == nil {
			t.Errorf("%s: encoded as %s", name, got)
		}
	}
	for _, v := range []any{int64(1<<53 - 1), int64(-(1<<53 - 1)), "\ufffd", 1e20, 1e300} {
		if _, err := jcs.Marshal(v); err != nil {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, text := range []string{
		"", " ", "nul", "nullx", "tru", "True", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{}}", `{"a"}`, `{"a":}`,
		`{"a":1,}`, `{,"a":1}`, `{a:1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, "1 2", "01", "-", "+1", ".5", "1.", "1e", "1e+",
		"1e400", "-1e400", "0x10", "NaN", "Infinity", `"`, `"\`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\u+123"`, `"\ud800"`, `"\udc00"`, `"\ud800\n"`, `"\ud800\u0041"`,
		"\"\n\"", "\"\x00\"", "\"\xff\"", "\ufeff1", "/**/1", "\v1", strings.Repeat("[", 33) + strings.Repeat("]", 33),
	} {
		if got, err := jcs.Canonical([]byte(text)); err == nil {
			t.Errorf("%q was read as %q", text, got)
		}
	}
	deepest := strings.Repeat("[", jcs.MaxDepth) + strings.Repeat("]", jcs.MaxDepth)
	if _, err := jcs.Canonical([]byte(deepest)); err != nil {
		t.Errorf("nesting of %d: %v", jcs.MaxDepth, err)
	}
}

type inner struct {
	Depth int `json:"depth"`
}

type sample struct {
	inner
	Name  string          `json:"name"`
	Data  []byte          `json:"data,omitempty"`
	Four  *[4]int         `json:"four,omitempty"`
	Raw   json.RawMessage `json:"raw,omitempty"`
	Map   map[string]inner
	List  []inner `json:"list,omitempty"`
	Any   any     `json:"any,omitempty"`
	Big   int64   `json:"big,omitempty"`
	Plain bool    `json:"-"`
}

func TestUnmarshal(t *testing.T) {
	var got sample
	text := `{"depth":3,"name":"x","data":"AQID","four":[1,2,3,4],"raw":{"Free":null},"Map":{"k":{"depth":1}},"list":[{"depth":2}],"any":{"Any":1},"big":5}`
	if err := jcs.Unmarshal([]byte(text), &got, len(text)); err != nil {
		t.Fatal(err)
	}
	if got.Depth != 3 || got.Name != "x" || !bytes.Equal(got.Data, []byte{1, 2, 3}) || got.Four[3] != 4 || got.Map["k"].Depth != 1 || got.List[0].Depth != 2 {
		t.Errorf("read %+v", got)
	}
	if err := jcs.Unmarshal([]byte(text), &got, len(text)-1); !errors.Is(err, jcs.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestUnmarshalStrict(t *testing.T) {
	for name, text := range map[string]string{
		"unknown member":           `{"nome":"x"}`,
		"other letter case":        `{"Name":"x"}`,
		"unknown inside a list":    `{"list":[{"Depth":1}]}`,
		"unknown inside a map":     `{"Map":{"k":{"x":1}}}`,
		"member with tag dash":     `{"Plain":true}`,
		"duplicate":                `{"name":"x","name":"y"}`,
		"duplicate in raw":         `{"raw":{"a":1,"a":1}}`,
		"null for a string":        `{"name":null}`,
		"null for a struct":        `{"list":[null]}`,
		"array too short":          `{"four":[1,2,3]}`,
		"array too long":           `{"four":[1,2,3,4,5]}`,
		"base64 with a line break": `{"data":"AQ\nID"}`,
		"base64 with stray bits":   `{"data":"AR=="}`,
		"base64 without padding":   `{"data":"AQ"}`,
		"base64url":                `{"data":"_-8="}`,
		"integer beyond a double":  `{"big":9007199254740993}`,
		"fraction for an integer":  `{"big":1.5}`,
		"trailing value":           `{} {}`,
		"wrong kind":               `{"name":1}`,
		"array for a struct":       `[]`,
	} {
		var v sample
		if err := jcs.Unmarshal([]byte(text), &v, 1024); err == nil {
			t.Errorf("%s: %s was read", name, text)
		}
	}
	if err := jcs.Unmarshal([]byte("{}"), sample{}, 10); err == nil {
		t.Error("a target that is not a pointer was taken")
	}
	if err := jcs.Unmarshal([]byte("{}"), nil, 10); err == nil {
		t.Error("a nil target was taken")
	}
}

// FuzzCanonical holds that the canonical form is a fixed point, means what the input means, and that nothing
// is read which encoding/json refuses.
func FuzzCanonical(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.json")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, seed := range seeds {
		f.Add(readFile(f, seed))
	}
	f.Add([]byte(`{"a":[1e21,1E-7,-0.0,"\ud83d\ude00\u0000"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := jcs.Canonical(data)
		if err != nil {
			return
		}
		var before, after any
		if err := json.Unmarshal(data, &before); err != nil {
			t.Fatalf("%q: read, but encoding/json says %v", data, err)
		}
		if err := json.Unmarshal(first, &after); err != nil {
			t.Fatalf("%q: wrote %q: %v", data, first, err)
		}
		second, err := jcs.Canonical(first)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%q: canonical form %q becomes %q, %v", data, first, second, err)
		}
		a, b := jsonText(t, before), jsonText(t, after)
		if !bytes.Equal(a, b) {
			t.Fatalf("%q: means %s, canonical form means %s", data, a, b)
		}
	})
}

// FuzzNumber compares with the one property that matters: the text reads back to the same double.
func FuzzNumber(f *testing.F) {
	f.Add(math.Float64bits(1e21))
	f.Add(uint64(0x3eb0c6f7a0b5ed8d))
	f.Fuzz(func(t *testing.T, bits uint64) {
		value := math.Float64frombits(bits)
		text, err := jcs.Marshal(value)
		if math.IsNaN(value) || math.IsInf(value, 0) {
			if err == nil {
				t.Fatalf("%v was encoded", value)
			}
			return
		}
		var back float64
		if err != nil || json.Unmarshal(text, &back) != nil || back != value {
			t.Fatalf("%x: %s reads back as %v, %v", binary.BigEndian.AppendUint64(nil, bits), text, back, err)
		}
	})
}

func jsonText(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte("-0"), []byte("0"))
}

func readFile(tb testing.TB, path string) []byte {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
