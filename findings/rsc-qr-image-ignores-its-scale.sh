#!/bin/sh
# rsc.io/qr: Image and PNG of one Code are two pictures. Image leaves out the scale and the quiet zone, and a reader
#   hides it.
#
# Expected: Code has a Scale, "number of image pixels per QR pixel", and two ways to a picture: PNG, and Image for
#   programs that draw themselves. Both have the same size, so both show the same code.
# Happens: PNG is right. Image has bounds for the scale and a quiet zone of four modules, and draws the code into their
#   upper left corner, one pixel a module, without a quiet zone; all the rest is white. A person's camera sees a speck.
#   gozxing finds it all the same as long as the picture is small: so the test that draws a code and reads it back
#   passes, until something makes the picture larger.
# Meaning: draw from Black(x, y), or decode PNG; check where the black pixels are, not only that a reader of clean
#   pictures finds something.
# Versions: rsc.io/qr v0.2.0, read by github.com/makiuchi-d/gozxing v0.1.1.
# Source: qr.go, codeImage.At (beside png.go).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"rsc.io/qr"
)

func main() {
	for _, length := range []int{50, 700} {
		text := strings.Repeat("x", length)
		code, err := qr.Encode(text, qr.L) // at the library's own scale, 8
		check(err)
		fromPNG, err := png.Decode(bytes.NewReader(code.PNG()))
		check(err)
		fmt.Printf("%d modules at scale %d\n", code.Size, code.Scale)
		show("PNG", fromPNG, text)
		show("Image", code.Image(), text)
	}
}

// show prints the size of a picture, where in it the black pixels are, and whether a reader finds the text.
func show(name string, picture image.Image, text string) {
	black := image.Rectangle{}
	bounds := picture.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			if r, _, _, _ := picture.At(x, y).RGBA(); r == 0 {
				black = black.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(picture)
	check(err)
	result, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	read := err == nil && result.GetText() == text
	fmt.Printf("%s: %v pixels, black within %v, read: %v\n", name, bounds.Size(), black, read)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
END
cat >expected <<'END'
29 modules at scale 8
PNG: (296,296) pixels, black within (32,32)-(264,264), read: true
Image: (296,296) pixels, black within (0,0)-(29,29), read: true
89 modules at scale 8
PNG: (776,776) pixels, black within (32,32)-(744,744), read: true
Image: (776,776) pixels, black within (0,0)-(89,89), read: false
END
go mod init finding
go get rsc.io/qr@v0.2.0 github.com/makiuchi-d/gozxing@v0.1.1
go get github.com/makiuchi-d/gozxing/qrcode@v0.1.1
go run . >seen
diff expected seen
