package look

import (
	"crypto/sha256"
	"image"
	"image/color"
)

// The grid of a mark: five by five cells, the left half mirrored to the right.
const (
	markCells = 5
	markHalf  = 3
)

// Mark draws the mark of an identity, edge by edge pixels: a pattern and a colour that follow from SHA-256 of its DID alone, so that a person knows
// it again on any machine. It tells identities apart at a glance and proves nothing.
func Mark(did string, edge int) image.Image {
	sum := sha256.Sum256([]byte(did))
	inks := markInks()
	ink := inks[int(sum[0])%len(inks)]
	img := image.NewRGBA(image.Rect(0, 0, edge, edge))
	cells := markPattern(sum)
	for y := range edge {
		for x := range edge {
			img.SetRGBA(x, y, veiled(markPixel(cells, ink, x, y, edge), inside(x, y, edge)))
		}
	}
	return img
}

// markPattern says which cells are filled: one bit each, from the second byte on. An empty or a full pattern would tell nothing, so one cell of
// each kind is always there.
func markPattern(sum [sha256.Size]byte) (cells [markCells][markCells]bool) {
	for row := range markCells {
		for col := range markHalf {
			bit := row*markHalf + col
			on := sum[1+bit/8]>>(bit%8)&1 == 1
			cells[row][col], cells[row][markCells-1-col] = on, on
		}
	}
	cells[2][2] = true
	cells[0][2] = cells[0][2] && sum[4]&1 == 1
	return cells
}

// markPixel is the colour of one pixel: the tile with a margin of half a cell.
func markPixel(cells [markCells][markCells]bool, ink color.NRGBA, x, y, edge int) color.NRGBA {
	cell := edge / (markCells + 1)
	margin := (edge - markCells*cell) / 2
	if cell == 0 || x < margin || y < margin {
		return markTile()
	}
	col, row := (x-margin)/cell, (y-margin)/cell
	if col < markCells && row < markCells && cells[row][col] {
		return ink
	}
	return markTile()
}

// inside is how many quarters of a pixel the round corners leave, so that they look round at any size.
func inside(x, y, edge int) (quarters int) {
	for i := range 4 {
		if !outside(2*x+i%2, 2*y+i/2, 2*edge, 2*edge/6) {
			quarters++
		}
	}
	return quarters
}

// veiled is a colour of which so many quarters show, with its transparency in it, as the toolkit takes it without another conversion.
func veiled(c color.NRGBA, quarters int) color.RGBA {
	part := func(v uint8) uint8 { return uint8(int(v) * quarters / 4) } //nolint:gosec // no more than v
	return color.RGBA{part(c.R), part(c.G), part(c.B), part(c.A)}
}

// outside reports whether a pixel is cut away by the round corners.
func outside(x, y, edge, radius int) bool {
	dx, dy := max(radius-x, x-(edge-1-radius), 0), max(radius-y, y-(edge-1-radius), 0)
	return dx*dx+dy*dy > radius*radius
}

// markTile is the ground of every mark, in both themes.
func markTile() color.NRGBA { return rgb(0xFFFFFF) }

// markInks are the colours of marks: each stands out from the tile.
func markInks() []color.NRGBA {
	return []color.NRGBA{
		rgb(0x0B6070), rgb(0x7A3E9D), rgb(0xA8322A), rgb(0x1A6A3A), rgb(0x2B4C9B), rgb(0x8A5A00), rgb(0xA0286A), rgb(0x4A5568),
		rgb(0x00695C), rgb(0x5B3CC4), rgb(0x9C4221), rgb(0x3F6212),
	}
}
