package ui

import (
	"runtime"
	"testing"
	"testing/synctest"

	"fyne.io/fyne/v2"

	"holdfast/app"
)

// TestCyclesLeaveNothingRunning locks and unlocks again and again, with a prompt and work under way: no goroutine stays behind.
func TestCyclesLeaveNothingRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		cycle := func() {
			t.Helper()
			pin(r, "piv")
			r.Go(Route{Place: Identities})
			shortcutOf(r, fyne.KeyL, fyne.KeyModifierShortcutDefault)()
			r.settle()
			if r.session != nil || r.route.Place != Locked {
				t.Fatalf("%+v", r.route)
			}
			r.press(tr("locked.unlock"))
			r.until("the vault is open again", func() bool { return r.session != nil })
			r.settle()
		}
		count := func() int {
			r.settle()
			return runtime.NumGoroutine()
		}
		cycle()
		before := count()
		const cycles = 50
		for range cycles {
			cycle()
		}
		if after := count(); after > before {
			t.Errorf("%d goroutines before, %d after %d cycles", before, after, cycles)
		}
		if len(r.jobs) > 0 || len(r.history) > 0 {
			t.Errorf("%d jobs, %d behind", len(r.jobs), len(r.history))
		}
	})
}

// TestLockKeyTakesAwayWhatIsTypedBeforeAVaultIsOpen: a PIN that is asked for to open one goes, and so does the job that asks.
func TestLockKeyTakesAwayWhatIsTypedBeforeAVaultIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		r.lock(app.LockedByOwner)
		r.settle()
		pin(r, "piv")
		r.typing("12345")
		shortcutOf(r, fyne.KeyL, fyne.KeyModifierShortcutDefault)()
		r.gone("a PIN to unlock with")
	})
}
