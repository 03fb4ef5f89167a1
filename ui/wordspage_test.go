package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/internal/secret"
	"holdfast/ui/parts"
)

// letters are what can be seen without the spaces between letters.
func (r *rig) letters() string { return strings.ReplaceAll(strings.Join(r.texts(), ""), " ", "") }

// wordsRig stands before the first page of words.
func wordsRig(t *testing.T) *rig {
	t.Helper()
	r := openRig(t)
	r.Go(Route{Place: Recovery, Act: "words"})
	r.press(tr("part.next"))
	r.press(tr("words.show"))
	r.until("the words", func() bool { return strings.Contains(r.letters(), fakeWord(1)) })
	return r
}

// readAll goes through the pages of words and holds that each shows six and none else.
func readAll(r *rig) {
	r.t.Helper()
	for page := range wordPages {
		for n := range 24 {
			if shown := strings.Contains(r.letters(), fmt.Sprint(n+1)+fakeWord(n+1)); shown != (n/wordsAtOnce == page) {
				r.t.Errorf("page %d: word %d shown: %v", page, n+1, shown)
			}
		}
		r.uncut("words")
		cancels := 0
		for _, b := range find[*parts.Button](r) {
			if b.Words() == tr("part.cancel") {
				cancels++
			}
		}
		if cancels != 1 {
			r.t.Errorf("page %d: %d buttons that cancel", page, cancels)
		}
		if page < wordPages-1 {
			r.press(tr("part.next"))
		}
	}
	r.press(tr("words.written"))
	r.until("the question", func() bool { return len(find[*parts.WordEntry](r)) == 1 })
}

// sayWord types the word that is asked for and goes on.
func sayWord(r *rig, n int, word string) {
	r.t.Helper()
	r.until("the question", func() bool { return r.shows(tr("words.check.word", "n", n)) && !r.dialogs.Covered() })
	r.typing(word)
	r.key(fyne.KeyReturn)
}

func TestWordsAreShownAskedBackAndGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := secret.Live()
		r := wordsRig(t)
		readAll(r)
		for n := range 24 {
			if strings.Contains(r.letters(), fakeWord(n+1)) {
				t.Errorf("word %d still shows", n+1)
			}
		}
		for _, n := range wordsToAsk() {
			sayWord(r, n, fakeWord(n))
		}
		r.until("the end", func() bool { return r.shows(tr("words.done.confirmed")) })
		if !r.f.said("words confirmed") || len(r.jobs) != 0 {
			t.Errorf("%q", r.f.calls)
		}
		r.press(tr("words.done.backup")) // the fake has none yet
		if r.route.Act != "backup" {
			t.Errorf("%+v", r.route)
		}
		if after := secret.Live(); after != before {
			t.Errorf("%d secrets live, %d before", after, before)
		}
	})
}

func TestWordsCanBeGoneBackTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := wordsRig(t)
		r.press(tr("part.next"))
		r.press(tr("part.back"))
		if !strings.Contains(r.letters(), "6"+fakeWord(6)) || strings.Contains(r.letters(), fakeWord(7)) {
			t.Errorf("%q", r.texts())
		}
		if !r.button(tr("part.back")).Disabled() {
			t.Error("the ceremony can be gone back out of")
		}
	})
}

func TestAWrongWordIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := wordsRig(t)
		readAll(r)
		sayWord(r, 3, fakeWord(4))
		r.until("the refusal", func() bool { return r.shows("Word 3 is not right.") })
		r.uncut("wrong word")
		r.key(fyne.KeyReturn) // look again
		r.until("the words", func() bool { return strings.Contains(r.letters(), fakeWord(1)) })
		readAll(r)
		for _, n := range wordsToAsk() {
			sayWord(r, n, fakeWord(n))
		}
		r.until("the end", func() bool { return r.shows(tr("words.done.confirmed")) })
	})
}

func TestAWrongWordCanEndTheCeremony(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := wordsRig(t)
		readAll(r)
		sayWord(r, 3, fakeWord(4))
		r.until("the refusal", func() bool { return r.shows("Word 3 is not right.") })
		r.key(fyne.KeyEscape)
		r.until("the core's words", func() bool { return r.shows(tr("part.failure.title")) })
		r.press(tr("part.close"))
		if !r.shows(tr("words.paper.title")) || r.f.said("words confirmed") {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestWhatIsNoWordIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := wordsRig(t)
		readAll(r)
		sayWord(r, 3, "xxyyzz")
		r.rest()
		if !r.shows(tr("words.check.unknown")) || r.dialogs.Covered() {
			t.Errorf("%q", r.texts())
		}
		r.uncut("no such word")
		r.win.Canvas().Focus(find[*parts.WordEntry](r)[0])
		find[*parts.WordEntry](r)[0].TypedShortcut(&fyne.ShortcutPaste{Clipboard: r.app.Clipboard()})
		if !r.shows(tr("words.check.paste")) {
			t.Errorf("%q", r.texts())
		}
		for range 6 {
			r.key(fyne.KeyBackspace)
		}
		for _, n := range wordsToAsk() {
			sayWord(r, n, fakeWord(n))
		}
		r.until("the end", func() bool { return r.shows(tr("words.done.confirmed")) })
	})
}

// TestWordsAreWiped ends the ceremony in every way while words show, and while one is typed.
func TestWordsAreWiped(t *testing.T) {
	for name, end := range map[string]func(r *rig){
		"lock":   func(r *rig) { r.lock(app.LockedByOwner) },
		"escape": func(r *rig) { r.win.Canvas().Unfocus(); r.key(fyne.KeyEscape) },
		"leave":  func(r *rig) { r.Go(Route{Place: Home}) },
		"cancel": func(r *rig) { r.press(tr("part.cancel")) },
		"row":    func(r *rig) { r.jobs[0].row.CancelButton().Press() },
	} {
		for _, typing := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " typing ", typing), inBubble(func(t *testing.T) {
				before := secret.Live()
				r := wordsRig(t)
				if typing {
					readAll(r)
					r.typing("aban")
				}
				shown, entries := find[*parts.SecretWord](r), find[*parts.WordEntry](r)
				if typing && (len(entries) != 1 || entries[0].Len() != 4) || !typing && len(shown) != wordsAtOnce {
					t.Fatalf("%d words, %d fields", len(shown), len(entries))
				}
				end(r)
				r.until("the end of the work", func() bool { return len(r.jobs) == 0 })
				r.settle()
				for _, w := range shown {
					for _, o := range test.LaidOutObjects(w) {
						if text, ok := o.(*canvas.Text); ok && text.Text != "" {
							t.Errorf("the letter %q of a word is left in its widget", text.Text)
						}
					}
				}
				for _, e := range entries {
					if e.Len() != 0 {
						t.Errorf("%d letters are left in the field", e.Len())
					}
				}
				for n := range 24 {
					if strings.Contains(r.letters(), fmt.Sprint(n+1)+fakeWord(n+1)) {
						t.Errorf("word %d still shows", n+1)
					}
				}
				if r.f.said("words confirmed") {
					t.Error("the words count as confirmed")
				}
				r.key(fyne.KeyEscape)
				r.settle()
				if after := secret.Live(); after != before {
					t.Errorf("%d secrets live, %d before", after, before)
				}
			}))
		}
	}
}

func TestWordsCeremonyThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.f.session.acts = func(context.Context, app.Prompts) error { return app.ErrTampered }
		r.Go(Route{Place: Recovery, Act: "words"})
		r.press(tr("part.next"))
		r.press(tr("words.show"))
		r.until("the failure", func() bool { return r.shows(app.Explain(app.ErrTampered).What) })
		r.press(tr("part.close"))
		if b := r.button(tr("words.show")); b == nil || b.Disabled() {
			t.Error("it cannot be begun again")
		}
	})
}

// TestWordsDoNotShowForEver holds that words which nobody reads lock the vault.
func TestWordsDoNotShowForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.Go(Route{Place: Recovery, Act: "words"})
		r.press(tr("part.next"))
		r.press(tr("words.show"))
		r.until("the words", func() bool { return strings.Contains(r.letters(), fakeWord(1)) })
		r.pass(wordsTime - 1)
		if r.session == nil || !strings.Contains(r.letters(), fakeWord(1)) {
			t.Fatalf("the words go too soon: %q", r.texts())
		}
		r.pass(1)
		if r.session != nil || !r.f.said("lock idle") || strings.Contains(r.letters(), fakeWord(1)) {
			t.Errorf("%q", r.f.calls)
		}
	})
}
