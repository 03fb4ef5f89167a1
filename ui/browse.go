package ui

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// wanted says what a path is chosen for.
type wanted struct {
	title string // of the dialog
	hint  string // in the empty field
	save  string // the name that a new file is offered; "" where a file that is there is chosen
	from  string // where one begins to look; "" is the person's own folder
}

// pathField is a field for the path of a file, with Browse. The folders are read beside the UI thread; the dialog is one of ours, so that it is used
// by keyboard alone and goes away when the vault locks.
func (w *Window) pathField(want wanted, changed func(string)) *parts.PathEntry {
	var field *parts.PathEntry
	field = parts.NewPathEntry(want.hint, func() {
		from := want.from
		if field.Text() != "" {
			from = field.Text()
		}
		w.browse(want, from, func(path string) {
			field.SetText(path)
			w.win.Canvas().Focus(field.Entry)
		})
	})
	field.OnChanged = changed
	return field
}

// browser is the dialog in which one walks through folders and chooses a file.
type browser struct {
	w      *Window
	want   wanted
	chosen func(path string)
	at     app.Folder
	slots  [2]slot

	dialog  *parts.Dialog
	places  *fyne.Container // where files are, as a rule
	path    *widget.Label
	trouble *fyne.Container // why a folder could not be read
	list    *parts.List
	name    *parts.Entry  // of a new file; nil where a file that is there is chosen
	ok      *parts.Button // takes the name; nil where a file that is there is chosen
}

// browserHeight is the height of the list: some eight rows, so that the dialog fits into the smallest window.
const browserHeight float32 = 240

// browse opens the dialog.
func (w *Window) browse(want wanted, from string, chosen func(path string)) {
	b := &browser{w: w, want: want, chosen: chosen, places: parts.Row(look.SpaceSmall), path: parts.Short(""), trouble: parts.Column(look.SpaceSmall)}
	b.list = parts.NewList(b.count, newFolderRow, b.fill, b.open)
	rows := []fyne.CanvasObject{b.places, b.path, b.trouble, parts.Sized(look.Column-2*look.SpaceLarge, browserHeight, b.list)}
	no := parts.NewButton(tr("part.cancel"), "", parts.Plain, func() { w.dialogs.Hide(b.dialog) })
	b.dialog = &parts.Dialog{Title: want.title, Icon: "folder", Buttons: []*parts.Button{no}, Focus: b.list, Width: look.Column}
	if want.save != "" {
		b.name = parts.NewEntry("")
		b.name.SetText(want.save)
		b.name.OnChanged = func(s string) { b.ok.SetEnabled(s != "") }
		b.ok = parts.NewButton(tr("browse.here"), "", parts.Primary, b.take)
		rows = append(rows, parts.Column(look.SpaceTiny, parts.Line(tr("browse.name")), b.name))
		b.dialog.Buttons = append(b.dialog.Buttons, b.ok)
		b.dialog.Default, b.dialog.Focus = b.ok, b.name
	}
	b.dialog.Body = parts.Column(look.SpaceSmall, rows...)
	w.dialogs.Show(b.dialog)
	b.suggest()
	b.read(from)
}

// mostPlaces is how many disks have room beside one another.
const mostPlaces = 3

// suggest offers the person's own folder and the disks that are plugged in.
func (b *browser) suggest() {
	b.places.Add(parts.NewButton(tr("browse.home"), "home", parts.Plain, func() { b.read("") }))
	fetch(b.w, b.w.page, &b.slots[1], func(context.Context, Session) ([]app.Disk, error) { return b.w.wallet.Disks() }, func(list []app.Disk, _ error) {
		for _, d := range list[:min(len(list), mostPlaces)] { // a list that cannot be read suggests nothing
			b.places.Add(parts.NewButton(short(app.Visible(d.Name)), "folder", parts.Plain, func() { b.read(d.Path) }))
		}
		b.w.dialogs.Relayout()
	})
}

// short keeps a name from outside to the room of a button; the path says it whole.
func short(name string) string {
	const most = 16
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return name
}

// read shows a folder.
func (b *browser) read(path string) {
	fetch(b.w, b.w.page, &b.slots[0], func(context.Context, Session) (app.Folder, error) { return app.ReadFolder(path) }, func(f app.Folder, err error) {
		b.trouble.RemoveAll()
		if err != nil {
			b.trouble.Add(parts.Notice(parts.Fails, app.Explain(err).What, "", nil))
			b.w.dialogs.Relayout()
			return
		}
		b.at = f
		b.path.SetText(app.Visible(f.Path))
		b.list.UnselectAll()
		b.list.Refresh()
		b.list.ScrollToTop()
		b.w.dialogs.Relayout()
	})
}

// above is 1 where the first row leads to the folder above.
func (b *browser) above() int {
	if b.at.Up == "" {
		return 0
	}
	return 1
}

func (b *browser) count() int { return len(b.at.Entries) + b.above() }

// open enters a folder, or takes a file: its name where a new one is made, else itself.
func (b *browser) open(row int) {
	if row < b.above() {
		b.read(b.at.Up)
		return
	}
	e := b.at.Entries[row-b.above()]
	switch {
	case e.Folder:
		b.read(filepath.Join(b.at.Path, e.Name))
	case b.name != nil:
		b.name.SetText(e.Name)
	default:
		b.w.dialogs.Hide(b.dialog)
		b.chosen(filepath.Join(b.at.Path, e.Name))
	}
}

// take chooses a new file in the folder that shows.
func (b *browser) take() {
	if b.at.Path == "" || b.name.Text == "" {
		return
	}
	b.w.dialogs.Hide(b.dialog)
	b.chosen(filepath.Join(b.at.Path, b.name.Text))
}

func (b *browser) fill(at int, o fyne.CanvasObject) {
	r, ok := o.(*folderRow)
	if !ok {
		return
	}
	if at < b.above() {
		r.set("folder", tr("browse.up"), "")
		return
	}
	e := b.at.Entries[at-b.above()]
	if e.Folder {
		r.set("folder", app.Visible(e.Name), "")
		return
	}
	r.set("file", app.Visible(e.Name), when(e.Time))
}

// folderRow is a row of the list: what it is, its name, and when it was changed.
type folderRow struct {
	widget.BaseWidget
	icon       *widget.Icon
	name, time *widget.Label
}

func newFolderRow() fyne.CanvasObject {
	r := &folderRow{icon: widget.NewIcon(look.Icon("file")), name: parts.Short(""), time: parts.Line(when(widestTime()))}
	r.ExtendBaseWidget(r)
	return r
}

func (r *folderRow) set(icon, name, time string) {
	r.icon.SetResource(look.Icon(icon))
	r.name.SetText(name)
	r.time.SetText(time)
}

// CreateRenderer implements fyne.Widget.
func (r *folderRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(parts.PadXY(look.SpaceSmall, look.SpaceTiny,
		parts.Row(look.SpaceSmall, parts.Sized(look.IconBase, look.IconBase, r.icon), parts.Stretch(r.name), r.time)))
}
