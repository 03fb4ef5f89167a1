package desktop

import (
	"bytes"
	"runtime"
)

// thread is the goroutine that the toolkit's loop runs on: the UI thread.
type thread struct {
	name string
	do   func(func()) // the toolkit's own way there
}

// here makes the calling goroutine the UI thread.
func here(do func(func())) thread { return thread{goroutine(), do} }

// dispatch runs a function on the UI thread, or never. Once its loop has ended, which a signal does at any moment, the toolkit runs what it is given on
// whatever goroutine asks: several at once, on a window that is gone. And while it ends, it can close its queue under whoever asks, which panics.
func (t thread) dispatch(fn func()) {
	if goroutine() != t.name {
		defer func() { _ = recover() }() // of the queue alone: fn runs elsewhere, or not at all
	}
	t.do(func() {
		if goroutine() == t.name {
			fn()
		}
	})
}

// goroutine names the calling goroutine, as the head of its stack does: "goroutine 1".
func goroutine() string {
	var head [64]byte
	name, _, _ := bytes.Cut(head[:runtime.Stack(head[:], false)], []byte(" ["))
	return string(name)
}
