package ui

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/did"
	didkey "holdfast/did/key"
	"holdfast/did/statement"
	"holdfast/ui/parts"
)

// signedBy signs as somebody, and gives the signature and the DID.
func signedBy(t *testing.T, n byte, s statement.Statement) (jws, signer string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	public := did.PublicKey{Curve: did.Ed25519, Bytes: private[32:]}
	id, err := didkey.Create(public)
	if err != nil {
		t.Fatal(err)
	}
	header, err := statement.NewHeader(s, id.URL(id.ID()), public)
	if err != nil {
		t.Fatal(err)
	}
	input, err := statement.SigningInput(s, header)
	if err != nil {
		t.Fatal(err)
	}
	if jws, err = statement.Assemble(input, ed25519.Sign(private, input)); err != nil {
		t.Fatal(err)
	}
	return jws, id.String()
}

// verifyingText shows the page for texts.
func verifyingText(t *testing.T) *rig {
	t.Helper()
	r := openRig(t)
	r.Go(Route{Place: Identities})
	r.settle()
	r.press(tr("identities.verify"))
	find[*parts.Radio](r)[0].SetSelected(tr("verify.text"))
	r.settle()
	return r
}

func TestVerifyAText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jws, signer := signedBy(t, 1, statement.Text{Text: "I was here 1\nand \u202ethere 2"})
		r := verifyingText(t)
		find[*parts.Entry](r)[0].SetText("  " + jws + "\n")
		r.press(tr("verify.verify"))
		r.until("the answer", func() bool { return r.shows(tr("verify.holds.text")) })
		if !r.shows(tr("verify.unknown")) || !r.shows(signer) || !r.shows("I was here 1") || !r.shows(`and \u202ethere 2`) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("verified text")
		r.f.session.mu.Lock()
		r.f.session.identities[1].DID = signer
		r.f.session.mu.Unlock()
		r.press(tr("verify.verify"))
		r.until("its label", func() bool { return r.shows(tr("verify.mine", "label", "label 1")) })
		entries := find[*parts.Entry](r)
		entries[len(entries)-1].SetText("did:key:z6MkSomebodyElse")
		if r.shows(tr("verify.holds.text")) {
			t.Error("the answer to another question stays")
		}
		r.press(tr("verify.verify"))
		r.until("another signer", func() bool { return r.shows(app.Explain(app.ErrOtherSigner).What) })
	})
}

func TestVerifyATextFromAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jws, _ := signedBy(t, 1, statement.Text{Text: strings.Repeat("word ", 10_000)})
		path := filepath.Join(t.TempDir(), "long.jws")
		if err := app.SaveNew(path, []byte(jws)); err != nil {
			t.Fatal(err)
		}
		r := verifyingText(t)
		find[*parts.PathEntry](r)[0].SetText(path)
		r.press(tr("verify.verify"))
		r.until("the answer", func() bool { return r.shows(tr("verify.cut")) })
		if find[*parts.Entry](r)[0].Text != "" {
			t.Error("a field was filled with what a file holds")
		}
	})
}

func TestVerifyAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := letter(t)
		f, err := statement.NewFile(t.Context(), strings.NewReader("dear reader"), "letter.txt", nil)
		if err != nil {
			t.Fatal(err)
		}
		jws, _ := signedBy(t, 1, f)
		if err := app.SaveNew(path+".jws", []byte(jws)); err != nil {
			t.Fatal(err)
		}
		r := openRig(t)
		r.Go(Route{Place: Identities, Act: "verify"})
		r.settle()
		r.typing(path)
		r.key(fyne.KeyReturn)
		r.until("the answer", func() bool { return r.shows(tr("verify.holds.file", "name", "letter.txt")) })
		renamed := filepath.Join(filepath.Dir(path), "other.txt")
		if err := os.Rename(path, renamed); err != nil {
			t.Fatal(err)
		}
		find[*parts.PathEntry](r)[0].SetText(renamed)
		find[*parts.PathEntry](r)[1].SetText(path + ".jws")
		r.press(tr("verify.verify"))
		r.until("the other name", func() bool { return r.shows(tr("verify.renamed", "name", "letter.txt")) })
		r.uncut("renamed")
		if err := app.Save(renamed, []byte("dear writer")); err != nil {
			t.Fatal(err)
		}
		r.press(tr("verify.verify"))
		r.until("the refusal", func() bool { return r.shows(app.Explain(statement.ErrChanged).What) })
		if r.shows(tr("verify.renamed", "name", "letter.txt")) {
			t.Error("both answers show")
		}
	})
}

// TestVerifyIsStrict gives it what is no signature.
func TestVerifyIsStrict(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.jws")
	if err := app.SaveNew(huge, bytes.Repeat([]byte("eyJ."), 1<<20)); err != nil {
		t.Fatal(err)
	}
	good, _ := signedBy(t, 1, statement.Text{Text: "x"})
	for name, c := range map[string]struct{ pasted, file, code string }{
		"garbage":     {pasted: "garbage", code: "not-signed"},
		"three parts": {pasted: "eyJ.eyJ.c2ln", code: "unreadable-signature"},
		"changed":     {pasted: good[:len(good)-4] + "AAAA", code: "bad-signature"},
		"huge":        {file: huge, code: "not-signed"},
		"a folder":    {file: dir, code: "not-a-file"},
		"nothing":     {file: filepath.Join(dir, "none"), code: "no-such-file"},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := verifyingText(t)
			find[*parts.Entry](r)[0].SetText(c.pasted)
			find[*parts.PathEntry](r)[0].SetText(c.file)
			_, want := verifyText(c.pasted, c.file, "")
			if x := app.Explain(want); x.Code != c.code {
				t.Errorf("code %q, want %q", x.Code, c.code)
			}
			r.press(tr("verify.verify"))
			r.until("the refusal", func() bool { return r.shows(app.Explain(want).What) })
			if r.shows(tr("verify.holds.text")) {
				t.Error("it holds")
			}
		}))
	}
}

// TestAnswerOfAnOldQuestion holds that an answer does not show beside what was changed meanwhile, nor after a lock.
func TestAnswerOfAnOldQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jws, _ := signedBy(t, 1, statement.Text{Text: "x"})
		r := verifyingText(t)
		entry := find[*parts.Entry](r)[0]
		entry.SetText(jws)
		r.press(tr("verify.verify"))
		entry.SetText("garbage")
		r.settle()
		if r.shows(tr("verify.holds.text")) {
			t.Error("garbage holds")
		}
		entry.SetText(jws)
		r.press(tr("verify.verify"))
		r.lock(app.LockedByOwner)
		r.settle()
		if r.route.Place != Locked || r.shows(tr("verify.holds.text")) {
			t.Errorf("%q", r.texts())
		}
	})
}
