package store

import (
	"fmt"
	"testing"
	"time"

	"holdfast/journal"
)

// batch is how many identities one transaction of a benchmark writes.
const batch = 500

func fillVault(b *testing.B, v *vaultOf, n int) {
	b.Helper()
	for done := 0; done < n; done += batch {
		v.update(b, journal.ActCreateIdentities, func(tx *Tx, event uint64) error {
			for i := done; i < done+batch; i++ {
				id, keys := identityNamed(i, fmt.Sprintf("relationship %d with party %d", i, i%997))
				id.Document = make([]byte, 500)
				if err := tx.InsertIdentity(id, keys, event); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkInsert100k writes 100,000 identities with a key each, MACs, journal and search index, 500 to a transaction.
func BenchmarkInsert100k(b *testing.B) {
	for b.Loop() {
		fillVault(b, newVault(b), 100_000)
	}
}

// BenchmarkWith100k measures what a person waits for in a vault of 100,000 identities.
func BenchmarkWith100k(b *testing.B) {
	v := newVault(b)
	fillVault(b, v, 100_000)
	b.Run("open and newest 50", func(b *testing.B) {
		for b.Loop() {
			v.reopen(b)
			if list, err := v.Find(b.Context(), Query{}); err != nil || len(list) != 50 {
				b.Fatal(len(list), err)
			}
		}
	})
	for name, text := range map[string]string{"search, one hit": "relationship 77123", "search, many hits": "relationship", "search, short word": "77"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list, err := v.Find(b.Context(), Query{Text: text}); err != nil || len(list) == 0 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
	for name, q := range map[string]Query{
		"page from the middle": {Skip: 50_000, Limit: 100}, "last page": {Skip: 99_900, Limit: 100}, "last page of a method": {Method: "key", Skip: 99_900, Limit: 100},
		"last page of a branch": {Branch: Branch{Number: 0, Is: true}, Skip: 99_900, Limit: 100}, "last page of a search": {Text: "relationship", Skip: 99_900, Limit: 100},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list, err := v.Find(b.Context(), q); err != nil || len(list) != 100 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
	for name, q := range map[string]Query{"count all": {}, "count a method": {Method: "key"}, "count a search": {Text: "relationship"}, "count a short word": {Text: "77"}, "count a search of a method": {Text: "relationship", Method: "key"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if n, err := v.CountFound(b.Context(), q); err != nil || n == 0 {
					b.Fatal(n, err)
				}
			}
		})
	}
	b.Run("signing key", func(b *testing.B) {
		id, _ := identityNamed(77123, "")
		for b.Loop() {
			if _, err := v.SigningKey(b.Context(), id.ID, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			v.clean(b)
		}
	})
	b.Run("copy under another key", func(b *testing.B) {
		for b.Loop() {
			path := fmt.Sprintf("%s.%d", v.path, time.Now().UnixNano())
			if err := v.SnapshotTo(b.Context(), path, v.key, nil); err != nil {
				b.Fatal(err)
			}
			if err := removeDatabase(path); err != nil {
				b.Fatal(err)
			}
		}
	})
}
