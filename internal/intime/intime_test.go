package intime

import (
	"testing"
	"time"
)

// failing keeps whether a test was failed, and lets this one pass.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper()             {}
func (f *failing) Logf(string, ...any) {}
func (f *failing) Error(...any)        { f.failed = true }
func (f *failing) Failed() bool        { return f.failed }

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		took   []time.Duration
		calls  int
		failed bool
	}{
		{took: []time.Duration{1}, calls: 1},
		{took: []time.Duration{3, 2}, calls: 2},
		{took: []time.Duration{3, 3, 3, 3, 2}, calls: 5},
		{took: []time.Duration{3, 3, 3, 3, 3}, calls: 5, failed: true},
	} {
		f, calls := &failing{TB: t}, 0
		Within(f, 2, func() time.Duration { calls++; return c.took[calls-1] })
		if calls != c.calls || f.failed != c.failed {
			t.Errorf("%v: %d calls, failed %v", c.took, calls, f.failed)
		}
	}
	f, calls := &failing{TB: t}, 0
	Within(f, 2, func() time.Duration { calls++; f.failed = true; return 3 })
	if calls != 1 {
		t.Errorf("tried %d times after an error", calls)
	}
}
