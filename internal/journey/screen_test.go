package journey

import (
	"image/color"
	"path/filepath"
	"sync"
	"testing"

	"holdfast/internal/child"
)

// TestScreens starts two displays at once: they must not get in each other's way, and both are gone afterwards.
func TestScreens(t *testing.T) {
	var starting sync.WaitGroup
	screens := make([]*Screen, 2)
	for i := range screens {
		starting.Go(func() {
			s, err := NewScreen(t.Context(), t.TempDir())
			if err != nil {
				t.Error(err)
				return
			}
			screens[i] = s
		})
	}
	starting.Wait()
	if t.Failed() {
		return
	}
	if screens[0].Display == screens[1].Display {
		t.Errorf("both displays are %s", screens[0].Display)
	}
	for _, s := range screens {
		img, err := s.Picture()
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != ScreenWidth || b.Dy() != ScreenHeight || img.At(5, 5) != (color.RGBA{A: 0xff}) {
			t.Errorf("a picture of %v that begins with %v", img.Bounds(), img.At(5, 5))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for _, c := range []*child.Child{s.manager, s.server} {
			if c.Running() {
				t.Errorf("process %d runs still", c.Pid())
			}
		}
	}
}

func TestXWDRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, data := range map[string][]byte{"nothing": nil, "zeros": make([]byte, 4*xwdNumbers)} {
		if _, err := readXWD(data); err == nil {
			t.Errorf("%s: taken for a picture", name)
		}
	}
}

// TestOpenTellsHowAProgramFailed opens a program that ends at once.
func TestOpenTellsHowAProgramFailed(t *testing.T) {
	s := &Screen{dir: t.TempDir(), Display: ":none"}
	if _, err := s.Open(t.Context(), Program{Path: "/bin/false", Log: filepath.Join(t.TempDir(), "log")}); err == nil {
		t.Fatal("a program that ends at once was taken for a window")
	}
}
