package limit

import (
	"flag"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	if err := flag.Set("test.benchtime", "1x"); err != nil { // no longer than the least number of tries
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		took [tries]time.Duration
		of10 float64
		fail bool
	}{
		"in time":                  {took: [tries]time.Duration{5, 5, 5, 5, 5}, of10: 0.5},
		"on the limit":             {took: [tries]time.Duration{10, 10, 10, 10, 10}, of10: 1},
		"held up now and then":     {took: [tries]time.Duration{100, 4, 4, 4, 100}, of10: 0.4},
		"slow more often than not": {took: [tries]time.Duration{11, 4, 11, 4, 11}, fail: true},
	} {
		calls, failed := 0, false
		r := testing.Benchmark(func(b *testing.B) {
			Median(b, 10, func() time.Duration { calls++; return c.took[calls-1] })
			failed = b.Failed()
		})
		if failed != c.fail || !c.fail && r.Extra["x-limit"] != c.of10 || calls != tries {
			t.Errorf("%s: failed %v, %v, %d tries", name, failed, r.Extra, calls)
		}
	}
}
