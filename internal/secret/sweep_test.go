package secret

import (
	"bytes"
	"errors"
	"testing"
	"unsafe"
)

// leave puts a pattern on the stack, as a hash does, and tells where it was.
//
//go:noinline
func leave() uintptr {
	var room [256]byte
	for i := range room {
		room[i] = 0xa7
	}
	return address(&room)
}

//go:noinline
func address(room *[256]byte) uintptr { return uintptr(unsafe.Pointer(room)) }

// TestSweptLeavesNothingOnTheStack looks at the dead frame of a function, before and after.
func TestSweptLeavesNothingOnTheStack(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector, which sees the short tests, forbids to look at a dead frame")
	}
	pattern := bytes.Repeat([]byte{0xa7}, 64)
	look := func(at uintptr) bool {
		return bytes.Contains(unsafe.Slice((*byte)(unsafe.Pointer(at)), 256), pattern) //nolint:govet // a dead frame of this very goroutine
	}
	sweep() // the stack is large enough from here on
	if at := leave(); !look(at) {
		t.Skip("the frame was overwritten by looking at it")
	}
	var at uintptr
	failed := errors.New("failed")
	if err := Swept(func() error {
		at = leave()
		return failed
	}); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if look(at) {
		t.Error("what the function left on the stack is there")
	}
}
