package attach

import (
	"context"
	"testing"
	"time"

	"holdfast/internal/limit"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/pcsc"
	"holdfast/token/virtual/pcscd"
)

// BenchmarkTokens are the limits of time that hold for tokens, on one bench.
func BenchmarkTokens(b *testing.B) {
	program, err := virtualkey()
	if err != nil {
		b.Fatal(err)
	}
	startBench(b, program)
	b.Run("found", benchFound)
	b.Run("cancelled under the touch", func(b *testing.B) { benchCancel(b, "waits", 23000010, false) })
	b.Run("cancelled while frozen", func(b *testing.B) { benchCancel(b, "frozen", 23000011, true) })
}

// benchFound plugs a key in and measures until both sides are found, from the moment the system knows of the key: a virtual reader looks for its card
// only now and then.
func benchFound(b *testing.B) {
	k := startKey(b, pcscd.KeyOptions{Name: "found", Serial: 23000003})
	d := devices(b, k)
	events := d.Watch(b.Context())
	collect(b, events, token.Arrived)
	limit.Median(b, time.Second, func() time.Duration {
		k.order("unplug")
		collect(b, events, token.Left)
		known := make(chan time.Time, 1)
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		go func() { // when pcscd knows of the card
			_ = pcsc.Source{}.Watch(ctx, func(present []token.Sighting) {
				if len(present) > 0 && len(known) == 0 {
					known <- time.Now()
				}
			})
		}()
		plugged := time.Now()
		go k.order("plug")
		at := collect(b, events, token.Arrived)
		return max(at[token.FIDO2].Sub(plugged), at[token.PIV].Sub(<-known))
	})
}

// benchCancel cancels a key agreement while the card waits for a touch.
func benchCancel(b *testing.B, name string, serial uint32, freeze bool) {
	k, d, tok, p, keys := enrolled(b, pcscd.KeyOptions{Name: name, Serial: serial})
	request, _ := agreement(b, keys[keystore.TierVault])
	limit.Median(b, 100*time.Millisecond, func() time.Duration {
		ctx, cancel := context.WithCancel(b.Context())
		cancelled := make(chan time.Time, 1)
		p.onTouch = func() {
			await(b, "it waits for the touch", k.waiting)
			if freeze {
				k.order("freeze")
			}
			cancelled <- time.Now()
			cancel()
		}
		_, err := d.PIV(tok.ID).ECDH(ctx, request, p.gate())
		took := time.Since(<-cancelled)
		if token.CodeOf(err) != token.Cancelled {
			b.Fatal(err)
		}
		k.order("thaw")
		k.order("touch wait") // what the hand did too late goes nowhere; the card is free again
		await(b, "the card is free", func() bool { _, err := d.Facts(b.Context(), tok.ID); return err == nil })
		return took
	})
}
