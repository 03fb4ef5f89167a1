package ui

import (
	"net/url"
	"path/filepath"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// placeRow is a place with its path, a copy of it, and a look into the folder; without a path it says that there is none yet.
func (w *Window) placeRow(name, path string) fyne.CanvasObject {
	if path == "" {
		return parts.Column(look.SpaceTiny, parts.Say(name), parts.Quiet(tr("settings.place.none")))
	}
	folder := path
	if filepath.Ext(path) != "" && filepath.Ext(path) != ".vault" {
		folder = filepath.Dir(path)
	}
	see := parts.NewButton(tr("settings.place.open"), "folder", parts.Quietly, func() { w.openFolder(folder) })
	return parts.Column(look.SpaceTiny, parts.Row(look.SpaceSmall, parts.Stretch(parts.Say(name)), see), parts.Copyable(app.Visible(path), w.clip))
}

// openFolder hands a folder to the desktop's own file manager.
func (w *Window) openFolder(path string) {
	if !filepath.IsAbs(path) {
		return
	}
	w.briefly(func() {
		if err := w.app.OpenURL(&url.URL{Scheme: "file", Path: path}); err != nil {
			w.onUI(func() { w.fail(err) })
		}
	})
}
