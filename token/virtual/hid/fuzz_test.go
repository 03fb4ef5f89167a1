package hid

import (
	"bufio"
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/token/virtual/body"
)

// recorded gives the packets that programs sent, one session of reports for
// each file.
func recorded(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.packets")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded packets: %v", err)
	}
	var all [][]byte
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var session []byte
		for lines := bufio.NewScanner(f); lines.Scan(); {
			digits, sent := strings.CutPrefix(lines.Text(), "> ")
			if !sent {
				continue
			}
			data, err := hex.DecodeString(digits)
			if err != nil || len(data) != frameSize {
				t.Fatalf("%s: %q: %v", name, digits, err)
			}
			session = append(append(session, 0), data...)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if len(session) == 0 {
			t.Fatalf("%s has no packets of a program", name)
		}
		all = append(all, session)
	}
	return all
}

// FuzzPackets feeds an engine with whatever a program may write. What it sends
// back must be whole messages on channels that were used.
func FuzzPackets(f *testing.F) {
	for _, session := range recorded(f) {
		f.Add(session)
		f.Add(session[:min(len(session), 6*reportSize)])
	}
	b, err := body.Open(body.Options{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := b.Close(); err != nil {
			f.Error(err)
		}
	})
	b.AutomaticTouch(true)
	f.Fuzz(func(t *testing.T, data []byte) {
		var s splitter
		w := &fakeWire{}
		e := newEngine(b, fakeAuth{b}, w, tracer{})
		used := map[uint32]bool{}
		for _, packet := range s.take(data, time.Now()) {
			used[packet.channel()] = true
			if err := e.receive(context.Background(), &packet); err != nil {
				t.Fatal(err)
			}
			settle(t, e)
			for _, m := range w.take(t) {
				if !used[m.channel] {
					t.Fatalf("an answer %+v on a channel that nobody used", m)
				}
			}
		}
		if e.partial != nil && len(e.partial.payload) >= e.partial.want {
			t.Fatal("a complete message was left lying")
		}
	})
}

// settle lets the running command end.
func settle(t *testing.T, e *engine) {
	t.Helper()
	for e.running != nil {
		select {
		case status := <-e.running.statuses:
			e.running.status = status
		case response := <-e.running.done:
			if err := e.finish(response); err != nil {
				t.Fatal(err)
			}
		}
	}
}
