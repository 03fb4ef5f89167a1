// Package intime holds what a test does to a limit of time, on a machine that other work may hold up.
package intime

import (
	"testing"
	"time"
)

// Within calls try until what it measures took no longer than limit, five times at the most, and fails the test where none did: what a busy machine
// holds up it holds up now and then, what is slow is slow each time. Whatever else try finds wrong is an error of the test at once.
func Within(t testing.TB, limit time.Duration, try func() time.Duration) {
	t.Helper()
	for range 5 {
		took := try()
		if took <= limit || t.Failed() {
			return
		}
		t.Logf("it took %v, at most %v were wanted", took, limit)
	}
	t.Error("in time not once")
}
