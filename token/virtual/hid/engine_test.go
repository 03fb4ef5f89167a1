package hid

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/token/virtual/body"
)

// fakeWire keeps what an engine sends.
type fakeWire struct {
	mu      sync.Mutex // all below
	sent    []frame
	flushed int
}

func (w *fakeWire) write(f *frame) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, *f)
	return nil
}

func (w *fakeWire) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushed++
	return nil
}

func (w *fakeWire) flushes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flushed
}

// pass lets time go by, and the engine act on it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// take gives the messages sent since the last time.
func (w *fakeWire) take(t *testing.T) []message {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []message
	var a *assembly
	for _, f := range w.sent {
		switch {
		case a == nil && f.initial() && f.length() <= maxPayload:
			a = begin(&f)
		case a == nil || f.initial() || f.channel() != a.channel || !a.next(&f):
			t.Fatalf("a packet out of order: %x", f)
		}
		if a.complete() {
			all, a = append(all, a.message), nil
		}
	}
	if a != nil {
		t.Fatal("a message was cut off")
	}
	w.sent = nil
	return all
}

// fakeAuth answers with the message behind a zero byte, after a touch when the
// message begins with 'T'. Like a real authenticator it does one thing at a time.
type fakeAuth struct{ body *body.Body }

func (a fakeAuth) PowerUp() error { return nil }

func (a fakeAuth) Handle(ctx context.Context, message []byte, keepalive func(byte)) []byte {
	if message[0] == 'T' {
		keepalive(2)
		err := a.body.WaitTouch(ctx)
		keepalive(1)
		if errors.Is(err, body.ErrUnplugged) {
			return nil
		}
		if err != nil {
			return []byte{0x2d}
		}
	}
	return append([]byte{0}, message...)
}

// rig is an engine at work.
type rig struct {
	t      *testing.T
	body   *body.Body
	wire   *fakeWire
	frames chan frame
	ended  chan error
}

// withEngine runs a test with an engine inside a bubble of its own time.
func withEngine(t *testing.T, do func(r *rig)) {
	t.Helper()
	withEngineOf(t, "yubikey", do)
}

// withEngineOf does so with a key of a make.
func withEngineOf(t *testing.T, made string, do func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, err := body.Open(body.Options{Dir: t.TempDir(), Serial: 0x01020304, Firmware: "5.4.3", Make: made})
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{t: t, body: b, wire: &fakeWire{}, frames: make(chan frame), ended: make(chan error, 1)}
		ctx, stop := context.WithCancel(t.Context())
		go func() { r.ended <- newEngine(b, fakeAuth{b}, r.wire, tracer{}).run(ctx, r.frames) }()
		do(r)
		stop()
		synctest.Wait()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// push gives packets to the engine and lets it act.
func (r *rig) push(frames ...frame) {
	r.t.Helper()
	for _, f := range frames {
		select {
		case r.frames <- f:
		case err := <-r.ended:
			r.t.Fatalf("the engine ended: %v", err)
		}
		synctest.Wait()
	}
}

// ask pushes a message and gives the one answer.
func (r *rig) ask(m message) message {
	r.t.Helper()
	r.push(m.frames()...)
	all := r.wire.take(r.t)
	if len(all) != 1 {
		r.t.Fatalf("%d answers: %v", len(all), all)
	}
	return all[0]
}

// expect checks that there was one answer, of that kind and payload.
func (r *rig) expect(channel uint32, command byte, payload ...byte) {
	r.t.Helper()
	all := r.wire.take(r.t)
	if len(all) != 1 || all[0].channel != channel || all[0].command != command || !bytes.Equal(all[0].payload, payload) {
		r.t.Fatalf("answers %x, want %x %x %x", all, channel, command, payload)
	}
}

// open asks for a channel.
func (r *rig) open() uint32 {
	r.t.Helper()
	nonce := []byte("12345678")
	got := r.ask(message{broadcast, cmdInit, nonce})
	if got.channel != broadcast || got.command != cmdInit || len(got.payload) != 17 || !bytes.HasPrefix(got.payload, nonce) {
		r.t.Fatalf("INIT answered %+v", got)
	}
	if want := []byte{2, 5, 4, 3, 0x0d}; !bytes.Equal(got.payload[12:], want) {
		r.t.Fatalf("version and capabilities %x", got.payload[12:])
	}
	return binary.BigEndian.Uint32(got.payload[8:])
}

func TestChannelsAndPing(t *testing.T) {
	withEngine(t, func(r *rig) {
		one, two := r.open(), r.open()
		if one == two || one == 0 || two == broadcast || r.wire.flushes() != 2 {
			t.Fatalf("channels %x and %x, %d times flushed", one, two, r.wire.flushes())
		}
		for _, n := range []int{0, 1, 56, 57, 58, 116, 117, 1200, maxPayload} {
			sent := message{two, cmdPing, bytes.Repeat([]byte{0xa5}, n)}
			if got := r.ask(sent); got.channel != two || got.command != cmdPing || !bytes.Equal(got.payload, sent.payload) {
				t.Errorf("ping of %d bytes came back with %d", n, len(got.payload))
			}
		}
		r.push(message{two, cmdInit, []byte("abcdefgh")}.frames()...)
		if got := r.wire.take(t); len(got) != 1 || got[0].channel != two || binary.BigEndian.Uint32(got[0].payload[8:]) != two || r.wire.flushes() != 2 {
			t.Errorf("INIT on a channel answered %+v", got)
		}
	})
}

func TestErrors(t *testing.T) {
	withEngine(t, func(r *rig) {
		c := r.open()
		for what, m := range map[string]struct {
			message
			code byte
		}{
			"no channel":              {message{0, cmdPing, nil}, errInvalidChannel},
			"a channel not given out": {message{c + 1, cmdPing, nil}, errInvalidChannel},
			"broadcast but not INIT":  {message{broadcast, cmdPing, nil}, errInvalidChannel},
			"INIT without nonce":      {message{broadcast, cmdInit, nil}, errInvalidLength},
			"INIT with a long nonce":  {message{c, cmdInit, make([]byte, 9)}, errInvalidLength},
			"U2F":                     {message{c, cmdMsg, make([]byte, 7)}, errInvalidCommand},
			"unknown command":         {message{c, 0x7e, nil}, errInvalidCommand},
			"empty CBOR":              {message{c, cmdCBOR, nil}, errInvalidLength},
			"wink with payload":       {message{c, cmdWink, []byte{1}}, errInvalidLength},
			"lock without time":       {message{c, cmdLock, nil}, errInvalidLength},
			"lock of 11 seconds":      {message{c, cmdLock, []byte{11}}, errInvalidParam},
			"config page 1":           {message{c, cmdReadConfig, []byte{1}}, errInvalidParam},
			"config with two pages":   {message{c, cmdReadConfig, []byte{0, 0}}, errInvalidLength},
		} {
			if got := r.ask(m.message); got.channel != m.channel || got.command != cmdError || !bytes.Equal(got.payload, []byte{m.code}) {
				t.Errorf("%s: %+v, want error %d", what, got, m.code)
			}
		}
		long := message{c, cmdPing, nil}.frames()[0]
		binary.BigEndian.PutUint16(long[5:7], maxPayload+1)
		r.push(long)
		r.expect(c, cmdError, errInvalidLength)
	})
}

func TestSequenceAndTimeout(t *testing.T) {
	withEngine(t, func(r *rig) {
		c, other := r.open(), r.open()
		parts := message{c, cmdPing, make([]byte, 200)}.frames()
		r.push(parts[0], parts[2])
		r.expect(c, cmdError, errInvalidSequence)
		r.push(parts[1], parts[2]) // belongs to nothing now
		if got := r.wire.take(t); len(got) != 0 {
			t.Errorf("stray packets were answered: %v", got)
		}
		r.push(parts[0], parts[0])
		r.expect(c, cmdError, errInvalidSequence)

		r.push(parts[0], parts[1])
		r.push(message{other, cmdPing, nil}.frames()...)
		r.expect(other, cmdError, errChannelBusy)
		pass(packetTimeout - time.Millisecond)
		r.push(parts[2])
		pass(packetTimeout - time.Millisecond)
		if got := r.wire.take(t); len(got) != 0 {
			t.Errorf("too early: %v", got)
		}
		pass(2 * time.Millisecond)
		r.expect(c, cmdError, errTimeout)

		r.push(parts[0])
		r.push(message{c, cmdInit, make([]byte, 8)}.frames()...) // starts afresh
		if got := r.wire.take(t); len(got) != 1 || got[0].command != cmdInit {
			t.Errorf("resync answered %v", got)
		}
		pass(time.Second)
		if got := r.ask(message{c, cmdPing, []byte{1}}); got.command != cmdPing {
			t.Errorf("after the resync: %v", got)
		}
	})
}

func TestKeepaliveCancelAndBusy(t *testing.T) {
	withEngine(t, func(r *rig) {
		c, other := r.open(), r.open()
		if got := r.ask(message{c, cmdCBOR, []byte{4}}); got.command != cmdCBOR || !bytes.Equal(got.payload, []byte{0, 4}) {
			t.Fatalf("answer %+v", got)
		}
		r.push(message{c, cmdCBOR, []byte("Touch")}.frames()...)
		r.expect(c, cmdKeepalive, 2)
		pass(time.Second)
		beats := r.wire.take(t)
		if len(beats) < 9 || len(beats) > 11 {
			t.Errorf("%d keepalives in a second", len(beats))
		}
		for _, m := range beats {
			if m.channel != c || m.command != cmdKeepalive || !bytes.Equal(m.payload, []byte{2}) {
				t.Fatalf("%+v among the keepalives", m)
			}
		}
		r.push(message{other, cmdCBOR, []byte{4}}.frames()...)
		r.expect(other, cmdError, errChannelBusy)
		r.push(message{other, cmdCancel, nil}.frames()...)
		if got := r.wire.take(t); len(got) != 0 {
			t.Fatalf("another channel's cancel was answered: %v", got)
		}
		r.push(message{c, cmdCancel, nil}.frames()...)
		last := r.wire.take(t)
		if len(last) == 0 || last[len(last)-1].command != cmdCBOR || !bytes.Equal(last[len(last)-1].payload, []byte{0x2d}) {
			t.Fatalf("cancelled: %v", last)
		}
		r.push(message{c, cmdCancel, nil}.frames()...)
		if got := r.wire.take(t); len(got) != 0 {
			t.Fatalf("a cancel of nothing was answered: %v", got)
		}
	})
}

func TestTouchAnswersAndResyncForgets(t *testing.T) {
	withEngine(t, func(r *rig) {
		c := r.open()
		r.push(message{c, cmdCBOR, []byte("T1")}.frames()...)
		r.body.Touch()
		synctest.Wait()
		got := r.wire.take(t)
		if last := got[len(got)-1]; last.command != cmdCBOR || string(last.payload) != "\x00T1" {
			t.Fatalf("touched: %v", got)
		}
		r.push(message{c, cmdCBOR, []byte("T2")}.frames()...)
		r.wire.take(t)
		r.push(message{c, cmdInit, make([]byte, 8)}.frames()...)
		pass(time.Second)
		if got := r.wire.take(t); len(got) != 1 || got[0].command != cmdInit || r.body.WaitingForTouch() != 0 {
			t.Fatalf("after INIT: %v, %d wait for a touch", got, r.body.WaitingForTouch())
		}
	})
}

func TestLockAndConfig(t *testing.T) {
	withEngine(t, func(r *rig) {
		c, other := r.open(), r.open()
		if got := r.ask(message{c, cmdLock, []byte{3}}); got.command != cmdLock || len(got.payload) != 0 {
			t.Fatalf("lock: %+v", got)
		}
		if got := r.ask(message{c, cmdWink, nil}); got.command != cmdWink {
			t.Errorf("the owner of the lock: %+v", got)
		}
		r.push(message{other, cmdPing, nil}.frames()...)
		r.expect(other, cmdError, errChannelBusy)
		pass(3 * time.Second)
		for _, payload := range [][]byte{nil, {0}} {
			got := r.ask(message{other, cmdReadConfig, payload})
			if got.command != cmdReadConfig || !bytes.Equal(got.payload, r.body.Config(body.FIDO2)) {
				t.Errorf("config %x", got.payload)
			}
		}
	})
}

// TestConfigOfOtherMakes asks keys for their configuration that do not tell it, or not all of it.
func TestConfigOfOtherMakes(t *testing.T) {
	for made, want := range map[string]struct{ config, serial bool }{
		"canokey":          {false, false},
		"management=none":  {false, false},
		"management=piv":   {false, false},
		"management=fido2": {true, true},
		"serial=fido2":     {true, true},
		"serial=piv":       {true, false},
		"serial=none":      {true, false},
	} {
		withEngineOf(t, made, func(r *rig) {
			c := r.open()
			for _, payload := range [][]byte{nil, {0}} {
				got := r.ask(message{c, cmdReadConfig, payload})
				if !want.config {
					if got.command != cmdError || !bytes.Equal(got.payload, []byte{errInvalidCommand}) {
						t.Errorf("%s: %+v, want an unknown command", made, got)
					}
					continue
				}
				if got.command != cmdReadConfig || bytes.Contains(got.payload, []byte{0x02, 0x04, 1, 2, 3, 4}) != want.serial {
					t.Errorf("%s: config %x", made, got.payload)
				}
			}
		})
	}
}

func TestFreezeStopsKeepalives(t *testing.T) {
	withEngine(t, func(r *rig) {
		c := r.open()
		r.push(message{c, cmdCBOR, []byte("T")}.frames()...)
		r.wire.take(t)
		r.body.Freeze()
		pass(5 * time.Second)
		r.body.Touch()
		pass(time.Second)
		if got := r.wire.take(t); len(got) != 0 {
			t.Fatalf("a frozen key sent %v", got)
		}
		r.body.Thaw()
		synctest.Wait()
		got := r.wire.take(t)
		if len(got) == 0 || got[len(got)-1].command != cmdCBOR {
			t.Fatalf("thawed, it sent %v", got)
		}
	})
}

func TestUnplugEndsTheEngine(t *testing.T) {
	withEngine(t, func(r *rig) {
		c := r.open()
		r.body.UnplugAfter(body.Frame, 2)
		parts := message{c, cmdPing, make([]byte, 100)}.frames()
		r.push(parts[0])
		r.frames <- parts[1]
		synctest.Wait()
		if err := <-r.ended; !errors.Is(err, errGone) {
			t.Errorf("the engine ended with %v", err)
		}
		if got := r.wire.take(t); len(got) != 0 {
			t.Errorf("a key that is gone sent %v", got)
		}
	})
}

// TestAKeyThatIsGoneAnswersNothing ends an engine and the command that it carries out by the same, when both are to be seen at once.
func TestAKeyThatIsGoneAnswersNothing(t *testing.T) {
	for range 64 {
		synctest.Test(t, func(t *testing.T) {
			b, err := body.Open(body.Options{Dir: t.TempDir(), Serial: 0x01020304, Firmware: "5.4.3"})
			if err != nil {
				t.Fatal(err)
			}
			wire := &fakeWire{}
			e := newEngine(b, fakeAuth{b}, wire, tracer{})
			ctx, unplug := context.WithCancel(t.Context())
			unplug()
			if err := e.start(ctx, message{1, cmdCBOR, []byte("M")}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the answer is ready
			if err := e.run(ctx, make(chan frame)); !errors.Is(err, context.Canceled) {
				t.Errorf("the engine ended with %v", err)
			}
			if got := wire.take(t); len(got) != 0 {
				t.Errorf("a key that is gone sent %x", got)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
