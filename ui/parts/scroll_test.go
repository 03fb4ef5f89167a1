package parts

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"holdfast/ui/look"
)

// TestScrollBarCoversNothing: what scrolls ends where what stands above it ends, and the bar stands beside it.
func TestScrollBarCoversNothing(t *testing.T) {
	above, tall := Card(Line("above")), Sized(100, 4000, Line("tall"))
	o, s := Scroll(tall)
	inWindow(t, PadXY(look.SpaceLarge, 0, Frame(above, nil, o, nil, nil)))
	edge := func(o fyne.CanvasObject) float32 { return at(o).X + o.Size().Width }
	if got, want := edge(tall), edge(above); got != want {
		t.Errorf("what scrolls ends at %v, what stands above it at %v", got, want)
	}
	if bar := edge(s) - theme.Size(theme.SizeNameScrollBar); bar < edge(tall) {
		t.Errorf("the bar begins at %v, what it scrolls ends at %v", bar, edge(tall))
	}
	if edge(s) > look.WindowWidth || s.Direction != container.ScrollVerticalOnly {
		t.Errorf("%v is wider than the window", edge(s))
	}
}
