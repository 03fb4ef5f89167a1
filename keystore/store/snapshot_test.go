package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdfast/journal"
)

func TestSnapshotUnderAnotherKey(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	v.insert(t, "bank", "shop")
	next, path := random(t), filepath.Join(t.TempDir(), "vault-2.db")
	last, total := -1, 0
	if err := v.SnapshotTo(ctx, path, next, func(d, n int) { last, total = d, n }); err != nil {
		t.Fatal(err)
	}
	if last != total || total < 10 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	if _, err := Open(ctx, path, v.key); !errors.Is(err, ErrWrongKey) {
		t.Errorf("the old key on the new database: %v", err)
	}
	head, err := v.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(ctx, path, next)
	if err != nil {
		t.Fatal(err)
	}
	copied := &vaultOf{DB: d, path: path, key: next}
	defer func() {
		if err := copied.Close(); err != nil {
			t.Error(err)
		}
	}()
	if found, err := d.Contains(ctx, head); err != nil || !found {
		t.Errorf("the copy holds the head: %v, %v", found, err)
	}
	if list, err := d.Find(ctx, Query{Text: "bank"}); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	copied.update(t, journal.ActRekey, func(tx *Tx, _ uint64) error {
		m := testMeta
		m.Generation = 2
		return tx.SetMeta(m)
	})
	copied.clean(t)
	if err := v.SnapshotTo(ctx, path, next, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an existing file: %v", err)
	}
	v.clean(t)
}

func TestACancelledSnapshotLeavesNothing(t *testing.T) {
	v := newVault(t)
	v.insert(t, "bank")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "vault-2.db")
	if err := v.SnapshotTo(ctx, path, random(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
	if err := v.SnapshotTo(t.Context(), path, random(t), nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	soon, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := v.Check(soon, nil); err != nil {
		t.Error(err)
	}
}
