package body

import (
	"encoding/hex"
	"testing"
)

func TestConfig(t *testing.T) {
	b := open(t, Options{Serial: 0x00bc614e, Firmware: "5.4.3"})
	// Tags as yubikit's management.py reads them, in the order in which a key answers.
	const want = "2b" + "01020212" + "020400bc614e" + "03020212" + "040101" + "0503050403" + "06020000" + "07010f" + "080100" + "0a0100" + "0d020212" + "0e020212"
	if got := hex.EncodeToString(b.Config()); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}
