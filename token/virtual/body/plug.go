package body

import "fmt"

// gate is open or shut; its channel is closed while it is open.
type gate struct{ open chan struct{} }

func (g *gate) init() { g.open = make(chan struct{}); close(g.open) }

func (g *gate) isOpen() bool {
	select {
	case <-g.open:
		return true
	default:
		return false
	}
}

func (g *gate) shut() {
	if g.isOpen() {
		g.open = make(chan struct{})
	}
}

func (g *gate) unlock() {
	if !g.isOpen() {
		close(g.open)
	}
}

// plug is whether the key is in its port.
type plug struct {
	in      bool
	changed chan struct{} // closed at the next change of in
	cycle   uint64        // how often the key got power
}

func (p *plug) init() { p.in, p.changed, p.cycle = true, make(chan struct{}), 1 }

func (p *plug) set(in bool) {
	if p.in == in {
		return
	}
	p.in = in
	if in {
		p.cycle++
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// gone is closed once the key is out of its port.
func (p *plug) gone() <-chan struct{} {
	if p.in {
		return p.changed
	}
	closed := make(chan struct{})
	close(closed)
	return closed
}

// Plugged tells whether the key is in its port, and gives a channel that is
// closed when that next changes. Transports attach and detach by it.
func (b *Body) Plugged() (in bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.plug.in, b.plug.changed
}

// PowerCycle counts how often the key got power, from 1. What a key forgets
// without power (a PIN token, three wrong PINs in a row) is to be forgotten
// when this number has changed.
func (b *Body) PowerCycle() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.plug.cycle
}

// Plug puts the key into its port.
func (b *Body) Plug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.plug.set(true)
}

// Unplug pulls the key out. Whoever waits for a touch gets ErrUnplugged.
func (b *Body) Unplug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.plug.set(false)
}

// Unit is what a transport counts.
type Unit string

// The units that can be counted.
const (
	APDU  Unit = "apdu"  // one command of the smart-card side
	Frame Unit = "frame" // one 64-byte report of the FIDO2 side, received
)

// ParseUnit reads a unit's name, singular or plural.
func ParseUnit(s string) (Unit, error) {
	switch s {
	case "apdu", "apdus":
		return APDU, nil
	case "frame", "frames":
		return Frame, nil
	}
	return "", fmt.Errorf("unit %q is neither apdu nor frame", s)
}

// UnplugAfter makes the key unplug itself once n more units have been
// received, before the last of them is acted upon or answered. Zero or less
// takes the order back.
func (b *Body) UnplugAfter(unit Unit, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n <= 0 {
		delete(b.limits, unit)
		return
	}
	b.limits[unit] = n
}

// Count tells the body that a transport has received one unit. When it returns
// false the key has just been unplugged (or was already): the transport drops
// the unit and detaches.
func (b *Body) Count(unit Unit) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if left, set := b.limits[unit]; set {
		if left > 1 {
			b.limits[unit] = left - 1
		} else {
			delete(b.limits, unit)
			b.plug.set(false)
		}
	}
	return b.plug.in
}
