package ctap

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"holdfast/token/virtual/body"
)

// recorded gives the requests that programs sent.
func recorded(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.requests")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded requests: %v", err)
	}
	var all [][]byte
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before := len(all)
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			request, err := hex.DecodeString(lines.Text())
			if err != nil || len(request) == 0 {
				t.Fatalf("%s: %q: %v", name, lines.Text(), err)
			}
			all = append(all, request)
		}
		if len(all) == before {
			t.Fatalf("%s is empty", name)
		}
	}
	return all
}

// TestRecordedRequestsAreCanonical holds the strict reader against what real
// programs send.
func TestRecordedRequestsAreCanonical(t *testing.T) {
	for _, request := range recorded(t) {
		if len(request) > 1 && canonical(request[1:]) != nil {
			t.Errorf("%x is refused", request)
		}
	}
}

// FuzzCanonical checks that what the strict reader takes, and only that, is
// what comes out when it is read and written again.
func FuzzCanonical(f *testing.F) {
	for _, request := range recorded(f) {
		f.Add(request[1:])
	}
	read, err := cbor.DecOptions{
		DefaultByteStringType: reflect.TypeFor[cbor.ByteString](), DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: maxDepth,
		IntDec: cbor.IntDecConvertNone,
	}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if canonical(data) != nil {
			return
		}
		if len(data) > 0 && hasCompositeKey(data) {
			return // Go has no maps with such keys
		}
		var v any
		if err := read.Unmarshal(data, &v); err != nil {
			t.Fatalf("%x is taken as canonical, but cannot be read: %v", data, err)
		}
		again, err := encode(v)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%x is taken as canonical, but written again it is %x (%v)", data, again, err)
		}
	})
}

// FuzzRequest hands an authenticator whatever a program may send. It must
// answer: a status alone, or OK and canonical CBOR.
func FuzzRequest(f *testing.F) {
	for _, request := range recorded(f) {
		f.Add(request)
	}
	b := newFuzzBench(f)
	runs := 0
	f.Fuzz(func(t *testing.T, request []byte) {
		if runs++; runs%1000 == 0 {
			if err := b.ResetRecord(); err != nil {
				t.Fatal(err)
			}
		}
		answer := b.auth.Handle(t.Context(), request, func(byte) {})
		switch {
		case len(answer) == 0:
			t.Fatalf("%x was not answered", request)
		case Status(answer[0]) == ErrOther:
			t.Fatalf("%x made the key fail", request)
		case len(answer) > 1 && (answer[0] != 0 || canonical(answer[1:]) != nil):
			t.Fatalf("%x was answered %x", request, answer)
		case answer[0] == 0 && len(request) > 1 && canonical(request[1:]) != nil:
			t.Fatalf("%x was carried out", request)
		}
	})
}

// fuzzBench is a key that fuzzing works on.
type fuzzBench struct {
	*body.Body
	auth *Authenticator
}

func newFuzzBench(f *testing.F) fuzzBench {
	f.Helper()
	b, err := body.Open(body.Options{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	a, err := New(b)
	if err != nil {
		f.Fatal(err)
	}
	b.AutomaticTouch(true)
	f.Cleanup(func() {
		if err := b.Close(); err != nil {
			f.Error(err)
		}
	})
	return fuzzBench{b, a}
}

// hasCompositeKey tells whether some map in canonical CBOR has an array or a
// map as a key.
func hasCompositeKey(data []byte) bool {
	c := cursor{data: data}
	for c.at < len(data) {
		major, n, err := c.head()
		if err != nil {
			return true
		}
		switch major {
		case majorBytes, majorText:
			c.at += int(n)
		case majorMap:
			if keysComposite(data[c.at:], n) {
				return true
			}
		}
	}
	return false
}

// keysComposite looks at the n keys of one map.
func keysComposite(data []byte, n uint64) bool {
	c := cursor{data: data}
	for range n {
		if major := data[c.at] >> 5; major == majorArray || major == majorMap {
			return true
		}
		for range 2 { // key and value
			if c.item(0) != nil {
				return true
			}
		}
	}
	return false
}
