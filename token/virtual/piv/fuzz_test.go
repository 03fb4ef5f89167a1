package piv

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"holdfast/token/virtual/body"
	"holdfast/token/virtual/vpcd"
)

// recorded is the traffic of real clients; see testdata/README.
func recorded(t testing.TB) []vpcd.Exchange {
	t.Helper()
	files, err := filepath.Glob("testdata/*.trace")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d recordings in testdata: %v", len(files), err)
	}
	var all []vpcd.Exchange
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		exchanges, err := vpcd.ReadTrace(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		all = append(all, exchanges...)
	}
	if len(all) < 100 {
		t.Fatalf("%d recorded exchanges", len(all))
	}
	return all
}

func TestRecordedCommandsParse(t *testing.T) {
	for _, x := range recorded(t) {
		c, err := ParseCommand(x.Command)
		if err != nil {
			t.Fatalf("%x: %v", x.Command, err)
		}
		if b, err := c.Bytes(); err != nil || !bytes.Equal(b, x.Command) {
			t.Fatalf("%x encodes as %x: %v", x.Command, b, err)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, x := range recorded(f) {
		f.Add(x.Command)
	}
	f.Fuzz(func(t *testing.T, apdu []byte) {
		c, err := ParseCommand(apdu)
		if err != nil {
			return
		}
		if b, err := c.Bytes(); err != nil || !bytes.Equal(b, apdu) {
			t.Fatalf("%x encodes as %x: %v", apdu, b, err)
		}
	})
}

func FuzzElements(f *testing.F) {
	for _, x := range recorded(f) {
		if c, err := ParseCommand(x.Command); err == nil && len(c.Data) > 0 {
			f.Add(c.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rest := data
		for len(rest) > 0 {
			e, after, err := readElement(rest)
			if err != nil {
				return
			}
			if len(after) >= len(rest) || len(e.value) > len(rest) {
				t.Fatalf("%x does not shrink", rest)
			}
			again, none, err := readElement(appendElement(nil, e.tag, e.value))
			if err != nil || len(none) > 0 || again.tag != e.tag || !bytes.Equal(again.value, e.value) {
				t.Fatalf("tag %x does not come back: %v", e.tag, err)
			}
			rest = after
		}
	})
}

// FuzzCard sends two commands, after the PIN and the management key, to a card
// of each maker with a key in it. It must answer both with a status word, and
// never with one of its own failures.
func FuzzCard(f *testing.F) {
	all := recorded(f)
	for i := 1; i < len(all); i++ {
		f.Add(all[i-1].Command, all[i].Command)
	}
	cards := []*Card{fuzzCard(f, "yubikey"), fuzzCard(f, "canokey")}
	key, err := newPrivateKey(algP256)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		for _, c := range cards {
			c.state = c.factoryState(c.state)
			if _, err := c.install(0x9A, algP256, key, originGenerated, nil); err != nil {
				t.Fatal(err)
			}
			c.session = session{selected: pivApplication, pin: true, pinFresh: true, managed: true}
			for _, apdu := range [][]byte{first, second} {
				mustAnswer(t, c, apdu)
			}
		}
	})
}

// fuzzCard is the card of a new key, which is touched automatically.
func fuzzCard(f *testing.F, made string) *Card {
	f.Helper()
	b, err := body.Open(body.Options{Dir: f.TempDir(), Make: made})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := b.Close(); err != nil {
			f.Error(err)
		}
	})
	b.AutomaticTouch(true)
	c, err := New(b, "")
	if err != nil {
		f.Fatal(err)
	}
	return c
}

// mustAnswer sends a command that the card has to answer.
func mustAnswer(t *testing.T, c *Card, apdu []byte) {
	t.Helper()
	if cmd, err := ParseCommand(apdu); err == nil && slow(cmd) {
		return
	}
	answer, err := c.Transmit(t.Context(), apdu)
	if err != nil || len(answer) < 2 {
		t.Fatalf("%x: answer %x, error %v", apdu, answer, err)
	}
	if s := status(answer[len(answer)-2])<<8 | status(answer[len(answer)-1]); s == statusInternal {
		t.Fatalf("%x fails inside", apdu)
	}
}

// slow tells whether a command makes an RSA key, which takes seconds.
func slow(c Command) bool {
	if c.Instruction != insGenerate {
		return false
	}
	for _, algorithm := range []byte{algRSA1024, algRSA2048, algRSA3072, algRSA4096} {
		if bytes.Contains(c.Data, []byte{tagAlgorithm, 1, algorithm}) {
			return true
		}
	}
	return false
}
