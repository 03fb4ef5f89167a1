package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// wire stands between a program and the FIDO2 side of an emulated key: a terminal of its own that passes packets on both ways, but for answers
// that it spoils, as a bad plug or a broken key would.
type wire struct {
	path   string
	master *os.File
	key    *os.File
	close  func() // ends the wire; may be called again

	mu      sync.Mutex
	asked   byte   // CTAP command of the last request; guarded by mu
	command byte   // CTAP command whose answers are spoilt; guarded by mu
	times   int    // how many of them; guarded by mu
	kind    byte   // CTAPHID command of what is answered instead; guarded by mu
	body    []byte // of what is answered instead; guarded by mu
	dropped bool   // the rest of the true answer is dropped; guarded by mu
}

// CTAPHID (CTAP 2.1 section 11.2): packets of 64 bytes, written with a leading report number.
const (
	packetSize = 64
	hidCBOR    = 0x90
	hidError   = 0xbf
)

func newWire(t *testing.T, device string) *wire {
	t.Helper()
	w := &wire{}
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	w.path = fmt.Sprintf("/dev/pts/%d", n)
	w.master = os.NewFile(uintptr(fd), "wire")
	slave, err := os.OpenFile(w.path, os.O_RDWR|unix.O_NOCTTY, 0) // held open, so that the terminal outlives its readers
	if err != nil {
		t.Fatal(err)
	}
	raw(t, slave)
	if w.key, err = os.OpenFile(device, os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(w.down)
	running.Go(w.up)
	w.close = sync.OnceFunc(func() {
		for _, f := range []*os.File{w.master, w.key, slave} {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		running.Wait()
	})
	t.Cleanup(w.close)
	return w
}

// raw makes a terminal pass every byte as it is.
func raw(t *testing.T, f *os.File) {
	t.Helper()
	conn, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var inner error
	err = conn.Control(func(fd uintptr) {
		var s *unix.Termios
		if s, inner = unix.IoctlGetTermios(int(fd), unix.TCGETS); inner != nil {
			return
		}
		s.Iflag, s.Oflag, s.Lflag = 0, 0, 0
		s.Cflag = s.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		s.Cc[unix.VMIN], s.Cc[unix.VTIME] = 1, 0
		inner = unix.IoctlSetTermios(int(fd), unix.TCSETS, s)
	})
	if err != nil || inner != nil {
		t.Fatal(err, inner)
	}
}

// spoil answers the next requests of a CTAP command with something else, and says how many ordered before were not spoilt.
func (w *wire) spoil(command byte, times int, kind byte, body ...byte) (left int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left = w.times
	w.command, w.times, w.kind, w.body = command, times, kind, body
	return left
}

// down carries requests to the key.
func (w *wire) down() {
	report := make([]byte, 1+packetSize)
	for {
		if _, err := io.ReadFull(w.master, report); err != nil {
			return
		}
		w.mu.Lock()
		if packet := report[1:]; packet[4] == hidCBOR {
			w.asked, w.dropped = packet[7], false
		} else if packet[4]&0x80 != 0 {
			w.asked, w.dropped = 0, false
		}
		w.mu.Unlock()
		if _, err := w.key.Write(report); err != nil {
			return
		}
	}
}

// up carries answers to the program.
func (w *wire) up() {
	packet := make([]byte, packetSize)
	for {
		if _, err := io.ReadFull(w.key, packet); err != nil {
			return
		}
		if !w.pass(packet) {
			continue
		}
		if _, err := w.master.Write(packet); err != nil {
			return
		}
	}
}

// pass spoils an answer in place where that was ordered, and reports whether there is anything to pass on.
func (w *wire) pass(packet []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if packet[4] != hidCBOR {
		return packet[4]&0x80 != 0 || !w.dropped
	}
	w.dropped = w.times > 0 && w.asked == w.command
	if w.dropped {
		w.times--
		clear(packet[4:])
		packet[4] = w.kind
		binary.BigEndian.PutUint16(packet[5:], uint16(len(w.body)))
		copy(packet[7:], w.body)
	}
	return true
}
