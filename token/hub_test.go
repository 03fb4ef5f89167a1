package token

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// handSource is a source the test moves by hand.
type handSource struct {
	sets  chan []Sighting
	fails chan error
}

func newHandSource() *handSource {
	return &handSource{sets: make(chan []Sighting), fails: make(chan error)}
}

func (s *handSource) Watch(ctx context.Context, report func([]Sighting)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case set := <-s.sets:
			report(set)
		case err := <-s.fails:
			return err
		}
	}
}

func sight(id string, mark uint64) Sighting {
	return Sighting{Token: Token{ID: id, Kind: PIV}, Mark: mark}
}

func next(t *testing.T, events <-chan Event, kind EventKind, id string) Event {
	t.Helper()
	e, ok := <-events
	if !ok || e.Kind != kind || e.Token.ID != id {
		t.Fatalf("event %v %q (open %v), want %v %q", e.Kind, e.Token.ID, ok, kind, id)
	}
	return e
}

func TestArrivalsAndDepartures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(nil, src)
		go h.Run(ctx)
		events := h.Watch(ctx)

		src.sets <- []Sighting{sight("a", 1)}
		next(t, events, Arrived, "a")
		left := h.Left("a")
		src.sets <- []Sighting{sight("a", 1), sight("b", 1)}
		next(t, events, Arrived, "b")
		src.sets <- []Sighting{sight("a", 2), sight("b", 1)} // replugged between two reports
		next(t, events, Left, "a")
		<-left
		next(t, events, Arrived, "a")
		src.sets <- nil
		gone := map[string]bool{} // two leave at once, in no order
		for range 2 {
			if e := <-events; e.Kind == Left {
				gone[e.Token.ID] = true
			}
		}
		if !gone["a"] || !gone["b"] {
			t.Errorf("left: %v", gone)
		}
		synctest.Wait()
		if tokens, err := h.List(ctx); len(tokens) != 0 || err != nil {
			t.Errorf("%v, %v", tokens, err)
		}
		<-h.Left("a") // closed: it is not there
		cancel()
		synctest.Wait()
		for range events {
		}
	})
}

func TestASlowListenerHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(nil, src)
		go h.Run(ctx)
		events := h.Watch(ctx)
		for i := range 100 {
			src.sets <- []Sighting{sight("a", uint64(i))}
			synctest.Wait()
		}
		for range 99 {
			next(t, events, Arrived, "a")
			next(t, events, Left, "a")
		}
		next(t, events, Arrived, "a")
		cancel()
		synctest.Wait()
	})
}

func TestFrozenTokenIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(func(ctx context.Context, tok Token) (Token, error) {
			<-ctx.Done()
			return tok, ctx.Err()
		}, src)
		go h.Run(ctx)
		events := h.Watch(ctx)
		start := time.Now()
		src.sets <- []Sighting{sight("a", 1)}
		e := next(t, events, Arrived, "a")
		if CodeOf(e.Err) != Frozen || time.Since(start) != identifyLimit {
			t.Errorf("%v after %v", e.Err, time.Since(start))
		}
		cancel()
		synctest.Wait()
	})
}

func TestATokenThatWasBusyIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src, busy := newHandSource(), true
		h := NewHub(func(_ context.Context, tok Token) (Token, error) {
			if busy {
				return tok, NewError(Busy, PIV, "")
			}
			tok.Physical = YubiKeySerial(1)
			return tok, nil
		}, src)
		go h.Run(ctx)
		events := h.Watch(ctx)
		src.sets <- []Sighting{sight("a", 1)}
		if e := next(t, events, Arrived, "a"); CodeOf(e.Err) != Busy {
			t.Error(e.Err)
		}
		synctest.Wait()
		busy = false
		if tokens, err := h.List(ctx); err != nil || len(tokens) != 1 || tokens[0].Physical != "yubikey:1" {
			t.Errorf("%+v, %v", tokens, err)
		}
		if e := next(t, events, Changed, "a"); e.Token.Physical != "yubikey:1" {
			t.Errorf("%+v", e)
		}
		cancel()
		synctest.Wait()
	})
}

// TestNothingIsLearntOfAnotherInItsPlace tells the hub late what was found out about the token that stood there before, or stands there already.
func TestNothingIsLearntOfAnotherInItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(func(_ context.Context, tok Token) (Token, error) {
			tok.Physical = YubiKeySerial(1)
			return tok, nil
		}, src)
		go h.Run(ctx)
		src.sets <- []Sighting{sight("a", 1)}
		tokens, err := h.List(ctx)
		if err != nil || len(tokens) != 1 {
			t.Fatalf("%v, %v", tokens, err)
		}
		other, more := tokens[0], tokens[0]
		other.Physical = YubiKeySerial(2)
		h.Learn(other)
		if is, _ := h.Find("a"); is != tokens[0] {
			t.Errorf("learnt of another: %+v", is)
		}
		more.Firmware = "5.7.1"
		h.Learn(more)
		if is, _ := h.Find("a"); is != more {
			t.Errorf("not learnt: %+v", is)
		}
		cancel()
		synctest.Wait()
	})
}

func TestWhatIsNoTokenIsNotAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(func(_ context.Context, tok Token) (Token, error) {
			return tok, NewError(NotPIV, PIV, "a bank card")
		}, src)
		go h.Run(ctx)
		src.sets <- []Sighting{sight("a", 1)}
		if tokens, err := h.List(ctx); len(tokens) != 0 || err != nil {
			t.Errorf("%v, %v", tokens, err)
		}
		cancel()
		synctest.Wait()
	})
}

func TestSidesAreJoinedByPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(func(_ context.Context, tok Token) (Token, error) {
			tok.Place = "usb:1:7"
			if tok.Kind == PIV {
				tok.Physical = YubiKeySerial(12345678)
			}
			return tok, nil
		}, src)
		go h.Run(ctx)
		src.sets <- []Sighting{sight("piv:a", 1), {Token: Token{ID: "fido2:a", Kind: FIDO2}, Mark: 1}}
		tokens, err := h.List(ctx)
		if err != nil || len(tokens) != 2 {
			t.Fatalf("%v, %v", tokens, err)
		}
		for _, tok := range tokens {
			if tok.Physical != "yubikey:12345678" {
				t.Errorf("%s is %q", tok.ID, tok.Physical)
			}
		}
		cancel()
		synctest.Wait()
	})
}

// TestSidesInUnknownPlacesAreNotJoined: two tokens of which nobody knows where they are plugged in are not plugged into
// the same place.
func TestSidesInUnknownPlacesAreNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(func(_ context.Context, tok Token) (Token, error) {
			if tok.Kind == PIV {
				tok.Physical = YubiKeySerial(12345678)
			}
			return tok, nil
		}, src)
		go h.Run(ctx)
		src.sets <- []Sighting{sight("piv:a", 1), {Token: Token{ID: "fido2:b", Kind: FIDO2}, Mark: 1}}
		tokens, err := h.List(ctx)
		if err != nil || len(tokens) != 2 {
			t.Fatalf("%v, %v", tokens, err)
		}
		for _, tok := range tokens {
			if (tok.Physical != "") != (tok.Kind == PIV) {
				t.Errorf("%s is %q", tok.ID, tok.Physical)
			}
		}
		cancel()
		synctest.Wait()
	})
}

func TestASourceThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		src := newHandSource()
		h := NewHub(nil, src)
		go h.Run(ctx)
		events := h.Watch(ctx)
		src.sets <- []Sighting{sight("a", 1)}
		next(t, events, Arrived, "a")
		src.fails <- NewError(NoService, PIV, "")
		next(t, events, Left, "a")
		if e := next(t, events, SourceDown, ""); CodeOf(e.Err) != NoService {
			t.Error(e.Err)
		}
		synctest.Wait()
		if _, err := h.List(ctx); CodeOf(err) != NoService {
			t.Errorf("List says %v", err)
		}
		src.fails <- NewError(NoService, PIV, "") // the same trouble is told once
		src.sets <- []Sighting{sight("a", 1)}
		next(t, events, SourceUp, "")
		next(t, events, Arrived, "a")
		if _, err := h.List(ctx); err != nil {
			t.Errorf("List says %v", err)
		}
		short, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		silent := NewHub(nil, newHandSource())
		go silent.Run(ctx)
		if _, err := silent.List(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("List of a silent source says %v", err)
		}
		cancel()
		synctest.Wait()
	})
}
