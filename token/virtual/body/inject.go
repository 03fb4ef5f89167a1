package body

import "slices"

// AnyCommand in an Injection matches every command.
const AnyCommand = -1

// Injection is a fault that the key is told to show: commands are not carried
// out but answered with a status.
type Injection struct {
	Side    string // PIV (status words) or FIDO2 (CTAP status bytes)
	Command int    // the INS of an APDU or the CTAP command byte; AnyCommand for every one
	Status  uint16 // what is answered: 0x6982, 0x31
	Times   int    // how many commands are answered so; zero or less takes the order back
}

// Inject orders a fault. A new order replaces an earlier one for the same side
// and command; several orders for different commands stand beside each other.
func (b *Body) Inject(i Injection) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = slices.DeleteFunc(b.faults, func(f Injection) bool {
		return f.Side == i.Side && f.Command == i.Command
	})
	if i.Times > 0 {
		b.faults = append(b.faults, i)
	}
}

// Injected tells whether a command is to be answered with an ordered fault, and
// with which status. It counts the order down.
func (b *Body) Injected(side string, command byte) (status uint16, yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.faults {
		f := &b.faults[i]
		if f.Side != side || (f.Command != AnyCommand && f.Command != int(command)) {
			continue
		}
		status = f.Status
		if f.Times--; f.Times == 0 {
			b.faults = slices.Delete(b.faults, i, i+1)
		}
		return status, true
	}
	return 0, false
}
