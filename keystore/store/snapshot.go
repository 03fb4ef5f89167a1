package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"holdfast/internal/durable"
	"holdfast/internal/secret"
)

// snapshotTick is how often a running snapshot reports.
const snapshotTick = 100 * time.Millisecond

// SnapshotTo writes a compact copy of the database to path, which must not exist, encrypted under another key, and brings it to the disk. It is the
// database as of one moment; what is written meanwhile is not in it. progress, which may be nil, gets pages done and in total.
func (d *DB) SnapshotTo(ctx context.Context, path string, key *secret.Bytes, progress func(done, total int)) error {
	ctx, done, err := d.call(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := reserve(d.files, path); err != nil {
		return d.ended(err)
	}
	if err := d.snapshot(ctx, path, key, progress); err != nil {
		return errors.Join(d.ended(err), removeDatabase(path))
	}
	return nil
}

func (d *DB) snapshot(ctx context.Context, path string, key *secret.Bytes, progress func(done, total int)) error {
	if err := d.cipher.add(handleNext, key); err != nil {
		return err
	}
	defer d.cipher.drop(handleNext)
	var count, size int
	err := d.sql.QueryRowContext(ctx, `SELECT c.page_count - f.freelist_count, s.page_size
		FROM pragma_page_count c, pragma_freelist_count f, pragma_page_size s`).Scan(&count, &size)
	if err != nil {
		return fmt.Errorf("copying the vault database: %w", err)
	}
	stop := watch(path, count, size, progress)
	_, err = d.sql.ExecContext(ctx, `VACUUM INTO ?`, d.cipher.uri(path, handleNext, "rw"))
	stop()
	if err != nil {
		return fmt.Errorf("copying the vault database: %w", err)
	}
	if progress != nil {
		progress(count, count)
	}
	return durable.SyncFile(d.files, path)
}

// watch reports the growth of a file until the returned function is called, which waits for the last report.
func watch(path string, count, size int, progress func(done, total int)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(snapshotTick)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				if info, err := os.Stat(path); err == nil {
					progress(min(int(info.Size())/size, count), count)
				}
			}
		}
	}()
	return func() {
		close(over)
		<-done
	}
}
