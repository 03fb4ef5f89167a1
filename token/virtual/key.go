// Package virtual is an emulated security key: one process is one key, with
// persistent state, that real programs reach through the real libraries. Its
// smart-card side sits in a virtual reader of pcscd, its FIDO2 side behind a
// pseudo-terminal that libfido2 takes for a device, and its button, its plug and
// its faults are worked through a control socket.
//
// It is for tests and demonstrations, and never part of the wallet.
package virtual

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"holdfast/token/virtual/body"
	"holdfast/token/virtual/piv"
	"holdfast/token/virtual/vpcd"
)

// Options describe one key and where it is attached. Either side may be left
// out by leaving its address empty.
type Options struct {
	State     string // state folder
	Serial    uint32 // 0: the folder's own
	Firmware  string // "5.7.1"; empty: the folder's own
	Make      string // "canokey", see body.MakeUsage; empty: the folder's own, or a YubiKey's
	Authority string // folder of the attestation authority; empty: the state folder
	VPCD      string // "host:port" of the virtual reader's driver
	HID       string // symbolic link to make to the FIDO2 side's terminal
	Control   string // Unix socket to make
	Trace     string // file to append all APDUs to
	Touched   bool   // begin with automatic touch
}

// Key is a key at work.
type Key struct {
	options Options
	body    *body.Body
	card    *piv.Card
	reader  *vpcd.Reader // nil without a smart-card side
	fido    fido         // nil without a FIDO2 side
	trace   io.Closer
	stop    context.CancelFunc

	listening chan struct{} // closed once the control socket takes orders
	leaving   sync.Mutex    // held while somebody who pulled the key out waits until programs have seen it
}

// fido is the FIDO2 side.
type fido interface {
	serve(ctx context.Context) error
	ready() bool
	tries() (left, total int)
	setTries(left int) error
	setTouchTimeout(d time.Duration)
}

// Run is a key from plugging in to the end of ctx, or to the order "stop". It
// calls ready once when programs can reach every side of it.
func Run(ctx context.Context, o Options, ready func()) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k, err := open(o, cancel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	return k.serve(ctx, ready)
}

// open loads the key's state and makes its sides, without attaching them.
func open(o Options, stop context.CancelFunc) (*Key, error) {
	b, err := body.Open(body.Options{Dir: o.State, Serial: o.Serial, Firmware: o.Firmware, Make: o.Make})
	if err != nil {
		return nil, err
	}
	k := &Key{options: o, body: b, stop: stop, listening: make(chan struct{})}
	if err := k.makeSides(); err != nil {
		return nil, errors.Join(err, k.close())
	}
	b.AutomaticTouch(o.Touched)
	return k, nil
}

func (k *Key) makeSides() (err error) {
	if k.card, err = piv.New(k.body, k.options.Authority); err != nil {
		return err
	}
	if k.options.VPCD != "" {
		k.reader = &vpcd.Reader{Address: k.options.VPCD, Body: k.body, Card: k.card}
		if err := k.openTrace(); err != nil {
			return err
		}
	}
	if k.options.HID != "" {
		k.fido, err = newFIDO(k.body, k.options.HID)
	}
	return err
}

func (k *Key) openTrace() error {
	if k.options.Trace == "" {
		return nil
	}
	f, err := os.OpenFile(k.options.Trace, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("trace of APDUs: %w", err)
	}
	k.reader.Trace, k.trace = f, f
	return nil
}

func (k *Key) close() error {
	err := k.body.Close()
	if k.trace != nil {
		err = errors.Join(err, k.trace.Close())
	}
	return err
}

// serve attaches all sides and waits for their end. The first that fails ends
// the others.
func (k *Key) serve(ctx context.Context, ready func()) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var sides sync.WaitGroup
	attach := func(name string, side func(context.Context) error) {
		sides.Go(func() {
			if err := side(ctx); err != nil && ctx.Err() == nil {
				fail(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	if k.reader != nil {
		attach("smart-card side", k.reader.Serve)
	}
	if k.fido != nil {
		attach("FIDO2 side", k.fido.serve)
	}
	if k.options.Control != "" {
		attach("control", k.serveControl)
	}
	attach("start", func(ctx context.Context) error {
		err := await(ctx, k.attached)
		if err == nil {
			ready()
		}
		return err
	})
	<-ctx.Done()
	sides.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// lookAgain is how often a key looks whether it is reachable.
const lookAgain = 20 * time.Millisecond

// await looks again and again until it is so.
func await(ctx context.Context, so func() bool) error {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// attached tells whether programs can reach every side.
func (k *Key) attached() bool {
	if k.reader != nil && !k.reader.Present() {
		return false
	}
	if k.fido != nil && !k.fido.ready() {
		return false
	}
	if k.options.Control == "" {
		return true
	}
	select {
	case <-k.listening:
		return true
	default:
		return false
	}
}

// awaitAttached waits until programs can reach every side of the key, or it is out again.
func (k *Key) awaitAttached(ctx context.Context) error {
	return await(ctx, func() bool {
		in, _ := k.body.Plugged()
		return !in || k.attached()
	})
}

// awaitDetached waits until no program can take the key for plugged in any more.
func (k *Key) awaitDetached(ctx context.Context) error {
	return await(ctx, func() bool {
		return (k.reader == nil || !k.reader.Held()) && (k.fido == nil || !k.fido.ready())
	})
}
