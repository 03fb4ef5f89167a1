package vpcd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"holdfast/token/virtual/body"
)

// echo is a card that answers every command with itself and counts resets.
type echo struct{ resets int }

func (*echo) ATR() []byte { return []byte{0x3B, 0x00} }
func (e *echo) Reset()    { e.resets++ }
func (*echo) Transmit(_ context.Context, apdu []byte) ([]byte, error) {
	return append(bytes.Clone(apdu), 0x90, 0x00), nil
}

// driver stands for pcscd's.
type driver struct {
	t        *testing.T
	listener net.Listener
	conn     net.Conn
}

func newDriver(t *testing.T) *driver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	return &driver{t: t, listener: listener}
}

func (d *driver) accept() {
	d.t.Helper()
	conn, err := d.listener.Accept()
	if err != nil {
		d.t.Fatal(err)
	}
	d.conn = conn
}

func (d *driver) send(message ...byte) {
	d.t.Helper()
	// The real driver sends length and message apart.
	for _, part := range [][]byte{{byte(len(message) >> 8), byte(len(message))}, message} {
		if _, err := d.conn.Write(part); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *driver) receive() []byte {
	d.t.Helper()
	message, err := readMessage(d.conn)
	if err != nil {
		d.t.Fatal(err)
	}
	return message
}

func (d *driver) hangUp() {
	d.t.Helper()
	if err := d.conn.Close(); err != nil {
		d.t.Fatal(err)
	}
}

func awaitFree(t *testing.T, r *Reader) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); r.Held(); {
		if time.Now().After(deadline) {
			t.Fatal("the driver has hung up, and the reader is not free")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	b, err := body.Open(body.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	d := newDriver(t)
	card := &echo{}
	var trace bytes.Buffer
	r := &Reader{Address: d.listener.Addr().String(), Body: b, Card: card, Trace: &trace, noticing: time.Hour}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- r.Serve(ctx) }()

	d.accept()
	d.send(controlATR)
	if got := d.receive(); !bytes.Equal(got, card.ATR()) || r.Present() {
		t.Fatalf("ATR %x, present %v", got, r.Present())
	}
	d.send(controlOn)
	d.send(controlATR)
	d.receive()
	if r.Present() {
		t.Fatal("the card is being given power, and programs are said to see it")
	}
	d.send(controlATR)
	d.receive()
	if !r.Present() {
		t.Fatal("the card has power, but is not present")
	}
	d.send(controlReset)
	d.send(0x00, 0xA4, 0x04, 0x00)
	if got := d.receive(); !bytes.Equal(got, []byte{0x00, 0xA4, 0x04, 0x00, 0x90, 0x00}) {
		t.Fatalf("answer %x", got)
	}
	d.send(controlOff)
	d.send(controlATR) // power off has no answer: what is pulled out before it was read would never see it
	d.receive()

	begin := time.Now()
	b.Unplug()
	if _, err := readMessage(d.conn); err == nil {
		t.Fatal("an unplugged card is still there")
	}
	if !r.Held() {
		t.Fatal("the driver has not noticed yet, and the reader is said to be free")
	}
	d.hangUp()
	awaitFree(t, r)
	b.Plug()
	d.accept()
	if gone := time.Since(begin); gone < Absence {
		t.Fatalf("the card was away for %s only", gone)
	}
	b.UnplugAfter(body.APDU, 2)
	d.send(0x00, 0x01, 0x00, 0x00)
	d.receive()
	d.send(0x00, 0x02, 0x00, 0x00)
	if _, err := readMessage(d.conn); err == nil {
		t.Fatal("the second APDU was answered")
	}
	d.hangUp()
	awaitFree(t, r)
	stop()
	if err := <-served; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if card.resets != 5 {
		t.Fatalf("%d resets: want one for each insertion, on, reset and off", card.resets)
	}
	exchanges, err := ReadTrace(&trace)
	if err != nil || len(exchanges) != 2 || exchanges[1].Command[1] != 0x01 {
		t.Fatalf("trace %x: %v", exchanges, err)
	}
}

// TestUnnoticed: a card that the driver takes for the one before leaves, and comes again.
func TestUnnoticed(t *testing.T) {
	t.Parallel()
	b, err := body.Open(body.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	d := newDriver(t)
	r := &Reader{Address: d.listener.Addr().String(), Body: b, Card: &echo{}, noticing: time.Hour}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- r.Serve(ctx) }()

	d.accept()
	for range unnoticed {
		d.send(controlATR)
		d.receive()
	}
	d.send(controlATR)
	if _, err := readMessage(d.conn); !errors.Is(err, io.EOF) {
		t.Fatalf("it stays where nobody takes notice of it: %v", err)
	}
	d.hangUp()
	awaitFree(t, r)
	d.accept()
	d.send(controlATR)
	d.receive()
	d.send(controlOn)
	for range 2 * unnoticed {
		d.send(controlATR)
		d.receive()
	}
	if !r.Present() {
		t.Fatal("it came again, got power, and is not present")
	}
	stop()
	if err := <-served; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReadTraceRefuses(t *testing.T) {
	for _, bad := range []string{"> 00", "< 90", "> 00\n> 00", "> 0g\n< 90", "* 00"} {
		if _, err := ReadTrace(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// FuzzReader feeds a reader with what a driver might send.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 1, 4, 0, 1, 1, 0, 5, 0, 0xA4, 4, 0, 0})
	f.Add([]byte{0, 0, 0xFF, 0xFF, 1})
	f.Add(bytes.Repeat([]byte{0, 1, 4}, unnoticed+1))
	b, err := body.Open(body.Options{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := b.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := &Reader{Body: b, Card: &echo{}}
		var out bytes.Buffer
		conn := struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(sent), &out}
		if err := r.converse(t.Context(), conn); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			if !errors.Is(err, errUnnoticed) && !strings.Contains(err.Error(), "at most 65535") {
				t.Fatal(err)
			}
		}
		for out.Len() > 0 {
			if _, err := readMessage(&out); err != nil {
				t.Fatalf("a reply is cut: %v", err)
			}
		}
	})
}
