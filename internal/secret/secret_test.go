package secret

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

var sample = []byte("correct horse battery staple")

func hold(t *testing.T, content []byte) *Bytes {
	t.Helper()
	b, err := Move(bytes.Clone(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Destroy)
	return b
}

func content(t *testing.T, b *Bytes) []byte {
	t.Helper()
	var out []byte
	if err := b.Expose(func(p []byte) error { out = bytes.Clone(p); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMoveKeepsTheContentAndWipesTheSource(t *testing.T) {
	src := bytes.Clone(sample)
	b, err := Move(src)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Destroy()
	if !bytes.Equal(content(t, b), sample) || b.Len() != len(sample) {
		t.Errorf("held %q, moved %q", content(t, b), sample)
	}
	if !bytes.Equal(src, make([]byte, len(src))) {
		t.Errorf("the source still holds %q", src)
	}
}

func TestDestroyWipesThePages(t *testing.T) {
	b := hold(t, sample)
	room := b.room
	if !bytes.Contains(room.bytes(), sample) {
		t.Fatal("the secret is not where this test looks for it")
	}
	b.Destroy()
	b.Destroy()
	if rest := bytes.Trim(room.bytes(), "\x00"); len(rest) != 0 {
		t.Errorf("%d bytes are left after Destroy", len(rest))
	}
}

func TestUseAfterDestroyIsAnError(t *testing.T) {
	b, other := hold(t, sample), hold(t, sample)
	b.Destroy()
	never := func([]byte) error { t.Error("a destroyed secret was lent out"); return nil }
	for name, err := range map[string]error{
		"expose": b.Expose(never), "fill": b.Fill(never), "zero value": new(Bytes).Expose(never), "nil": (*Bytes)(nil).Expose(never),
	} {
		if !errors.Is(err, ErrDestroyed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Clone(); !errors.Is(err, ErrDestroyed) {
		t.Errorf("clone: %v", err)
	}
	if b.Equal(other) || other.Equal(b) || b.Equal(b) || !b.Destroyed() {
		t.Error("a destroyed secret equals something or says that it lives")
	}
}

func TestEqualCloneAndPart(t *testing.T) {
	a, same, other := hold(t, sample), hold(t, sample), hold(t, []byte("correct horse battery stapl_"))
	if !a.Equal(same) || !a.Equal(a) || a.Equal(other) || a.Equal(nil) {
		t.Error("Equal answers wrongly")
	}
	clone, err := a.Clone()
	if err != nil {
		t.Fatal(err)
	}
	defer clone.Destroy()
	a.Destroy()
	if !bytes.Equal(content(t, clone), sample) {
		t.Error("the clone died with its original")
	}
	part, err := clone.Part(8, 5)
	if err != nil {
		t.Fatal(err)
	}
	defer part.Destroy()
	if string(content(t, part)) != "horse" {
		t.Errorf("part is %q", content(t, part))
	}
	for _, bad := range [][2]int{{-1, 2}, {0, 0}, {0, 29}, {28, 1}, {1 << 62, 1 << 62}} {
		if _, err := clone.Part(bad[0], bad[1]); err == nil {
			t.Errorf("part %v was handed out", bad)
		}
	}
}

func TestReadFromTakesExactlyItsBytes(t *testing.T) {
	r := strings.NewReader("0123456789")
	b, err := ReadFrom(r, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Destroy()
	if string(content(t, b)) != "0123" || r.Len() != 6 {
		t.Errorf("read %q, left %d", content(t, b), r.Len())
	}
	before := Live()
	if _, err := ReadFrom(r, 7); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short input: %v", err)
	}
	if Live() != before {
		t.Error("a failed read keeps its memory")
	}
}

func TestLengthsAreChecked(t *testing.T) {
	for _, n := range []int{-1, 0, MaxLen + 1} {
		if _, err := New(n); err == nil {
			t.Errorf("a secret of %d bytes was made", n)
		}
	}
	for _, n := range []int{1, pageSize(), pageSize() + 1, MaxLen} {
		b, err := Random(n)
		if err != nil {
			t.Fatal(err)
		}
		if len(content(t, b)) != n {
			t.Errorf("%d bytes became %d", n, len(content(t, b)))
		}
		b.Destroy()
	}
}

func TestNothingPrintsOrMarshalsASecret(t *testing.T) {
	b := hold(t, sample)
	typed, err := NewTyped(32)
	if err != nil {
		t.Fatal(err)
	}
	defer typed.Wipe()
	if err := typed.Push(sample...); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{b, typed, struct{ B *Bytes }{b}, []any{b, typed}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T"} {
			checkSilent(t, verb, fmt.Sprintf(verb, v))
		}
		if out, err := json.Marshal(v); err == nil {
			t.Errorf("json.Marshal(%T) gave %s", v, out)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("held", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("held", "v", v)
		checkSilent(t, "slog", log.String())
	}
	for _, v := range []any{b, typed} {
		if err := gob.NewEncoder(io.Discard).Encode(v); err == nil {
			t.Errorf("gob encoded a %T", v)
		}
	}
	if got := fmt.Sprintf("%x", b); got != "secret" {
		t.Errorf("%%x prints %q", got)
	}
}

func checkSilent(t *testing.T, how, out string) {
	t.Helper()
	for _, leak := range []string{string(sample), "horse", fmt.Sprintf("%x", sample), fmt.Sprintf("%d", sample)} {
		if strings.Contains(out, leak) {
			t.Errorf("%s shows the secret: %s", how, out)
		}
	}
}

func TestFillErrorsReachTheCaller(t *testing.T) {
	b, cause := hold(t, sample), errors.New("no")
	if err := b.Fill(func([]byte) error { return cause }); !errors.Is(err, cause) {
		t.Errorf("fill: %v", err)
	}
	if err := b.Expose(func([]byte) error { return cause }); !errors.Is(err, cause) {
		t.Errorf("expose: %v", err)
	}
}
