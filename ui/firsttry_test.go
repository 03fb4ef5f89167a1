package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"

	"holdfast/app"
)

// TestAWrongWordIsLookedUpOnItsPage: who is told that word 11 is not right sees the page with word 11 next, and can go back to the others.
func TestAWrongWordIsLookedUpOnItsPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := wordsRig(t)
		readAll(r)
		sayWord(r, 3, fakeWord(3))
		sayWord(r, 11, fakeWord(12))
		r.until("the refusal", func() bool { return r.shows("Word 11 is not right.") })
		r.key(fyne.KeyReturn)
		r.until("the page", func() bool { return strings.Contains(r.letters(), "11"+fakeWord(11)) })
		if strings.Contains(r.letters(), "6"+fakeWord(6)) {
			t.Errorf("%q", r.texts())
		}
		r.press(tr("part.back"))
		if !strings.Contains(r.letters(), "6"+fakeWord(6)) {
			t.Errorf("%q", r.texts())
		}
	})
}

// TestManyThatAreMadeAreSaid: a list that looks as before is no answer.
func TestManyThatAreMadeAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, &workshop{made: 1000})
		many(r, "1000")
		r.press(tr("newidentity.create"))
		r.until("the answer", func() bool { return r.shows(tr("newidentity.done", "count", 1000)) })
		if r.dialogs.Covered() || r.route.Place != Identities {
			t.Errorf("%+v shows %q", r.route, r.texts())
		}
		r.uncut("made")
		r.Go(Route{Place: Identities})
		r.settle()
		if r.shows(tr("newidentity.done", "count", 1000)) {
			t.Error("it is said again later")
		}
	})
}

// TestPathsBeginInTheHomeFolder signs and verifies what is named from the person's own folder.
func TestPathsBeginInTheHomeFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withRelation(t)
		home := t.TempDir()
		t.Setenv("HOME", home)
		path := filepath.Join(home, "letter.txt")
		if err := app.SaveNew(path, []byte("dear reader")); err != nil {
			t.Fatal(err)
		}
		r.Go(Route{Place: Identities, Act: "sign-file", Item: relation().ID})
		r.settle()
		r.typing("~/letter.txt")
		r.key(fyne.KeyReturn)
		r.until("the signature", func() bool { return r.shows(tr("sign.written", "path", path+".jws")) })
		if _, err := os.Stat(path + ".jws"); err != nil || !r.f.said("sign file "+relation().ID+" "+path) {
			t.Errorf("%v, %q", err, r.f.calls)
		}
		_, err := verifyFile(t.Context(), "~/letter.txt", "", "", nil)
		if x := app.Explain(err); x.Code == "no-such-file" {
			t.Errorf("%+v", x)
		}
	})
}
