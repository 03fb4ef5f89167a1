package keystore

import (
	"runtime/debug"
	"sync/atomic"
	"time"
)

// betweenGivings is how long giveBack rests: giving memory back stops everything else for a moment, and whoever opens
// vaults one after another needs it again at once.
const betweenGivings = 10 * time.Second

var (
	started = time.Now()
	given   atomic.Int64 // when giveBack last gave, in nanoseconds after started; 0 for never
)

// giveBack gives the system the memory that this process does not use, unless it has just done so.
func giveBack() {
	now, last := time.Since(started), given.Load()
	if dueToGive(now, time.Duration(last)) && given.CompareAndSwap(last, int64(now)) {
		debug.FreeOSMemory()
	}
}

// dueToGive says whether memory is to be given back, by the time since the start and the time when it was last given
// back; 0 for never.
func dueToGive(now, last time.Duration) bool { return last == 0 || now-last >= betweenGivings }
