package ui

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/token"
	"holdfast/ui/parts"
)

// side is one side of an emulated key.
func side(kind app.TokenKind, serial string) app.Token {
	return app.Token{ID: string(kind) + ":" + serial, Kind: kind, Name: "Soft " + serial, Physical: "soft:" + serial, Firmware: "5.7.1"}
}

// factory are the facts of a smart-card side as it leaves the factory.
func factory() app.TokenFacts {
	return app.TokenFacts{PINSet: token.Yes, PINTries: 3, PIV: &token.PIVFacts{FactoryPIN: token.Yes, FactoryPUK: token.Yes, FactoryManagement: token.Yes}}
}

// passkey are the facts of a passkey side without a PIN.
func passkey() app.TokenFacts {
	return app.TokenFacts{PINSet: token.No, PINTries: 8, FIDO2: &token.FIDO2Facts{Extensions: []string{"hmac-secret", "credProtect"}, Options: map[string]bool{"clientPin": false}}}
}

// plug plugs in sides with what they say of themselves.
func (r *rig) plug(facts app.TokenFacts, sides ...app.Token) {
	r.f.mu.Lock()
	if r.f.facts == nil {
		r.f.facts = map[string]app.TokenFacts{}
	}
	for _, t := range sides {
		r.f.facts[t.ID] = facts
	}
	r.f.mu.Unlock()
	for _, t := range sides {
		r.f.events <- app.TokenEvent{Kind: app.TokenArrived, Token: t}
	}
	r.until("the key", func() bool {
		return slices.ContainsFunc(r.tokens, func(t app.Token) bool { return t.ID == sides[len(sides)-1].ID })
	})
	r.settle()
}

func (r *rig) unplug(t app.Token) {
	r.f.events <- app.TokenEvent{Kind: app.TokenLeft, Token: t}
	r.until("its leaving", func() bool { return !slices.ContainsFunc(r.tokens, func(o app.Token) bool { return o.ID == t.ID }) })
	r.settle()
}

// tile finds a tile that can be reached by what it is.
func (r *rig) tile(name string) *parts.Tile {
	r.t.Helper()
	for _, t := range find[*parts.Tile](r) {
		if t.Name() == name {
			return t
		}
	}
	r.t.Fatalf("no tile %q among %q", name, r.texts())
	return nil
}

// next is the button of a wizard that goes on.
func (r *rig) next(words string) *parts.Button {
	r.t.Helper()
	b := r.button(words)
	if b == nil {
		r.t.Fatalf("no button %q among %q", words, r.texts())
	}
	return b
}

func TestFirstStartOffersBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if r.route.Place != First || !r.shows(tr("first.lead")) {
			t.Fatalf("%+v shows %q", r.route, r.texts())
		}
		r.uncut("first start")
		r.key(fyne.KeyReturn) // the focus is on the first thing to do
		r.settle()
		if r.route != (Route{Place: First, Act: "make"}) {
			t.Fatalf("%+v", r.route)
		}
		r.key(fyne.KeyEscape)
		if r.route != (Route{Place: First}) {
			t.Fatalf("Escape leads to %+v", r.route)
		}
		r.press(tr("first.restore"))
		if r.route != (Route{Place: First, Act: "restore"}) {
			t.Errorf("%+v", r.route)
		}
	})
}

// settingUp is a window in the first step of set-up.
func settingUp(t *testing.T) *rig {
	r := newRig(t)
	r.Go(Route{Place: First, Act: "make"})
	r.settle()
	return r
}

// named goes on to the work with the smart-card side of a new key.
func named(r *rig) {
	r.plug(factory(), side(app.SidePIV, "1"))
	r.press(tr("part.next"))
	r.settle()
	r.typing("blue")
	r.key(fyne.KeyReturn)
}

func TestSetUpFromNothingToAnOpenVault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		if !r.shows(tr("picker.none")) || !r.next(tr("part.next")).Disabled() {
			t.Fatalf("without a key: %q", r.texts())
		}
		r.uncut("no key")
		r.plug(passkey(), side(app.SideFIDO2, "1"))
		r.plug(factory(), side(app.SidePIV, "1"))
		for _, words := range []string{tr("picker.factory"), tr("picker.nopin"), tr("picker.recommended", "count", 1)} {
			if !r.shows(words) {
				t.Errorf("%q is not said: %q", words, r.texts())
			}
		}
		if !r.tile("Soft 1, firmware 5.7.1 " + sideName(app.SidePIV)).Selected() {
			t.Error("the one sensible choice is not chosen")
		}
		r.uncut("one key")
		r.press(tr("part.next"))
		r.settle()
		if !r.next(tr("setup.make")).Disabled() {
			t.Error("a key needs no name")
		}
		r.uncut("name")
		r.typing("blue")
		r.key(fyne.KeyReturn)
		r.until("the open vault", func() bool { return r.session != nil })
		r.settle()
		if !r.f.said(`set up "blue" piv:1`) || r.route.Act != "made" || !r.shows(tr("home.works", "label", "blue")) {
			t.Errorf("%q %+v %q", r.f.calls, r.route, r.texts())
		}
		if !r.shows(tr("safety.second")) || r.button(tr("safety.words.do")) == nil {
			t.Errorf("what makes the vault safe is not shown: %q", r.texts())
		}
		r.press(tr("safety.second.do"))
		if r.route != (Route{Place: Keys, Act: "enrol"}) {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestSeveralKeysAreTheOwnersChoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		r.plug(factory(), side(app.SidePIV, "1"), side(app.SidePIV, "2"))
		if !r.next(tr("part.next")).Disabled() {
			t.Error("one of two keys was chosen for the person")
		}
		if !r.shows(tr("picker.several")) {
			t.Error("nobody says that a key must be chosen")
		}
		r.win.Canvas().Focus(r.tile("Soft 2, firmware 5.7.1 " + sideName(app.SidePIV)))
		r.key(fyne.KeySpace)
		if r.next(tr("part.next")).Disabled() || !r.tile("Soft 2, firmware 5.7.1 "+sideName(app.SidePIV)).Selected() {
			t.Error("the keyboard chooses nothing")
		}
		if f := r.win.Canvas().Focused(); f != fyne.Focusable(r.tile("Soft 2, firmware 5.7.1 "+sideName(app.SidePIV))) {
			t.Errorf("the focus went to %T", f)
		}
		r.unplug(side(app.SidePIV, "2"))
		if !r.tile("Soft 1, firmware 5.7.1 " + sideName(app.SidePIV)).Selected() {
			t.Error("the one key that is left is not chosen")
		}
	})
}

func TestSidesThatCannotBeUsedSayWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		old, blocked := factory(), passkey()
		old.PIV.FactoryPIN = token.Unsaid
		blocked.PINSet, blocked.PINTries = token.Yes, 0
		r.plug(old, side(app.SidePIV, "1"))
		r.plug(blocked, side(app.SideFIDO2, "1"))
		if !r.shows(tr("picker.why.old-firmware")) || !r.shows(tr("picker.why.pin-blocked")) || !r.next(tr("part.next")).Disabled() {
			t.Errorf("%q", r.texts())
		}
		tile := r.tile("Soft 1, firmware 5.7.1 " + sideName(app.SidePIV))
		test.Tap(tile)
		if tile.Selected() || !r.next(tr("part.next")).Disabled() {
			t.Error("a side that cannot be used was chosen")
		}
	})
}

func TestKeyPulledBeforeTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		r.plug(factory(), side(app.SidePIV, "1"))
		r.press(tr("part.next"))
		r.settle()
		r.typing("blue")
		r.unplug(side(app.SidePIV, "1"))
		if !r.shows(tr("newkey.gone")) || !r.next(tr("setup.make")).Disabled() {
			t.Fatalf("%q", r.texts())
		}
		r.plug(factory(), side(app.SidePIV, "2"))
		if !r.shows(tr("newkey.gone")) || !r.next(tr("setup.make")).Disabled() {
			t.Fatal("another key took the place of the one that was chosen")
		}
		r.plug(factory(), side(app.SidePIV, "1"))
		if r.shows(tr("newkey.gone")) || r.next(tr("setup.make")).Disabled() {
			t.Errorf("plugged in again: %q", r.texts())
		}
	})
}

// TestSetUpThatFailsStaysAndGoesOn holds that what fails is told in the step, and that the same press works the next time.
func TestSetUpThatFailsStaysAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		r.f.err = token.NewError(token.Removed, token.PIV, "")
		named(r)
		x := app.Explain(r.f.err)
		r.until("the error", func() bool { return r.shows(x.What) })
		r.settle()
		if !r.shows(x.Safe) || !r.shows(x.Now) || r.dialogs.Covered() || r.route.Act != "make" {
			t.Fatalf("%+v %q", r.route, r.texts())
		}
		r.uncut("failed set-up")
		r.f.err = nil
		if r.win.Canvas().Focused() != fyne.Focusable(r.next(tr("again.try"))) {
			t.Error("the focus is not on the way on")
		}
		r.key(fyne.KeyReturn)
		r.until("the open vault", func() bool { return r.session != nil })
	})
}

// TestWrongPINIsAskedForAgain holds that the prompt comes back with the reason, and that no second try happens without a person.
func TestWrongPINIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		tries, prompts := 3, 0
		r.f.asks = func(ctx context.Context, p app.Prompts) error {
			prompts++
			pin, err := p.PIN(ctx, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: tries, Min: 6, Max: 8})
			pin.Destroy()
			if err != nil || prompts == 2 {
				return err
			}
			tries--
			miss := token.NewError(token.WrongPIN, token.PIV, "")
			miss.TriesLeft = tries
			return miss
		}
		named(r)
		r.until("the prompt", r.dialogs.Covered)
		r.typing("111111")
		r.key(fyne.KeyReturn)
		r.until("the prompt again", func() bool { return r.shows("2 tries are left") && r.dialogs.Covered() })
		if !r.shows("was wrong") {
			t.Errorf("nobody says why it is asked again: %q", r.texts())
		}
		r.uncut("wrong PIN")
		r.typing("246813")
		r.key(fyne.KeyReturn)
		r.until("the open vault", func() bool { return r.session != nil })
		if prompts != 2 {
			t.Errorf("%d prompts", prompts)
		}
	})
}

// TestSetUpIsCancelledAtEachPoint holds that Cancel stays in the step, says that nothing is half done, and leaves no prompt.
func TestSetUpIsCancelledAtEachPoint(t *testing.T) {
	pin := func(ctx context.Context, p app.Prompts) error {
		s, err := p.PIN(ctx, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
		s.Destroy()
		return err
	}
	touch := func(ctx context.Context, p app.Prompts) error {
		defer p.Touch(ctx, app.TouchRequest{Act: "enrol-token", Token: "Soft 1", Number: 1, Of: 4})()
		<-ctx.Done()
		return ctx.Err()
	}
	for name, c := range map[string]struct {
		asks   func(ctx context.Context, p app.Prompts) error
		cancel func(r *rig)
	}{
		"PIN, Escape":   {pin, func(r *rig) { r.key(fyne.KeyEscape) }},
		"PIN, button":   {pin, func(r *rig) { r.press(tr("part.cancel")) }},
		"touch, Escape": {touch, func(r *rig) { r.key(fyne.KeyEscape) }},
		"touch, button": {touch, func(r *rig) { r.press(tr("part.cancel")) }},
		"touch, row":    {touch, func(r *rig) { r.jobs[0].row.CancelButton().Press() }},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := settingUp(t)
			r.f.asks = c.asks
			named(r)
			r.until("the prompt", r.dialogs.Covered)
			c.cancel(r)
			r.until("the end", func() bool { return len(r.jobs) == 0 })
			r.settle()
			if r.dialogs.Covered() || !r.shows(app.Explain(context.Canceled).What) || r.next(tr("again.try")).Disabled() {
				t.Errorf("%q", r.texts())
			}
			r.press(tr("part.back"))
			r.settle()
			if r.next(tr("setup.make")).Disabled() {
				t.Error("there is no way on after going back")
			}
		}))
	}
}

// TestLeavingTheWorkDoesNotEndIt holds that work goes on when its page is left, and that what comes of it is still told.
func TestLeavingTheWorkDoesNotEndIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		gate := make(chan error)
		r.f.asks = func(context.Context, app.Prompts) error { return <-gate }
		named(r)
		r.key(fyne.KeyEscape)
		r.rest()
		if r.route != (Route{Place: First}) || len(r.jobs) != 1 {
			t.Fatalf("%+v, %d jobs", r.route, len(r.jobs))
		}
		gate <- errors.New("x")
		r.until("the error", r.dialogs.Covered)
	})
}

// TestABlockedKeyIsNotTriedAgain holds that where only another key helps, the way back is offered and no second try.
func TestABlockedKeyIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := settingUp(t)
		r.f.err = token.NewError(token.PINBlocked, token.PIV, "")
		named(r)
		r.until("the error", func() bool { return r.shows("is blocked") })
		r.settle()
		if r.button(tr("again.try")) != nil || r.win.Canvas().Focused() != fyne.Focusable(r.next(tr("part.back"))) {
			t.Errorf("%q", r.texts())
		}
		r.key(fyne.KeyReturn)
		r.settle()
		if !r.shows(tr("newkey.name")) || r.button(tr("setup.make")) == nil {
			t.Errorf("%q", r.texts())
		}
	})
}
