package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/ui/look"
)

// follow brings what has just got the focus into view: the Tab key goes through a page that is higher than the window, too, and the toolkit leaves
// the focus where nobody sees it.
func follow(o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(o)
	if c == nil {
		return
	}
	root := c.Content()
	if top := c.Overlays().Top(); top != nil {
		root = top
	}
	scroll, ok := over(root, o, nil)
	if !ok || scroll == nil {
		return
	}
	from := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(scroll).Y
	to := from + o.Size().Height
	switch {
	case from < look.SpaceSmall:
		scroll.ScrollToOffset(scroll.Offset.AddXY(0, from-look.SpaceSmall))
	case to > scroll.Size().Height-look.SpaceSmall:
		scroll.ScrollToOffset(scroll.Offset.AddXY(0, to-scroll.Size().Height+look.SpaceSmall))
	}
}

// over finds the scroller that an object stands in; ok is false where the object does not stand under root.
func over(root, o fyne.CanvasObject, in *container.Scroll) (scroll *container.Scroll, ok bool) {
	if root == o {
		return in, true
	}
	var inner []fyne.CanvasObject
	switch x := root.(type) {
	case *fyne.Container:
		inner = x.Objects
	case *container.Scroll:
		in, inner = x, []fyne.CanvasObject{x.Content}
	case *PathEntry:
		inner = []fyne.CanvasObject{x.Entry, x.browse}
	}
	for _, i := range inner {
		if scroll, ok := over(i, o, in); ok {
			return scroll, true
		}
	}
	return nil, false
}
