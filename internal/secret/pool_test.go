package secret

import (
	"bytes"
	"errors"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// allocators are the sources of pages that this system has; memguard is everywhere.
func allocators() map[string]func(int) (*region, error) {
	return map[string]func(int) (*region, error){"system": allocate, "memguard": allocateGuarded}
}

func TestExhaustionIsSaidAndPasses(t *testing.T) {
	for name, alloc := range allocators() {
		p := &pool{limit: 3, alloc: alloc}
		var held []*region
		for range 3 {
			r, err := p.take(32)
			if err != nil {
				t.Fatal(name, err)
			}
			held = append(held, r)
		}
		if _, err := p.take(32); !errors.Is(err, ErrExhausted) {
			t.Errorf("%s: the fourth of three: %v", name, err)
		}
		p.give(held[0])
		if _, err := p.take(32); err != nil {
			t.Errorf("%s: after giving one back: %v", name, err)
		}
		p.dropSpare()
	}
}

func TestPagesAreReusedWipedAndReadOnly(t *testing.T) {
	for name, alloc := range allocators() {
		p := &pool{limit: 2, alloc: alloc}
		r, err := p.take(32)
		if err != nil {
			t.Fatal(name, err)
		}
		if writes(r) {
			t.Errorf("%s: a page handed out can be written outside Fill", name)
		}
		if err := r.writable(); err != nil {
			t.Fatal(name, err)
		}
		copy(r.bytes(), sample)
		p.give(r)
		again, err := p.take(32)
		if err != nil {
			t.Fatal(name, err)
		}
		if again != r {
			t.Errorf("%s: the wiped page was not reused", name)
		}
		if !bytes.Equal(again.bytes(), make([]byte, pageSize())) {
			t.Errorf("%s: a reused page holds old bytes", name)
		}
	}
}

// writes tries to write the first byte of a region and says whether that went through.
func writes(r *region) (done bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			done = false
		}
	}()
	r.bytes()[0] = 1
	return true
}

func TestBigSecretsAreNotKeptForReuse(t *testing.T) {
	p := &pool{limit: 2, alloc: allocate}
	r, err := p.take(pageSize() + 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.bytes()) != 2*pageSize() {
		t.Errorf("one byte over a page takes %d bytes", len(r.bytes()))
	}
	p.give(r)
	if len(p.spare) != 0 || p.live != 0 {
		t.Errorf("%d spare, %d live", len(p.spare), p.live)
	}
}

func TestAForgottenSecretIsCollected(t *testing.T) {
	before := Live()
	func() {
		if _, err := Random(32); err != nil {
			t.Fatal(err)
		}
	}()
	deadline := time.Now().Add(30 * time.Second)
	for Live() > before && time.Now().Before(deadline) {
		runtime.GC()
		runtime.Gosched()
	}
	if Live() > before {
		t.Errorf("%d secrets live, %d before", Live(), before)
	}
}

func BenchmarkRandom(b *testing.B) {
	for b.Loop() {
		s, err := Random(32)
		if err != nil {
			b.Fatal(err)
		}
		s.Destroy()
	}
}
