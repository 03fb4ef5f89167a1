package secret

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTheSystemsLimitIsAnErrorInWords lowers the limit on locked memory and takes pages until the kernel refuses: no panic, and room again after
// one page is given back.
func TestTheSystemsLimitIsAnErrorInWords(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &old); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &old); err != nil {
			t.Error(err)
		}
	})
	for name, alloc := range allocators() {
		failed := make(chan error)
		go func() {
			runtime.LockOSThread() // never unlocked: the thread without the capability ends with this goroutine
			failed <- exhaust(&pool{limit: 1 << 20, alloc: alloc}, old.Max)
		}()
		if err := <-failed; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func exhaust(p *pool, hard uint64) error {
	if err := dropLockCapability(); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: 1 << 20, Max: hard}); err != nil {
		return err
	}
	var held []*region
	defer func() {
		for _, r := range held {
			p.give(r)
		}
		p.dropSpare()
	}()
	for {
		r, err := p.take(32)
		if errors.Is(err, ErrExhausted) {
			break
		}
		if err != nil {
			return err
		}
		held = append(held, r)
		if len(held) > 1000 {
			return fmt.Errorf("%d pages under a limit of 1 MiB", len(held))
		}
	}
	p.give(held[0])
	r, err := p.take(32)
	if err != nil {
		return fmt.Errorf("after one was given back: %w", err)
	}
	held[0] = r
	return nil
}

// dropLockCapability takes CAP_IPC_LOCK, which lifts the limit, from this thread.
func dropLockCapability() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	data[0].Effective &^= 1 << unix.CAP_IPC_LOCK
	return unix.Capset(&header, &data[0])
}

// TestHiddenPagesCannotBeReadThroughProc reads the page of a secret through /proc/self/mem, which even the superuser must not manage.
func TestHiddenPagesCannotBeReadThroughProc(t *testing.T) {
	if !kernelHides() {
		t.Skip("this kernel has no memfd_secret")
	}
	hold(t, sample)
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
	seen := 0
	for line := range strings.Lines(string(maps)) {
		if !strings.Contains(line, "secretmem") {
			continue
		}
		seen++
		var at int64
		if _, err := fmt.Sscanf(line, "%x-", &at); err != nil {
			t.Fatal(err)
		}
		if n, err := mem.ReadAt(make([]byte, 16), at); err == nil {
			t.Errorf("read %d bytes of a secret page", n)
		}
	}
	if seen == 0 {
		t.Error("no secret page is mapped")
	}
}

// TestHarden runs in a child, since it cannot be undone.
func TestHarden(t *testing.T) {
	if os.Getenv("HOLDFAST_TEST_HARDEN") == "" {
		runChild(t, "HOLDFAST_TEST_HARDEN=1", "TestHarden")
		return
	}
	if err := Harden(); err != nil {
		t.Fatal(err)
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	var core unix.Rlimit
	if limitErr := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil || limitErr != nil || dumpable != 0 || core.Cur != 0 || core.Max != 0 {
		t.Errorf("dumpable %d (%v), core limit %v (%v)", dumpable, err, core, limitErr)
	}
}
