package body

import (
	"encoding/hex"
	"testing"
)

func TestConfig(t *testing.T) {
	b := open(t, Options{Serial: 0x00bc614e, Firmware: "5.4.3"})
	// Tags as yubikit's management.py reads them, in the order in which a key answers.
	const want = "2b" + "01020212" + "020400bc614e" + "03020212" + "040101" + "0503050403" + "06020000" + "07010f" + "080100" + "0a0100" + "0d020212" + "0e020212"
	for _, side := range []string{PIV, FIDO2} {
		if got := hex.EncodeToString(b.Config(side)); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

func TestConfigHidesTheSerialNumber(t *testing.T) {
	const rest = "03020212" + "040101" + "0503050403" + "06020000" + "07010f" +
		"080100" + "0a0100" + "0d020212" + "0e020212"
	const told, hidden = "2b" + "01020212" + "020400bc614e" + rest, "25" + "01020212" + rest
	for made, want := range map[string][2]string{
		"serial=piv":   {told, hidden},
		"serial=fido2": {hidden, told},
		"serial=none":  {hidden, hidden},
	} {
		b := open(t, Options{Serial: 0x00bc614e, Firmware: "5.4.3", Make: made})
		got := [2]string{hex.EncodeToString(b.Config(PIV)), hex.EncodeToString(b.Config(FIDO2))}
		if got != want {
			t.Errorf("%s: got  %s\nwant %s", made, got, want)
		}
	}
}
