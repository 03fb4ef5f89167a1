// Bare is the least window that the toolkit can make: some words, a field and a button, or a list of rows. The wallet's window is measured beside it.
package main

import (
	"fmt"
	"image"
	"os"
	"strconv"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// The size of the wallet's window, and of the picture in its rows.
const (
	width, height = 1024, 640
	mark          = 36
)

func main() {
	a := fyneapp.NewWithID("invalid.holdfast.bare")
	win := a.NewWindow("Bare")
	if rows := numberOf(os.Args[1:]); rows > 0 {
		win.SetContent(list(rows))
	} else {
		win.SetContent(container.NewCenter(page()))
	}
	win.Resize(fyne.NewSize(width, height))
	win.ShowAndRun()
}

// numberOf is the number of rows that is asked for; 0 is a page without a list.
func numberOf(args []string) int {
	if len(args) == 0 {
		return 0
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return 0
	}
	return n
}

// page has what a first page has.
func page() fyne.CanvasObject {
	b := widget.NewButton("Begin", func() {})
	b.Importance = widget.HighImportance
	return container.NewVBox(widget.NewLabelWithStyle("A bare window", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}),
		widget.NewLabel("It is the least that the toolkit can do, with as many words as a first page has."), widget.NewEntry(), b)
}

// row is what the wallet's rows have: a picture and two lines of words, and nothing of the wallet's own.
type row struct {
	widget.BaseWidget
	picture     *canvas.Image
	first, then *widget.Label
}

func newRow() *row {
	r := &row{picture: canvas.NewImageFromImage(nil), first: widget.NewLabel(""), then: widget.NewLabel("")}
	r.picture.SetMinSize(fyne.NewSquareSize(mark))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewHBox(r.picture, container.NewVBox(r.first, r.then)))
}

// pictures are those of the rows, which show a different one each, as any list of people or things does.
func pictures() []image.Image {
	set := make([]image.Image, 100)
	for n := range set {
		img := image.NewRGBA(image.Rect(0, 0, mark, mark))
		for i := range img.Pix {
			img.Pix[i] = byte(i*7 + n)
		}
		set[n] = img
	}
	return set
}

func list(rows int) fyne.CanvasObject {
	set := pictures()
	return widget.NewList(func() int { return rows }, func() fyne.CanvasObject { return newRow() }, func(at int, o fyne.CanvasObject) {
		r, ok := o.(*row)
		if !ok {
			return
		}
		r.picture.Image = set[at%len(set)]
		r.picture.Refresh()
		r.first.SetText(fmt.Sprintf("device %d", at))
		r.then.SetText(fmt.Sprintf("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta%06d", at))
	})
}
