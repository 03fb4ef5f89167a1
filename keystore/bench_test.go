package keystore

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"holdfast/keystore/derive"
)

// BenchmarkCreate10000 makes 10,000 identities of one key in an encrypted, journaled vault and reports the ratio to the derivation
// floor: deriving the same 10,000 public keys in the same run and nothing else.
func BenchmarkCreate10000(b *testing.B) {
	const n = 10_000
	v := benchVault(b)
	var spent, floor time.Duration
	for b.Loop() {
		start := time.Now()
		if made, _, err := v.CreateIdentities(b.Context(), n, func(i int) NewIdentity { return plainIdentity(fmt.Sprintf("bench %d", i)) }, nil); err != nil || made != n {
			b.Fatal(made, err)
		}
		spent += time.Since(start)
		start = time.Now()
		derived(b, v, n)
		floor += time.Since(start)
	}
	b.ReportMetric(float64(spent)/float64(floor), "x-derivation-floor")
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N)/n, "µs/identity")
	b.ReportMetric(float64(floor.Microseconds())/float64(b.N)/n, "µs/floor")
}

func derived(b *testing.B, v *Vault, n int) {
	b.Helper()
	nodes, err := v.useBranch(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if _, err := nodes.public(derive.Ed25519, uint32(i), derive.Assertion, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnlock opens a vault of 10,000 identities with a token that answers at once: what unlocking costs beyond the token's
// own time. The closing of the vault counts too.
func BenchmarkUnlock(b *testing.B) {
	v := benchVault(b)
	if _, _, err := v.CreateIdentities(b.Context(), 10_000, func(i int) NewIdentity { return plainIdentity(fmt.Sprintf("bench %d", i)) }, nil); err != nil {
		b.Fatal(err)
	}
	if err := v.Close(); err != nil {
		b.Fatal(err)
	}
	var who person
	for b.Loop() {
		v, err := Open(b.Context(), benchPlace, OpenRequest{Token: benchToken.piv()}, who.prompts())
		if err != nil {
			b.Fatal(err)
		}
		if err := v.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// The benchmarks' vault, made anew by benchVault.
var (
	benchPlace Place
	benchToken *paperToken
)

func benchVault(b *testing.B) *Vault {
	b.Helper()
	dir := b.TempDir()
	benchPlace = Place{Dir: filepath.Join(dir, "bench.vault"), State: filepath.Join(dir, "state")}
	benchToken = newPaper(b, "1001")
	var who person
	v, err := Create(b.Context(), benchPlace, NewKeyslot{Token: benchToken.piv(), Label: "bench", Role: RoleEveryday, Tiers: []Tier{TierVault, TierMaster}}, who.prompts(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = v.Close() })
	return v
}
