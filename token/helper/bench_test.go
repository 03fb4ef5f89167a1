package helper

import (
	"context"
	"testing"
	"time"

	"holdfast/token"
)

// cancelLimit is how long a person may wait for what they cancelled to have ended, the token being frozen.
const cancelLimit = 100 * time.Millisecond

// BenchmarkCancel cancels an act with a token that does not answer, and reports how much of the limit that takes, the end of the process that talked
// to the token included.
func BenchmarkCancel(b *testing.B) {
	c, frozen := NewClient(nil, nil), silentDevice(b)
	var spent time.Duration
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		asked := make(chan time.Time, 1)
		time.AfterFunc(300*time.Millisecond, func() { asked <- time.Now(); cancel() })
		if _, err := c.Facts(ctx, frozen); token.CodeOf(err) != token.Cancelled {
			b.Fatal(err)
		}
		spent += time.Since(<-asked)
	}
	b.ReportMetric(float64(spent)/float64(b.N)/float64(cancelLimit), "x-limit")
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "µs/cancel")
}
