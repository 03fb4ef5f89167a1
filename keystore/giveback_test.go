package keystore

import (
	"testing"
	"time"
)

// TestMemoryIsGivenBackAtMostEveryTenSeconds: the first unlock of a process gives memory back, however soon after the
// start; those that follow at once do not.
func TestMemoryIsGivenBackAtMostEveryTenSeconds(t *testing.T) {
	for _, c := range []struct {
		now, last time.Duration
		due       bool
	}{
		{time.Millisecond, 0, true},
		{9 * time.Second, time.Millisecond, false},
		{10 * time.Second, 0, true},
		{11 * time.Second, time.Second, true},
		{11 * time.Second, 2 * time.Second, false},
	} {
		if got := dueToGive(c.now, c.last); got != c.due {
			t.Errorf("%v after the start, last at %v: %v", c.now, c.last, got)
		}
	}
	giveBack()
	if given.Load() == 0 {
		t.Error("it was never given back")
	}
}
