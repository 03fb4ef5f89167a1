// Package limit holds what `make bench` measures to its limit of time.
package limit

import (
	"slices"
	"testing"
	"time"
)

// tries is how often is measured at the least: what a busy machine holds up now and then does not reach the middle of so many.
const tries = 5

// Median measures with try for as long as the benchmark lasts, and reports the median as a share of the limit, "x-limit". More than that fails the
// benchmark. What try finds wrong besides is an error of b at once.
func Median(b *testing.B, limit time.Duration, try func() time.Duration) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		took = append(took, try())
	}
	for len(took) < tries && !b.Failed() {
		took = append(took, try())
	}
	slices.Sort(took)
	median := took[len(took)/2]
	b.ReportMetric(float64(median)/float64(limit), "x-limit")
	if median > limit {
		b.Errorf("%v, at most %v were wanted", median, limit)
	}
}
