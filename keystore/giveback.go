package keystore

import (
	"runtime/debug"
	"sync"
	"time"
)

// betweenGivings is how long a giver rests: giving memory back stops everything else for a moment, and whoever opens
// vaults one after another needs it again at once.
const betweenGivings = 10 * time.Second

// giver gives memory back, at most once in betweenGivings; what it is asked for meanwhile it does at the end of that.
type giver struct {
	free func()

	mu    sync.Mutex
	last  time.Time // when it gave last; guarded by mu
	waits bool      // it will give by itself; guarded by mu
}

// toSystem gives the system what this process does not use.
var toSystem = &giver{free: debug.FreeOSMemory}

// giveBack gives now or at the end of the rest.
func (g *giver) giveBack() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waits {
		return
	}
	if rest := betweenGivings - time.Since(g.last); rest > 0 {
		g.waits = true
		time.AfterFunc(rest, g.give)
		return
	}
	g.last = time.Now()
	g.free()
}

// give ends the rest.
func (g *giver) give() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waits, g.last = false, time.Now()
	g.free()
}
