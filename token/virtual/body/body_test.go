package body

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func open(t *testing.T, o Options) *Body {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
	})
	return b
}

func TestIdentityIsKept(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Options{Dir: dir, Serial: 4711, Firmware: "5.4.3"})
	if _, err := Open(Options{Dir: dir}); err == nil {
		t.Fatal("one state folder was opened twice")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, Options{Dir: dir})
	x, y, z := b.Firmware()
	if b.Serial() != 4711 || x != 5 || y != 4 || z != 3 {
		t.Fatalf("serial %d, firmware %d.%d.%d", b.Serial(), x, y, z)
	}
	if !b.AtLeast(5, 4, 3) || !b.AtLeast(5, 3, 9) || b.AtLeast(5, 4, 4) || b.AtLeast(5, 7, 0) {
		t.Fatal("versions compare wrongly")
	}
	for _, bad := range []string{"", "5.7", "5.7.1.2", "5.7.256", "05.7.1", "5.7.x"} {
		if err := b.SetFirmware(bad); err == nil {
			t.Errorf("firmware %q was taken", bad)
		}
	}
}

func TestOneTouchServesOneWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, Options{})
		if b.Touch() {
			t.Error("a touch with nobody waiting was taken")
		}
		done := make(chan int, 2)
		for i := range 2 {
			go func() {
				if err := b.WaitTouch(t.Context()); err != nil {
					t.Error(err)
				}
				done <- i
			}()
			synctest.Wait()
		}
		for i := range 2 {
			if !b.Touch() {
				t.Fatal("the touch was lost")
			}
			if got := <-done; got != i {
				t.Fatalf("touch %d served waiter %d", i, got)
			}
			synctest.Wait()
			if b.WaitingForTouch() != 1-i {
				t.Fatalf("%d still wait", b.WaitingForTouch())
			}
		}
	})
}

func TestTouchEndsByTimeAndByUnplug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if err := b.WaitTouch(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after its time: %v", err)
		}
		failed := make(chan error)
		go func() { failed <- b.WaitTouch(t.Context()) }()
		synctest.Wait()
		b.Unplug()
		if err := <-failed; !errors.Is(err, ErrUnplugged) {
			t.Fatalf("unplugged: %v", err)
		}
		b.Plug()
		if b.PowerCycle() != 2 {
			t.Fatalf("power cycle %d", b.PowerCycle())
		}
		go func() { failed <- b.TouchNext(t.Context()) }()
		synctest.Wait()
		if err := b.WaitTouch(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		b.AutomaticTouch(true)
		if err := b.WaitTouch(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFreezeHoldsUntilThaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, Options{})
		if err := b.Frozen(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Freeze()
		b.Freeze()
		free := make(chan error, 1)
		go func() { free <- b.Frozen(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-free:
			t.Fatalf("a frozen key answered: %v", err)
		default:
		}
		b.Thaw()
		b.Thaw()
		if err := <-free; err != nil {
			t.Fatal(err)
		}
	})
}

func TestUnplugAfter(t *testing.T) {
	b := open(t, Options{})
	b.UnplugAfter(APDU, 3)
	_, changed := b.Plugged()
	for i, want := range []bool{true, true, false, false} {
		if b.Count(Frame) != (i < 3) {
			t.Fatal("frames were counted as APDUs")
		}
		if got := b.Count(APDU); got != want {
			t.Fatalf("APDU %d: plugged %v", i+1, got)
		}
	}
	<-changed
	b.Plug()
	for range 5 {
		if !b.Count(APDU) {
			t.Fatal("the order held for a second time")
		}
	}
}

func TestRecord(t *testing.T) {
	b := open(t, Options{})
	b.Record(Operation{Side: PIV, Name: "general authenticate", Slot: "82", PIN: true, Result: "9000"})
	data, err := os.ReadFile(filepath.Join(b.Dir(), RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	var op Operation
	if err := json.Unmarshal(data, &op); err != nil || op.Slot != "82" || !op.PIN || op.Touch || op.Time.IsZero() {
		t.Fatalf("%s: %v", data, err)
	}
	if err := b.ResetRecord(); err != nil {
		t.Fatal(err)
	}
	b.Record(Operation{Side: FIDO2, Name: "getAssertion", Result: "0x31"})
	data, err = os.ReadFile(filepath.Join(b.Dir(), RecordFile))
	if err != nil || strings.Count(string(data), "\n") != 1 || !strings.HasPrefix(string(data), "{") {
		t.Fatalf("%q: %v", data, err)
	}
	if len(b.Operations()) != 1 {
		t.Fatalf("%d operations", len(b.Operations()))
	}
}

func TestState(t *testing.T) {
	b := open(t, Options{})
	got := map[string]int{"a": 1}
	if found, err := b.Load("piv", &got); found || err != nil || got["a"] != 1 {
		t.Fatalf("%v %v %v", found, err, got)
	}
	if err := b.Save("piv", map[string]int{"a": 2}); err != nil {
		t.Fatal(err)
	}
	if found, err := b.Load("piv", &got); !found || err != nil || got["a"] != 2 {
		t.Fatalf("%v %v %v", found, err, got)
	}
	for _, bad := range []string{"", "../x", "a.b", "a/b"} {
		if err := b.Save(bad, 1); err == nil {
			t.Errorf("name %q was taken", bad)
		}
	}
}
