package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/parts"
)

// recoveryShots draws the states of recovery.
func recoveryShots(r *rig, shot func(r *rig, name string)) {
	to := func(act string) { r.Go(Route{Place: Recovery, Act: act}) }
	r.f.disks = []app.Disk{{Name: "BLUE STICK", Path: "/media/BLUE STICK"}, {Name: "card", Path: "/media/card", ReadOnly: true}}
	r.f.session.state = app.RecoveryState{Words: day(2), Proven: 1, Backup: &app.MadeBackup{Path: "/home/me/main.backup", Time: day(3), SameDisk: true}}
	to("")
	shot(r, "recovery")
	to("words")
	shot(r, "words-about")
	r.press(tr("part.next"))
	shot(r, "words-paper")
	r.press(tr("words.show"))
	r.until("the words", func() bool { return len(find[*parts.SecretWord](r)) > 0 })
	shot(r, "words-show")
	readAll(r)
	r.typing("xyz")
	r.key(fyne.KeyReturn)
	shot(r, "words-check")
	for range 3 {
		r.key(fyne.KeyBackspace)
	}
	for _, n := range wordsToAsk() {
		sayWord(r, n, fakeWord(n))
	}
	r.until("the end", func() bool { return r.shows(tr("words.done.confirmed")) })
	shot(r, "words-done")
	to("sheet")
	shot(r, "sheet")
	to("backup")
	r.settle()
	r.f.session.at = app.BackupPlace{SameDisk: true, Replaces: day(1)}
	find[*parts.PathEntry](r)[0].SetText("/home/me/main.backup")
	shot(r, "backup")
	r.press(tr("backup.make"))
	shot(r, "backup-replace")
	r.press(tr("backup.replace"))
	r.until("the backup", func() bool { return r.shows(tr("backup.made.path")) })
	shot(r, "backup-made")
	to("pool")
	shot(r, "pool")
	r.status.ReadOnly = keystore.ReadOnlyCopied
	to("branch")
	shot(r, "branch")
	to("restore")
	shot(r, "restore-here")
}

// restoreShots draws the states of restoring.
func restoreShots(r *rig, shot func(r *rig, name string)) {
	r.f.header = app.BackupHeader{OwnerWords: [4]string{"abandon", "zoo", "sun", "letter"}, Created: day(1), Size: 5 << 20}
	r.Go(Route{Place: First, Act: "restore"})
	shot(r, "restore-choice")
	r.press(tr("restore.have.none"))
	shot(r, "restore-none")
	r.Back()
	r.press(tr("restore.have.words"))
	r.settle()
	find[*parts.PathEntry](r)[0].SetText("/media/stick/main.backup")
	r.settle()
	shot(r, "restore-file")
	r.press(tr("part.browse"))
	shot(r, "browse")
	r.key(fyne.KeyEscape)
	r.press(tr("part.next"))
	r.settle()
	for i, e := range find[*parts.WordEntry](r) {
		r.win.Canvas().Focus(e)
		test.Type(e, map[bool]string{true: fakeWord(i + 1), false: "abzde"}[i != 4])
	}
	r.press(tr("part.next"))
	shot(r, "restore-words")
}

// typeSentence fills the fields with the words of the fake's vault.
func typeSentence(r *rig) {
	r.t.Helper()
	fields := find[*parts.WordEntry](r)
	if len(fields) != 24 {
		r.t.Fatalf("%d fields", len(fields))
	}
	for i := range fields {
		r.typing(fakeWord(i+1) + " ") // the space leads to the next
	}
}
