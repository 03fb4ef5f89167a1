package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"holdfast/internal/secret"
)

// TestTheKeyIsNowhereElse reads the memory of the whole process after the database was created, written, copied under another key and searched: the
// keys are in no place that can be read. (Where the kernel lacks memfd_secret, in their locked pages alone.)
func TestTheKeyIsNowhereElse(t *testing.T) {
	v := newVault(t)
	next := random(t)
	v.insert(t, "bank", "shop")
	if err := v.SnapshotTo(t.Context(), v.path+".next", next, nil); err != nil {
		t.Fatal(err)
	}
	v.reopen(t)
	if _, err := v.Find(t.Context(), Query{Text: "bank"}); err != nil {
		t.Fatal(err)
	}
	planted, err := secret.Random(32)
	if err != nil {
		t.Fatal(err)
	}
	defer planted.Destroy()
	var copied []byte
	if err := planted.Expose(func(p []byte) error { copied = bytes.Clone(p); return nil }); err != nil {
		t.Fatal(err)
	}
	if n := copies(t, planted); n < 1 {
		t.Fatal("a copy that was made on purpose is not found: this test sees nothing")
	}
	clear(copied)
	locked := 0
	if !hidden(t) {
		locked = 2 // the test's own and the database's
	}
	for name, c := range map[string]struct {
		key  *secret.Bytes
		held int
	}{"database key": {v.key, locked}, "next key": {next, locked / 2}} {
		if n := copies(t, c.key); n > c.held {
			t.Errorf("%s: %d copies in readable memory, at most %d expected", name, n, c.held)
		}
	}
}

func hidden(t *testing.T) bool {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(maps, []byte("secretmem"))
}

// copies counts where the first 16 bytes of a key are in readable memory. It looks for them through a mask, so as not to make a copy itself.
func copies(t *testing.T, key *secret.Bytes) int {
	t.Helper()
	var masked [16]byte
	if err := key.Expose(func(p []byte) error {
		for i := range masked {
			masked[i] = p[i] ^ 0x5a
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := mem.Close(); err != nil {
			t.Error(err)
		}
	}()
	found, buffer := 0, make([]byte, 1<<20)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || mode[0] != 'r' || strings.Contains(line, "[v") {
			continue
		}
		for at := from; at < to; at += int64(len(buffer)) {
			n, err := mem.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at)
			if err != nil && n == 0 && !errors.Is(err, io.EOF) {
				continue // not readable: secret pages
			}
			found += count(buffer[:n], masked)
		}
	}
	clear(buffer)
	return found
}

// count counts the masked pattern in p and wipes it there, so that the buffer, when it is read in its turn, does not count again.
func count(p []byte, masked [16]byte) int {
	found := 0
	first := masked[0] ^ 0x5a
	for at := 0; at+len(masked) <= len(p); at++ {
		next := bytes.IndexByte(p[at:len(p)-len(masked)+1], first)
		if next < 0 {
			break
		}
		at += next
		match := true
		for i := range masked {
			match = match && p[at+i]^0x5a == masked[i]
		}
		if match {
			found++
			clear(p[at : at+len(masked)])
		}
	}
	return found
}
