package hid

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/token/virtual/body"
)

// eventually waits for something that another goroutine brings about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick, late := time.NewTicker(2*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("it does not come about that %s", what)
		}
	}
}

// traced is a trace that can be read while it is written.
type traced struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *traced) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

// sent counts the packets that programs were sent.
func (t *traced) sent() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Count(t.text.String(), "< ")
}

func serve(t *testing.T) (*body.Body, *Device, *traced) {
	t.Helper()
	b, err := body.Open(body.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	trace := &traced{}
	d := &Device{Body: b, Auth: fakeAuth{b}, Link: filepath.Join(t.TempDir(), "fido2"), Trace: trace}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, b.Close()); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(d.Link); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the link is left behind: %v", err)
		}
	})
	eventually(t, "the device is attached", d.Attached)
	return b, d, trace
}

// report is what libfido2 writes for a packet.
func report(f frame) []byte { return append([]byte{0}, f[:]...) }

func exchange(t *testing.T, file *os.File, send []byte) frame {
	t.Helper()
	if _, err := file.Write(send); err != nil {
		t.Fatal(err)
	}
	var f frame
	if n, err := file.Read(f[:]); n != frameSize || err != nil {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	return f
}

func openDevice(t *testing.T, d *Device) *os.File {
	t.Helper()
	file, err := os.OpenFile(d.Link, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTerminalCarriesAllBytes(t *testing.T) {
	_, d, trace := serve(t)
	file := openDevice(t, d)
	got := exchange(t, file, report(message{broadcast, cmdInit, []byte("noncenon")}.frames()[0]))
	if got.command() != cmdInit {
		t.Fatalf("INIT answered %x", got)
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	ping := message{1, cmdPing, every}.frames()
	for _, f := range ping {
		if _, err := file.Write(report(f)); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range ping {
		var f frame
		if n, err := file.Read(f[:]); n != frameSize || err != nil || f != want {
			t.Fatalf("packet %d: %d bytes %x (%v), want %x", i, n, f, err, want)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if got := trace.sent(); got != 1+len(ping) {
		t.Errorf("%d packets are traced as sent, want %d", got, 1+len(ping))
	}
}

func TestInitFlushesWhatNobodyRead(t *testing.T) {
	_, d, trace := serve(t)
	file := openDevice(t, d)
	exchange(t, file, report(message{broadcast, cmdInit, make([]byte, 8)}.frames()[0]))
	if _, err := file.Write(report(message{1, cmdPing, []byte("unread")}.frames()[0])); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	file = openDevice(t, d)
	if _, err := file.Write(report(message{broadcast, cmdInit, []byte("87654321")}.frames()[0])); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is answered", func() bool { return trace.sent() == 3 })
	var got frame
	if n, err := file.Read(got[:]); n != frameSize || err != nil {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	if got.command() != cmdInit || !bytes.HasPrefix(got.payload(), []byte("87654321")) {
		t.Errorf("the next program read %x", got)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestUnplugTakesTheDeviceAway(t *testing.T) {
	b, d, _ := serve(t)
	file := openDevice(t, d)
	read := make(chan error, 1)
	go func() {
		_, err := file.Read(make([]byte, frameSize))
		read <- err
	}()
	b.Unplug()
	if err := <-read; err == nil {
		t.Error("a program went on reading from a key that is gone")
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the link is gone", func() bool {
		_, err := os.Lstat(d.Link)
		return errors.Is(err, fs.ErrNotExist) && !d.Attached()
	})
	b.Plug()
	eventually(t, "the device is back", d.Attached)
	file = openDevice(t, d)
	if got := exchange(t, file, report(message{broadcast, cmdInit, make([]byte, 8)}.frames()[0])); got.command() != cmdInit {
		t.Errorf("INIT answered %x", got)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLinkReplacesOnlyALink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "fido2")
	if err := os.Symlink("/nowhere", link); err != nil {
		t.Fatal(err)
	}
	p, err := openPort(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(link, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err = openPort(link); err == nil {
		t.Fatal("a file was replaced by the link", p.close())
	}
	if data, err := os.ReadFile(link); err != nil || string(data) != "precious" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestSplitter(t *testing.T) {
	now := time.Now()
	one, two := message{1, cmdPing, []byte("one")}.frames()[0], message{2, cmdPing, []byte("two")}.frames()[0]
	both := append(report(one), report(two)...)
	var s splitter
	var got []frame
	for _, b := range both {
		got = append(got, s.take([]byte{b}, now)...)
	}
	if len(got) != 2 || got[0] != one || got[1] != two {
		t.Fatalf("byte by byte: %x", got)
	}
	if got = s.take(both, now); len(got) != 2 {
		t.Fatalf("at once: %x", got)
	}
	if got = s.take(append([]byte{7, 9}, both...), now); len(got) != 2 || got[0] != one {
		t.Fatalf("behind bytes that are no report: %x", got)
	}
	s.take(report(one)[:40], now) // its writer dies
	if got = s.take(report(two), now.Add(time.Second)); len(got) != 1 || got[0] != two {
		t.Fatalf("behind half a report: %x", got)
	}
}
