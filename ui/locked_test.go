package ui

import (
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/ui/parts"
)

// TestOwnerWordsAreAsked holds that a vault that nothing vouches for is opened only with the words of the sheet, that they are not shown, and that
// wrong ones are told.
func TestOwnerWordsAreAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.f.err = keystore.ErrUnconfirmedOwner
		r.press(tr("locked.unlock"))
		r.until("the question", r.dialogs.Covered)
		r.uncut("owner words")
		if r.shows("wa") || r.shows("wd") {
			t.Error("the words to compare with are shown")
		}
		fields := find[*parts.Entry](r)
		if len(fields) != ownerWords {
			t.Fatalf("%d fields", len(fields))
		}
		r.f.err = keystore.ErrOwnerWords
		for i, f := range fields {
			if !r.next(tr("owner.ok")).Disabled() {
				t.Error("fewer than four words are enough")
			}
			r.win.Canvas().Focus(f)
			r.typing(" W" + string(rune('a'+i)))
		}
		r.key(fyne.KeyReturn)
		r.until("the question again", func() bool { return r.shows(app.Explain(keystore.ErrOwnerWords).What) })
		r.uncut("wrong owner words")
		r.f.err = nil
		for i, f := range find[*parts.Entry](r) {
			r.win.Canvas().Focus(f)
			r.typing("w" + string(rune('a'+i)))
		}
		r.key(fyne.KeyReturn)
		r.until("the open vault", func() bool { return r.session != nil })
		if !r.f.said(`owner words ["wa" "wb" "wc" "wd"]`) {
			t.Errorf("%q", r.f.calls)
		}
	})
}

func TestAStrangersVaultIsSaidToBeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.f.mu.Lock()
		r.f.locked.Remembered, r.f.locked.ReadOnly = false, keystore.ReadOnlyCopied
		r.f.mu.Unlock()
		r.Again()
		r.settle()
		if !r.shows(tr("locked.stranger")) || !r.shows(tr("locked.readonly")) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("a stranger's vault")
	})
}

func TestADamagedVaultLeadsToABackup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.f.damage()
		r.Again()
		r.settle()
		if !r.shows("cannot be trusted") || r.button(tr("locked.unlock")) != nil {
			t.Fatalf("%q", r.texts())
		}
		r.uncut("damaged vault")
		r.press(tr("locked.restore"))
		if r.route != (Route{Place: First, Act: "restore"}) {
			t.Errorf("%+v", r.route)
		}
	})
}

func TestUnlockStartsByAPressOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.plug(factory(), side(app.SidePIV, "1"))
		if len(r.f.calls) > 0 || r.dialogs.Covered() || !r.shows(tr("locked.ready")) {
			t.Fatalf("%q %q", r.f.calls, r.texts())
		}
		r.key(fyne.KeyReturn)
		r.until("the open vault", func() bool { return r.session != nil })
	})
}

func TestAnotherVaultCanBeChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main", "work")
		r.key(fyne.KeyReturn) // the focus is on the first
		r.settle()
		if r.route != (Route{Place: Locked, Item: "main"}) {
			t.Fatalf("%+v", r.route)
		}
		r.press(tr("locked.other"))
		r.settle()
		if !r.shows(tr("locked.which")) {
			t.Errorf("%q", r.texts())
		}
	})
}

// TestTheFirstPictureHasThePage holds that a vault that has been looked at by the time the window is made shows at once, and that one that has not
// keeps nobody waiting; with the tokens that are known, which are not told again.
func TestTheFirstPictureHasThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "main")
		r.page = nil
		start := time.Now()
		r.showFirst()
		if took := time.Since(start); r.page != nil || took != firstLook {
			t.Errorf("after %v a page shows of what nobody has looked at: %v", took, r.page != nil)
		}
		here := app.Token{ID: "piv:1", Kind: app.SidePIV, Physical: "soft:1", Name: "Soft 1"}
		r.f.mu.Lock()
		r.f.plugged = []app.Token{here}
		r.f.mu.Unlock()
		r.looking <- r.inspectFirst()
		r.showFirst()
		if r.page == nil || r.route.Place != Locked || !r.shows(tr("locked.here")) {
			t.Fatalf("%+v shows %q", r.route, r.texts())
		}
		changes := 0
		r.page.Changed = func(Change) { changes++ }
		told := func(kind token.EventKind) {
			r.f.events <- app.TokenEvent{Kind: kind, Token: here}
			r.settle()
		}
		if told(app.TokenArrived); changes != 0 {
			t.Error("the page was made again for a token that it shows")
		}
		if told(app.TokenChanged); changes != 1 || len(r.tokens) != 1 { // such as one that would not say before which it is
			t.Errorf("%d changes, %v", changes, r.tokens)
		}
		if told(app.TokenLeft); changes != 2 || len(r.tokens) > 0 {
			t.Errorf("%d changes, %v", changes, r.tokens)
		}
		if told(app.TokenArrived); changes != 3 || len(r.tokens) != 1 {
			t.Errorf("%d changes, %v", changes, r.tokens)
		}
	})
}
