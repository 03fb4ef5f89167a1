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

// folders makes a folder with a folder and two files in it.
func folders(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "stick"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"letter.txt", filepath.Join("stick", "old.backup")} {
		if err := app.SaveNew(filepath.Join(dir, name), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// browsing shows a field on Home and opens its dialog.
func browsing(t *testing.T, want wanted) (*rig, *parts.PathEntry) {
	t.Helper()
	r := openRig(t)
	r.f.disks = []app.Disk{{Name: "STICK", Path: filepath.Join(want.from, "stick")}}
	want.title, want.hint = tr("part.browse"), ""
	field := r.pathField(want, nil)
	r.frame.body.Objects = []fyne.CanvasObject{field}
	r.relayout()
	test.Tap(r.button(tr("part.browse")))
	r.settle()
	return r, field
}

func TestBrowseForAFileByKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := folders(t)
		r, field := browsing(t, wanted{from: dir})
		if !r.shows("stick") || !r.shows("letter.txt") || !r.shows(tr("browse.up")) {
			t.Fatalf("%q", r.texts())
		}
		r.uncut("browse")
		r.key(fyne.KeyDown) // from "the folder above" to the folder
		r.key(fyne.KeyReturn)
		r.settle()
		if !r.shows("old.backup") {
			t.Fatalf("%q", r.texts())
		}
		r.key(fyne.KeyEnd)
		r.key(fyne.KeyReturn)
		r.settle()
		if want := filepath.Join(dir, "stick", "old.backup"); field.Text() != want || r.dialogs.Covered() || r.win.Canvas().Focused() != fyne.Focusable(field.Entry) {
			t.Errorf("%q, covered %v", field.Text(), r.dialogs.Covered())
		}
	})
}

func TestBrowseForANewFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := folders(t)
		r, field := browsing(t, wanted{from: dir, save: "sheet.pdf"})
		r.typing("my-") // the name has the focus
		r.key(fyne.KeyReturn)
		r.settle()
		if field.Text() != filepath.Join(dir, "my-sheet.pdf") || r.dialogs.Covered() {
			t.Errorf("%q", field.Text())
		}
	})
}

func TestBrowseIsTakenAway(t *testing.T) {
	for name, end := range map[string]func(r *rig){
		"escape": func(r *rig) { r.key(fyne.KeyEscape) },
		"cancel": func(r *rig) { r.press(tr("part.cancel")) },
		"lock":   func(r *rig) { r.lock(app.LockedByOwner) },
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r, field := browsing(t, wanted{from: folders(t)})
			end(r)
			r.settle()
			if r.dialogs.Covered() || field.Text() != "" || r.shows("letter.txt") {
				t.Errorf("%q", r.texts())
			}
		}))
	}
}

func TestBrowseLeadsToDisks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := folders(t)
		r, field := browsing(t, wanted{from: dir})
		r.press("STICK")
		r.settle()
		if !r.shows("old.backup") {
			t.Fatalf("%q", r.texts())
		}
		t.Setenv("HOME", dir)
		r.press(tr("browse.home"))
		r.settle()
		if !r.shows("letter.txt") || field.Text() != "" {
			t.Errorf("%q", r.texts())
		}
	})
}
