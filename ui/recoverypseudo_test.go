package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/parts"
)

// TestRestoringInAPseudoLanguage walks through every way of restoring in a language that is a third longer, in the smallest window.
func TestRestoringInAPseudoLanguage(t *testing.T) {
	speakPseudo(t)
	for _, have := range []string{haveWords, haveKey, haveAlone, haveNone} {
		t.Run(have, inBubble(func(t *testing.T) {
			r := restoreRig(t, have)
			look := func(what string) {
				r.settle()
				r.uncut(what)
				if list := r.foreign(); len(list) > 0 {
					t.Errorf("%s: not from the catalogue: %q", what, list)
				}
			}
			look("first")
			if have == haveNone {
				return
			}
			if have != haveAlone {
				find[*parts.PathEntry](r)[0].SetText("/1")
				r.settle()
				r.uncut("backup")
				r.press(tr("part.next"))
			}
			if have != haveKey {
				r.typing("xyz")
				r.uncut("words")
				r.key(fyne.KeyBackspace)
				r.key(fyne.KeyBackspace)
				r.key(fyne.KeyBackspace)
				typeSentence(r)
				r.press(tr("part.next"))
			}
			if have == haveAlone {
				look("known")
				r.press(tr("part.next"))
			}
			r.uncut("last")
			r.f.restored.Ways = []app.KeyslotInfo{{Label: "1", Kind: keystore.KindPIV}}
			r.f.recovered.MissingWords = []string{"1"}
			r.press(tr("restore.start"))
			r.until("the vault", func() bool { return r.session != nil })
			look("restored")
		}))
	}
}

// TestActsOfRecoveryInAPseudoLanguage does the same for the acts of an open vault, where they say more than at first.
func TestActsOfRecoveryInAPseudoLanguage(t *testing.T) {
	speakPseudo(t)
	look := func(r *rig, what string) {
		r.settle()
		r.uncut(what)
		if list := r.foreign(); len(list) > 0 {
			t.Errorf("%s: not from the catalogue: %q", what, list)
		}
	}
	t.Run("words", inBubble(func(t *testing.T) {
		r := openRig(t)
		r.Go(Route{Place: Recovery, Act: "words"})
		look(r, "about")
		r.press(tr("part.next"))
		r.uncut("paper") // with the path of a file
		r.press(tr("words.show"))
		r.until("the words", func() bool { return len(find[*parts.SecretWord](r)) > 0 })
		readAll(r)
		r.typing("xyz")
		r.key(fyne.KeyReturn)
		r.uncut("no word")
		for range 3 {
			r.key(fyne.KeyBackspace)
		}
		for _, n := range wordsToAsk() {
			sayWord(r, n, fakeWord(n))
		}
		r.until("the end", func() bool { return r.shows(tr("words.done.confirmed")) })
		look(r, "done")
	}))
	for i, at := range []app.BackupPlace{{SameDisk: true}, {SameDisk: true, Service: "1"}, {Replaces: day(1)}} {
		t.Run(fmt.Sprint("backup ", i), inBubble(func(t *testing.T) {
			r := recoveryRig(t, "backup", func(r *rig) {
				r.f.session.at = at
				r.f.disks = []app.Disk{{Name: "1", Path: "/1"}, {Name: "2", Path: "/2", ReadOnly: true}}
			})
			backupTo(r, "/1")
			look(r, "place")
			r.press(tr("backup.make"))
			look(r, "question")
			for _, yes := range []string{tr("backup.near.yes"), tr("backup.replace")} {
				if r.button(yes) != nil {
					r.press(yes)
				}
			}
			r.until("the backup", func() bool { return r.shows(tr("backup.made.path")) })
			look(r, "made")
		}))
	}
	t.Run("overview", inBubble(func(t *testing.T) {
		r := recoveryRig(t, "", func(r *rig) {
			r.f.session.mu.Lock()
			r.f.session.status.WordsConfirmed = true
			r.f.session.state = app.RecoveryState{Words: day(1), Backup: &app.MadeBackup{Path: "/1", Time: day(1), SameDisk: true}}
			r.f.session.mu.Unlock()
			r.reload()
		})
		look(r, "overview")
	}))
}
