// Package parts holds the small widgets that the wallet's screens are made of. Each shows itself with the keyboard alone, tells keys it has no use
// for to the window, and keeps the order of the Tab key the order of reading.
package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/ui/look"
)

// Column sets objects one under the other, space apart, each as wide as the column. Words that wrap get the height that their width asks for.
func Column(space float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(column{space}, objects...)
}

// Row sets objects side by side, space apart, each as wide as it needs, in the middle of the row's height. The last one that stretches (Stretch)
// takes what is left.
func Row(space float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(row{space}, objects...)
}

// Stretch marks the object of a Row that takes what is left of its width.
func Stretch(o fyne.CanvasObject) fyne.CanvasObject { return container.New(stretch{}, o) }

// Pad leaves space around an object.
func Pad(space float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(pad{space, space}, o)
}

// PadXY leaves x at its sides and y above and below.
func PadXY(x, y float32, o fyne.CanvasObject) *fyne.Container { return container.New(pad{x, y}, o) }

// Narrow keeps an object no wider than most, at the left.
func Narrow(most float32, o fyne.CanvasObject) *fyne.Container { return container.New(narrow{most}, o) }

// Middle puts an object into the middle, no wider than most.
func Middle(most float32, o fyne.CanvasObject) *fyne.Container { return container.New(middle{most}, o) }

// Sized gives an object exactly this size where there is room, and asks for it.
func Sized(w, h float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(sized{fyne.NewSize(w, h)}, o)
}

// Frame puts objects around a centre. Any but the centre may be nil. They stand in the order in which they are read, and so does the Tab key: top,
// left, centre, right, bottom. (The toolkit's own border layout has the centre first.)
func Frame(top, left, centre, right, bottom fyne.CanvasObject) *fyne.Container {
	f := frame{top, left, right, bottom, centre}
	var objects []fyne.CanvasObject
	for _, o := range []fyne.CanvasObject{top, left, centre, right, bottom} {
		if o != nil {
			objects = append(objects, o)
		}
	}
	return container.New(f, objects...)
}

type column struct{ space float32 }

// Layout implements fyne.Layout. Each object is measured again once it knows its width.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		y += fit(o, fyne.NewPos(0, y), size.Width) + c.space
	}
}

// fit gives an object a width, and then the height that it asks for at that width.
func fit(o fyne.CanvasObject, at fyne.Position, width float32) float32 {
	o.Move(at)
	height := o.MinSize().Height
	o.Resize(fyne.NewSize(width, height))
	if again := o.MinSize().Height; again != height {
		height = again
		o.Resize(fyne.NewSize(width, height))
	}
	return height
}

// MinSize implements fyne.Layout.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		least.Width = max(least.Width, m.Width)
		least.Height += m.Height
		n++
	}
	if n > 1 {
		least.Height += float32(n-1) * c.space
	}
	return least
}

type row struct{ space float32 }

// Layout implements fyne.Layout.
func (r row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	rest := size.Width - r.MinSize(objects).Width
	x := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if stretches(o) {
			m.Width += max(rest, 0)
			rest = 0
		}
		o.Resize(fyne.NewSize(m.Width, m.Height))
		if again := o.MinSize().Height; again != m.Height {
			m.Height = again
			o.Resize(m)
		}
		o.Move(fyne.NewPos(x, max(0, (size.Height-m.Height)/2)))
		x += m.Width + r.space
	}
}

// MinSize implements fyne.Layout.
func (r row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		least.Height = max(least.Height, m.Height)
		least.Width += m.Width
		n++
	}
	if n > 1 {
		least.Width += float32(n-1) * r.space
	}
	return least
}

type stretch struct{}

func stretches(o fyne.CanvasObject) bool {
	c, ok := o.(*fyne.Container)
	if !ok {
		return false
	}
	_, ok = c.Layout.(stretch)
	return ok
}

// Layout implements fyne.Layout.
func (stretch) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

// MinSize implements fyne.Layout.
func (stretch) MinSize(objects []fyne.CanvasObject) fyne.Size { return largest(objects) }

func largest(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}

type pad struct{ x, y float32 }

// Layout implements fyne.Layout.
func (p pad) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(p.x, p.y))
		o.Resize(fyne.NewSize(max(0, size.Width-2*p.x), max(0, size.Height-2*p.y)))
	}
}

// MinSize implements fyne.Layout.
func (p pad) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return largest(objects).AddWidthHeight(2*p.x, 2*p.y)
}

type narrow struct{ most float32 }

// Layout implements fyne.Layout.
func (n narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(min(size.Width, max(n.most, o.MinSize().Width)), size.Height))
	}
}

// MinSize implements fyne.Layout.
func (narrow) MinSize(objects []fyne.CanvasObject) fyne.Size { return largest(objects) }

type middle struct{ most float32 }

// Layout implements fyne.Layout.
func (m middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		width := min(size.Width, max(m.most, o.MinSize().Width))
		height := fit(o, fyne.NewPos((size.Width-width)/2, 0), width)
		o.Move(fyne.NewPos((size.Width-width)/2, max(0, (size.Height-height)/2)))
	}
}

// MinSize implements fyne.Layout.
func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size { return largest(objects) }

type sized struct{ size fyne.Size }

// Layout implements fyne.Layout.
func (s sized) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(s.size.Min(size))
		o.Move(fyne.NewPos((size.Width-o.Size().Width)/2, (size.Height-o.Size().Height)/2))
	}
}

// MinSize implements fyne.Layout.
func (s sized) MinSize([]fyne.CanvasObject) fyne.Size { return s.size }

type frame struct{ top, left, right, bottom, centre fyne.CanvasObject }

func shown(o fyne.CanvasObject) bool { return o != nil && o.Visible() }

// Layout implements fyne.Layout.
func (f frame) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	up, down, from, to := float32(0), size.Height, float32(0), size.Width
	if shown(f.top) {
		up = fit(f.top, fyne.NewPos(0, 0), size.Width)
	}
	if shown(f.bottom) {
		height := fit(f.bottom, fyne.NewPos(0, 0), size.Width)
		down = max(up, size.Height-height)
		f.bottom.Move(fyne.NewPos(0, down))
	}
	if shown(f.left) {
		from = f.left.MinSize().Width
		f.left.Move(fyne.NewPos(0, up))
		f.left.Resize(fyne.NewSize(from, down-up))
	}
	if shown(f.right) {
		width := f.right.MinSize().Width
		to = max(from, size.Width-width)
		f.right.Move(fyne.NewPos(to, up))
		f.right.Resize(fyne.NewSize(width, down-up))
	}
	f.centre.Move(fyne.NewPos(from, up))
	f.centre.Resize(fyne.NewSize(max(0, to-from), max(0, down-up)))
}

// MinSize implements fyne.Layout.
func (f frame) MinSize([]fyne.CanvasObject) fyne.Size {
	least := f.centre.MinSize()
	for _, o := range []fyne.CanvasObject{f.left, f.right} {
		if shown(o) {
			m := o.MinSize()
			least.Width += m.Width
			least.Height = max(least.Height, m.Height)
		}
	}
	for _, o := range []fyne.CanvasObject{f.top, f.bottom} {
		if shown(o) {
			m := o.MinSize()
			least.Height += m.Height
			least.Width = max(least.Width, m.Width)
		}
	}
	return least
}

// Card is a surface with an edge around what belongs together.
func Card(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(NewPanel(look.Surface, look.Line), Pad(look.SpaceWide, o))
}

// Show shows or hides an object.
func Show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
