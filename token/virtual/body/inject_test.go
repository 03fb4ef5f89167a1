package body

import "testing"

func TestInjectedFaults(t *testing.T) {
	b := open(t, Options{})
	if _, yes := b.Injected(FIDO2, 1); yes {
		t.Fatal("a fault that nobody ordered")
	}
	b.Inject(Injection{Side: FIDO2, Command: 2, Status: 0x31, Times: 2})
	b.Inject(Injection{Side: PIV, Command: AnyCommand, Status: 0x6982, Times: 1})
	for i, want := range []struct {
		side    string
		command byte
		status  uint16
	}{
		{FIDO2, 1, 0}, {FIDO2, 2, 0x31}, {PIV, 0x87, 0x6982}, {PIV, 0x87, 0}, {FIDO2, 2, 0x31}, {FIDO2, 2, 0},
	} {
		status, yes := b.Injected(want.side, want.command)
		if status != want.status || yes != (want.status != 0) {
			t.Errorf("command %d: status %#x %v, want %#x", i, status, yes, want.status)
		}
	}
	b.Inject(Injection{Side: FIDO2, Command: 4, Status: 0x7f, Times: 3})
	b.Inject(Injection{Side: FIDO2, Command: 4})
	if _, yes := b.Injected(FIDO2, 4); yes {
		t.Fatal("the order was not taken back")
	}
}
