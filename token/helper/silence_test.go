package helper

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

func TestAFrozenTokenEndsByItself(t *testing.T) {
	t.Parallel()
	c, k, p, r := enrolled(t)
	if c.silence != 40*time.Second {
		t.Errorf("a token is given %v", c.silence)
	}
	k.order("touch automatic off")
	k.order("freeze")
	asked := len(p.asked)
	_, err := c.FIDO2(k.token()).HMACSecret(t.Context(), r, p.gate())
	if token.CodeOf(err) != token.Frozen || len(p.asked) != asked { // found before the PIN by a question that needs no person
		t.Errorf("%v, asked %+v", err, p.asked[asked:])
	}
	k.order("thaw")

	g := p.gate()
	var shown time.Time
	g.Prompts.Touch = func(ctx context.Context, r keystore.TouchRequest) func() {
		await(t, func() bool { return k.order("waiting")[0] == "1" }) // the helper goes on meanwhile
		k.order("freeze")
		c.silence, shown = time.Second, time.Now() // not sooner: how long it takes to come to this is the machine's matter
		return p.touch(ctx, r)
	}
	_, err = c.FIDO2(k.token()).HMACSecret(t.Context(), r, g)
	if took := time.Since(shown); token.CodeOf(err) != token.Frozen || took < c.silence || p.showing != 0 {
		t.Errorf("%v after %v, %d touch notices left", err, took, p.showing)
	}
	k.order("thaw")
}

// talking lets the wallet's side of an act talk to a helper that says what it is told to, each with a clock that jumps ahead when both wait.
func talking(t *testing.T, g keystore.Gate, helper func(in io.Reader, out io.Writer) error) (frame, error) {
	t.Helper()
	in, requests := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(helper(in, out), out.Close()) }()
	talk := &talk{client: NewClient(nil, nil), requests: requests, answers: answers, gate: g, token: missing()}
	last, err := talk.speak(t.Context(), request{Act: actHMAC, Token: missing()})
	if err := errors.Join(requests.Close(), answers.Close(), <-ended); err != nil {
		t.Error(err)
	}
	return last, err
}

// heard reads the next frame, which must be of a kind.
func heard(in io.Reader, want kind) error {
	f, err := readFrame(in)
	if f.secret != nil {
		f.secret.Destroy()
	}
	if err == nil && f.kind != want {
		err = errFrame
	}
	return err
}

// TestAPersonMayTakeTheirTime: the limit is for tokens.
func TestAPersonMayTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &person{pins: map[keystore.PINKind]string{keystore.PINFIDO2: "correct horse"}}
		g := p.gate()
		g.Prompts.PIN = func(ctx context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
			<-time.After(time.Hour)
			return p.pin(ctx, r)
		}
		begin := time.Now()
		last, err := talking(t, g, func(in io.Reader, out io.Writer) error {
			if err := heard(in, kindRequest); err != nil {
				return err
			}
			<-time.After(silence - 1)
			if err := writeJSON(out, kindAskPIN, keystore.PINRequest{Which: keystore.PINFIDO2}); err != nil {
				return err
			}
			if err := heard(in, kindPIN); err != nil {
				return err
			}
			for range 3 { // the token waits for a touch, and says so
				<-time.After(silence - 1)
				if err := writeFrame(out, kindAlive, nil); err != nil {
					return err
				}
			}
			<-time.After(silence - 1)
			return writeJSON(out, kindResult, result{})
		})
		if err != nil || last.kind != kindResult || time.Since(begin) != time.Hour+5*(silence-1) {
			t.Errorf("kind %q, %v, after %v", byte(last.kind), err, time.Since(begin))
		}
	})
}

// TestSilenceIsCountedFromTheLastSignOfLife has a helper fall silent with a touch notice on the screen.
func TestSilenceIsCountedFromTheLastSignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &person{}
		begin := time.Now()
		_, err := talking(t, p.gate(), func(in io.Reader, out io.Writer) error {
			if err := heard(in, kindRequest); err != nil {
				return err
			}
			<-time.After(time.Second)
			if err := writeJSON(out, kindTouchBegins, "x"); err != nil {
				return err
			}
			_, err := readFrame(in)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		})
		if token.CodeOf(err) != token.Frozen || time.Since(begin) != time.Second+silence || p.showing != 0 || len(p.touches) != 1 {
			t.Errorf("%v after %v, %d touches, %d notices left", err, time.Since(begin), len(p.touches), p.showing)
		}
	})
}

func TestANewPasskeyPINIsAskedForOnceMore(t *testing.T) {
	k, c := startKey(t, 12345678), NewClient(nil, nil)
	p := &person{pins: map[keystore.PINKind]string{keystore.PINNewFIDO2: "abc"}}
	k.order("touch automatic on")
	side := c.FIDO2(k.token())
	var e *token.Error
	if _, err := side.EnrolFIDO2(t.Context(), enrolRequest(), p.gate()); !errors.As(err, &e) || e.Code != token.PINRefused || len(p.asked) != 2 {
		t.Errorf("too short twice: %v, asked %+v", err, p.asked)
	}
	if p.asked[0].Again != "" || p.last().Again != keystore.AgainLength {
		t.Errorf("asked %+v", p.asked)
	}
	var n atomic.Int32
	g := p.gate()
	g.Prompts.PIN = func(ctx context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
		if n.Add(1) == 2 {
			p.pins[keystore.PINNewFIDO2] = "correct horse"
		}
		return p.pin(ctx, r)
	}
	if _, err := side.EnrolFIDO2(t.Context(), enrolRequest(), g); err != nil || n.Load() != 2 || len(p.touches) != 1 {
		t.Errorf("%v, asked %d times, %d touches", err, n.Load(), len(p.touches))
	}
}

func TestTheNewPasskeyPINIsSaidAfterAFailure(t *testing.T) {
	k, c := startKey(t, 12345678), NewClient(nil, nil)
	p := &person{pins: map[keystore.PINKind]string{keystore.PINNewFIDO2: "correct horse"}, onTouch: func() {
		await(t, func() bool { return k.order("waiting")[0] == "1" })
		k.order("unplug")
	}}
	_, err := c.FIDO2(k.token()).EnrolFIDO2(t.Context(), enrolRequest(), p.gate())
	var said *keystore.PINReplacedError
	if !errors.As(err, &said) || said.PIN != keystore.Changed || said.Side != keystore.KindFIDO2 || token.CodeOf(err) != token.Removed {
		t.Errorf("%v", err)
	}
}
