package ui

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/look"
)

// shooter draws what a window shows into the folder that HOLDFAST_SHOTS names; without one the test is skipped.
func shooter(t *testing.T) (shot func(r *rig, name string)) {
	t.Helper()
	out := os.Getenv("HOLDFAST_SHOTS")
	if out == "" {
		t.Skip("HOLDFAST_SHOTS names no folder")
	}
	return func(r *rig, name string) {
		r.flow()
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
}

// TestShots draws every place in light and dark into the folder that HOLDFAST_SHOTS names, for people to look at.
func TestShots(t *testing.T) {
	shot := shooter(t)
	for _, a := range []look.Appearance{look.Light, look.Dark} {
		t.Run(string(a), inBubble(func(t *testing.T) { shootIdentities(t, a, shot) }))
		t.Run(string(a), inBubble(func(t *testing.T) {
			r := newRig(t)
			r.app.Settings().SetTheme(look.NewTheme(a))
			shot(r, string(a)+"-first")
		}))
		t.Run(string(a), inBubble(func(t *testing.T) {
			r := newRig(t, "main")
			r.app.Settings().SetTheme(look.NewTheme(a))
			shot(r, string(a)+"-locked")
		}))
		t.Run(string(a), inBubble(func(t *testing.T) {
			r := openRig(t)
			r.app.Settings().SetTheme(look.NewTheme(a))
			for _, p := range places() {
				r.Go(Route{Place: p.place})
				shot(r, string(a)+"-"+string(p.place))
			}
			for _, step := range stepsOfKeys(r) {
				shot(r, string(a)+"-"+step())
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
		}))
		t.Run(string(a), inBubble(func(t *testing.T) {
			r := openRig(t)
			r.app.Settings().SetTheme(look.NewTheme(a))
			recoveryShots(r, func(r *rig, name string) { shot(r, string(a)+"-recovery-"+name) })
		}))
		t.Run(string(a), inBubble(func(t *testing.T) {
			r := newRig(t)
			r.app.Settings().SetTheme(look.NewTheme(a))
			restoreShots(r, func(r *rig, name string) { shot(r, string(a)+"-recovery-"+name) })
		}))
	}
}

// stepsOfKeys leads through the pages of keys; each step gives the name of what it shows.
func stepsOfKeys(r *rig) []func() string {
	goes := func(name string, route Route) func() string {
		return func() string { r.Go(route); return name }
	}
	return []func() string{
		goes("home-made", Route{Place: Home, Act: "made", Item: "blue 1"}),
		func() string {
			r.plug(factory(), side(app.SidePIV, "1"), side(app.SidePIV, "3"))
			r.plug(passkey(), side(app.SideFIDO2, "1"))
			r.Go(Route{Place: Keys, Act: "enrol"})
			return "enrol-1"
		},
		func() string { r.press(tr("part.next")); return "enrol-2" },
		func() string { r.press(tr("part.next")); return "enrol-3" },
		func() string {
			r.tells(func(s *app.Status) {
				s.Keyslots[0].ProvenMaster = day(1)
				third := second(app.RoleRecovery)
				third.ID, third.Label, third.Physical = "00ee", "safe 5", "soft:5"
				s.Keyslots = append(s.Keyslots, second(app.RoleRecovery), third)
			})
			r.Go(Route{Place: Keys})
			return "keys-several"
		},
		goes("key", Route{Place: Keys, Item: "00bb"}),
		goes("revoke", Route{Place: Keys, Act: "revoke", Item: "00bb"}),
		goes("revoke-last", Route{Place: Keys, Act: "revoke", Item: "00aa"}),
		func() string {
			r.askOwner(app.Explain(keystore.ErrOwnerWords).What, func([]string) {})
			return "owner-words"
		},
		func() string { r.dialogs.Clear(); r.Go(Route{Place: Home}); return "home-again" },
	}
}
