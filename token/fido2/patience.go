package fido2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/token"
)

// patiently does what can be done again, until patience has passed, while the device is busy: with another act of this program, or with the end of one that
// was cancelled.
func patiently(ctx context.Context, do func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := do()
		if err == nil || token.CodeOf(err) != token.Busy || time.Now().After(deadline) {
			return err
		}
		timer := time.NewTimer(25 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// settle is how long a token is given to come to itself after an act that another program broke off.
const settle = 300 * time.Millisecond

// onceMore does an act, and does it again where the token answered what belongs to something else: right after a cancelled act, a token may
// still send its end, or say that its channel is busy, and libfido2 takes either for nonsense. A PIN must not be presented twice where that could cost a
// try: it is not done again unless the token says that as many tries are left as before, and more than one.
func (k *Key) onceMore(ctx context.Context, before token.Facts, act func() error) error {
	err := act()
	if !confused(err) || ctx.Err() != nil || before.PINTries == 1 {
		return err
	}
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return err
	case <-timer.C:
	}
	now, factsErr := k.Facts(ctx)
	if factsErr != nil || now.Token.Physical != before.Token.Physical || now.PINTries != before.PINTries {
		return err // the first answer says more than why it could not be done again
	}
	if err = act(); confused(err) {
		busy := *errorOf(err)
		busy.Code = token.Busy
		return &busy
	}
	return err
}

// confused reports whether an answer is libfido2's word for bytes that answer something else (RX, RX_NOT_CBOR, RX_INVALID_CBOR).
func confused(err error) bool {
	e := errorOf(err)
	return e != nil && e.Number >= -4 && e.Number <= -2
}

func errorOf(err error) *token.Error {
	var e *token.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// listen calls k.Alive while the device sends anything, until stop is called. libfido2 keeps the keepalives it reads to itself, but the system gives a
// copy of each report to everybody who has the device open. What is no HID device of the system is not listened to: its reports are read once.
func (k *Key) listen() (stop func()) {
	if k.Alive == nil || !isHIDRaw(k.Token.Path) {
		return func() {}
	}
	fd, err := unix.Open(k.Token.Path, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return func() {} // the act itself will say so
	}
	device, ended := os.NewFile(uintptr(fd), k.Token.Path), make(chan struct{})
	go func() {
		defer close(ended)
		hear(device.Read, k.Alive, time.Now)
	}()
	return func() {
		_ = device.Close() // only read from
		<-ended
	}
}

// hear reads reports until there are no more, and tells of them once a second at most.
func hear(read func([]byte) (int, error), alive func(), now func() time.Time) {
	var told time.Time
	report := make([]byte, frameSize)
	for {
		if _, err := read(report); err != nil {
			return
		}
		if at := now(); at.Sub(told) >= time.Second {
			told = at
			alive()
		}
	}
}

// isHIDRaw reports whether a path is a HID device of the system.
func isHIDRaw(path string) bool {
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil || s.Mode&unix.S_IFMT != unix.S_IFCHR {
		return false
	}
	number := fmt.Sprintf("%d:%d", unix.Major(s.Rdev), unix.Minor(s.Rdev)) //nolint:unconvert // Rdev has another type elsewhere
	where, err := filepath.EvalSymlinks("/sys/dev/char/" + number)
	return err == nil && strings.Contains(where, "/hidraw/")
}
