package statement_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"holdfast/did/statement"
)

const (
	goodHeader = `{"alg":"EdDSA","kid":"did:example:1#a","typ":"holdfast-text+jws"}`
	goodText   = `{"text":"x"}`
	fileHeader = `{"alg":"EdDSA","kid":"did:example:1#a","typ":"holdfast-file+jws"}`
	goodFile   = `{"name":"a.txt","sha512":"` + abc + `","size":3}`
)

// join makes the compact form of any header and payload, with a signature of 64 zero bytes.
func join(header, payload string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(payload)) + "." + enc(make([]byte, 64))
}

func TestParse(t *testing.T) {
	for _, jws := range []string{join(goodHeader, goodText), join(fileHeader, goodFile)} {
		got, err := statement.Parse(jws)
		if err != nil {
			t.Errorf("%s: %v", jws, err)
		} else if got.String() != jws {
			t.Errorf("%s became %s", jws, got)
		}
	}
}

func TestParseRefused(t *testing.T) {
	good := join(goodHeader, goodText)
	for name, jws := range map[string]string{
		"empty":                "",
		"two parts":            good[:strings.LastIndexByte(good, '.')],
		"four parts":           good + ".AA",
		"space":                " " + good,
		"line break":           good + "\n",
		"padding":              good + "==",
		"stray bits":           good[:len(good)-1] + "B",
		"short signature":      good[:len(good)-2],
		"no signature":         good[:strings.LastIndexByte(good, '.')+1],
		"too long":             good + strings.Repeat("A", statement.MaxLength),
		"header no json":       join("x", goodText),
		"header with space":    join(strings.Replace(goodHeader, ",", ", ", 1), goodText),
		"header out of order":  join(`{"kid":"did:example:1#a","alg":"EdDSA","typ":"holdfast-text+jws"}`, goodText),
		"header escaped":       join(strings.Replace(goodHeader, "EdDSA", `\u0045dDSA`, 1), goodText),
		"header member more":   join(strings.Replace(goodHeader, "{", `{"a":1,`, 1), goodText),
		"header with jwk":      join(strings.Replace(goodHeader, `"kid"`, `"jwk":{},"kid"`, 1), goodText),
		"header with crit":     join(strings.Replace(goodHeader, `"kid"`, `"crit":["b64"],"kid"`, 1), goodText),
		"header twice":         join(strings.Replace(goodHeader, "{", `{"alg":"EdDSA",`, 1), goodText),
		"header without kid":   join(`{"alg":"EdDSA","typ":"holdfast-text+jws"}`, goodText),
		"header without typ":   join(`{"alg":"EdDSA","kid":"did:example:1#a"}`, goodText),
		"header without alg":   join(`{"kid":"did:example:1#a","typ":"holdfast-text+jws"}`, goodText),
		"alg none":             join(strings.Replace(goodHeader, "EdDSA", "none", 1), goodText),
		"kid relative":         join(strings.Replace(goodHeader, "did:example:1#a", "#a", 1), goodText),
		"kid without fragment": join(strings.Replace(goodHeader, "#a", "", 1), goodText),
		"kid with query":       join(strings.Replace(goodHeader, "#a", "?a#a", 1), goodText),
		"unknown typ":          join(strings.Replace(goodHeader, "holdfast-text+jws", "JWT", 1), goodText),
		"typ in other case":    join(strings.Replace(goodHeader, "holdfast-text", "Holdfast-text", 1), goodText),
		"payload of file":      join(goodHeader, goodFile),
		"payload of text":      join(fileHeader, goodText),
		"payload empty":        join(goodHeader, ""),
		"payload null":         join(goodHeader, "null"),
		"payload no text":      join(goodHeader, "{}"),
		"text empty":           join(goodHeader, `{"text":""}`),
		"text null":            join(goodHeader, `{"text":null}`),
		"text with space":      join(goodHeader, `{"text": "x"}`),
		"text escaped":         join(goodHeader, `{"text":"\u0078"}`),
		"text with more":       join(goodHeader, `{"date":1,"text":"x"}`),
		"text of bad utf-8":    join(goodHeader, "{\"text\":\"\xff\"}"),
		"text in other case":   join(goodHeader, `{"Text":"x"}`),
		"text too long":        join(goodHeader, `{"text":"`+strings.Repeat("x", statement.MaxText+1)+`"}`),
		"file without name":    join(fileHeader, strings.Replace(goodFile, `"name":"a.txt",`, "", 1)),
		"file in a folder":     join(fileHeader, strings.Replace(goodFile, "a.txt", "../a.txt", 1)),
		"file negative":        join(fileHeader, strings.Replace(goodFile, ":3}", ":-3}", 1)),
		"file size too large":  join(fileHeader, strings.Replace(goodFile, ":3}", ":9007199254740992}", 1)),
		"file size inexact":    join(fileHeader, strings.Replace(goodFile, ":3}", ":3.0}", 1)),
		"file hash short":      join(fileHeader, strings.Replace(goodFile, "dd", "", 1)),
		"file hash upper case": join(fileHeader, strings.Replace(goodFile, "dd", "DD", 1)),
		"file hash null":       join(fileHeader, strings.Replace(goodFile, `"`+abc+`"`, "null", 1)),
		"file without size":    join(fileHeader, strings.Replace(goodFile, `,"size":3`, "", 1)),
	} {
		if got, err := statement.Parse(jws); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

// FuzzVerify holds that parsing and writing are inverse, and that nothing verifies but what was signed.
func FuzzVerify(f *testing.F) {
	all := statements(f)
	for _, by := range signers(f) {
		for _, s := range all {
			f.Add(signed(f, s, by))
		}
	}
	f.Add(join(goodHeader, goodText))
	f.Add(join(fileHeader, goodFile))
	f.Fuzz(func(t *testing.T, jws string) {
		got, err := statement.Parse(jws)
		if err != nil {
			return
		}
		if got.String() != jws {
			t.Fatalf("%q became %q", jws, got)
		}
		input, err := statement.SigningInput(got.Statement, got.Header)
		if err == nil {
			if again, err := statement.Assemble(input, got.Signature); err != nil || again != jws {
				t.Fatalf("%q was assembled as %q, %v", jws, again, err)
			}
		}
		if _, err := statement.Verify(jws, statement.ResolveOffline, got.Header.Type); err == nil && !slices.Contains(all, got.Statement) {
			t.Fatalf("a statement that nobody signed verifies: %q", jws)
		}
	})
}
