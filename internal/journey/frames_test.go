package journey

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// picture is the file of a screen, as Xvfb writes it.
type picture struct {
	t    *testing.T
	path string
	data []byte
}

const (
	pictureWide, pictureHigh = 64, 64
	pictureStart             = 4*xwdNumbers + xwdColour
)

func newPicture(t *testing.T) (*Screen, *picture) {
	s := &Screen{dir: t.TempDir()}
	p := &picture{t, filepath.Join(s.dir, pictureFile), make([]byte, pictureStart+4*pictureWide*pictureHigh)}
	for at, n := range map[int]uint32{xwdHeaderSize: 4 * xwdNumbers, xwdVersion: 7, xwdWidth: pictureWide, xwdHeight: pictureHigh, xwdBits: 32, xwdLine: 4 * pictureWide, xwdRed: 0xff0000, xwdTable: 1} {
		binary.BigEndian.PutUint32(p.data[4*at:], n)
	}
	if err := os.WriteFile(p.path, p.data, 0o600); err != nil {
		t.Fatal(err)
	}
	return s, p
}

// paint draws lines in a grey, in place, as the X server does.
func (p *picture) paint(from, to int, grey byte) {
	p.t.Helper()
	for i := pictureStart + 4*pictureWide*from; i < pictureStart+4*pictureWide*to; i++ {
		p.data[i] = grey
	}
	f, err := os.OpenFile(p.path, os.O_WRONLY, 0)
	if err != nil {
		p.t.Error(err)
		return
	}
	if _, err := f.WriteAt(p.data, 0); err != nil {
		p.t.Error(err)
	}
	if err := f.Close(); err != nil {
		p.t.Error(err)
	}
}

// TestDrawnIsTheLastPicture: what counts is when the picture of the end was there, neither the first that was drawn nor the end of the rest.
func TestDrawnIsTheLastPicture(t *testing.T) {
	s, p := newPicture(t)
	f, err := s.Film()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	synctest.Test(t, func(t *testing.T) {
		from := time.Now()
		const first, second = 100 * time.Millisecond, 400 * time.Millisecond
		time.AfterFunc(first, func() { p.paint(0, 32, 0x80) })
		time.AfterFunc(second, func() { p.paint(32, 64, 0xff) })
		took, err := f.Drawn(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		if took < second || took > second+lookEvery {
			t.Errorf("drawn after %v, painted after %v", took, second)
		}
	})
}

func TestDrawnWaitsForSomething(t *testing.T) {
	s, _ := newPicture(t)
	f, err := s.Film()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if took, err := f.Drawn(ctx, time.Now()); err == nil {
			t.Errorf("nothing was drawn, after %v", took)
		}
	})
}

func TestFramesAreCounted(t *testing.T) {
	s, p := newPicture(t)
	f, err := s.Film()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			for grey := range byte(10) {
				<-time.After(50 * time.Millisecond)
				p.paint(0, 64, 10+grey)
			}
			<-time.After(500 * time.Millisecond)
		}()
		if perSecond := f.Frames(ctx); perSecond != 10 {
			t.Errorf("%v frames a second, of 10", perSecond)
		}
	})
}

// busy measures a program until it uses a twentieth of a processor: where there is much else to do, or it is stopped, it may not get its turn at once.
func busy(t *testing.T, r *Running) float64 {
	t.Helper()
	var share float64
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if used, err := r.CPU(); err != nil {
			t.Fatal(err)
		} else if used == 0 { // Idle takes that for a system that does not tell
			continue
		}
		shares, err := Idle(t.Context(), 200*time.Millisecond, r)
		if err != nil {
			t.Fatal(err)
		}
		if share = shares[0]; share >= 0.05 {
			return share
		}
	}
	t.Fatalf("a loop uses %.3f of a processor", share)
	return 0
}

func TestMeasuresOfAProcess(t *testing.T) {
	s := &Screen{dir: t.TempDir(), Display: ":none"}
	r, err := s.Run(Program{Path: "/bin/sh", Args: []string{"-c", "while :; do :; done"}, Log: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if share := busy(t, r); share > 1.1 {
		t.Errorf("a loop uses %.2f of a processor", share)
	}
	if n, err := r.Resident(); err != nil || n < 100<<10 || n > 100<<20 {
		t.Errorf("a shell of %d bytes, %v", n, err)
	}
}
