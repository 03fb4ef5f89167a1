package helper

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/internal/intime"
	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

func TestAFrozenTokenEndsByItself(t *testing.T) {
	c, k, p, r := enrolled(t)
	if c.silence != 40*time.Second {
		t.Errorf("a token is given %v", c.silence)
	}
	c.silence = time.Second
	k.order("touch automatic off")
	intime.Within(t, 5*time.Second, func() time.Duration { // found before the PIN by a question that needs no person
		k.order("freeze")
		defer k.order("thaw")
		begin := time.Now()
		if _, err := c.FIDO2(k.token()).HMACSecret(t.Context(), r, p.gate()); token.CodeOf(err) != token.Frozen {
			t.Error(err)
		}
		return time.Since(begin)
	})
	waiting := func(n string) { await(t, func() bool { return k.order("waiting")[0] == n }) }
	intime.Within(t, 3*time.Second, func() time.Duration {
		frozen := make(chan time.Time, 1)
		p.onTouch = func() {
			waiting("1")
			k.order("freeze")
			frozen <- time.Now()
		}
		_, err := c.FIDO2(k.token()).HMACSecret(t.Context(), r, p.gate())
		took := time.Since(<-frozen)
		if token.CodeOf(err) != token.Frozen || took < 500*time.Millisecond || p.showing != 0 {
			t.Errorf("%v after %v, %d touch notices left", err, took, p.showing)
		}
		k.order("thaw")
		return took
	})
}

// TestAPersonMayTakeTheirTime: the limit is for tokens.
func TestAPersonMayTakeTheirTime(t *testing.T) {
	c, k, p, r := enrolled(t)
	c.silence = 3 * time.Second
	g := p.gate()
	ask := g.Prompts.PIN
	g.Prompts.PIN = func(ctx context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
		timer := time.NewTimer(2 * c.silence)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return ask(ctx, r)
		}
	}
	s, err := c.FIDO2(k.token()).HMACSecret(t.Context(), r, g)
	if err != nil {
		t.Fatal(err)
	}
	s.Destroy()
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
