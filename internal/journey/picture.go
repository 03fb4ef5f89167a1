package journey

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"time"
)

// pictureFile is where Xvfb keeps the picture of its first screen, in the format of xwd (X11/XWDFile.h): a header of 32-bit numbers, most
// significant byte first, then a table of colours, then the pixels.
const pictureFile = "Xvfb_screen0"

// xwd is what the header says that is needed here.
type xwd struct {
	start, line   int // bytes: of everything before the pixels, of one line of pixels
	width, height int
}

// The numbers of the header by their place, and what Xvfb's picture of 24 bits says there.
const (
	xwdHeaderSize, xwdVersion, xwdWidth, xwdHeight   = 0, 1, 4, 5
	xwdByteOrder, xwdBits, xwdLine, xwdRed, xwdTable = 7, 11, 12, 14, 19
	xwdNumbers                                       = 25

	xwdVersionKnown = 7
	xwdColour       = 12 // bytes of one colour in the table
)

func readXWD(data []byte) (h xwd, err error) {
	if len(data) < 4*xwdNumbers {
		return h, errors.New("the screen's picture has no header")
	}
	at := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	if at(xwdVersion) != xwdVersionKnown || at(xwdBits) != 32 || at(xwdByteOrder) != 0 || at(xwdRed) != 0xff0000 {
		return h, fmt.Errorf("the screen's picture is of an unknown kind (version %d, %d bits, order %d, red %#x)", at(xwdVersion), at(xwdBits), at(xwdByteOrder), at(xwdRed))
	}
	h = xwd{start: at(xwdHeaderSize) + xwdColour*at(xwdTable), line: at(xwdLine), width: at(xwdWidth), height: at(xwdHeight)}
	if len(data) < h.start+h.line*h.height {
		return h, errors.New("the screen's picture is cut short")
	}
	return h, nil
}

// Picture is what the screen shows now.
func (s *Screen) Picture() (*image.RGBA, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, pictureFile))
	if err != nil {
		return nil, err
	}
	h, err := readXWD(data)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, h.width, h.height))
	for y := range h.height {
		from, to := data[h.start+y*h.line:], img.Pix[y*img.Stride:]
		for x := range h.width {
			to[4*x], to[4*x+1], to[4*x+2], to[4*x+3] = from[4*x+2], from[4*x+1], from[4*x], 0xff
		}
	}
	return img, nil
}

// Settled waits until the picture has not changed for a moment; something that never rests, such as a caret, is not waited for long.
func (s *Screen) Settled(ctx context.Context) error {
	const rest, most = 350 * time.Millisecond, 3 * time.Second
	begun, since := time.Now(), time.Now()
	seed := maphash.MakeSeed()
	var last uint64
	return until(ctx, "the picture does not rest", func() (bool, error) {
		data, err := os.ReadFile(filepath.Join(s.dir, pictureFile))
		if err != nil {
			return false, err
		}
		if now := maphash.Bytes(seed, data); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > rest || time.Since(begun) > most, nil
	})
}

// Save writes what the screen shows to a PNG file.
func (s *Screen) Save(ctx context.Context, path string) error {
	if err := s.Settled(ctx); err != nil {
		return err
	}
	img, err := s.Picture()
	if err != nil {
		return err
	}
	return save(img, path)
}

func save(img image.Image, path string) error {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// Save writes what the window shows to a PNG file.
func (w *Window) Save(ctx context.Context, path string) error {
	if err := w.screen.Settled(ctx); err != nil {
		return err
	}
	img, err := w.screen.Picture()
	if err != nil {
		return err
	}
	return save(img.SubImage(w.at), path)
}
