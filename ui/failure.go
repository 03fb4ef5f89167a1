package ui

import (
	"holdfast/app"
	"holdfast/ui/parts"
)

// fail tells an error above the page, with the remedy as a button where one press helps. What the person ended himself is not told, nor that the
// vault was locked: the locked page says so.
func (w *Window) fail(err error) {
	x := app.Explain(err)
	if x.Code == "cancelled" || x.Code == "locked" {
		return
	}
	w.dialogs.Show(parts.FailureDialog(x, w.remedyOf(x.Code), w.dialogs.Hide))
}

// failed shows an error in the place of what could not be loaded.
func (w *Window) failed(err error) *parts.Remedy { return w.remedyOf(app.Explain(err).Code) }

// remedies say, by the code of an error, where it is mended.
func remedies() map[string]Route {
	return map[string]Route{
		"pool-empty":      {Place: Recovery, Act: "pool"},
		"read-only":       {Place: Recovery, Act: "branch"},
		"last-way-in":     {Place: Keys, Act: "enrol"},
		"damaged":         {Place: Recovery, Act: "restore"},
		"tampered":        {Place: Recovery, Act: "restore"},
		"no-master-tier":  {Place: Keys},
		"words-not-shown": {Place: Recovery, Act: "words"},
		"signing-ended":   {Place: Identities, Act: "new"},
	}
}

// remedyOf is the one press that leads to what mends an error; nil where there is none in the window.
func (w *Window) remedyOf(code string) *parts.Remedy {
	r, ok := remedies()[code]
	if !ok || w.session == nil {
		return nil
	}
	return &parts.Remedy{Words: tr("remedy." + code), Do: func() { w.Go(r) }}
}
