// Package logind hears from systemd-logind, over the system bus, that the machine goes to sleep and that the person's screen is locked, and holds sleep
// up for the moment that locking takes. It only listens: nothing it hears does more than lock.
//
// The bus is the system's own socket, not one that an environment variable names: whoever sets one could keep a vault open through sleep. Signals
// count only from the connection that owns logind's name; any program may send one that looks the same.
package logind

import (
	"context"
	"time"

	"holdfast/app"
)

// systemBus is where every Linux system has it (D-Bus Specification, "Well-known Message Bus Instances").
const systemBus = "unix:path=/run/dbus/system_bus_socket"

// The times of trying again while there is no bus.
const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// Watcher hears from logind.
type Watcher struct {
	address string
	first   time.Duration // the first pause before the bus is tried again
}

// System hears from this machine's logind.
func System() *Watcher { return &Watcher{address: systemBus, first: firstPause} }

// At hears from the logind of another bus, by its D-Bus address: for tests and journeys, which have a bus of their own.
func At(address string) *Watcher { return &Watcher{address: address, first: firstPause / 20} }

var _ app.Presences = (*Watcher)(nil)

// Watch implements app.Presences. It begins by saying whether the system tells anything, and tries again for as long as it does not.
func (w *Watcher) Watch(ctx context.Context) <-chan app.Presence {
	out := make(chan app.Presence)
	go func() {
		defer close(out)
		for pause := w.first; ctx.Err() == nil; pause = min(2*pause, lastPause) {
			if w.listen(ctx, out) {
				pause = w.first
			}
			if !send(ctx, out, app.Presence{}) || !sleep(ctx, pause) {
				return
			}
		}
	}()
	return out
}

// send hands on what was heard; false when nobody listens any more.
func send(ctx context.Context, out chan<- app.Presence, p app.Presence) bool {
	if p.Locked == nil {
		p.Locked = func() {}
	}
	select {
	case out <- p:
		return true
	case <-ctx.Done():
		return false
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
