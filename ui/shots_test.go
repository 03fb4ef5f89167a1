package ui

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
)

// TestShots draws every place in light and dark into the folder that HOLDFAST_SHOTS names, for people to look at.
func TestShots(t *testing.T) {
	out := os.Getenv("HOLDFAST_SHOTS")
	if out == "" {
		t.Skip("HOLDFAST_SHOTS names no folder")
	}
	shot := func(r *rig, name string) {
		r.settle()
		f, err := os.Create(filepath.Join(out, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, r.win.Canvas().Capture()); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range []look.Appearance{look.Light, look.Dark} {
		t.Run(string(a), func(t *testing.T) {
			r := newRig(t)
			r.app.Settings().SetTheme(look.NewTheme(a))
			shot(r, string(a)+"-first")
		})
		t.Run(string(a), func(t *testing.T) {
			r := newRig(t, "main")
			r.app.Settings().SetTheme(look.NewTheme(a))
			shot(r, string(a)+"-locked")
		})
		t.Run(string(a), func(t *testing.T) {
			r := openRig(t)
			r.app.Settings().SetTheme(look.NewTheme(a))
			for _, p := range places() {
				r.Go(Route{Place: p.place})
				shot(r, string(a)+"-"+string(p.place))
			}
			r.fail(app.ErrTampered)
			shot(r, string(a)+"-failure")
			r.dialogs.Clear()
			_, got := askPIN(r, app.PINRequest{Token: "Soft 1", Which: "fido2", TriesLeft: 1, Min: 4, Max: 63})
			r.typing("12345")
			shot(r, string(a)+"-pin")
			r.key(fyne.KeyEscape)
			answer(r, got)
			j := &Job{w: r.Window, generation: r.generation, ctx: r.ctx, cancel: func() {}}
			j.showTouch(r.ctx, app.TouchRequest{Act: "open-vault", Identity: "label 1", Token: "Soft 1", Number: 1, Of: 2, Requester: "Holdfast"})
			shot(r, string(a)+"-touch")
			j.closePrompt()
		})
	}
}
