package helper

import (
	"context"
	"testing"
	"time"

	"holdfast/internal/limit"
	"holdfast/keystore"
	"holdfast/token"
)

// cancelLimit is how long a person may wait for what they cancelled to have ended, the token being frozen.
const cancelLimit = 100 * time.Millisecond

// BenchmarkCancel cancels an act, the end of the process that talked to the token included.
func BenchmarkCancel(b *testing.B) {
	for name, cancel := range map[string]func(b *testing.B) func() time.Duration{
		"a silent token": cancelSilent, "a helper that hangs": cancelHanging,
		"a touch":               func(b *testing.B) func() time.Duration { return cancelTouch(b, false) },
		"a touch, token frozen": func(b *testing.B) func() time.Duration { return cancelTouch(b, true) },
	} {
		b.Run(name, func(b *testing.B) { limit.Median(b, cancelLimit, cancel(b)) })
	}
}

func cancelSilent(b *testing.B) func() time.Duration {
	c := NewClient(nil, nil)
	return func() time.Duration {
		frozen, asked := silentDevice(b)
		return untilCancelled(b, asked, func(ctx context.Context) error { _, err := c.Facts(ctx, frozen); return err })
	}
}

func cancelHanging(b *testing.B) func() time.Duration {
	return func() time.Duration {
		c, g, working := hangingHelper()
		return untilCancelled(b, func() { <-working }, func(ctx context.Context) error {
			_, err := c.FIDO2(missing()).HMACSecret(ctx, keystore.HMACRequest{}, g)
			return err
		})
	}
}

func cancelTouch(b *testing.B, freeze bool) func() time.Duration {
	c, k, p, r := enrolled(b)
	k.order("touch automatic off")
	shown := make(chan struct{})
	p.onTouch = func() { shown <- struct{}{} }
	waits := func() bool { return k.order("waiting")[0] != "0" }
	ready := func() {
		<-shown
		await(b, waits)
		if freeze {
			k.order("freeze")
		}
	}
	return func() time.Duration {
		took := untilCancelled(b, ready, func(ctx context.Context) error {
			_, err := c.FIDO2(k.token()).HMACSecret(ctx, r, p.gate())
			return err
		})
		k.order("thaw")
		await(b, func() bool { return !waits() })
		return took
	}
}

// untilCancelled does an act, cancels it when it is ready, and says how long the act went on then.
func untilCancelled(b *testing.B, ready func(), act func(context.Context) error) time.Duration {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	asked := make(chan time.Time, 1)
	go func() { ready(); asked <- time.Now(); cancel() }()
	if err := act(ctx); token.CodeOf(err) != token.Cancelled {
		b.Fatal(err)
	}
	return time.Since(<-asked)
}

// BenchmarkFrozen asks a token that is frozen, until the wallet says that it is.
func BenchmarkFrozen(b *testing.B) {
	c, k, p, r := enrolled(b)
	k.order("freeze")
	defer k.order("thaw")
	limit.Median(b, 5*time.Second, func() time.Duration { // found before the PIN by a question that needs no person
		begin := time.Now()
		if _, err := c.FIDO2(k.token()).HMACSecret(b.Context(), r, p.gate()); token.CodeOf(err) != token.Frozen {
			b.Fatal(err)
		}
		return time.Since(begin)
	})
}

// BenchmarkStart measures a helper from start to end, with an act that ends at once.
func BenchmarkStart(b *testing.B) {
	c := NewClient(nil, nil)
	nobody := token.Token{ID: "x", Kind: "seal"}
	limit.Median(b, 50*time.Millisecond, func() time.Duration {
		begin := time.Now()
		if _, err := c.Identify(b.Context(), nobody); token.CodeOf(err) != token.BadRequest {
			b.Fatal(err)
		}
		return time.Since(begin)
	})
}
