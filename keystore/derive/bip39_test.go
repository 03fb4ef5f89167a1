package derive

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"holdfast/internal/secret"
)

// sample is the sentence of 32 bytes 0x80 (from the vectors).
const sample = "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless"

func TestWordList(t *testing.T) {
	sum := sha256.Sum256([]byte(english))
	if got := hex.EncodeToString(sum[:]); got != "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda" {
		t.Errorf("hash of the list: %s", got)
	}
	words := list()
	if len(words) != listSize || !slices.IsSorted(words) {
		t.Fatalf("%d words, sorted %v", len(words), slices.IsSorted(words))
	}
	short := map[string]bool{}
	for i, w := range words {
		if len(w) < 3 || len(w) > maxLetters || Word(i) != w {
			t.Errorf("word %d: %q, Word says %q", i, w, Word(i))
		}
		first := w[:min(enough, len(w))]
		if short[first] {
			t.Errorf("%q begins two words", first)
		}
		short[first] = true
		for _, typed := range []string{w, first, strings.ToUpper(w), strings.ToUpper(first[:1]) + first[1:]} {
			if got := indexOf([]byte(typed)); got != i {
				t.Errorf("%q is word %d, want %d", typed, got, i)
			}
		}
	}
}

func TestWordListEdges(t *testing.T) {
	if Word(-1) != "" || Word(listSize) != "" {
		t.Error("a word outside the list")
	}
	for _, w := range []string{"", "a", "aba", "aban don", "abando", "abandons", "abandonment", "zzzz", "zoos", "\x00", "äbandon", "aaaa", "zoo "} {
		if IsWord([]byte(w)) {
			t.Errorf("%q passes as a word", w)
		}
	}
}

func TestEntropyTolerance(t *testing.T) {
	want := bytes.Repeat([]byte{0x80}, MasterSize)
	short := make([]string, 0, WordCount)
	for _, w := range strings.Fields(sample) {
		short = append(short, w[:min(enough, len(w))])
	}
	for _, text := range []string{
		sample,
		strings.ToUpper(sample),
		"\t " + strings.ReplaceAll(sample, " ", " \r\n  ") + "\n",
		strings.Join(short, " "),
	} {
		e, err := Entropy(hold(t, []byte(text)))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := reveal(t, e); !bytes.Equal(got, want) {
			t.Errorf("%q: %x", text, got)
		}
		e.Destroy()
	}
}

func TestEntropyRefuses(t *testing.T) {
	words := strings.Fields(sample)
	with := func(i int, w string) string {
		changed := slices.Clone(words)
		changed[i] = w
		return strings.Join(changed, " ")
	}
	for name, c := range map[string]struct {
		text string
		want WordError // the zero value: ErrWordCount
	}{
		"unknown first":   {with(0, "lettar"), WordError{Position: 1}},
		"unknown last":    {with(23, "blesss"), WordError{Position: 24}},
		"first unknown":   {strings.ReplaceAll(with(4, "x"), "doctor", "doktor"), WordError{Position: 5}},
		"three letters":   {with(1, "adv"), WordError{Position: 2}},
		"other white":     {with(2, "cage\u00a0absurd"), WordError{Position: 3}},
		"another word":    {with(7, "zoo"), WordError{Position: 24, Checksum: true}},
		"exchanged":       {strings.Replace(sample, "letter advice", "advice letter", 1), WordError{Position: 24, Checksum: true}},
		"23 words":        {strings.Join(words[:23], " "), WordError{}},
		"25 words":        {sample + " zoo", WordError{}},
		"12 good words":   {strings.Repeat("abandon ", 11) + "about", WordError{}},
		"nothing":         {"   ", WordError{}},
		"thousands":       {strings.Repeat("zoo ", 5000), WordError{}},
		"without a space": {strings.ReplaceAll(sample, " ", ""), WordError{Position: 1}},
	} {
		_, err := Entropy(hold(t, []byte(c.text)))
		var wrong *WordError
		switch {
		case c.want == WordError{}:
			if !errors.Is(err, ErrWordCount) {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.As(err, &wrong) || *wrong != c.want:
			t.Errorf("%s: %v, want %+v", name, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "lettar") || strings.Contains(err.Error(), "zoo")) {
			t.Errorf("%s: the error quotes a word: %v", name, err)
		}
	}
}

func TestMasterLength(t *testing.T) {
	for _, n := range []int{16, 31, 33} {
		m := hold(t, make([]byte, n))
		if _, err := Words(m); err == nil {
			t.Errorf("words of %d bytes", n)
		}
		if _, err := Seed(m); err == nil {
			t.Errorf("seed of %d bytes", n)
		}
		if _, err := Internal(m, LabelOwner); err == nil {
			t.Errorf("internal key of %d bytes", n)
		}
	}
	m := hold(t, make([]byte, MasterSize))
	m.Destroy()
	if _, err := Seed(m); !errors.Is(err, secret.ErrDestroyed) {
		t.Errorf("seed of a destroyed secret: %v", err)
	}
	if _, err := FromSeed(nil, Ed25519); !errors.Is(err, secret.ErrDestroyed) {
		t.Errorf("node of no secret: %v", err)
	}
}

// TestStandardLibrary compares the functions written out here with those of the standard library.
func TestStandardLibrary(t *testing.T) {
	for _, n := range []int{0, 1, 32, 127, 128, 129, 215} {
		key := bytes.Repeat([]byte{0xa5}, n)
		for _, k := range []int{0, 37, maxMessage} {
			message := bytes.Repeat([]byte{0x5a}, k)
			var m mac
			var got [macSize]byte
			m.set(key)
			m.sum(&got, bytes.Repeat([]byte{1}, maxMessage)) // a sum before leaves no trace
			m.sum(&got, message)
			h := hmac.New(sha512.New, key)
			if _, err := h.Write(message); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got[:], h.Sum(nil)) {
				t.Errorf("HMAC of %d bytes under %d", k, n)
			}
		}
	}
	master := bytes.Repeat([]byte{7}, MasterSize)
	seed, err := Seed(hold(t, master))
	if err != nil {
		t.Fatal(err)
	}
	defer seed.Destroy()
	sentence := make([]byte, maxSentence)
	n, err := encode(sentence, master)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pbkdf2.Key(sha512.New, string(sentence[:n]), []byte("mnemonic"), rounds, macSize)
	if err != nil || !bytes.Equal(reveal(t, seed), want) {
		t.Errorf("PBKDF2 differs: %v", err)
	}
	seen := map[string]Label{}
	for _, l := range []Label{LabelOwner, LabelBackup, LabelJournal} {
		got, err := Internal(hold(t, master), l)
		if err != nil {
			t.Fatal(err)
		}
		want, err := hkdf.Key(sha512.New, master, nil, string(l), internalSize)
		if err != nil || !bytes.Equal(reveal(t, got), want) {
			t.Errorf("HKDF under %q differs: %v", l, err)
		}
		if other, ok := seen[string(want)]; ok {
			t.Errorf("labels %q and %q give one key", l, other)
		}
		seen[string(want)] = l
		got.Destroy()
	}
	if _, err := Internal(hold(t, master), "holdfast internal owner key v2"); err == nil {
		t.Error("a label outside the table gives a key")
	}
}

func FuzzEntropy(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(strings.ToUpper(sample) + " "))
	f.Add([]byte(strings.Repeat("abandon ", 23) + "art"))
	f.Add([]byte(strings.Repeat("aban\t", 23) + "art"))
	f.Add([]byte(strings.Repeat("zoo ", 23) + "vote"))
	f.Add([]byte("letter advice"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 || len(text) > secret.MaxLen {
			return
		}
		in, err := secret.Move(bytes.Clone(text))
		if err != nil {
			t.Fatal(err)
		}
		defer in.Destroy()
		entropy, err := Entropy(in)
		if err != nil {
			var wrong *WordError
			if !errors.Is(err, ErrWordCount) && (!errors.As(err, &wrong) || wrong.Position < 1 || wrong.Position > WordCount) {
				t.Fatalf("error %v", err)
			}
			return
		}
		defer entropy.Destroy()
		words, err := Words(entropy)
		if err != nil {
			t.Fatal(err)
		}
		defer words.Destroy()
		full, typed := strings.Fields(string(reveal(t, words))), strings.Fields(strings.ToLower(string(text)))
		if len(full) != WordCount || len(typed) != WordCount {
			t.Fatalf("%d words of %d typed", len(full), len(typed))
		}
		for i := range full {
			if typed[i] != full[i] && typed[i] != full[i][:min(enough, len(full[i]))] {
				t.Fatalf("%q was read as %q", typed[i], full[i])
			}
		}
	})
}
