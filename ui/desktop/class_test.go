package desktop

import (
	"testing"

	"fyne.io/fyne/v2/test"
)

// TestTheFirstTitleIsTheClass: whatever page was first when the window was made, an X server sees the class as the first title, and people see the page's.
func TestTheFirstTitleIsTheClass(t *testing.T) {
	win := test.NewTempWindow(t, nil)
	for _, title := range []string{"Holdfast", "Locked - Holdfast"} {
		win.SetTitle(title)
		shown := classed(win)
		if got := win.Title(); got != class {
			t.Errorf("the first title is %q, want %q", got, class)
		}
		shown()
		if got := win.Title(); got != title {
			t.Errorf("once shown the title is %q, want %q", got, title)
		}
	}
	shown := classed(win)
	win.SetTitle("work - Holdfast")
	shown()
	if got := win.Title(); got != "work - Holdfast" {
		t.Errorf("the title of the page that came since is now %q", got)
	}
}
