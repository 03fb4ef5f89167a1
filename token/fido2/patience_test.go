package fido2

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	libfido2 "github.com/keys-pub/go-libfido2"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

func TestConfused(t *testing.T) {
	for number, want := range map[int]bool{-1: false, -2: true, -3: true, -4: true, -5: false, 0x06: false, 0x31: false} {
		if got := confused(ctapError("x", number)); got != want {
			t.Errorf("%d: %v", number, got)
		}
	}
	if confused(nil) || confused(errors.New("x")) {
		t.Error("what no token answers")
	}
}

func TestHear(t *testing.T) {
	at, reports, told := time.Unix(100, 0), 25, 0
	hear(func(b []byte) (int, error) {
		if reports--; reports < 0 {
			return 0, os.ErrClosed
		}
		at = at.Add(100 * time.Millisecond) // as keepalives come
		return len(b), nil
	}, func() { told++ }, func() time.Time { return at })
	if told != 3 {
		t.Errorf("told %d times in 2.5 s", told)
	}
}

func TestOnlyHIDDevicesAreListenedTo(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "hidraw0")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plain, "/dev/null", "/dev/ptmx", plain + "missing"} {
		if isHIDRaw(path) {
			t.Errorf("%s counts as a HID device", path)
		}
	}
	k := &Key{Token: token.Token{Path: plain}, Alive: func() { t.Error("alive") }}
	k.listen()()
}

// TestAPINTheTokenRefusesIsAskedForOnceMore: a token may have rules of its own for PINs, and says so in the step that sets one.
func TestAPINTheTokenRefusesIsAskedForOnceMore(t *testing.T) {
	refused := ctapError("setting the PIN", 0x37)
	for name, c := range map[string]struct {
		answers []error
		asked   int
		code    token.Code
	}{
		"taken":         {[]error{nil}, 1, ""},
		"refused once":  {[]error{refused, nil}, 2, ""},
		"refused twice": {[]error{refused, refused}, 2, token.PINRefused},
		"another fault": {[]error{ctapError("x", -2)}, 1, token.Removed},
	} {
		var asked []keystore.Again
		g := keystore.Gate{Prompts: keystore.Prompts{PIN: func(_ context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
			asked = append(asked, r.Again)
			return secret.Move([]byte("1234567"))
		}}}
		answers := c.answers
		pin, _, err := (&Key{}).enrolmentPIN(t.Context(), g, token.Facts{MinPIN: 4, PINSet: token.No}, func(context.Context, token.Facts, *secret.Bytes) (keystore.Change, error) {
			answer := answers[0]
			answers = answers[1:]
			return keystore.Unclear, answer
		})
		if token.CodeOf(err) != c.code || len(asked) != c.asked || (pin == nil) != (err != nil) || asked[0] != "" || c.asked == 2 && asked[1] != keystore.AgainRefused {
			t.Errorf("%s: %v, asked %q", name, err, asked)
		}
		if pin != nil {
			pin.Destroy()
		}
	}
}

// answerFacts answers what Facts asks: a token of no name with a PIN and 8 tries.
func answerFacts(frame []byte) [][]byte {
	switch {
	case frame[4] == cmdInit:
		return [][]byte{initAnswer(frame, capCBOR)}
	case frame[4] == cmdReadConfig:
		return [][]byte{message(cmdError, 1, 0x01)}
	case frame[7] == ctapGetInfo: // {3: AAGUID, 4: {"clientPin": true}}
		answer := append([]byte{0, 0xa2, 0x03, 0x50}, make([]byte, 16)...)
		answer = append(answer, 0x04, 0xa1, 0x69)
		answer = append(append(answer, "clientPin"...), 0xf5)
		return [][]byte{message(cmdCBOR, len(answer), answer...)}
	default: // {3: 8}
		return [][]byte{message(cmdCBOR, 4, 0, 0xa1, 0x03, 0x08)}
	}
}

func TestAChannelThatIsBusyIsAskedAgain(t *testing.T) {
	d, busy := newTerminal(t), 3
	d.answer(func(frame []byte) [][]byte {
		if frame[4] == cmdCBOR && frame[7] == ctapGetInfo && busy > 0 {
			busy--
			return [][]byte{message(cmdError, 1, 0x06)}
		}
		return answerFacts(frame)
	})
	k := &Key{Token: token.Token{Path: d.path}}
	if f, err := k.Facts(t.Context()); err != nil || f.PINTries != 8 || f.PINSet != token.Yes {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestWhatIsConfusedIsDoneOnceMore(t *testing.T) {
	t.Parallel()
	k := &Key{Token: token.Token{Path: "/dev/null/nothing"}}
	acts := 0
	err := k.onceMore(t.Context(), token.Facts{PINTries: 8}, func() error { acts++; return ctapError("x", -3) })
	if token.CodeOf(err) != token.Malformed || acts != 1 {
		t.Errorf("a token that is gone: %v, done %d times", err, acts)
	}
	d := newTerminal(t)
	d.answer(answerFacts)
	k = &Key{Token: token.Token{Path: d.path}}
	facts, err := k.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		before  int // tries left before
		answers []error
		code    token.Code
	}{
		"then it succeeds":      {facts.PINTries, []error{ctapError("x", -3), nil}, ""},
		"RX":                    {facts.PINTries, []error{ctapError("x", -2), nil}, ""},
		"it stays confused":     {facts.PINTries, []error{ctapError("x", -3), ctapError("x", -2)}, token.Busy},
		"a try was spent":       {facts.PINTries + 1, []error{ctapError("x", -3)}, token.Malformed},
		"the last try":          {1, []error{ctapError("x", -3)}, token.Malformed},
		"a wrong PIN":           {facts.PINTries, []error{ctapError("x", 0x31)}, token.WrongPIN},
		"then the PIN is wrong": {facts.PINTries, []error{ctapError("x", -3), ctapError("x", 0x31)}, token.WrongPIN},
	} {
		before, acts := facts, 0
		before.PINTries = c.before
		err := k.onceMore(t.Context(), before, func() error { acts++; return c.answers[min(acts, len(c.answers))-1] })
		if token.CodeOf(err) != c.code || acts != len(c.answers) {
			t.Errorf("%s: %v, done %d times", name, err, acts)
		}
	}
}

// TestTheLastTryIsPresentedOnce has a token say that one try is left, before and after: it may count what it was given
// late.
func TestTheLastTryIsPresentedOnce(t *testing.T) {
	d := newTerminal(t)
	d.answer(func(frame []byte) [][]byte {
		if frame[4] == cmdCBOR && frame[7] == ctapClientPIN { // {3: 1}
			return [][]byte{message(cmdCBOR, 4, 0, 0xa1, 0x03, 0x01)}
		}
		return answerFacts(frame)
	})
	k, acts := &Key{Token: token.Token{Path: d.path}}, 0
	facts, err := k.Facts(t.Context())
	if err != nil || facts.PINTries != 1 {
		t.Fatalf("%d tries, %v", facts.PINTries, err)
	}
	err = k.onceMore(t.Context(), facts, func() error { acts++; return ctapError("x", -3) })
	if token.CodeOf(err) != token.Malformed || acts != 1 {
		t.Errorf("%v, done %d times", err, acts)
	}
}

// TestNothingIsDoneOnAnotherToken puts another token in the place of the one that the PIN was typed for.
func TestNothingIsDoneOnAnotherToken(t *testing.T) {
	d := newTerminal(t)
	d.answer(answerFacts)
	k := &Key{Token: token.Token{Path: d.path}}
	facts, err := k.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	facts.Token.Physical = token.YubiKeySerial(12345678)
	acts := 0
	err = k.withDevice(t.Context(), facts, func(*libfido2.Device) error { acts++; return nil })
	if token.CodeOf(err) != token.Removed || acts != 0 {
		t.Errorf("%v, done %d times", err, acts)
	}
	err = k.onceMore(t.Context(), facts, func() error { acts++; return ctapError("x", -3) })
	if token.CodeOf(err) != token.Malformed || acts != 1 {
		t.Errorf("once more: %v, done %d times", err, acts)
	}
}
