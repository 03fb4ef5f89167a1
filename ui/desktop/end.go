package desktop

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
)

// unhook takes away what the toolkit does last, which is to save preferences, of which this program has none. It hands that to its loop while the loop
// ends, and waits for it: where the loop has drained its queue just before, for ever (2.8.0, internal/driver/glfw/loop.go, runGL). It reports whether
// nothing is left to wait for.
func unhook(l fyne.Lifecycle) bool {
	hooked, ok := l.(interface {
		SetOnStoppedHookExecuted(f func())
		OnStopped() func()
	})
	if ok {
		hooked.SetOnStoppedHookExecuted(nil)
	}
	return ok && hooked.OnStopped() == nil
}

// endBy is how long the toolkit has to end once the system told the program to: it hears of it itself, and as a rule takes a tenth of a second.
const endBy = 5 * time.Second

// whenTold ends the program when the system told it to and the toolkit has not: end locks what is open and does not return. Nothing is lost by that:
// what the vault holds is on the disk before it shows.
func whenTold(end func()) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-told
		time.AfterFunc(endBy, end)
	}()
}
