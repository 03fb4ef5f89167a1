package ui

import (
	"context"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// backupForm is where a backup is made: the place, what can be said of it, and what came of it.
type backupForm struct {
	w     *Window
	page  *Page
	disks *fyne.Container // places that suggest themselves
	path  *parts.PathEntry
	told  *fyne.Container // what can be said of the place
	away  *parts.Check    // the owner vouches for the place; shown where it looks like the vault's own disk
	make  *parts.Button
	body  *fyne.Container
	slots [2]slot

	place app.BackupPlace
	known bool // place is what stands in the field
	job   *Job
}

// backupPage makes a backup.
func (w *Window) backupPage() *Page {
	f := &backupForm{w: w, disks: parts.Column(look.SpaceSmall), told: parts.Column(look.SpaceSmall), body: parts.Column(look.SpaceBase)}
	f.make = parts.NewButton(tr("backup.make"), "backup", parts.Primary, f.ask)
	f.make.Disable()
	f.away = parts.NewCheck(tr("backup.away"), func(bool) { f.check() })
	f.away.Hide()
	f.path = w.pathField(wanted{title: tr("backup.where"), hint: tr("backup.hint"), save: f.name()}, func(string) { f.look() })
	p := &Page{Title: tr("backup.title"), Lead: tr("backup.lead"), Focus: f.path.Entry, Shown: f.suggest}
	f.page = p
	for _, o := range []fyne.CanvasObject{
		parts.Say(tr("backup.what")), f.disks,
		parts.Column(look.SpaceTiny, parts.Line(tr("backup.path")), f.path), f.told, f.away, parts.Row(0, f.make),
	} {
		f.body.Add(o)
	}
	p.Body = parts.Narrow(look.Column, f.body)
	return p
}

// name is what a backup is called when the person does not say.
func (f *backupForm) name() string {
	return app.VaultName(f.w.session.Place()) + "-" + time.Now().Format("2006-01-02") + ".backup"
}

// suggest offers the disks that are not this computer's own.
func (f *backupForm) suggest() {
	fetch(f.w, f.page, &f.slots[0], func(context.Context, Session) ([]app.Disk, error) { return f.w.wallet.Disks() }, func(list []app.Disk, err error) {
		f.disks.RemoveAll()
		if err != nil || len(list) == 0 {
			f.disks.Add(parts.Quiet(tr("backup.nodisk"))) // a list that cannot be read suggests nothing
		}
		for _, d := range list {
			b := parts.NewButton(tr("backup.disk", "name", app.Visible(d.Name)), "folder", parts.Plain, func() { f.path.SetText(filepath.Join(d.Path, f.name())) })
			row := []fyne.CanvasObject{b}
			if d.ReadOnly {
				b.Disable()
				row = append(row, parts.Stretch(parts.Quiet(tr("backup.readonly"))))
			}
			f.disks.Add(parts.Row(look.SpaceSmall, row...))
		}
		f.w.relayout()
	})
}

// look asks what can be said of the place that is typed.
func (f *backupForm) look() {
	f.known = false
	f.check()
	typed := f.path.Text()
	if typed == "" {
		f.tell(app.BackupPlace{}, nil)
		return
	}
	fetch(f.w, f.page, &f.slots[1], func(_ context.Context, s Session) (app.BackupPlace, error) { return s.BackupPlace(typed) }, func(at app.BackupPlace, err error) {
		f.place, f.known = at, err == nil
		f.tell(at, err)
		f.check()
	})
}

// tell says what can be said of the place.
func (f *backupForm) tell(at app.BackupPlace, err error) {
	f.told.RemoveAll()
	switch {
	case err != nil:
		x := app.Explain(err)
		f.told.Add(parts.Notice(parts.Warns, x.What+" "+x.Now, "", nil))
	case at.SameDisk && at.Service != "":
		f.told.Add(parts.Notice(parts.Warns, tr("backup.synced", "service", at.Service), "", nil))
	case at.SameDisk:
		f.told.Add(parts.Notice(parts.Warns, tr("backup.near"), "", nil))
	}
	if err == nil && !at.Replaces.IsZero() {
		f.told.Add(parts.Notice(parts.Warns, tr("backup.exists", "time", when(at.Replaces)), "", nil))
	}
	parts.Show(f.away, err == nil && at.SameDisk)
	if !f.away.Visible() {
		f.away.SetChecked(false)
	}
	f.w.relayout()
}

func (f *backupForm) check() { f.make.SetEnabled(f.known && f.job == nil) }

// ask makes the backup, after a question where it takes the place of a file, or would count for nothing.
func (f *backupForm) ask() {
	d := f.w.dialogs
	path := app.Visible(f.place.Path)
	switch {
	case !f.place.Replaces.IsZero():
		d.Show(parts.ConfirmDialog(tr("backup.replace.title"), tr("backup.replace.words", "path", path, "time", when(f.place.Replaces)), tr("backup.replace"), true, d.Hide, func() { f.write(true) }))
	case f.place.SameDisk && !f.away.Checked:
		d.Show(parts.ConfirmDialog(tr("backup.near.title"), tr("backup.near.words"), tr("backup.near.yes"), false, d.Hide, func() { f.write(false) }))
	default:
		f.write(false)
	}
}

// write makes the backup beside the UI thread.
func (f *backupForm) write(replace bool) {
	path, away := f.place.Path, f.place.SameDisk && f.away.Checked
	ways := f.w.status.Keyslots
	f.job = run(f.w, tr("backup.job"), func(ctx context.Context, j *Job) (app.BackupInfo, error) {
		return j.Session.Backup(ctx, path, away, replace, j.Progress)
	}, func(b app.BackupInfo, err error) {
		f.job = nil
		if err != nil {
			f.w.fail(err)
			if f.w.page == f.page {
				f.look()
			}
			return
		}
		if f.w.page == f.page {
			f.made(b, ways)
		}
	})
	f.check()
}

// made says what the backup is: where, how large, what is in it, and what opens it.
func (f *backupForm) made(b app.BackupInfo, ways []app.KeyslotInfo) {
	f.body.RemoveAll()
	if b.SameDevice {
		f.body.Add(parts.Notice(parts.Warns, tr("backup.made.near"), "", nil))
	} else {
		f.body.Add(parts.Notice(parts.Cheers, tr("backup.made"), "", nil))
	}
	facts := parts.Column(look.SpaceSmall,
		parts.Fact(tr("backup.made.path"), app.Visible(b.Path)),
		parts.Fact(tr("backup.made.size"), sizeWords(b.Size)),
		parts.Fact(tr("backup.made.holds"), tr("backup.made.identities", "count", b.Identities)),
		parts.Fact(tr("backup.made.opens"), tr("backup.made.words")))
	for _, k := range ways {
		if k.WayIn {
			facts.Add(parts.Fact("", k.Label))
		}
	}
	f.body.Add(parts.Card(facts))
	f.body.Add(parts.Say(tr("backup.made.next")))
	done := parts.NewButton(tr("backup.made.done"), "", parts.Primary, func() { f.w.Go(Route{Place: Recovery}) })
	f.body.Add(parts.Row(0, done))
	f.w.relayout()
	if !f.w.dialogs.Covered() {
		f.w.win.Canvas().Focus(done)
	}
}

// sizeWords writes a size as people read it.
func sizeWords(n int64) string {
	const kilo, mega = 1 << 10, 1 << 20
	switch {
	case n >= mega:
		return tr("backup.mega", "n", float64(n*10/mega)/10)
	case n >= kilo:
		return tr("backup.kilo", "n", n/kilo)
	default:
		return tr("backup.bytes", "n", n)
	}
}
