package fido2

import (
	"context"
	"errors"
	"testing"
	"time"

	"holdfast/internal/limit"
	"holdfast/token"
)

// BenchmarkFrozen asks a token that does not answer, until that is said.
func BenchmarkFrozen(b *testing.B) {
	d := newTerminal(b)
	limit.Median(b, answerLimit+time.Second, func() time.Duration {
		start := time.Now()
		if _, err := openChannel(b.Context(), d.path); token.CodeOf(err) != token.Frozen {
			b.Fatal(err)
		}
		return time.Since(start)
	})
}

// BenchmarkCancel cancels the question.
func BenchmarkCancel(b *testing.B) {
	limit.Median(b, 500*time.Millisecond, func() time.Duration {
		took, err := cancelledUnderTheQuestion(b)
		if !errors.Is(err, context.Canceled) {
			b.Fatal(err)
		}
		return took
	})
}
