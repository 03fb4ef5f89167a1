package ui

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/ui/parts"
)

// letter is a file to sign.
func letter(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letter.txt")
	if err := app.SaveNew(path, []byte("dear reader")); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSignAFileByKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withRelation(t)
		path := letter(t)
		r.Go(Route{Place: Identities, Act: "sign-file", Item: relation().ID})
		r.until("who signs", func() bool { return r.shows("bank 1") })
		if !r.button(tr("sign.sign")).Disabled() {
			t.Error("nothing can be signed")
		}
		r.typing(path)
		if out := find[*parts.PathEntry](r)[1].Text(); out != path+".jws" {
			t.Errorf("the signature goes to %q", out)
		}
		r.key(fyne.KeyReturn)
		r.until("the signature", func() bool { return r.shows(tr("sign.written", "path", path+".jws")) })
		r.uncut("signed")
		if got, err := os.ReadFile(path + ".jws"); err != nil || string(got) != "eyJ.eyJ.c2ln\n" {
			t.Errorf("%q, %v", got, err)
		}
		r.press(tr("part.copy"))
		if got := r.app.Clipboard().Content(); got != "eyJ.eyJ.c2ln" {
			t.Errorf("copied %q", got)
		}
		if !r.f.said("sign file " + relation().ID + " " + path) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

// TestSignatureIsNeverWrittenOver signs the same file again: it is refused before the file is read, and what is there stays.
func TestSignatureIsNeverWrittenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withRelation(t)
		path := letter(t)
		if err := app.SaveNew(path+".jws", []byte("mine")); err != nil {
			t.Fatal(err)
		}
		r.Go(Route{Place: Identities, Act: "sign-file", Item: relation().ID})
		r.settle()
		r.typing(path)
		r.press(tr("sign.sign"))
		r.until("the refusal", func() bool { return r.shows("is there already") })
		if got, err := os.ReadFile(path + ".jws"); err != nil || string(got) != "mine" || r.f.said("sign file "+relation().ID+" "+path) {
			t.Errorf("%q, %v, %q", got, err, r.f.calls)
		}
		r.key(fyne.KeyEscape)
		find[*parts.PathEntry](r)[1].SetText(path + ".2.jws")
		find[*parts.PathEntry](r)[0].SetText(path) // what the person chose stays
		r.press(tr("sign.sign"))
		r.until("the signature", func() bool { return r.shows(tr("sign.written", "path", path+".2.jws")) })
	})
}

func TestSignAText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := t.TempDir()
		t.Setenv("HOME", home)
		r := withRelation(t)
		r.Go(Route{Place: Identities, Act: "sign-text", Item: relation().ID})
		r.settle()
		if text, ok := r.win.Canvas().Focused().(fyne.Tabbable); !ok || text.AcceptsTab() {
			t.Error("the Tab key does not lead out of the text")
		}
		r.typing("I was here 1")
		r.press(tr("sign.sign"))
		r.until("the signature", func() bool { return r.shows(tr("sign.text.done")) })
		r.uncut("signed text")
		r.press(tr("sign.text.save"))
		r.until("the folder", func() bool { return r.shows(filepath.Base(home)) })
		r.press(tr("browse.here"))
		r.until("the file", func() bool { return r.shows(tr("identity.saved.title")) })
		if got, err := os.ReadFile(filepath.Join(home, "text.jws")); err != nil || string(got) != "eyJ.eyJ.c2ln\n" {
			t.Errorf("%q, %v", got, err)
		}
		r.key(fyne.KeyEscape)
		test.Type(find[*parts.Entry](r)[0], "!") // another text than the one that was signed
		if r.shows(tr("sign.text.done")) {
			t.Error("the signature of another text stays")
		}
	})
}

func TestSigningAsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.Go(Route{Place: Identities, Act: "sign-text", Item: "nobody 1"})
		r.until("the error", func() bool { return r.shows("Nothing in this vault answers to that name") })
	})
}
