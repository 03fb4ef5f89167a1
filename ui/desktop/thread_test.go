package desktop

import (
	"sync"
	"testing"
)

// TestNothingRunsBesideTheUIThread dispatches as the toolkit does after its loop has ended: at once, on whatever goroutine asks.
func TestNothingRunsBesideTheUIThread(t *testing.T) {
	ran := 0
	ui := here(func(fn func()) { fn() })
	ui.dispatch(func() { ran++ })
	var others sync.WaitGroup
	for range 20 {
		others.Go(func() { ui.dispatch(func() { ran += 100 }) })
	}
	others.Wait()
	if ran != 1 {
		t.Errorf("ran %d", ran)
	}
}

// TestAQueueThatCloses dispatches while the toolkit closes its queue; what goes wrong on the UI thread itself is not kept quiet.
func TestAQueueThatCloses(t *testing.T) {
	queue := make(chan func())
	close(queue)
	ui := here(func(fn func()) { queue <- fn })
	var other sync.WaitGroup
	other.Go(func() { ui.dispatch(func() { t.Error("it ran") }) })
	other.Wait()
	defer func() {
		if recover() == nil {
			t.Error("a panic of the UI thread was kept quiet")
		}
	}()
	here(func(fn func()) { fn() }).dispatch(func() { panic("x") })
}
