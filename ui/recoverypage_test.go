package ui

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/parts"
	"holdfast/ui/translations"
)

// recoveryRig shows an act of Recovery.
func recoveryRig(t *testing.T, act string, prepare func(r *rig)) *rig {
	t.Helper()
	r := openRig(t)
	if prepare != nil {
		prepare(r)
	}
	r.Go(Route{Place: Recovery, Act: act})
	r.settle()
	return r
}

// loud are the words of the primary buttons that can be reached.
func loud(r *rig, words ...string) []string {
	var list []string
	for _, w := range words {
		if b := r.button(w); b != nil && b.Rank() == parts.Primary {
			list = append(list, w)
		}
	}
	return list
}

func TestRecoverySaysWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recoveryRig(t, "", nil)
		for _, words := range []string{tr("recovery.words.no"), tr("recovery.backup.no"), tr("recovery.keys.count", "count", 0), tr("recovery.words.means"), tr("recovery.backup.means"), tr("recovery.both")} {
			if !r.shows(words) {
				t.Errorf("%q is not said", words)
			}
		}
		if got := loud(r, tr("recovery.words.act"), tr("recovery.backup.act")); len(got) != 1 || got[0] != tr("recovery.words.act") {
			t.Errorf("loud: %q", got)
		}
		for words, want := range map[string]Route{
			tr("recovery.words.act"): {Recovery, "words", ""}, tr("recovery.words.sheet"): {Recovery, "sheet", ""}, tr("recovery.backup.act"): {Recovery, "backup", ""},
			tr("recovery.keys.act"): {Keys, "", ""}, tr("recovery.pool.act"): {Recovery, "pool", ""}, tr("recovery.restore.act"): {Recovery, "restore", ""},
		} {
			r.press(words)
			if r.route != want {
				t.Errorf("%q leads to %+v", words, r.route)
			}
			r.Go(Route{Place: Recovery})
			r.settle()
		}
		s := r.f.session
		s.mu.Lock()
		s.status.WordsConfirmed, s.status.BackedUp, s.status.ReadOnly = true, true, keystore.ReadOnlyCopied
		s.state = app.RecoveryState{Words: day(2), Proven: 2, Backup: &app.MadeBackup{Path: "/media/st\u202eick/x", Time: day(3), Vouched: true}}
		s.mu.Unlock()
		r.reload()
		r.settle()
		for _, words := range []string{tr("recovery.words.yes", "time", when(day(2))), tr("recovery.backup.vouched"), `/media/st\u202eick/x`, "2 different keys", app.ReadOnlyWords(keystore.ReadOnlyCopied).What} {
			if !r.shows(words) {
				t.Errorf("%q is not said: %q", words, r.texts())
			}
		}
		r.press(tr("recovery.branch.act"))
		if r.route.Act != "branch" {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestBackupStateSaysWhetherItCounts(t *testing.T) {
	if err := translations.Load(); err != nil {
		t.Fatal(err)
	}
	b := app.MadeBackup{Path: "/x", Time: day(1)}
	if got := backupState(b, true); strings.Contains(got, tr("recovery.backup.near")) || strings.Contains(got, tr("recovery.backup.older")) {
		t.Error(got)
	}
	b.Time = time.Now().Add(-100 * 24 * time.Hour)
	if got := backupState(b, true); !strings.Contains(got, tr("recovery.age", "count", 100)) || !strings.Contains(got, tr("recovery.backup.old")) {
		t.Error(got)
	}
	b.Time = time.Now()
	if got := backupState(b, true); !strings.Contains(got, tr("recovery.age.new")) || strings.Contains(got, tr("recovery.backup.old")) {
		t.Error(got)
	}
	b.SameDisk = true
	if got := backupState(b, false); !strings.Contains(got, tr("recovery.backup.near")) {
		t.Error(got)
	}
	if got := backupState(b, true); !strings.Contains(got, tr("recovery.backup.older")) {
		t.Error(got)
	}
}

func TestSheetIsSavedAndPrinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		t.Setenv("HOME", "/home/me")
		r := recoveryRig(t, "sheet", nil)
		r.press(tr("sheet.save"))
		r.until("the sheet", func() bool { return r.shows("/home/me/" + tr("sheet.name") + ".pdf") })
		if !r.f.said("sheet /home/me/" + tr("sheet.name") + ".pdf false") {
			t.Errorf("%q", r.f.calls)
		}
		r.f.sheetErr = fs.ErrExist
		r.press(tr("sheet.save"))
		r.until("the question", r.dialogs.Covered)
		r.uncut("replace")
		r.key(fyne.KeyReturn) // the focus is on Cancel
		r.settle()
		if r.dialogs.Covered() || r.f.said("sheet /home/me/"+tr("sheet.name")+".pdf true") {
			t.Error("Enter alone replaces a file")
		}
		r.press(tr("sheet.save"))
		r.until("the question", r.dialogs.Covered)
		r.press(tr("sheet.replace"))
		r.until("the sheet", func() bool { return r.f.said("sheet /home/me/" + tr("sheet.name") + ".pdf true") })
		r.settle()
		r.press(tr("sheet.print"))
		r.until("the printer", func() bool { return r.shows(tr("sheet.printed")) })
		r.f.printErr = &app.PrintError{Missing: true}
		r.press(tr("sheet.print"))
		r.until("the failure", func() bool { return r.shows(app.Explain(r.f.printErr).What) && r.shows(app.Explain(r.f.printErr).Now) })
	})
}

// backupTo types where the backup goes.
func backupTo(r *rig, path string) {
	r.t.Helper()
	find[*parts.PathEntry](r)[0].SetText(path)
	r.settle()
}

func TestBackupElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recoveryRig(t, "backup", func(r *rig) {
			r.f.disks = []app.Disk{{Name: "STICK", Path: "/media/STICK"}, {Name: "card", Path: "/media/card", ReadOnly: true}}
		})
		if !r.button(tr("backup.disk", "name", "card")).Disabled() || !r.button(tr("backup.make")).Disabled() {
			t.Error("what cannot be written to can be chosen")
		}
		r.press(tr("backup.disk", "name", "STICK"))
		r.settle()
		path := find[*parts.PathEntry](r)[0].Text()
		if !strings.HasPrefix(path, "/media/STICK/main-") {
			t.Errorf("%q", path)
		}
		r.press(tr("backup.make"))
		r.until("the backup", func() bool { return r.shows(tr("backup.made")) })
		if !r.f.said("backup "+path+" false false") || !r.shows(path) || !r.shows("3 MB") || !r.shows("blue 1") || !r.shows("3 identities") {
			t.Errorf("%q %q", r.f.calls, r.texts())
		}
		r.uncut("made")
		r.key(fyne.KeyReturn)
		if r.route != (Route{Place: Recovery}) {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestBackupOnTheVaultsDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recoveryRig(t, "backup", func(r *rig) { r.f.session.at.SameDisk = true })
		if len(find[*parts.Check](r)) != 0 {
			t.Error("it asks what need not be asked")
		}
		backupTo(r, "/home/me/x.backup")
		if !r.shows(tr("backup.near")) {
			t.Errorf("%q", r.texts())
		}
		r.press(tr("backup.make"))
		if !r.shows(tr("backup.near.words")) {
			t.Fatalf("%q", r.texts())
		}
		r.press(tr("backup.near.yes"))
		r.until("the backup", func() bool { return r.shows(tr("backup.made.near")) })
		if !r.f.said("backup /home/me/x.backup false false") {
			t.Errorf("%q", r.f.calls)
		}
		r.Again()
		r.f.session.at.Service = "Dropbox"
		backupTo(r, "/home/me/x.backup")
		if !r.shows(tr("backup.synced", "service", "Dropbox")) {
			t.Errorf("%q", r.texts())
		}
		find[*parts.Check](r)[0].SetChecked(true)
		r.press(tr("backup.make"))
		r.until("the backup", func() bool { return r.shows(tr("backup.made")) })
		if !r.f.said("backup /home/me/x.backup true false") {
			t.Errorf("%q", r.f.calls)
		}
	})
}

func TestBackupReplacesOnlyAfterAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recoveryRig(t, "backup", func(r *rig) { r.f.session.at.Replaces = day(1) })
		backupTo(r, "/media/s/x.backup")
		r.press(tr("backup.make"))
		if !r.shows("/media/s/x.backup, changed "+when(day(1))) || r.f.said("backup /media/s/x.backup false true") {
			t.Fatalf("%q", r.texts())
		}
		r.uncut("replace")
		r.key(fyne.KeyReturn)
		r.settle()
		if r.dialogs.Covered() || r.f.said("backup /media/s/x.backup false true") {
			t.Fatal("Enter alone replaces a backup")
		}
		r.press(tr("backup.make"))
		r.press(tr("backup.replace"))
		r.until("the backup", func() bool { return r.shows(tr("backup.made")) })
		if !r.f.said("backup /media/s/x.backup false true") {
			t.Errorf("%q", r.f.calls)
		}
	})
}

func TestBackupThatFails(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, &fs.PathError{Op: "open", Path: "/media/s/x", Err: syscall.EROFS}, syscall.EIO} {
		t.Run(err.Error(), inBubble(func(t *testing.T) {
			r := recoveryRig(t, "backup", func(r *rig) { r.f.session.backupErr = err })
			backupTo(r, "/media/s/x.backup")
			r.press(tr("backup.make"))
			r.until("the failure", func() bool { return r.shows(app.Explain(err).What) })
			r.press(tr("part.close"))
			r.settle()
			if b := r.button(tr("backup.make")); b == nil || b.Disabled() {
				t.Error("it cannot be tried again")
			}
		}))
	}
}

func TestBackupPlaceThatCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recoveryRig(t, "backup", func(r *rig) { r.f.session.atErr = fs.ErrPermission })
		backupTo(r, "/media/s/x.backup")
		if !r.shows(app.Explain(fs.ErrPermission).What) || !r.button(tr("backup.make")).Disabled() {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestBackupIsCancelledAndLocked(t *testing.T) {
	for name, end := range map[string]func(r *rig){
		"cancel": func(r *rig) { r.jobs[0].row.CancelButton().Press() },
		"lock":   func(r *rig) { r.lock(app.LockedByOwner) },
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := recoveryRig(t, "backup", func(r *rig) { r.f.session.writing = make(chan struct{}) })
			backupTo(r, "/media/s/x.backup")
			r.press(tr("backup.make"))
			r.until("the work", func() bool { return len(r.jobs) == 1 && r.f.said("backup /media/s/x.backup false false") })
			if !r.button(tr("backup.make")).Disabled() {
				t.Error("two backups at once")
			}
			end(r)
			r.until("the end", func() bool { return len(r.jobs) == 0 })
			r.settle()
			if r.dialogs.Covered() || r.shows(tr("backup.made")) {
				t.Errorf("%q", r.texts())
			}
		}))
	}
}

func TestBackupGoesOnBesideOtherPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		r := recoveryRig(t, "backup", func(r *rig) { r.f.session.writing = hold })
		backupTo(r, "/media/s/x.backup")
		r.press(tr("backup.make"))
		r.Go(Route{Place: Home})
		close(hold)
		r.until("the end", func() bool { return len(r.jobs) == 0 })
		r.settle()
		if r.route.Place != Home || r.dialogs.Covered() {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestNothingToAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recoveryRig(t, "branch", nil)
		if !r.shows(tr("branch.none")) || r.button(tr("branch.start")) != nil {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestADamagedVaultIsRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := readOnlyRig(t, keystore.ReadOnlyDamaged)
		if r.button(tr("branch.start")) != nil {
			t.Errorf("%q", r.texts())
		}
		r.press(tr("remedy.damaged"))
		if r.route.Act != "restore" {
			t.Errorf("%+v", r.route)
		}
		r.press(tr("restore.here.lock"))
		r.settle()
		if r.session != nil || r.route != (Route{Place: First, Act: "restore"}) || !r.shows(tr("restore.have.words")) {
			t.Errorf("%+v %q", r.route, r.texts())
		}
	})
}

// readOnlyRig shows why a vault can only be read.
func readOnlyRig(t *testing.T, why string) *rig {
	t.Helper()
	r := recoveryRig(t, "branch", func(r *rig) {
		r.f.session.mu.Lock()
		r.f.session.status.ReadOnly = why
		r.f.session.mu.Unlock()
		r.reload()
		r.settle()
	})
	if !r.shows(app.ReadOnlyWords(why).What) {
		t.Errorf("%s: %q", why, r.texts())
	}
	return r
}

func TestNewBranch(t *testing.T) {
	for _, why := range []string{keystore.ReadOnlyCopied, keystore.ReadOnlyRolledBack} {
		t.Run(why, inBubble(func(t *testing.T) {
			r := readOnlyRig(t, why)
			if !r.shows(tr("branch.what.old", "count", 3)) {
				t.Errorf("what is affected is not said: %q", r.texts())
			}
			r.f.session.acts = func(context.Context, app.Prompts) error { return keystore.ErrNoMasterTier }
			r.press(tr("branch.start"))
			r.until("the failure", func() bool { return r.shows(app.Explain(keystore.ErrNoMasterTier).What) })
			r.press(tr("part.close"))
			r.f.session.acts = nil
			r.press(tr("branch.start"))
			r.until("the branch", func() bool { return r.shows(tr("branch.done", "n", 2)) })
			r.settle()
			if !r.shows(tr("branch.done.next")) {
				t.Errorf("%q", r.texts())
			}
		}))
	}
}

func TestPoolIsFilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recoveryRig(t, "pool", nil)
		if !r.shows(tr("pool.left", "count", 100)) {
			t.Errorf("%q", r.texts())
		}
		find[*parts.Choice](r)[0].SetSelectedIndex(0)
		r.press(tr("pool.make"))
		r.until("the keys", func() bool { return r.shows(tr("pool.done")) })
		if !r.f.said("fill pool 256") {
			t.Errorf("%q", r.f.calls)
		}
		r.f.session.acts = func(context.Context, app.Prompts) error { return errors.Join(context.Canceled) }
		r.press(tr("pool.make"))
		r.until("the end", func() bool { return len(r.jobs) == 0 })
		r.settle()
		if r.shows(tr("pool.done")) || r.dialogs.Covered() || r.button(tr("pool.make")).Disabled() {
			t.Errorf("%q", r.texts())
		}
	})
}
