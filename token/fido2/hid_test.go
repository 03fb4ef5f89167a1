package fido2

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/token"
)

// terminal is a pseudo-terminal in raw mode: libfido2 and this package take its slave for a device.
type terminal struct {
	master *os.File
	path   string
}

func newTerminal(t testing.TB) *terminal {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &terminal{master: os.NewFile(uintptr(fd), "master"), path: fmt.Sprintf("/dev/pts/%d", number)}
	slave, err := unix.Open(d.path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(slave); _ = d.master.Close() })
	raw, err := unix.IoctlGetTermios(slave, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	raw.Iflag, raw.Oflag, raw.Lflag = 0, 0, 0
	if err := unix.IoctlSetTermios(slave, unix.TCSETS, raw); err != nil {
		t.Fatal(err)
	}
	return d
}

// answer lets f answer each frame, in a goroutine, until the terminal closes.
func (d *terminal) answer(f func(frame []byte) [][]byte) {
	go func() {
		for {
			report := make([]byte, 1+frameSize)
			if n, err := d.master.Read(report); err != nil || n != len(report) {
				return
			}
			for _, reply := range f(report[1:]) {
				whole := make([]byte, frameSize)
				copy(whole, reply)
				if _, err := d.master.Write(whole); err != nil {
					return
				}
			}
		}
	}()
}

// initAnswer answers an INIT with channel 1 and firmware 5.7.1.
func initAnswer(frame []byte, capabilities byte) []byte {
	reply := append([]byte{0xff, 0xff, 0xff, 0xff, cmdInit, 0, 17}, frame[7:15]...)
	return append(reply, 0, 0, 0, 1, 2, 5, 7, 1, capabilities)
}

// message makes the first frame of a message on channel 1.
func message(cmd byte, size int, content ...byte) []byte {
	f := []byte{0, 0, 0, 1, cmd}
	return append(binary.BigEndian.AppendUint16(f, uint16(size)), content...)
}

func TestChannel(t *testing.T) {
	d := newTerminal(t)
	stale := message(cmdCBOR, 1, 0)
	d.answer(func(frame []byte) [][]byte {
		switch {
		case frame[4] == cmdInit:
			foreign := initAnswer(append(make([]byte, 7), 9, 9, 9, 9, 9, 9, 9, 9), capCBOR) // another program's
			return [][]byte{stale, foreign, initAnswer(frame, capCBOR)}
		case frame[4] == cmdReadConfig:
			return [][]byte{message(cmdKeepalive, 1, 1), message(cmdReadConfig, 7, 6, 2, 4, 0, 0, 0, 7)}
		case frame[4] == cmdCBOR && frame[6] == 200: // begins a message of 200 bytes; nothing until its end
			return nil
		case frame[4] == 2:
			long := append([]byte{0, 0, 0, 1, 0}, make([]byte, 59)...)
			return [][]byte{message(cmdCBOR, 60, make([]byte, 57)...), long}
		}
		return nil
	})
	c, err := openChannel(t.Context(), d.path)
	if err != nil {
		t.Fatal(err)
	}
	if c.id != 1 || c.first.version.String() != "5.7.1" || c.first.capabilities != capCBOR {
		t.Errorf("%+v", c)
	}
	if _, err := openChannel(t.Context(), d.path); token.CodeOf(err) != token.Busy {
		t.Errorf("a second program: %v", err)
	}
	if said, err := c.readConfig(t.Context()); err != nil || said.serial != 7 {
		t.Errorf("%+v, %v", said, err)
	}
	if reply, err := c.call(t.Context(), cmdCBOR, make([]byte, 200)); err != nil || len(reply) != 60 {
		t.Errorf("%d bytes, %v", len(reply), err)
	}
	if _, err := c.call(t.Context(), cmdCBOR, make([]byte, maxMessage+1)); token.CodeOf(err) != token.BadRequest {
		t.Errorf("a message too long: %v", err)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

func TestHostileDevice(t *testing.T) {
	for name, c := range map[string]struct {
		reply []byte
		code  token.Code
	}{
		"wrong sequence":   {nil, token.Malformed}, // two frames, below
		"endless":          {message(cmdCBOR, 0xffff), token.Malformed},
		"empty answer":     {message(cmdCBOR, 0), token.Malformed},
		"no map":           {message(cmdCBOR, 2, 0, 0x01), token.Malformed},
		"AAGUID too short": {message(cmdCBOR, 5, 0, 0xa1, 0x03, 0x41, 0xaa), token.Malformed},
		"member twice":     {message(cmdCBOR, 8, 0, 0xa2, 0x03, 0x41, 0xaa, 0x03, 0x41, 0xaa), token.Malformed},
		"busy":             {message(cmdError, 1, 0x06), token.Busy},
		"refused":          {message(cmdCBOR, 1, 0x30), token.Refused},
		"unknown status":   {message(cmdCBOR, 1, 0xee), token.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTerminal(t)
			d.answer(func(frame []byte) [][]byte {
				if frame[4] == cmdInit {
					return [][]byte{initAnswer(frame, capCBOR)}
				}
				if c.reply == nil {
					return [][]byte{message(cmdCBOR, 100), {0, 0, 0, 1, 1}}
				}
				return [][]byte{c.reply}
			})
			ch, err := openChannel(t.Context(), d.path)
			if err != nil {
				t.Fatal(err)
			}
			if i, err := ch.getInfo(t.Context()); token.CodeOf(err) != c.code {
				t.Errorf("%+v, %v", i, err)
			}
			if err := ch.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestU2FAlone(t *testing.T) {
	d := newTerminal(t)
	d.answer(func(frame []byte) [][]byte { return [][]byte{initAnswer(frame, 0)} })
	k := &Key{Token: token.Token{Path: d.path}}
	if _, err := k.Identify(t.Context()); token.CodeOf(err) != token.NotFIDO2 {
		t.Error(err)
	}
}

func TestFrozenAndCancelled(t *testing.T) {
	t.Parallel()
	d := newTerminal(t)
	start := time.Now()
	if _, err := openChannel(t.Context(), d.path); token.CodeOf(err) != token.Frozen || time.Since(start) < answerLimit {
		t.Errorf("frozen: %v after %v", err, time.Since(start))
	}
	if _, err := cancelledUnderTheQuestion(t); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := d.master.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openChannel(t.Context(), d.path); token.CodeOf(err) != token.Removed {
		t.Errorf("gone: %v", err)
	}
}

// cancelledUnderTheQuestion asks a device that does not answer for a channel, and cancels once the question has reached it: how long does that take?
func cancelledUnderTheQuestion(t testing.TB) (time.Duration, error) {
	t.Helper()
	d := newTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan time.Time, 1)
	go func() {
		defer cancel()
		if _, err := d.master.Read(make([]byte, 1+frameSize)); err != nil {
			t.Errorf("the question: %v", err)
		}
		cancelled <- time.Now()
	}()
	_, err := openChannel(ctx, d.path)
	return time.Since(<-cancelled), err
}

// seen waits for a report that satisfies want.
func seen(t *testing.T, reports <-chan []token.Sighting, what string, want func([]token.Sighting) bool) []token.Sighting {
	t.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for {
		select {
		case r := <-reports:
			if want(r) {
				return r
			}
		case <-limit.C:
			t.Fatalf("never seen: %s", what)
		}
	}
}

func TestSource(t *testing.T) {
	d, other := newTerminal(t), newTerminal(t)
	dev, sys, far := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "run", "key")
	extra := filepath.Join(far, "fido")
	s := Source{Dev: dev, Sys: sys, Extra: []string{extra}}
	reports := make(chan []token.Sighting, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Watch(ctx, func(p []token.Sighting) { reports <- p }) }()

	seen(t, reports, "nothing", func(r []token.Sighting) bool { return len(r) == 0 })
	must(t, os.MkdirAll(filepath.Join(far), 0o700))
	must(t, os.Symlink(d.path, extra))
	first := seen(t, reports, "the extra path", func(r []token.Sighting) bool { return len(r) == 1 })[0]
	if first.Token.ID != "fido2:"+extra || !first.Token.Unverified || first.Token.Kind != token.FIDO2 {
		t.Errorf("%+v", first)
	}
	must(t, os.Remove(extra))
	seen(t, reports, "its leaving", func(r []token.Sighting) bool { return len(r) == 0 })
	must(t, os.Symlink(d.path, extra))
	again := seen(t, reports, "its return", func(r []token.Sighting) bool { return len(r) == 1 })[0]
	if again.Mark == first.Mark {
		t.Error("a token plugged in again has the same mark")
	}

	hidraw(t, sys, "hidraw3", "06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")
	must(t, os.Symlink(other.path, filepath.Join(dev, "hidraw3")))
	hidraw(t, sys, "hidraw4", "05010906a101c0") // a keyboard
	must(t, os.Symlink(other.path, filepath.Join(dev, "hidraw4")))
	both := seen(t, reports, "a hidraw node", func(r []token.Sighting) bool { return len(r) == 2 })
	node := both[0].Token
	if node.ID != "fido2:"+filepath.Join(dev, "hidraw3") || node.Unverified || node.Name != "Yubico YubiKey FIDO+CCID" || node.Place != "usb:1:7" {
		t.Errorf("%+v", node)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestFoldersThatComeWhileOneLooks makes a folder in one that is just about to be watched: no event tells of it, and all the same it is watched.
func TestFoldersThatComeWhileOneLooks(t *testing.T) {
	root := t.TempDir()
	run, key := filepath.Join(root, "run"), filepath.Join(root, "run", "key")
	s := Source{Dev: t.TempDir(), Extra: []string{filepath.Join(key, "fido")}}
	w, err := newFolderWatch()
	must(t, err)
	defer func() { must(t, w.file.Close()) }()
	late := []string{run, key}
	must(t, w.follow(func() []string {
		folders := s.folders()
		if len(late) > 0 {
			must(t, os.Mkdir(late[0], 0o700))
			late = late[1:]
		}
		return folders
	}))
	for _, folder := range []string{s.Dev, root, run, key} {
		if _, ok := w.folders[folder]; !ok {
			t.Errorf("%s is not watched", folder)
		}
	}
}

// TestFolderThatIsNotThereYet watches for device nodes where there is no folder for them yet, and again after it went.
func TestFolderThatIsNotThereYet(t *testing.T) {
	d := newTerminal(t)
	dev, sys := filepath.Join(t.TempDir(), "dev"), t.TempDir()
	hidraw(t, sys, "hidraw0", "06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")
	s := Source{Dev: dev, Sys: sys}
	reports := make(chan []token.Sighting, 100)
	go func() { _ = s.Watch(t.Context(), func(p []token.Sighting) { reports <- p }) }() // until the test ends
	seen(t, reports, "nothing", func(r []token.Sighting) bool { return len(r) == 0 })
	for range 2 {
		must(t, os.Mkdir(dev, 0o700))
		must(t, os.Symlink(d.path, filepath.Join(dev, "hidraw0")))
		seen(t, reports, "the node", func(r []token.Sighting) bool { return len(r) == 1 })
		must(t, os.RemoveAll(dev))
		seen(t, reports, "its leaving", func(r []token.Sighting) bool { return len(r) == 0 })
	}
}

// hidraw makes what sysfs tells of a hidraw node, below a USB device at bus 1, device 7.
func hidraw(t *testing.T, sys, name, descriptor string) {
	t.Helper()
	usb := filepath.Join(sys, "usb1", "1-2", name)
	must(t, os.MkdirAll(filepath.Join(usb, "hid"), 0o700))
	must(t, os.MkdirAll(filepath.Join(sys, name), 0o700))
	must(t, os.Symlink(filepath.Join(usb, "hid"), filepath.Join(sys, name, "device")))
	for path, content := range map[string]string{
		filepath.Join(usb, "busnum"): "1\n", filepath.Join(usb, "devnum"): "7\n",
		filepath.Join(usb, "hid", "uevent"):            "DRIVER=hid-generic\nHID_NAME=Yubico YubiKey FIDO+CCID\n",
		filepath.Join(usb, "hid", "report_descriptor"): string(unhex(t, descriptor)),
	} {
		must(t, os.WriteFile(path, []byte(content), 0o600))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
