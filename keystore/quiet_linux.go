package keystore

import (
	"runtime"
	"syscall"
)

// quietly runs a function on a thread of its own that gives way to others: what a person does and sees comes first. Where the system refuses that the
// function runs as others do. The thread ends with it.
func quietly(fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()                              // never unlocked, so that no other goroutine gets the slow thread
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 5) // 0 is this thread, on Linux
		fn()
	}()
	<-done
}
