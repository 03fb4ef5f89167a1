package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/parts"
)

// detailOf shows one identity.
func detailOf(r *rig, id string) {
	r.t.Helper()
	r.Go(Route{Place: Identities, Item: id})
	r.until("the identity", func() bool { return r.shows(tr("identity.keys")) })
	r.settle()
}

func TestIdentityOfARelationship(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withRelation(t)
		id := relation()
		detailOf(r, id.ID)
		for _, words := range []string{
			"bank 1", tr("identity.kind.peer", "party", id.Party), id.DID, tr("identity.forms"), tr("identity.purpose.assertionMethod"), tr("identity.purpose.succession"),
			tr("identity.key.active"), tr("identity.key.ceremony"), tr("identity.key.ended"), tr("identity.key.state", "state", "suspended"), "X25519",
		} {
			if !r.shows(words) {
				t.Errorf("%q is not shown: %q", words, r.texts())
			}
		}
		r.uncut("identity")
		copies := 0
		for _, b := range find[*parts.Button](r) {
			if b.Words() != tr("part.copy") {
				continue
			}
			b.Press()
			if got := r.app.Clipboard().Content(); got == []string{id.DID, id.LongForm, string(id.Document)}[copies] {
				copies++
			} else {
				t.Errorf("copied %q", got)
			}
		}
		if copies != 3 {
			t.Errorf("%d copies", copies)
		}
		r.lock(app.LockedByOwner)
		if got := r.app.Clipboard().Content(); got != "" {
			t.Errorf("the clipboard holds %q after the lock", got)
		}
	})
}

func TestQROfAnIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withRelation(t)
		detailOf(r, relation().ID)
		r.press(tr("identity.qr"))
		if len(find[*parts.QR](r)) != 1 || !r.shows(tr("identity.qr.peer", "party", relation().Party)) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("QR code")
		r.key(fyne.KeyEscape)
		if r.dialogs.Covered() || r.route.Item != relation().ID {
			t.Errorf("%+v", r.route)
		}
	})
}

// TestDocumentIsReadAndKept shows the document and writes it to a file, and not over one that is there.
func TestDocumentIsReadAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := t.TempDir()
		t.Setenv("HOME", home)
		r := withRelation(t)
		detailOf(r, relation().ID)
		if r.shows("verificationMethod") {
			t.Error("the document shows before anybody asked for it")
		}
		r.press(tr("identity.document.show"))
		if !r.shows(`"verificationMethod": [`) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("document")
		r.press(tr("identity.document.hide"))
		for range 2 {
			r.press(tr("identity.document.save"))
			r.until("the folder", func() bool { return r.shows(filepath.Base(home)) })
			r.press(tr("browse.here"))
			r.until("an answer", func() bool { return r.shows(tr("identity.saved.title")) || r.shows(tr("part.failure.title")) })
			if written, err := os.ReadFile(filepath.Join(home, documentName)); err != nil || string(written) != string(relation().Document)+"\n" {
				t.Errorf("%q, %v", written, err)
			}
			if r.shows(tr("identity.saved.title")) {
				r.dialogs.Close()
				continue
			}
			if !r.shows("is there already") {
				t.Errorf("%q", r.texts())
			}
		}
		if r.shows(tr("identity.saved.title")) {
			t.Error("written over")
		}
	})
}

func TestIdentityThatSignsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withRelation(t)
		r.f.session.mu.Lock()
		r.f.session.identities[3].Ended = true
		r.f.session.mu.Unlock()
		detailOf(r, relation().ID)
		if r.button(tr("identity.sign.file")) != nil || r.button(tr("identity.sign.text")) != nil {
			t.Error("it is offered for signing")
		}
		if b, ok := r.win.Canvas().Focused().(*parts.Button); !ok || b.Words() != tr("part.back") {
			t.Error("the focus is on what is not there")
		}
		r.press(tr("identity.again"))
		r.until("the form filled", func() bool { return find[*parts.Radio](r)[0].Selected() == tr("newidentity.peer") })
		r.press(tr("newidentity.create"))
		r.until("the new one", func() bool { return r.f.said(`create 1 peer "bank 1" "Bank of Examples 1"`) })
	})
}

// TestFocusIsSeen goes through a page that is higher than the window with the Tab key: what has the focus is in view.
func TestFocusIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withRelation(t)
		detailOf(r, relation().ID)
		seen := 0
		for range 40 {
			r.win.Canvas().FocusNext()
			b, ok := r.win.Canvas().Focused().(*parts.Button)
			if !ok {
				continue
			}
			at := r.placeOf(b)
			if at.Y < 0 || at.Y+b.Size().Height > r.win.Canvas().Size().Height {
				t.Errorf("the focus is on %q, at %v", b.Words(), at)
			}
			if b.Words() == tr("identity.document.save") {
				seen++
			}
		}
		if seen == 0 || r.page.scroll.Offset.Y == 0 {
			t.Fatal("the page was not gone through")
		}
		at := r.page.scroll.Offset.Y
		r.key(fyne.KeyPageUp)
		if r.page.scroll.Offset.Y >= at {
			t.Error("Page Up does not turn the page")
		}
		r.page.scroll.ScrollToTop()
		r.win.Canvas().Unfocus()
		r.key(fyne.KeyPageDown)
		if r.page.scroll.Offset.Y == 0 {
			t.Error("Page Down does not turn the page")
		}
	})
}

func TestIdentityThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.Go(Route{Place: Identities, Item: strings.Repeat("0f", 16)})
		r.until("the error", func() bool { return r.shows("Nothing in this vault answers to that name") })
	})
}

func TestHistoryOfAnIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		id := r.f.session.identities[0].ID
		r.f.session.mu.Lock()
		r.f.session.journal = nil
		r.f.session.mu.Unlock()
		detailOf(r, id)
		r.until("the empty record", func() bool { return r.shows(tr("identity.history.none")) })
		r.f.session.mu.Lock()
		r.f.session.journal = append(r.f.session.journal, app.JournalEvent{Number: 9, Time: day(1), Act: "sign", Subject: id, Result: "ok"})
		r.f.session.mu.Unlock()
		r.reload()
		r.until("the act", func() bool { return r.shows("Identity made: label 8") }) // the fake's words for any act
	})
}
