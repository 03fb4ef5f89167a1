package keystore

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestMemoryIsGivenBackAtMostEveryTenSeconds: the first unlock of a process gives memory back at once; of those that
// follow within ten seconds one does, at the end of them, so that none is forgotten.
func TestMemoryIsGivenBackAtMostEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given := 0
		g := &giver{free: func() { given++ }}
		after := func(d time.Duration, want int) {
			t.Helper()
			<-time.After(d)
			synctest.Wait()
			if given != want {
				t.Errorf("given back %d times, want %d", given, want)
			}
		}
		g.giveBack()
		after(0, 1)
		g.giveBack()
		g.giveBack()
		after(betweenGivings-1, 1)
		after(1, 2)
		g.giveBack()
		after(betweenGivings-1, 2)
		after(1, 3)
		after(betweenGivings, 3)
		g.giveBack()
		after(0, 4)
	})
}
