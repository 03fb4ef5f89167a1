package journey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Film watches the screen's picture as it changes. It looks at every few lines only, straight in the X server's memory, so that watching costs next
// to nothing.
type Film struct {
	data []byte
	head xwd
	seed maphash.Seed
	buf  []byte
}

// filmStep is which lines are looked at: every so many.
const filmStep = 8

// lookEvery is how often the picture is looked at: far more often than anything is drawn.
const lookEvery = time.Millisecond

// Film begins to watch. Close ends it.
func (s *Screen) Film() (f *Film, err error) {
	file, err := os.Open(filepath.Join(s.dir, pictureFile))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	data, err := syscall.Mmap(int(file.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	head, err := readXWD(data)
	if err != nil {
		return nil, errors.Join(err, syscall.Munmap(data))
	}
	return &Film{data: data, head: head, seed: maphash.MakeSeed()}, nil
}

// Close ends the watching.
func (f *Film) Close() error { return syscall.Munmap(f.data) }

// look copies the lines that are looked at, and gives their hash.
func (f *Film) look() uint64 {
	f.buf = f.buf[:0]
	for y := filmStep / 2; y < f.head.height; y += filmStep {
		at := f.head.start + y*f.head.line
		f.buf = append(f.buf, f.data[at:at+f.head.line]...)
	}
	return maphash.Bytes(f.seed, f.buf)
}

// frame is what was seen at a moment.
type frame struct {
	after time.Duration
	lines []byte
}

// What counts as drawn: the picture is that of the end but for one pixel in this many, so that a caret may blink, and the end is when nothing else
// has changed for the rest.
const (
	drawnBut = 2000
	rest     = time.Second
)

// Drawn watches from a moment on, until something has been drawn and rests, and says how long after the moment the picture was the last one.
func (f *Film) Drawn(ctx context.Context, from time.Time) (time.Duration, error) {
	last := f.look()
	before := bytes.Clone(f.buf)
	var seen []frame
	moved := time.Now()
	err := f.each(ctx, "nothing is drawn, or it never rests", func() bool {
		if now := f.look(); now != last {
			last = now
			if len(seen) == 0 || differ(f.buf, seen[len(seen)-1].lines) > len(f.buf)/4/drawnBut {
				moved = time.Now()
			}
			seen = append(seen, frame{time.Since(from), bytes.Clone(f.buf)})
		}
		return len(seen) > 0 && differ(f.buf, before) > len(f.buf)/4/100 && time.Since(moved) > rest
	})
	if err != nil {
		return 0, err
	}
	end := seen[len(seen)-1].lines
	for _, s := range seen {
		if differ(s.lines, end) <= len(end)/4/drawnBut {
			return s.after, nil
		}
	}
	return 0, errors.New("the last picture was never seen")
}

// differ counts the pixels in which two pictures differ.
func differ(a, b []byte) (n int) {
	for i := 0; i+4 <= len(a); i += 4 {
		if a[i] != b[i] || a[i+1] != b[i+1] || a[i+2] != b[i+2] {
			n++
		}
	}
	return n
}

// onePicture is how long the drawing of one picture may take: what changes within it is the same frame.
const onePicture = 5 * time.Millisecond

// Frames counts the pictures that are drawn until ctx ends, and gives them a second.
func (f *Film) Frames(ctx context.Context) float64 {
	begun := time.Now()
	var counted time.Time
	last, n := f.look(), 0
	_ = f.each(ctx, "", func() bool { // it ends with ctx, as wanted
		if now := f.look(); now != last {
			last = now
			if time.Since(counted) > onePicture {
				counted = time.Now()
				n++
			}
		}
		return false
	})
	return float64(n) / time.Since(begun).Seconds()
}

// each looks again and again until it is enough, or ctx ends.
func (f *Film) each(ctx context.Context, what string, enough func() bool) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !enough() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
	}
	return nil
}
