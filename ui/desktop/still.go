package desktop

import "fyne.io/fyne/v2"

// still is the toolkit's app without its animations: nothing in this window moves by itself, and a caret that fades draws the whole window anew thirty
// times a second, which costs a tenth of a processor wherever a field has the focus.
type still struct{ fyne.App }

// makeStill puts the app without animations in the place of the toolkit's, for the toolkit too.
func makeStill(a fyne.App) fyne.App {
	s := still{a}
	fyne.SetCurrentApp(s)
	return s
}

// Settings implements fyne.App.
func (s still) Settings() fyne.Settings { return stillSettings{s.App.Settings()} }

type stillSettings struct{ fyne.Settings }

// ShowAnimations implements fyne.Settings.
func (stillSettings) ShowAnimations() bool { return false }
