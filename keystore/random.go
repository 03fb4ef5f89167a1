package keystore

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// mustRandom is n random bytes. crypto/rand.Read never fails on the systems Holdfast supports; it ends the program instead.
func mustRandom(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// firstRandomBranch is where random use-branch numbers begin: those below are handed out in order and stand in the core.
const firstRandomBranch = 1 << 20

// randomBranch draws a use-branch number for an installation that cannot know what was handed out: 2^20 to 2^31-1.
func randomBranch(taken func(uint32) bool) uint32 {
	for {
		n := binary.BigEndian.Uint32(mustRandom(4)) >> 1
		if n >= firstRandomBranch && !taken(n) {
			return n
		}
	}
}

// now is the present second in UTC, the precision of every time in a vault.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }
