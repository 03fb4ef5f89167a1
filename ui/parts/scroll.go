package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/ui/look"
)

// barRoom is the room of a scroll bar, also while the pointer makes it wide, with a little air between it and what it scrolls.
const barRoom = look.SpaceWide

// Scroll lets what is higher than its place scroll. The bar stands in the margin at the right, so that it covers nothing, and so that what scrolls
// ends where everything above it ends.
func Scroll(o fyne.CanvasObject) (fyne.CanvasObject, *container.Scroll) {
	s := container.NewVScroll(container.New(besideBar{}, o))
	return container.New(intoMargin{}, s), s
}

// intoMargin makes an object wider than its place by the bar's room.
type intoMargin struct{}

// Layout implements fyne.Layout.
func (intoMargin) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		place(o, fyne.NewPos(0, 0), size.AddWidthHeight(barRoom, 0))
	}
}

// MinSize implements fyne.Layout.
func (intoMargin) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := largest(objects)
	return fyne.NewSize(max(0, least.Width-barRoom), least.Height)
}

// besideBar keeps an object off the bar.
type besideBar struct{}

// Layout implements fyne.Layout.
func (besideBar) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		place(o, fyne.NewPos(0, 0), fyne.NewSize(max(0, size.Width-barRoom), size.Height))
	}
}

// MinSize implements fyne.Layout.
func (besideBar) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return largest(objects).AddWidthHeight(barRoom, 0)
}
