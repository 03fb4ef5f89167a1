// Package parts holds the small widgets that the wallet's screens are made of. Each shows itself with the keyboard alone, tells keys it has no use
// for to the window, and keeps the order of the Tab key the order of reading.
package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// Column sets objects one under the other, space apart, each as wide as the column. Words that wrap get the height that their width asks for.
func Column(space float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(column{space}, objects...)
}

// Row sets objects side by side, space apart, each as wide as it needs, in the middle of the row's height. The last one that stretches (Stretch)
// takes what is left.
func Row(space float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(row{space: space}, objects...)
}

// RowTop is Row with everything at the top of its height: a name beside words that wrap.
func RowTop(space float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(row{space: space, top: true}, objects...)
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

// inset is the empty edge that the toolkit draws around words. It is left out here, so that words begin where buttons and fields begin and the space
// between things is the space that was asked for.
func inset(o fyne.CanvasObject) float32 {
	if _, ok := o.(*widget.Label); ok {
		return theme.InnerPadding()
	}
	return 0
}

// measure is the least size of an object, without its empty edge.
func measure(o fyne.CanvasObject) fyne.Size {
	edge := 2 * inset(o)
	return o.MinSize().SubtractWidthHeight(edge, edge)
}

// place puts an object there, its empty edge outside.
func place(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
	edge := inset(o)
	o.Move(at.SubtractXY(edge, edge))
	o.Resize(size.AddWidthHeight(2*edge, 2*edge))
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
	height := measure(o).Height
	place(o, at, fyne.NewSize(width, height))
	if again := measure(o).Height; again != height {
		height = again
		place(o, at, fyne.NewSize(width, height))
	}
	return height
}

// MinSize implements fyne.Layout.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	along, across := extent(objects, c.space, func(m fyne.Size) (float32, float32) { return m.Height, m.Width })
	return fyne.NewSize(across, along)
}

// extent is how much room objects in a line take, with space between them: along it together, and across it the most that one takes.
func extent(objects []fyne.CanvasObject, space float32, sides func(fyne.Size) (along, across float32)) (along, across float32) {
	gap := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		length, width := sides(measure(o))
		along += gap + length
		across = max(across, width)
		gap = space
	}
	return along, across
}

// tall is the height that an object asks for at a width. It stays where it is.
func tall(o fyne.CanvasObject, width float32) float32 {
	edge := inset(o)
	return fit(o, o.Position().AddXY(edge, edge), width)
}

type row struct {
	space float32
	top   bool // at the top of the row's height, not in its middle
}

// Layout implements fyne.Layout.
func (r row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	rest := size.Width - r.MinSize(objects).Width
	x := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := measure(o)
		if stretches(o) {
			m.Width += max(rest, 0)
			rest = 0
		}
		height := fit(o, fyne.NewPos(x, 0), m.Width)
		if !r.top {
			place(o, fyne.NewPos(x, max(0, (size.Height-height)/2)), fyne.NewSize(m.Width, height))
		}
		x += m.Width + r.space
	}
}

// MinSize implements fyne.Layout.
func (r row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	along, across := extent(objects, r.space, func(m fyne.Size) (float32, float32) { return m.Width, m.Height })
	return fyne.NewSize(along, across)
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
		place(o, fyne.NewPos(0, 0), size)
	}
}

// MinSize implements fyne.Layout.
func (stretch) MinSize(objects []fyne.CanvasObject) fyne.Size { return largest(objects) }

func largest(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(measure(o))
	}
	return least
}

type pad struct{ x, y float32 }

// Layout implements fyne.Layout.
func (p pad) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		place(o, fyne.NewPos(p.x, p.y), fyne.NewSize(max(0, size.Width-2*p.x), max(0, size.Height-2*p.y)))
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
		place(o, fyne.NewPos(0, 0), fyne.NewSize(min(size.Width, max(n.most, measure(o).Width)), size.Height))
	}
}

// MinSize implements fyne.Layout.
func (narrow) MinSize(objects []fyne.CanvasObject) fyne.Size { return largest(objects) }

type middle struct{ most float32 }

// Layout implements fyne.Layout.
func (m middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		width := min(size.Width, max(m.most, measure(o).Width))
		height := fit(o, fyne.NewPos((size.Width-width)/2, 0), width)
		place(o, fyne.NewPos((size.Width-width)/2, max(0, (size.Height-height)/2)), fyne.NewSize(width, height))
	}
}

// MinSize implements fyne.Layout.
func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size { return largest(objects) }

type sized struct{ size fyne.Size }

// Layout implements fyne.Layout.
func (s sized) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		own := s.size.Min(size)
		place(o, fyne.NewPos((size.Width-own.Width)/2, (size.Height-own.Height)/2), own)
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
		place(f.bottom, fyne.NewPos(0, down), fyne.NewSize(size.Width, height))
	}
	if shown(f.left) {
		from = measure(f.left).Width
		place(f.left, fyne.NewPos(0, up), fyne.NewSize(from, down-up))
	}
	if shown(f.right) {
		width := measure(f.right).Width
		to = max(from, size.Width-width)
		place(f.right, fyne.NewPos(to, up), fyne.NewSize(width, down-up))
	}
	place(f.centre, fyne.NewPos(from, up), fyne.NewSize(max(0, to-from), max(0, down-up)))
}

// MinSize implements fyne.Layout.
func (f frame) MinSize([]fyne.CanvasObject) fyne.Size {
	least := measure(f.centre)
	for _, o := range []fyne.CanvasObject{f.left, f.right} {
		if shown(o) {
			m := measure(o)
			least.Width += m.Width
			least.Height = max(least.Height, m.Height)
		}
	}
	for _, o := range []fyne.CanvasObject{f.top, f.bottom} {
		if shown(o) {
			m := measure(o)
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
