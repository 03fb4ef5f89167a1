package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/keystore/derive"
	"holdfast/ui/parts"
)

// restoreRig begins to restore with what the person has, with a smart card plugged in.
func restoreRig(t *testing.T, have string) *rig {
	t.Helper()
	r := newRig(t)
	r.f.header = app.BackupHeader{OwnerWords: [4]string{"abandon", "zoo", "sun", "letter"}, Created: day(1), Size: 5 << 20}
	r.f.events <- app.TokenEvent{Kind: app.TokenArrived, Token: app.Token{ID: "piv:7", Kind: app.SidePIV, Name: "Soft 7"}}
	r.until("the key", func() bool { return len(r.tokens) == 1 })
	r.press(tr("first.restore"))
	r.uncut("what do you have")
	r.press(tr("restore.have." + have))
	r.settle()
	return r
}

// chooseBackup fills in the first step.
func chooseBackup(r *rig) {
	r.t.Helper()
	find[*parts.PathEntry](r)[0].SetText("/media/s/main.backup")
	r.settle()
	r.uncut("backup")
	r.press(tr("part.next"))
}

// sentence are the 24 words of the fake's vault.
func sentence() string {
	var words []string
	for n := range 24 {
		words = append(words, fakeWord(n+1))
	}
	return strings.Join(words, " ")
}

func TestRestoreWithWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := secret.Live()
		r := restoreRig(t, haveWords)
		if !r.button(tr("part.next")).Disabled() {
			t.Error("one can go on without a backup")
		}
		find[*parts.PathEntry](r)[0].SetText("/media/s/main.backup")
		r.settle()
		for _, words := range []string{"abandon zoo sun letter", when(day(1)), "5 MB", tr("restore.file.unverified")} {
			if !r.shows(words) {
				t.Errorf("%q is not said", words)
			}
		}
		r.press(tr("part.next"))
		typeSentence(r)
		r.uncut("words")
		r.press(tr("part.next"))
		r.uncut("last step")
		if !r.shows(tr("restore.key.side", "key", "Soft 7", "side", sideName(app.SidePIV))) {
			t.Errorf("%q", r.texts())
		}
		r.f.typed = func(words *app.Secret) error {
			if !is(t, words, sentence()) {
				t.Error("other words arrive than were typed")
			}
			return nil
		}
		r.f.restored = app.Restored{Place: app.Place{Dir: "/vaults/main.vault"}, RestoreReport: keystore.RestoreReport{
			Identities: 3, Ended: 3, Created: day(1), Older: true, Revoked: []string{"red"},
			Ways: []app.KeyslotInfo{{Label: "blue 1", Kind: keystore.KindPIV, WayIn: true}},
		}}
		r.press(tr("restore.start"))
		r.until("the vault", func() bool { return r.session != nil })
		r.settle()
		if !r.f.said(`restore "/media/s/main.backup" as "main" with "piv:7" words true owner []`) {
			t.Errorf("%q", r.f.calls)
		}
		for _, words := range []string{tr("restored.identities", "count", 3, "time", when(day(1))), tr("restored.place", "name", "main", "folder", "/vaults/main.vault"), tr("restored.older"), tr("restored.branch", "count", 3), "blue 1", "red", tr("restored.next.key")} {
			if !r.shows(words) {
				t.Errorf("%q is not said", words)
			}
		}
		r.uncut("restored")
		r.key(fyne.KeyEscape)
		if r.route.Place == First {
			t.Error("the way back leads to the words")
		}
		r.lock(app.LockedByOwner)
		if r.back != nil {
			t.Error("what came back is remembered after the lock")
		}
		if after := secret.Live(); after != before {
			t.Errorf("%d secrets live, %d before", after, before)
		}
	})
}

func TestRestoreWithAKeyOfTheBackup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveKey)
		chooseBackup(r)
		if len(find[*parts.WordEntry](r)) != 0 {
			t.Error("it asks for words")
		}
		for _, e := range find[*parts.Entry](r) {
			if e.PlaceHolder == tr("restore.owner.hint") {
				e.SetText("wa wb  wc wd")
			}
		}
		r.press(tr("restore.start"))
		r.until("the vault", func() bool { return r.session != nil })
		if !r.f.said(`restore "/media/s/main.backup" as "main" with "piv:7" words false owner ["wa" "wb" "wc" "wd"]`) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

func TestRecoverFromWordsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveAlone)
		typeSentence(r)
		r.press(tr("part.next"))
		r.uncut("known")
		find[*parts.Entry](r)[0].SetText("did:key:a\n\n did:key:b ")
		r.press(tr("part.next"))
		for _, e := range find[*parts.Entry](r) {
			if e.PlaceHolder == tr("restore.label.hint") {
				e.SetText("green")
			}
		}
		r.f.recovered = app.Recovered{WordsReport: keystore.WordsReport{Found: []string{"did:key:a"}, Unmatched: []string{"did:key:b"}}, MissingWords: []string{"settings"}}
		r.press(tr("restore.start"))
		r.until("the vault", func() bool { return r.session != nil })
		r.settle()
		if !r.f.said(`recover "main" known ["did:key:a" "did:key:b"] label "green"`) {
			t.Errorf("%q", r.f.calls)
		}
		for _, words := range []string{tr("restored.found", "count", 1), tr("restored.unmatched", "count", 1), "did:key:b", "Settings"} {
			if !r.shows(words) {
				t.Errorf("%q is not said: %q", words, r.texts())
			}
		}
		r.uncut("recovered")
	})
}

func TestABackupAloneIsToldHonestly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveNone)
		if !r.shows(tr("restore.none.words")) {
			t.Errorf("%q", r.texts())
		}
		r.key(fyne.KeyReturn)
		if !r.shows(tr("restore.lead")) {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestWrongBackup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveWords)
		r.f.headerErr = keystore.ErrNotBackup
		find[*parts.PathEntry](r)[0].SetText("/media/s/letter.txt")
		r.settle()
		if !r.shows(app.Explain(keystore.ErrNotBackup).What) || !r.button(tr("part.next")).Disabled() {
			t.Errorf("%q", r.texts())
		}
		r.f.headerErr = nil
		find[*parts.PathEntry](r)[0].SetText("/media/s/main.backup")
		r.settle()
		if r.shows(app.Explain(keystore.ErrNotBackup).What) || r.button(tr("part.next")).Disabled() {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestWordsThatAreNoneAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveAlone)
		for n := range 24 {
			word := fakeWord(n + 1)
			if n == 4 || n == 9 {
				word = "xyz"
			}
			r.typing(word + " ")
		}
		r.key(fyne.KeyReturn) // the focus is on Next
		r.settle()
		if !r.shows(tr("restore.words.unknown", "numbers", "5, 10", "count", 2)) {
			t.Fatalf("%q", r.texts())
		}
		r.uncut("unknown words")
		fields := find[*parts.WordEntry](r)
		if r.win.Canvas().Focused() != fyne.Focusable(fields[4]) {
			t.Error("the focus is not in the first wrong field")
		}
		for _, at := range []int{4, 9} {
			r.win.Canvas().Focus(fields[at])
			for range 3 {
				r.key(fyne.KeyBackspace)
			}
			r.typing(fakeWord(at + 1))
		}
		fields[9].TypedShortcut(&fyne.ShortcutPaste{Clipboard: r.app.Clipboard()})
		if !r.shows(tr("restore.words.paste")) {
			t.Errorf("%q", r.texts())
		}
		r.press(tr("part.next"))
		if !r.shows(tr("restore.known.title")) {
			t.Errorf("%q", r.texts())
		}
	})
}

// TestWordsThatDoNotFitAreLookedAtAgain holds that nobody types 24 words twice.
func TestWordsThatDoNotFitAreLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveWords)
		chooseBackup(r)
		typeSentence(r)
		r.press(tr("part.next"))
		wrong := &derive.WordError{Position: 24, Checksum: true}
		r.f.typed = func(*app.Secret) error { return wrong }
		r.press(tr("restore.start"))
		r.until("the failure", func() bool { return r.shows(app.Explain(wrong).What) })
		r.press(tr("part.close"))
		if fields := find[*parts.WordEntry](r); len(fields) != 24 || fields[0].Len() == 0 || r.session != nil {
			t.Errorf("%d fields", len(fields))
		}
		r.f.typed = nil
		r.press(tr("part.next"))
		r.press(tr("restore.start"))
		r.until("the vault", func() bool { return r.session != nil })
	})
}

func TestRestoreThatFailsCanBeTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveKey)
		chooseBackup(r)
		r.f.err = keystore.ErrVaultExists
		r.press(tr("restore.start"))
		r.until("the failure", func() bool { return r.shows(app.Explain(keystore.ErrVaultExists).What) })
		r.press(tr("part.close"))
		if b := r.button(tr("restore.start")); b == nil || b.Disabled() {
			t.Error("it cannot be tried again")
		}
	})
}

// TestTypedWordsAreWiped leaves the page in every way with words in its fields.
func TestTypedWordsAreWiped(t *testing.T) {
	for name, end := range map[string]func(r *rig){
		"lock":   func(r *rig) { r.lock(app.LockedByOwner) },
		"escape": func(r *rig) { r.key(fyne.KeyEscape); r.press(tr("leave.go")) },
		"cancel": func(r *rig) { r.press(tr("part.cancel")) },
		"close":  func(r *rig) { r.Close() },
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			before := secret.Live()
			r := restoreRig(t, haveAlone)
			typeSentence(r)
			fields := find[*parts.WordEntry](r)
			end(r)
			r.settle()
			for i, e := range fields {
				if e.Len() != 0 {
					t.Errorf("word %d is left in its field", i+1)
				}
			}
			for n := range 24 {
				if strings.Contains(r.letters(), fmt.Sprint(n+1)+fakeWord(n+1)) {
					t.Errorf("word %d still shows", n+1)
				}
			}
			if after := secret.Live(); after != before {
				t.Errorf("%d secrets live, %d before", after, before)
			}
		}))
	}
}

func TestRestoringIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := secret.Live()
		r := restoreRig(t, haveAlone)
		typeSentence(r)
		r.press(tr("part.next"))
		r.press(tr("part.next"))
		r.f.asks = func(ctx context.Context, p app.Prompts) error {
			pin, err := p.PIN(ctx, app.PINRequest{Token: "Soft 7", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
			pin.Destroy()
			return err
		}
		r.press(tr("restore.start"))
		r.until("the PIN", r.dialogs.Covered)
		r.key(fyne.KeyEscape)
		r.until("the end", func() bool { return len(r.jobs) == 0 })
		r.settle()
		if r.session != nil || r.dialogs.Covered() || r.button(tr("restore.start")).Disabled() {
			t.Errorf("%q", r.texts())
		}
		r.Go(Route{Place: About})
		if after := secret.Live(); after != before {
			t.Errorf("%d secrets live, %d before", after, before)
		}
	})
}

// TestTypedWordsDoNotStay holds that words which nobody goes on typing are taken away, though no vault is open that would lock.
func TestTypedWordsDoNotStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveAlone)
		fields := find[*parts.WordEntry](r)
		test.Type(fields[0], "abandon")
		r.pass(wordsTime - 1)
		if fields[0].Len() != len("abandon") {
			t.Fatalf("%d letters are left too soon", fields[0].Len())
		}
		r.pass(1)
		if fields[0].Len() != 0 {
			t.Errorf("%d letters stay", fields[0].Len())
		}
	})
}

func TestKeysThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := restoreRig(t, haveKey)
		chooseBackup(r)
		r.f.events <- app.TokenEvent{Kind: app.TokenArrived, Token: app.Token{ID: "fido2:8", Kind: app.SideFIDO2, Name: "Soft\u202e 8"}}
		r.until("the second key", func() bool { return r.shows(`Soft\u202e 8`) })
		find[*parts.Radio](r)[0].SetSelected(tr("restore.key.side", "key", `Soft\u202e 8`, "side", sideName(app.SideFIDO2)))
		r.f.events <- app.TokenEvent{Kind: app.TokenLeft, Token: app.Token{ID: "piv:7", Kind: app.SidePIV}}
		r.until("the first to go", func() bool { return !r.shows("Soft 7") })
		r.press(tr("restore.start"))
		r.until("the vault", func() bool { return r.session != nil })
		if !r.f.said(`restore "/media/s/main.backup" as "main" with "fido2:8" words false owner []`) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

func TestARestoredVaultGetsANameOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main", "restored")
		r.Go(Route{Place: First, Act: "restore", Item: haveKey})
		r.settle()
		chooseBackup(r)
		if !r.shows("restored-2") {
			t.Errorf("no free name is offered: %q", r.texts())
		}
	})
}

func TestTheLockedPageLeadsToRestoring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.f.damage()
		r.Again()
		r.settle()
		r.press(tr("locked.restore"))
		if !r.shows(tr("restore.lead")) {
			t.Errorf("%q", r.texts())
		}
	})
}
