// Package vpcd puts an emulated smart card into the virtual reader of the
// vsmartcard project, whose driver pcscd loads. The driver listens on a TCP
// port; the card connects to it.
//
// Both directions carry messages: a length of two octets, big endian, and that
// many octets. A message of one octet is a control (power off 0, power on 1,
// reset 2, get ATR 4; only the last is answered), a longer one is a command
// APDU, which is answered by the response APDU.
package vpcd

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"holdfast/token/virtual/body"
)

// Card is the card in the reader.
type Card interface {
	ATR() []byte
	Reset()
	Transmit(ctx context.Context, apdu []byte) ([]byte, error)
}

// Controls of the driver.
const (
	controlOff   = 0
	controlOn    = 1
	controlReset = 2
	controlATR   = 4
)

// redial is how long to wait before the next attempt to reach the driver.
const redial = 100 * time.Millisecond

// Absence is how long a card stays out of a reader at the least. The driver
// looks for cards every 0.4 s: it takes a card that comes back sooner, or
// another one in its place, for the one before, and gives it no power.
const Absence = time.Second

// unnoticed is how often the driver looks at a card that it gives no power before that card leaves and comes again: it takes it for the one
// before. That happens where the one before left in the middle of a command and pcscd had no time to see the reader empty. A card that is noticed
// is looked at twice before.
const unnoticed = 5

// Reader is a place in a virtual reader, for one card.
type Reader struct {
	Address string // "host:port" of the driver
	Body    *body.Body
	Card    Card
	Trace   io.Writer // when set, every APDU is written to it as WriteTrace does

	noticing time.Duration // how long the driver has to see that the card is gone; 0: notice

	mu      sync.Mutex
	present bool // the driver has given the card power, and pcscd has told its clients
	powered bool
	looks   int  // how often the driver has looked at the card since it came, or got power
	held    bool // the driver takes the card for present, whether it is or not
}

// Present tells whether the driver has taken notice of the card: clients of
// pcscd see it.
func (r *Reader) Present() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.present
}

// Held tells whether the driver still takes the card for present: it notices
// only after a while that the card is gone, and until then so do clients of
// pcscd.
func (r *Reader) Held() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held
}

func (r *Reader) hold(held bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = held
}

func (r *Reader) note(powered, present bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.powered, r.present, r.looks = powered, present, 0
}

// errUnnoticed ends a stay in the reader that the driver does not take notice of.
var errUnnoticed = errors.New("the driver takes this card for the one before")

// looked notes that the driver asked for the ATR. It does so once in giving the
// card power, and then for each look that pcscd has at the reader: when it looks
// again, it has told its clients what it found before.
func (r *Reader) looked() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looks++
	if !r.powered && r.looks > unnoticed {
		return errUnnoticed
	}
	if r.powered && r.looks > 1 {
		r.present = true
	}
	return nil
}

// Serve keeps the card in the reader for as long as the key is plugged in, and
// puts it back whenever the key is plugged in again or the driver comes back.
// It ends with the error of ctx, or when the trace cannot be written.
func (r *Reader) Serve(ctx context.Context) error {
	for {
		in, changed := r.Body.Plugged()
		if !in {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		pause := redial
		connected, err := r.insert(ctx, changed)
		if connected {
			pause = Absence
		}
		if failed, ok := errors.AsType[*traceError](err); ok {
			return failed
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// insert connects to the driver and serves it until the key is unplugged, the
// driver hangs up, or ctx ends. It returns once the driver has noticed, unless
// ctx ends.
func (r *Reader) insert(ctx context.Context, changed <-chan struct{}) (connected bool, err error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", r.Address)
	if err != nil {
		return false, fmt.Errorf("driver at %s: %w", r.Address, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	r.hold(true)
	defer r.hold(false)
	serving, cancel := context.WithCancel(ctx)
	silent := make(chan error, 1)
	go func() {
		select {
		case <-changed:
		case <-serving.Done():
		}
		cancel()
		silent <- hangUp(conn, cmp.Or(r.noticing, notice))
	}()
	r.Card.Reset()
	err = r.converse(serving, promptly(conn))
	cancel()
	err = errors.Join(err, <-silent)
	r.note(false, false)
	_, _ = io.Copy(io.Discard, conn) // until the driver hangs up, too, or for as long as hangUp allowed
	return true, errors.Join(err, conn.Close())
}

// notice is how long the driver has to see that the card is gone: several of
// its rounds.
const notice = 5 * time.Second

// hangUp ends our half of a connection: the driver ends the other once it has
// noticed, or is not waited for any longer.
func hangUp(conn net.Conn, noticing time.Duration) error {
	err := conn.SetReadDeadline(time.Now().Add(noticing))
	if tcp, ok := conn.(*net.TCPConn); ok {
		return errors.Join(err, tcp.CloseWrite())
	}
	return err
}

// converse answers the driver's messages.
func (r *Reader) converse(ctx context.Context, conn io.ReadWriter) error {
	in := bufio.NewReader(conn)
	for {
		message, err := readMessage(in)
		if err != nil {
			return err
		}
		reply, err := r.reply(ctx, message)
		if err != nil {
			return err
		}
		if reply == nil {
			continue
		}
		if err := writeMessage(conn, reply); err != nil {
			return err
		}
	}
}

// reply carries out one message; nil is no reply.
func (r *Reader) reply(ctx context.Context, message []byte) ([]byte, error) {
	switch {
	case len(message) == 0:
		return nil, nil
	case len(message) > 1:
		return r.transmit(ctx, message)
	}
	switch message[0] {
	case controlOff:
		r.Card.Reset()
	case controlOn:
		r.Card.Reset()
		r.note(true, r.Present())
	case controlReset:
		r.Card.Reset()
	case controlATR:
		return r.Card.ATR(), r.looked()
	}
	return nil, nil
}

func (r *Reader) transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if !r.Body.Count(body.APDU) {
		return nil, body.ErrUnplugged
	}
	answer, err := r.Card.Transmit(ctx, apdu)
	if err != nil {
		return nil, err
	}
	if r.Trace != nil {
		if err := WriteTrace(r.Trace, apdu, answer); err != nil {
			return nil, &traceError{err}
		}
	}
	return answer, nil
}

// readMessage reads a length and as many octets.
func readMessage(in io.Reader) ([]byte, error) {
	var n [2]byte
	if _, err := io.ReadFull(in, n[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(n[:]))
	if _, err := io.ReadFull(in, message); err != nil {
		return nil, fmt.Errorf("message of %d octets: %w", len(message), err)
	}
	return message, nil
}

// writeMessage writes a length and the octets in one piece.
func writeMessage(out io.Writer, message []byte) error {
	if len(message) > 0xFFFF {
		return fmt.Errorf("message of %d octets: at most 65535", len(message))
	}
	framed := binary.BigEndian.AppendUint16(nil, uint16(len(message))) // #nosec G115 -- checked
	_, err := out.Write(append(framed, message...))
	return err
}
