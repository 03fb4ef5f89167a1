package secret

// sweepSize is how much of the stack is swept: more than the hashes and ciphers of the standard library use below one call.
const sweepSize = 16 << 10

// Swept runs a function that works on a secret with code that is not ours, such as a hash, and overwrites what that left on the stack. The stack is made
// large enough before: Go moves one that grows, and what the old one held is wiped by nobody. It is a help and no promise: a collection at the wrong moment
// may move the stack all the same, and registers are beyond reach.
func Swept(fn func() error) error {
	sweep()
	defer sweep()
	return fn()
}

// sweep overwrites the part of the stack below its caller.
//
//go:noinline
func sweep() {
	var room [sweepSize]byte
	wipe(&room)
}

//go:noinline
func wipe(room *[sweepSize]byte) { clear(room[:]) }
