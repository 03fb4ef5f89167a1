package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/app"
	"holdfast/internal/secret"
)

func kinds() []string {
	var list []string
	for _, k := range app.PINKinds() {
		list = append(list, string(k))
	}
	return list
}

// is compares a secret with a text without reading it.
func is(t *testing.T, s *secret.Bytes, want string) bool {
	t.Helper()
	other, err := secret.Move([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Destroy()
	return s.Equal(other)
}

func TestLinesReachTheirPromptsAndNoOther(t *testing.T) {
	k := newKeyedLines(strings.NewReader("fido2 4711\r\n\npiv 654321\nfido2 has spaces \nnew-piv 1"), kinds())
	defer k.destroy()
	for _, c := range []struct{ key, want string }{{"piv", "654321"}, {"fido2", "4711"}, {"fido2", "has spaces "}, {"new-piv", "1"}} {
		s, err := k.take(t.Context(), c.key, app.ErrNoPIN)
		if err != nil || !is(t, s, c.want) {
			t.Errorf("%s: %v", c.key, err)
		}
		s.Destroy()
	}
	for range 2 { // no PIN is ever given twice
		if _, err := k.take(t.Context(), "piv", app.ErrNoPIN); !errors.Is(err, app.ErrNoPIN) {
			t.Errorf("the end: %v", err)
		}
	}
}

func TestBadLinesAreRefusedAndNeverQuoted(t *testing.T) {
	long := strings.Repeat("x", maxSecret+1)
	for _, text := range []string{"654321\n", "pin 654321\n", "piv\n", "piv \n", "PIV 654321\n", "654321654321654321 1\n", "piv " + long + "\n", "654321", " piv 654321\n"} {
		k := newKeyedLines(strings.NewReader(text), kinds())
		_, err := k.take(t.Context(), "piv", app.ErrNoPIN)
		if !errors.Is(err, app.ErrBadLine) {
			t.Errorf("%q: %v", text[:min(20, len(text))], err)
			continue
		}
		if strings.Contains(err.Error(), "654321") || strings.Contains(err.Error(), "xxx") {
			t.Errorf("the line is quoted: %v", err)
		}
	}
}

func TestTooManyWaitingLines(t *testing.T) {
	k := newKeyedLines(strings.NewReader(strings.Repeat("piv 654321\n", maxWaits+1)), kinds())
	defer k.destroy()
	if _, err := k.take(t.Context(), "fido2", app.ErrNoPIN); !errors.Is(err, app.ErrBadLine) {
		t.Errorf("%v", err)
	}
}

func TestTakingALineCanBeCancelled(t *testing.T) {
	r, w := io.Pipe()
	k := newKeyedLines(r, kinds())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.take(ctx, "piv", app.ErrNoPIN); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestTyping(t *testing.T) {
	for typed, want := range map[string]string{
		"654321\r":          "654321",
		"65x\x7f4321\n":     "654321",
		"wrong\x15654321\r": "654321",
		"\x08\x7f1\r":       "1",
		"zürich\x7f\r":      "züric",
	} {
		s, err := typeHidden(strings.NewReader(typed), maxSecret)
		if err != nil || !is(t, s, want) {
			t.Errorf("%q: %v", typed, err)
		}
		s.Destroy()
	}
	for typed, want := range map[string]error{
		"65\x03": context.Canceled, "\x04": context.Canceled, "\r": app.ErrNoConsent, "65": io.EOF, strings.Repeat("x", maxSecret+1): app.ErrPINLength,
	} {
		if _, err := typeHidden(strings.NewReader(typed), maxSecret); !errors.Is(err, want) {
			t.Errorf("%q: %v", typed[:min(10, len(typed))], err)
		}
	}
}

func TestReadingASentence(t *testing.T) {
	s, err := readWords(strings.NewReader("\n Abandon  ability\tABLE\r\n\nabout "))
	if err != nil || !is(t, s, "abandon ability able about") {
		t.Errorf("%v", err)
	}
	s.Destroy()
	if _, err := readWords(strings.NewReader(" \n")); !errors.Is(err, app.ErrNoWords) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := readWords(strings.NewReader(strings.Repeat("zoo ", 100))); !errors.Is(err, app.ErrNoWords) {
		t.Errorf("too long: %v", err)
	}
}

func TestTypingASentence(t *testing.T) {
	typed, err := secret.NewTyped(maxSecret)
	if err != nil {
		t.Fatal(err)
	}
	sentence := &spaced{typed: typed}
	for _, w := range []string{"zoo\x7f\x7f\x7f\x7fable\r", "abx\x7fout\r", "\rzoo\x7f\x7f\x7fzebra\r"} {
		if err := sentence.word(strings.NewReader(w)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := typed.Take()
	if err != nil || !is(t, s, "able about zebra") {
		t.Errorf("%v", err)
	}
	s.Destroy()
}

func FuzzKeyedLines(f *testing.F) {
	for _, seed := range []string{"piv 654321\nfido2 4711\n", "new-fido2 \xff\x00\r\r\n", "piv", " ", "\n\n\r\n", "puk 1\npiv 2", "new-puk 12345678\r"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k := newKeyedLines(bytes.NewReader(data), kinds())
		defer k.destroy()
		for _, key := range kinds() {
			for range maxWaits {
				s, err := k.take(t.Context(), key, app.ErrNoPIN)
				if err != nil {
					if !errors.Is(err, app.ErrNoPIN) && !errors.Is(err, app.ErrBadLine) {
						t.Fatalf("%v", err)
					}
					break
				}
				if s.Len() == 0 || s.Len() > maxSecret {
					t.Fatalf("%d bytes", s.Len())
				}
				s.Destroy()
			}
		}
	})
}

func TestLinesOfAShell(t *testing.T) {
	for line, want := range map[string][]string{
		``: nil, `  `: nil, `status`: {"status"}, `sign text "a b" --as x`: {"sign", "text", "a b", "--as", "x"},
		`a\ b ""`: {"a b", ""}, `say "she said \"no\""`: {"say", `she said "no"`}, "a\tb\r": {"a", "b"},
	} {
		got, err := splitLine(line)
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	for _, bad := range []string{`"open`, `end\`} {
		if _, err := splitLine(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestNobodyReadsASecretHere: this program and the use cases carry secrets and never look into one.
func TestNobodyReadsASecretHere(t *testing.T) {
	looked := 0
	for _, dir := range []string{".", "../../app"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			looked++
			for _, reads := range []string{".Expose" + "(", "ReadPassword", "string(pin", "string(one"} {
				if bytes.Contains(data, []byte(reads)) {
					t.Errorf("%s: %s", name, reads)
				}
			}
		}
	}
	if looked < 20 {
		t.Errorf("only %d files were looked at", looked)
	}
}
