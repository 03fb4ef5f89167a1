package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func aSheet() Sheet {
	return Sheet{Name: "main", Vault: strings.Repeat("0123456789abcdef", 2), OwnerWords: [4]string{"abandon", "zoo", "sun", "letter"}, Date: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)}
}

func TestSheetIsOnePageForEveryName(t *testing.T) {
	for _, name := range []string{"main", "Größe & Übermut", "Ωμέγα", "мой", "東京\u202e\n𝔘", strings.Repeat("long ", 60)} {
		s := aSheet()
		s.Name = name
		one, err := s.PDF()
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if !bytes.HasPrefix(one, []byte("%PDF-")) || bytes.Count(one, []byte("/Type /Page\n")) != 1 {
			t.Errorf("%q: %d pages", name, bytes.Count(one, []byte("/Type /Page\n")))
		}
		if out := os.Getenv("HOLDFAST_SHOTS"); out != "" && !strings.ContainsAny(name, "\n") {
			if err := Save(filepath.Join(out, fmt.Sprintf("sheet-%d.pdf", len(name))), one); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestPrintable(t *testing.T) {
	for name, want := range map[string]string{"Größe": "Größe", "a\nb": "a·b", "\u202ea": "·a", "東a": "·a", "a𝔘": "a·", "Ω я": "Ω я", "a–b": "a–b"} {
		if got := printable(name); got != want {
			t.Errorf("%q became %q", name, got)
		}
	}
}

// script makes a program that stands in for lp.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lp")
	if err := SaveNew(path, []byte("#!/bin/sh\n"+body)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrinting(t *testing.T) {
	out := filepath.Join(t.TempDir(), "printed")
	if err := printPDF(context.Background(), script(t, "cat >"+out+"\n"), []byte("%PDF")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "%PDF" {
		t.Errorf("%q, %v", got, err)
	}
	err := printPDF(context.Background(), script(t, "echo 'lp: Error - no default destination available.' >&2; exit 1\n"), []byte("%PDF"))
	if x := Explain(err); x.Code != "no-printer" || !strings.Contains(x.What, "no default destination available.") {
		t.Errorf("%+v", x)
	}
	err = printPDF(context.Background(), filepath.Join(t.TempDir(), "lp"), []byte("%PDF"))
	var e *PrintError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	err = printPDF(context.Background(), "holdfast-no-such-program", []byte("%PDF"))
	if x := Explain(err); x.Code != "no-printer" || !strings.Contains(x.What, "no program for printing") {
		t.Errorf("%+v", x)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := printPDF(ctx, script(t, "exec sleep 10\n"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
