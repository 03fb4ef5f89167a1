package desktop

import (
	"testing"

	fyneapp "fyne.io/fyne/v2/app"
)

// TestNothingIsWaitedForAtTheEnd looks into the toolkit that is built in: another release may keep its last hook elsewhere.
func TestNothingIsWaitedForAtTheEnd(t *testing.T) {
	if !unhook(fyneapp.NewWithID(ID).Lifecycle()) {
		t.Error("the toolkit's loop does something last, and may wait for itself for ever")
	}
}
