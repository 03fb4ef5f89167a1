package statement_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"holdfast/did/statement"
)

// abc is the SHA-512 of "abc" (FIPS 180-4, NIST example values).
const abc = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

func TestNewFile(t *testing.T) {
	f, err := statement.NewFile(t.Context(), strings.NewReader("abc"), "letter.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Size != 3 || hex.EncodeToString(f.SHA512[:]) != abc {
		t.Errorf("got %d bytes, %x", f.Size, f.SHA512)
	}
	payload, err := f.Payload()
	if want := `{"name":"letter.txt","sha512":"` + abc + `","size":3}`; err != nil || string(payload) != want {
		t.Errorf("got %s, %v, want %s", payload, err, want)
	}
}

func TestFileStreams(t *testing.T) {
	const size = 3<<20 + 17
	content := bytes.Repeat([]byte("x"), size)
	var seen []int64
	f, err := statement.NewFile(t.Context(), iotest.HalfReader(bytes.NewReader(content)), "x", func(n int64) { seen = append(seen, n) })
	if err != nil || f.Size != size {
		t.Fatalf("got %d bytes, %v", f.Size, err)
	}
	if len(seen) < 12 || seen[len(seen)-1] != size {
		t.Errorf("progress was %d", seen)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i] <= seen[i-1] {
			t.Fatalf("progress went from %d to %d", seen[i-1], seen[i])
		}
	}
	if err := statement.VerifyFile(t.Context(), f, iotest.DataErrReader(bytes.NewReader(content)), "x", nil); err != nil {
		t.Error(err)
	}
}

func TestFileErrors(t *testing.T) {
	broken := errors.New("cable pulled")
	if _, err := statement.NewFile(t.Context(), iotest.ErrReader(broken), "x", nil); !errors.Is(err, broken) {
		t.Errorf("broken reader: %v", err)
	}
	if _, err := statement.NewFile(t.Context(), stuck{}, "x", nil); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("reader without progress: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	endless := io.MultiReader(strings.NewReader("a"), zeros{})
	_, err := statement.NewFile(ctx, endless, "x", func(n int64) {
		if n > 1<<20 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := statement.VerifyFile(ctx, statement.File{Name: "x", Size: 1}, strings.NewReader("a"), "x", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

func TestVerifyFile(t *testing.T) {
	f, err := statement.NewFile(t.Context(), strings.NewReader("abc"), "a.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		content, name string
		want          error
	}{
		{"abc", "a.txt", nil},
		{"abc", "", nil},
		{"abc", "b.txt", statement.ErrRenamed},
		{"abd", "a.txt", statement.ErrChanged},
		{"abd", "b.txt", statement.ErrChanged},
		{"ab", "a.txt", statement.ErrChanged},
		{"abcd", "a.txt", statement.ErrChanged},
		{"", "", statement.ErrChanged},
	} {
		if err := statement.VerifyFile(t.Context(), f, strings.NewReader(c.content), c.name, nil); !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%q as %q: got %v, want %v", c.content, c.name, err, c.want)
		}
	}
	// A stream that is too long must not be read to its end: this one has none.
	if err := statement.VerifyFile(t.Context(), f, zeros{}, "a.txt", nil); !errors.Is(err, statement.ErrChanged) {
		t.Errorf("endless content: %v", err)
	}
	broken := errors.New("cable pulled")
	if err := statement.VerifyFile(t.Context(), f, iotest.ErrReader(broken), "a.txt", nil); !errors.Is(err, broken) {
		t.Errorf("broken reader: %v", err)
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "Vertrag (2).pdf", ".profile", "...", "شهادة.pdf", "日本.txt", "👩‍👩‍👧.png", strings.Repeat("a", 255)} {
		if err := statement.CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "/", "a/b", "../a", `C:\a`, "a\x00", "a\nb", "a\x7f", "a\u0085b", "a\u202etxt.exe", "a\u2066b", "a\u200fb", "a\xff", strings.Repeat("a", 256),
	} {
		if err := statement.CheckName(name); err == nil {
			t.Errorf("%q was taken", name)
		}
		if _, err := statement.NewFile(t.Context(), strings.NewReader(""), name, nil); err == nil {
			t.Errorf("%q was taken for a statement", name)
		}
		if payload, err := (statement.File{Name: name}).Payload(); err == nil {
			t.Errorf("%q was encoded as %s", name, payload)
		}
	}
	for _, size := range []int64{-1, 1 << 53} {
		if payload, err := (statement.File{Name: "x", Size: size}).Payload(); err == nil {
			t.Errorf("size %d was encoded as %s", size, payload)
		}
	}
}

// zeros never ends, stuck never gives anything.
type (
	zeros struct{}
	stuck struct{}
)

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
func (stuck) Read([]byte) (int, error)   { return 0, nil }
