package ui

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/token"
	"holdfast/ui/parts"
)

// TestChosenTokenGoesOn holds that an act which several tokens could do asks for one and goes on with it, by the keyboard alone.
func TestChosenTokenGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.f.err = &app.ChooseTokenError{Tokens: []app.Token{side(app.SidePIV, "1"), side(app.SidePIV, "2")}}
		r.press(tr("locked.unlock"))
		r.until("the question", r.dialogs.Covered)
		r.uncut("which key")
		if !r.shows("blue 1") || !r.shows("Soft 2") {
			t.Errorf("%q", r.texts())
		}
		r.f.err = nil
		r.win.Canvas().FocusNext()
		r.key(fyne.KeyReturn)
		r.until("the open vault", func() bool { return r.session != nil })
		if !r.f.said(`unlock "" "piv:2"`) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

func TestChoosingATokenCanBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.f.err = &app.ChooseTokenError{Tokens: []app.Token{side(app.SidePIV, "1"), side(app.SidePIV, "2")}}
		r.press(tr("locked.unlock"))
		r.until("the question", r.dialogs.Covered)
		r.key(fyne.KeyEscape)
		r.settle()
		if r.dialogs.Covered() || len(r.f.calls) != 1 {
			t.Errorf("%q", r.f.calls)
		}
	})
}

// TestMissesCanBeTriedAgain holds that what may do better the next time has a button for it, and what cannot has none.
func TestMissesCanBeTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.f.err = token.NewError(token.TouchTimeout, token.PIV, "")
		r.press(tr("locked.unlock"))
		r.until("the error", r.dialogs.Covered)
		r.f.err = token.NewError(token.PINBlocked, token.PIV, "")
		r.press(tr("again.try"))
		r.until("the other error", func() bool { return r.shows("is blocked") })
		if r.button(tr("again.try")) != nil {
			t.Error("a blocked PIN can be tried again")
		}
	})
}

// TestPINPromptEndsWithItsKey holds that a prompt does not stay when the key it is for is pulled, and that this is what is told.
func TestPINPromptEndsWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.plug(factory(), side(app.SidePIV, "1"), side(app.SideFIDO2, "1"))
		r.f.asks = func(ctx context.Context, p app.Prompts) error {
			pin, err := p.PIN(ctx, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
			pin.Destroy()
			if err != nil {
				return token.NewError(token.Cancelled, token.PIV, "no PIN was given").Because(err)
			}
			return nil
		}
		r.press(tr("locked.unlock"))
		r.until("the prompt", r.dialogs.Covered)
		if !r.shows("blue 1 (Soft 1)") {
			t.Errorf("the prompt does not name the key as its owner does: %q", r.texts())
		}
		r.typing("1234")
		r.unplug(side(app.SideFIDO2, "1"))
		if len(find[*parts.SecretEntry](r)) != 1 {
			t.Fatal("the prompt left with the other side of the key")
		}
		r.unplug(side(app.SidePIV, "1"))
		if want := app.Explain(token.NewError(token.Removed, token.PIV, "")); !r.shows(want.What) || r.button(tr("again.try")) == nil {
			t.Errorf("%q", r.texts())
		}
	})
}

// TestTouchesInARowAreOnePrompt holds that the prompt neither goes nor flickers between the touches of one act, and counts them.
func TestTouchesInARowAreOnePrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		next := make(chan struct{})
		run(r.Window, "touching", func(ctx context.Context, j *Job) (int, error) {
			for n := range 3 {
				done := j.Prompts().Touch(ctx, app.TouchRequest{Act: "enrol-token", Token: "Soft 1", Number: n + 1, Of: 3})
				<-next
				done()
			}
			return 0, nil
		}, func(int, error) {})
		r.until("the prompt", r.dialogs.Covered)
		for n := range 2 {
			next <- struct{}{}
			r.until("the next touch", func() bool {
				if !r.dialogs.Covered() {
					t.Error("the prompt flickered")
					return true
				}
				return r.shows(tr("part.touch.number", "n", n+2, "of", 3))
			})
		}
		next <- struct{}{}
		r.until("the end", func() bool { return !r.dialogs.Covered() })
	})
}

// TestTouchedIsSaid holds that a touch is answered on the prompt while the next one is prepared, and that the prompt does not stay for ever.
func TestTouchedIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		end := make(chan struct{})
		run(r.Window, "touching", func(ctx context.Context, j *Job) (int, error) {
			done := j.Prompts().Touch(ctx, app.TouchRequest{Act: "enrol-token", Token: "Soft 1", Number: 1, Of: 2})
			select {
			case <-time.After(2 * touchDelay):
			case <-ctx.Done():
			}
			done()
			<-end
			return 0, nil
		}, func(int, error) {})
		r.until("the answer", func() bool { return r.shows(tr("part.touch.touched")) })
		r.uncut("touched")
		r.until("the end of the prompt", func() bool { return !r.dialogs.Covered() })
		close(end)
		r.settle()
	})
}

// TestLockWhileATouchIsAwaited holds that nothing of a prompt outlives the lock, late touches and ticks included.
func TestLockWhileATouchIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		touched := make(chan struct{})
		run(r.Window, "touching", func(ctx context.Context, j *Job) (int, error) {
			for n := range 2 {
				done := j.Prompts().Touch(ctx, app.TouchRequest{Act: "enrol-token", Token: "Soft 1", Number: n + 1, Of: 2})
				<-touched
				done()
			}
			return 0, ctx.Err()
		}, func(int, error) {})
		r.until("the prompt", r.dialogs.Covered)
		r.lock(app.LockedByOwner)
		touched <- struct{}{}
		touched <- struct{}{}
		over := false
		r.after(2*touchStay, func() { over = true })
		r.until("the time of a prompt", func() bool { return over || r.dialogs.Covered() })
		if r.dialogs.Covered() {
			t.Error("a prompt came after the lock")
		}
	})
}
