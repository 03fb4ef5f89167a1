package parts

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"rsc.io/qr"
)

// QR shows words as a QR code: black on white in both themes, which is what cameras read best, with the quiet zone that ISO/IEC 18004 asks for, each
// module a whole number of pixels wide.
type QR struct {
	widget.BaseWidget
	code *qr.Code
	edge float32
}

// quietZone is how many modules stay white around a QR code.
const quietZone = 4

// NewQR makes the code of words, at most edge wide and high; an error says that they are too long for one.
func NewQR(words string, edge float32) (*QR, error) {
	code, err := qr.Encode(words, qr.L)
	if err != nil {
		return nil, err
	}
	if whole := float32(code.Size + 2*quietZone); whole <= edge {
		edge -= float32(int(edge) % int(whole)) // no wider than what is drawn
	}
	q := &QR{code: code, edge: edge}
	q.ExtendBaseWidget(q)
	return q, nil
}

// Draw draws the code w by h pixels, as large as fits, in the middle.
func (q *QR) Draw(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	modules := q.code.Size + 2*quietZone
	scale := min(w, h) / modules
	if scale == 0 {
		return img
	}
	left, top := (w-scale*q.code.Size)/2, (h-scale*q.code.Size)/2
	for y := range scale * q.code.Size {
		for x := range scale * q.code.Size {
			if q.code.Black(x/scale, y/scale) {
				img.SetGray(left+x, top+y, color.Gray{})
			}
		}
	}
	return img
}

// CreateRenderer implements fyne.Widget.
func (q *QR) CreateRenderer() fyne.WidgetRenderer {
	raster := canvas.NewRaster(q.Draw)
	raster.ScaleMode = canvas.ImageScalePixels
	raster.SetMinSize(fyne.NewSquareSize(q.edge))
	return widget.NewSimpleRenderer(raster)
}
