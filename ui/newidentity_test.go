package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/parts"
)

// workshop is a vault in which identities are made: with few succession keys, slowly, or not at all.
type workshop struct {
	*fakeSession
	left  int
	err   error         // what Create ends with
	made  int           // how many it made before err
	until chan struct{} // Create waits for it, or for its context
}

func (s *workshop) Short(_ context.Context, n app.NewIdentities) (int, bool, error) {
	return s.left, n.Method == app.MethodPeer && n.Count > s.left, nil
}

func (s *workshop) Create(ctx context.Context, n app.NewIdentities, progress func(int)) (int, []app.Identity, error) {
	if s.until != nil {
		progress(s.made)
		select {
		case <-s.until:
		case <-ctx.Done():
			return s.made, nil, ctx.Err()
		}
	}
	if s.err != nil {
		return s.made, nil, s.err
	}
	return s.fakeSession.Create(ctx, n, progress)
}

// making shows the form.
func making(t *testing.T, s *workshop) *rig {
	t.Helper()
	r := openRig(t)
	if s != nil {
		s.fakeSession = r.f.session
		r.session = s
	}
	r.Go(Route{Place: Identities})
	r.settle()
	r.press(tr("identities.new"))
	r.settle()
	return r
}

// choosePeer chooses a relationship and says whom it is with.
func choosePeer(r *rig, party string) {
	r.t.Helper()
	find[*parts.Radio](r)[0].SetSelected(tr("newidentity.peer"))
	r.settle()
	find[*parts.Entry](r)[0].SetText(party)
}

// many opens the fold and says how many.
func many(r *rig, count string) {
	r.t.Helper()
	r.press(tr("newidentity.more"))
	entries := find[*parts.Entry](r)
	entries[len(entries)-1].SetText(count)
}

func TestMakeAnIdentityByKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, nil)
		r.typing(" website 9 ")
		r.key(fyne.KeyReturn)
		r.until("the new identity", func() bool { return r.route.Item != "" && r.shows("website 9") })
		if !r.f.said(`create 1 key "website 9" ""`) {
			t.Errorf("%q", r.f.calls)
		}
		r.key(fyne.KeyEscape)
		if r.route != (Route{Place: Identities}) {
			t.Errorf("Escape leads back to %+v", r.route)
		}
	})
}

func TestMakeARelationship(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, nil)
		find[*parts.Radio](r)[0].SetSelected(tr("newidentity.peer"))
		if !r.button(tr("newidentity.create")).Disabled() {
			t.Error("made for nobody")
		}
		choosePeer(r, "Bank 1")
		r.press(tr("newidentity.create"))
		r.until("the new identity", func() bool { return r.f.said(`create 1 peer "" "Bank 1"`) })
	})
}

func TestCurveOfAnIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, nil)
		r.press(tr("newidentity.more"))
		r.uncut("more choices")
		find[*parts.Radio](r)[1].SetSelected(tr("identity.curve.secp256k1"))
		r.press(tr("newidentity.create"))
		r.until("the new identity", func() bool { return r.route.Item != "" })
		if got := r.f.session.curve; got != "secp256k1" {
			t.Errorf("curve %q", got)
		}
	})
}

func TestWhatCannotBeMadeIsSaidInTheForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, nil)
		r.typing(strings.Repeat("x", 300))
		r.key(fyne.KeyReturn)
		r.settle()
		if !r.shows("Label too long") || r.dialogs.Covered() {
			t.Errorf("%q", r.texts())
		}
		find[*parts.Entry](r)[0].SetText("fine")
		if r.shows("Label too long") {
			t.Error("it is still said after it was mended")
		}
		many(r, "many")
		r.press(tr("newidentity.create"))
		r.settle()
		if !r.shows(tr("newidentity.count.wrong", "most", app.MostAtOnce)) {
			t.Errorf("%q", r.texts())
		}
		for _, call := range r.f.calls {
			if strings.HasPrefix(call, "create") {
				t.Error(call)
			}
		}
	})
}

// TestShortPool holds that a ceremony is told before it begins, and that it comes before the first identity.
func TestShortPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, &workshop{left: 3})
		choosePeer(r, "Shops 1")
		many(r, "50")
		r.press(tr("newidentity.create"))
		r.until("the question", r.dialogs.Covered)
		if !r.shows(tr("newidentity.short", "left", 3, "count", 50)) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("short pool")
		r.key(fyne.KeyEscape)
		r.settle()
		if r.f.said("stock 50") {
			t.Error("a ceremony began that nobody agreed to")
		}
		r.press(tr("newidentity.create"))
		r.until("the question", r.dialogs.Covered)
		r.key(fyne.KeyReturn)
		r.until("the list", func() bool { return r.route == (Route{Place: Identities, Act: "made", Item: "50"}) })
		if !r.f.said("stock 50") || !r.f.said(`create 50 peer "" "Shops 1"`) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

func TestCeremonyThatFailsMakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, &workshop{})
		r.f.session.acts = func(context.Context, app.Prompts) error { return app.ErrLastTry }
		choosePeer(r, "Shops 1")
		r.press(tr("newidentity.create"))
		r.until("the question", r.dialogs.Covered)
		r.press(tr("newidentity.short.go"))
		r.until("the error", func() bool { return r.shows(app.Explain(app.ErrLastTry).What) })
		if r.f.said(`create 1 peer "" "Shops 1"`) {
			t.Error("made all the same")
		}
		r.dialogs.Clear()
		if r.button(tr("newidentity.create")).Disabled() {
			t.Error("the form cannot be used again")
		}
	})
}

// TestManyAreCancelled holds that one is told how many were made when it ended early.
func TestManyAreCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, &workshop{made: 512, until: make(chan struct{})})
		many(r, "1000")
		r.press(tr("newidentity.create"))
		r.until("progress", func() bool { return r.shows("512 of 1,000") })
		if !r.button(tr("newidentity.create")).Disabled() {
			t.Error("the same can be asked for twice")
		}
		r.press(tr("part.cancel"))
		r.until("the end", func() bool { return r.shows(tr("newidentity.stopped", "made", 512, "count", 1000)) })
		r.uncut("ended early")
	})
}

func TestManyThatFailAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, &workshop{made: 500, err: errors.New("disk 1 full")})
		many(r, "1000")
		r.press(tr("newidentity.create"))
		r.until("the error", func() bool { return r.shows("disk 1 full") })
		r.key(fyne.KeyEscape)
		if !r.shows(tr("newidentity.stopped", "made", 500, "count", 1000)) {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestMadeWhileElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &workshop{made: 1, until: make(chan struct{})}
		r := making(t, w)
		r.press(tr("newidentity.create"))
		r.until("the work", func() bool { return len(r.jobs) > 0 })
		r.Go(Route{Place: Settings})
		r.rest()
		close(w.until)
		r.until("the end", func() bool { return r.shows(tr("newidentity.done", "count", 1)) })
		if r.route.Place != Settings {
			t.Errorf("the page went away under the person: %+v", r.route)
		}
	})
}

func TestLockEndsMaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := making(t, &workshop{made: 1, until: make(chan struct{})})
		r.press(tr("newidentity.create"))
		r.until("the work", func() bool { return len(r.jobs) > 0 })
		r.lock(app.LockedByOwner)
		r.settle()
		if r.dialogs.Covered() || len(r.jobs) > 0 || r.route.Place != Locked {
			t.Errorf("%+v shows %q", r.route, r.texts())
		}
	})
}
