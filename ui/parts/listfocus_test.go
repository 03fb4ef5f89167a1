package parts

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestFocusInAListIsSeen holds that the row which the keyboard is on has the ring, and no other, and none when the focus is elsewhere.
func TestFocusInAListIsSeen(t *testing.T) {
	test.NewTempApp(t)
	var rings []*canvas.Rectangle
	at := map[*canvas.Rectangle]int{}
	l := NewList(func() int { return 100 }, func() fyne.CanvasObject { return Short("") }, func(int, fyne.CanvasObject) {}, nil)
	mark := l.UpdateItem
	l.UpdateItem = func(row int, o fyne.CanvasObject) {
		mark(row, o)
		c, ok := o.(*fyne.Container)
		if !ok {
			t.Fatalf("a row is a %T", o)
		}
		ring, ok := c.Objects[1].(*canvas.Rectangle)
		if !ok {
			t.Fatalf("around a row is a %T", c.Objects[1])
		}
		if _, known := at[ring]; !known {
			rings = append(rings, ring)
		}
		at[ring] = row
	}
	seen := func() (list []int) {
		for _, r := range rings {
			if r.Visible() {
				list = append(list, at[r])
			}
		}
		return list
	}
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(300, 300))
	if got := seen(); len(got) > 0 {
		t.Errorf("before it has the focus: %v", got)
	}
	w.Canvas().Focus(l)
	for range 3 {
		l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	if got := seen(); !slices.Equal(got, []int{3}) {
		t.Errorf("after three times down: %v", got)
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	if got := seen(); len(got) != 1 || got[0] < 6 || got[0] != l.at {
		t.Errorf("after a page: %v", got)
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageUp})
	if got := seen(); !slices.Equal(got, []int{3}) {
		t.Errorf("and back: %v", got)
	}
	w.Canvas().Unfocus()
	if got := seen(); len(got) > 0 {
		t.Errorf("after it lost the focus: %v", got)
	}
}
