package keystore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/internal/durable"
	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// Vault is an open vault: the vault key is held, and the use branch may be used. The master secret is not in it. Its methods may be
// called from several goroutines; they take turns.
type Vault struct {
	place  Place
	fs     durable.FS
	lock   *durable.Lock // of the folder
	lockID *durable.Lock // of the vault on this machine, whatever the folder

	id   string             // in hex; set before the vault is handed out
	life context.Context    // ends when Close begins
	end  context.CancelFunc // ends life
	turn chan struct{}      // holds one element while an act or a ceremony is under way

	mu       sync.Mutex // held while code of an act runs; guards all below
	open     *Ceremony  // the ceremony under way
	env      *envelope
	machine  *machine
	before   *machine // what this machine remembered before a restore; nil when nothing
	db       *store.DB
	vaultKey *secret.Bytes
	nodes    *branchNodes // the current use branch, loaded when first used
	readOnly string       // "" or why only reading is allowed
	opened   string       // the keyslot that opened it, id in hex
	closed   bool

	check     func() // ends the background check
	checked   chan struct{}
	findings  []store.Finding
	checkFail error
	progress  atomic.Int64 // of the check: done and total, 32 bits each

	settled []Settled // what this unlock finished or undid
}

// ID is the vault's id in hex.
func (v *Vault) ID() string { return v.id }

// Place says where the vault lives.
func (v *Vault) Place() Place { return v.place }

// OpenedWith is the id of the keyslot that opened the vault.
func (v *Vault) OpenedWith() string { return v.opened }

// newHandle is a vault that holds nothing yet.
func newHandle(place Place) *Vault {
	v := &Vault{place: place, fs: place.disk(), turn: make(chan struct{}, 1)}
	v.life, v.end = context.WithCancel(context.Background())
	return v
}

// Close wipes every secret the vault holds, closes the database and gives the folder back. It may be called twice, and from
// another goroutine while an act or a ceremony is under way: lock wins. Their contexts end, an act stops at its last durable step,
// and whatever is asked of a ceremony afterwards is ErrClosed.
func (v *Vault) Close() error {
	v.end()
	v.stopCheck()
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.shut()
}

// shut is Close with the lock held.
func (v *Vault) shut() error {
	if v.closed {
		return nil
	}
	v.closed = true
	v.end()
	if v.open != nil {
		v.open.abort()
	}
	if v.nodes != nil {
		v.nodes.destroy()
		v.nodes = nil
	}
	if v.vaultKey != nil {
		v.vaultKey.Destroy()
	}
	var errs []error
	if v.db != nil {
		errs = append(errs, v.db.Close())
	}
	for _, l := range []*durable.Lock{v.lockID, v.lock} {
		if l != nil {
			errs = append(errs, l.Unlock())
		}
	}
	return errors.Join(errs...)
}

// checkedHeads is how many signed heads the pass after an unlock verifies; VerifyJournal verifies them all.
const checkedHeads = 16

// startCheck begins the pass over chain, rows and head that follows each unlock. Ceremonies wait for it.
func (v *Vault) startCheck() {
	ctx, cancel := context.WithCancel(context.Background())
	v.check, v.checked = cancel, make(chan struct{})
	db, c := v.db, &v.env.Core
	go quietly(func() {
		found, err := db.Check(ctx, func(done, total int) { v.progress.Store(int64(done)<<32 | int64(total)) })
		if err == nil {
			var heads []store.Finding
			heads, err = judgeHeads(ctx, db, c, checkedHeads)
			found = append(found, heads...)
		}
		v.findings, v.checkFail = found, err // read only after checked is closed
		close(v.checked)
		toSystem.giveBack() // the pass went through all of the database: what it took for that is seldom needed again
	})
}

// stopCheck ends the background pass and waits for it.
func (v *Vault) stopCheck() {
	if v.check != nil {
		v.check()
		<-v.checked
	}
}

// sound waits for the background pass, telling how far it is, and reports what it found.
func (v *Vault) sound(ctx context.Context, steps func(Step)) error {
	if v.checked == nil {
		return nil
	}
	tick := time.NewTicker(checkTick)
	defer tick.Stop()
	for waiting := true; waiting; {
		select {
		case <-v.checked:
			waiting = false
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if p := v.progress.Load(); steps != nil && p != 0 {
				steps(Step{ID: "step-check", Done: int(p >> 32), Total: int(p & 0xffffffff)})
			}
		}
	}
	if v.life.Err() != nil {
		return ErrClosed
	}
	if v.checkFail != nil {
		return fmt.Errorf("check the vault: %w", v.checkFail)
	}
	if len(v.findings) > 0 {
		return damaged("database", "%s: %s", v.findings[0].Place, v.findings[0].What)
	}
	return nil
}

// checkTick is how often a ceremony that waits for the check tells how far it is.
const checkTick = 200 * time.Millisecond

// usable refuses a closed vault and, for acts that change, one that is open to read only.
func (v *Vault) usable(changes bool) error {
	if v.closed {
		return ErrClosed
	}
	if changes && v.readOnly != "" {
		return &ReadOnlyError{Why: v.readOnly}
	}
	return nil
}

// databaseKey derives the database's Adiantum key from a vault key.
func databaseKey(vaultKey *secret.Bytes) (*secret.Bytes, error) {
	return expand(vaultKey, nil, labelDatabase)
}

// anchor writes what this machine must remember after an act: first the database, then the anchor, so that an anchor may be behind
// and is never ahead.
func (v *Vault) anchor(ctx context.Context) error {
	h, err := v.db.Head(ctx)
	if err != nil {
		return err
	}
	d, err := v.env.Core.digest()
	if err != nil {
		return err
	}
	v.machine.Head = headAnchor{Number: h.Number, Hash: h.Hash}
	v.machine.Core = coreAnchor{Number: v.env.Core.Number, Hash: d}
	return v.machine.write(v.fs, v.place)
}

// act runs one change of the database: its events and rows in one transaction, and the anchor after it.
func (v *Vault) act(ctx context.Context, fn func(*store.Tx) error) error {
	if err := v.db.Update(ctx, fn); err != nil {
		return err
	}
	if v.readOnly != "" {
		return nil // the anchor stays until the owner has accepted the older or copied state
	}
	if err := v.anchor(context.WithoutCancel(ctx)); err != nil {
		return &doneError{err}
	}
	return nil
}

// doneError is the error of an act that is durable in the vault, and that this machine's memory could not be told of: the anchor stays behind, which
// is allowed, until the next act.
type doneError struct{ err error }

func (e *doneError) Error() string {
	return "done, but this machine's memory could not be written: " + e.err.Error()
}
func (e *doneError) Unwrap() error { return e.err }

// isDone tells an act that is durable all the same.
func isDone(err error) bool {
	var d *doneError
	return err == nil || errors.As(err, &d)
}

// keyslotRow gives the database's row for a keyslot; a bare one when there is none.
func keyslotRow(rows []store.Keyslot, id string) store.Keyslot {
	for _, r := range rows {
		if r.ID == id {
			return r
		}
	}
	return store.Keyslot{ID: id}
}

// outcome is the event that ends an intent.
func outcome(intent journal.Event, result string, facts map[string]string) journal.New {
	return journal.New{Act: intent.Act, Phase: journal.Outcome, Ref: intent.Number, Subject: intent.Subject, Result: result, Facts: facts}
}

// hexBytes is the printed form of ids and hashes in events.
func hexBytes(b []byte) string { return hex.EncodeToString(b) }
