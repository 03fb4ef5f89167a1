package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/vfs"

	"holdfast/internal/secret"
	"holdfast/journal"
)

// vaultOf is a database under test and what opens it.
type vaultOf struct {
	*DB
	path string
	key  *secret.Bytes
}

var testMeta = Meta{
	Vault: make([]byte, 16), Installation: bytes.Repeat([]byte{1}, 16), Owner: bytes.Repeat([]byte{2}, 32), Generation: 1,
	GenerationRandom: bytes.Repeat([]byte{3}, 16), CoreHash: bytes.Repeat([]byte{4}, 32),
}

func random(t testing.TB) *secret.Bytes {
	t.Helper()
	s, err := secret.Random(32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Destroy)
	return s
}

func newVault(t testing.TB) *vaultOf {
	t.Helper()
	v := &vaultOf{path: filepath.Join(t.TempDir(), "vault-1 ä%#?.db"), key: random(t)}
	journalSecret := random(t)
	d, err := Create(context.Background(), v.path, v.key, testMeta, journalSecret)
	if err != nil {
		t.Fatal(err)
	}
	journalSecret.Destroy()
	v.DB = d
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

func (v *vaultOf) reopen(t testing.TB) {
	t.Helper()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := Open(context.Background(), v.path, v.key)
	if err != nil {
		t.Fatal(err)
	}
	v.DB = d
}

// update runs fn with one event of the act and its number.
func (v *vaultOf) update(t testing.TB, act journal.Act, fn func(tx *Tx, event uint64) error) {
	t.Helper()
	if err := v.try(act, fn); err != nil {
		t.Fatal(err)
	}
}

func (v *vaultOf) try(act journal.Act, fn func(tx *Tx, event uint64) error) error {
	return v.Update(context.Background(), func(tx *Tx) error {
		e, err := tx.Event(journal.New{Act: act})
		if err != nil {
			return err
		}
		return fn(tx, e.Number)
	})
}

func identityNamed(n int, label string) (Identity, []Key) {
	return Identity{
			ID: fmt.Sprintf("%032x", n), DID: fmt.Sprintf("did:key:z6Mk%d", n), Method: "key", Label: label, State: "active", Number: uint32(n),
			Created: time.Unix(1700000000+int64(n), 0).UTC(), Document: []byte(`{}`),
		},
		[]Key{{Purpose: 1, Curve: "ed25519", Public: bytes.Repeat([]byte{byte(n)}, 32), Identity: uint32(n), State: Active}}
}

func (v *vaultOf) insert(t testing.TB, labels ...string) {
	t.Helper()
	v.update(t, journal.ActCreateIdentities, func(tx *Tx, event uint64) error {
		for i, label := range labels {
			id, keys := identityNamed(i, label)
			if err := tx.InsertIdentity(id, keys, event); err != nil {
				return err
			}
		}
		return nil
	})
}

func (v *vaultOf) clean(t testing.TB) {
	t.Helper()
	found, err := v.Check(context.Background(), nil)
	if err != nil || len(found) != 0 {
		t.Errorf("check of an untouched vault: %v, %v", found, err)
	}
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	slot := Keyslot{
		ID: "a1", Kind: "piv", Role: "everyday", Label: "blue", Physical: "p", AAGUID: []byte{1}, Attestations: map[string][]byte{"82": {9}},
		Enrolled: time.Unix(1700000000, 5000).UTC(),
	}
	backup := Backup{Path: "/x", Time: time.Unix(1700000001, 0).UTC(), Head: 2, Size: 9}
	pool := []PoolKey{{1, 2, []byte{5}}, {3, 4, []byte{6}}}
	v.insert(t, "bank", "shop")
	v.update(t, journal.ActEnrol, func(tx *Tx, event uint64) error {
		return errors.Join(tx.PutKeyslot(slot, event), tx.PutSetting("lock", "5", event), tx.PutPolicy("p", "q", event), tx.PutBackup(backup, event),
			tx.PutBranch(7, []byte("sealed"), false), tx.AddSuccession(pool))
	})
	v.reopen(t)
	m, err := v.Meta(ctx)
	if err != nil || !reflect.DeepEqual(m, testMeta) {
		t.Errorf("meta %v, %v", m, err)
	}
	if slots, err := v.Keyslots(ctx); err != nil || !reflect.DeepEqual(slots, []Keyslot{slot}) {
		t.Errorf("keyslots %v, %v", slots, err)
	}
	if backups, err := v.Backups(ctx); err != nil || !reflect.DeepEqual(backups, []Backup{backup}) {
		t.Errorf("backups %v, %v", backups, err)
	}
	if s, set, err := v.Setting(ctx, "lock"); err != nil || !set || s != "5" {
		t.Errorf("setting %q %v, %v", s, set, err)
	}
	if s, set, err := v.Policy(ctx, "p"); err != nil || !set || s != "q" {
		t.Errorf("policy %q %v, %v", s, set, err)
	}
	if _, set, err := v.Setting(ctx, "other"); err != nil || set {
		t.Errorf("a setting that was never set: %v, %v", set, err)
	}
	if sealed, ended, err := v.Branch(ctx, 7); err != nil || string(sealed) != "sealed" || ended {
		t.Errorf("branch %q %v, %v", sealed, ended, err)
	}
	if list, err := v.Branches(ctx); err != nil || !reflect.DeepEqual(list, []uint32{7}) {
		t.Errorf("branches %v, %v", list, err)
	}
	want, wantKeys := identityNamed(1, "shop")
	if got, keys, err := v.Identity(ctx, want.ID); err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(keys, wantKeys) {
		t.Errorf("identity %v %v, %v", got, keys, err)
	}
	v.clean(t)
}

func TestRemovedSettingIsNotAMissingOne(t *testing.T) {
	v := newVault(t)
	v.update(t, journal.ActSetting, func(tx *Tx, event uint64) error { return tx.PutSetting("a", "1", event) })
	v.update(t, journal.ActSetting, func(tx *Tx, event uint64) error { return tx.RemoveSetting("a", event) })
	if s, set, err := v.Setting(t.Context(), "a"); err != nil || set || s != "" {
		t.Errorf("%q %v, %v", s, set, err)
	}
	v.clean(t)
}

func TestOpenTellsWhatIsWrong(t *testing.T) {
	v, ctx := newVault(t), context.Background()
	v.insert(t, "one")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	before := secret.Live()
	if _, err := Open(ctx, v.path, random(t)); !errors.Is(err, ErrWrongKey) {
		t.Errorf("wrong key: %v", err)
	}
	if _, err := Open(ctx, v.path+"x", v.key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Create(ctx, v.path, v.key, testMeta, random(t)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating over a vault: %v", err)
	}
	if err := os.WriteFile(v.path+"e", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, v.path+"e", v.key); !errors.Is(err, ErrNotVault) {
		t.Errorf("empty file: %v", err)
	}
	short, err := secret.Random(16)
	if err != nil {
		t.Fatal(err)
	}
	defer short.Destroy()
	if _, err := Open(ctx, v.path, short); err == nil {
		t.Error("a key of 16 bytes was taken")
	}
	if _, err := Create(ctx, v.path+"s", v.key, testMeta, short); err == nil {
		t.Error("a journal secret of 16 bytes was taken")
	}
	if left, err := filepath.Glob(filepath.Dir(v.path) + "/*dbs*"); err != nil || len(left) != 0 {
		t.Errorf("a failed creation leaves %v (%v)", left, err)
	}
	if live := secret.Live(); live > before+3 { // the three random keys made above
		t.Errorf("%d secrets live, %d before", live, before)
	}
}

func TestTheFileSaysNothing(t *testing.T) {
	v := newVault(t)
	v.insert(t, "very-telling-label")
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(v.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) == 0 && suffix == "-wal" {
			t.Error("nothing to look at")
		}
		for _, word := range []string{"very-telling", "SQLite", "did:key", "journal"} {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("the file %q holds %q", suffix, word)
			}
		}
	}
	if info, err := os.Stat(v.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAFailedUpdateLeavesNothing(t *testing.T) {
	v, ctx, cause := newVault(t), t.Context(), errors.New("no")
	before, err := v.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = v.try(journal.ActSetting, func(tx *Tx, event uint64) error {
		return errors.Join(tx.PutSetting("a", "1", event), tx.PutBranch(1, nil, false), cause)
	})
	if !errors.Is(err, cause) {
		t.Errorf("update: %v", err)
	}
	if after, err := v.Head(ctx); err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("head %v, %v", after, err)
	}
	if _, set, err := v.Setting(ctx, "a"); err != nil || set {
		t.Errorf("setting %v, %v", set, err)
	}
	if err := v.try(journal.ActSetting, func(tx *Tx, event uint64) error { return tx.PutSetting("a", "1", event-1) }); err == nil {
		t.Error("a row was set under an event of another transaction")
	}
	if err := v.try("no-such-act", func(*Tx, uint64) error { return nil }); err == nil {
		t.Error("an unknown act was written")
	}
	v.clean(t)
}

func TestNoNumberTwice(t *testing.T) {
	v := newVault(t)
	seen := map[uint32]bool{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for n := 1; n <= 8; n++ {
		group.Go(func() {
			var first uint32
			err := v.try(journal.ActAllotNumbers, func(tx *Tx, event uint64) (err error) {
				first, err = tx.NextIdentities(5, n, event)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			for i := range uint32(n) {
				if err != nil || seen[first+i] {
					t.Errorf("number %d twice (%v)", first+i, err)
				}
				seen[first+i] = true
			}
		})
	}
	group.Wait()
	if len(seen) != 36 || !seen[0] || !seen[35] {
		t.Errorf("%d numbers", len(seen))
	}
	undone := errors.New("undone")
	next := func(n int, end error) (first uint32, err error) {
		err = v.try(journal.ActAllotNumbers, func(tx *Tx, event uint64) (err error) {
			if first, err = tx.NextIdentities(5, n, event); err != nil {
				return err
			}
			if again, err := tx.NextIdentities(5, 1, event); err != nil || again != first+uint32(n) {
				t.Errorf("the second in a transaction: %d, %v", again, err)
			}
			return end
		})
		return first, err
	}
	if first, err := next(1, undone); first != 36 || !errors.Is(err, undone) {
		t.Errorf("%d, %v", first, err)
	}
	v.reopen(t)
	if first, err := next(1, nil); first != 36 || err != nil {
		t.Errorf("after an undone one %d, %v", first, err)
	}
	v.update(t, journal.ActFindIdentities, func(tx *Tx, event uint64) error {
		return errors.Join(tx.SkipIdentities(5, 100, event), tx.SkipIdentities(5, 50, event))
	})
	if first, err := next(1, nil); first != 100 || err != nil {
		t.Errorf("after skipping %d, %v", first, err)
	}
	for _, n := range []int{-1, 0, maxNumber} {
		if _, err := next(n, nil); err == nil {
			t.Errorf("%d numbers were handed out", n)
		}
	}
}

func TestSuccessionKeysAreTakenOnce(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	var pool []PoolKey
	for n := range uint32(600) {
		pool = append(pool, PoolKey{n, n + 1, []byte{byte(n)}})
	}
	v.update(t, journal.ActMakeSuccession, func(tx *Tx, _ uint64) error { return tx.AddSuccession(pool) })
	seen := map[uint32]bool{}
	for range 3 {
		v.update(t, journal.ActCreateIdentities, func(tx *Tx, _ uint64) error {
			for range 100 {
				taken, err := tx.TakeSuccession(1)
				if err != nil || seen[taken[0].Number] || taken[0].Public[0] != byte(taken[0].Number) {
					t.Fatalf("%v, %v", taken, err)
				}
				seen[taken[0].Number] = true
			}
			return nil
		})
	}
	if left, err := v.PoolLeft(ctx); err != nil || left != 300 {
		t.Errorf("%d left, %v", left, err)
	}
	err := v.try(journal.ActCreateIdentities, func(tx *Tx, _ uint64) error {
		_, err := tx.TakeSuccession(301)
		return err
	})
	if !errors.Is(err, ErrPoolEmpty) {
		t.Errorf("301 of 300: %v", err)
	}
	if err := v.try(journal.ActMakeSuccession, func(tx *Tx, _ uint64) error { return tx.AddSuccession(pool[:1]) }); err == nil {
		t.Error("a pair of numbers came in twice")
	}
	v.update(t, journal.ActAcceptOlder, func(tx *Tx, _ uint64) error { return tx.ClearSuccession() })
	if left, err := v.PoolLeft(ctx); err != nil || left != 0 {
		t.Errorf("%d left after clearing, %v", left, err)
	}
	v.clean(t)
}

func TestKeyStatesFollowTheTable(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	v.insert(t, "one")
	id, _ := identityNamed(0, "")
	set := func(state string) error {
		return v.try(journal.ActKeyState, func(tx *Tx, event uint64) error { return tx.SetKeyState(id.ID, 1, 0, state, event) })
	}
	for _, step := range []struct {
		state string
		fine  bool
	}{{Suspended, true}, {Active, true}, {"nonsense", false}, {Compromised, true}, {Active, false}, {Suspended, false}, {Destroyed, true}, {Compromised, false}} {
		if err := set(step.state); (err == nil) != step.fine {
			t.Errorf("to %s: %v", step.state, err)
		}
	}
	if k, err := v.SigningKey(ctx, id.ID, 1); err != nil || k.State != Destroyed {
		t.Errorf("%v, %v", k, err)
	}
	if _, err := v.SigningKey(ctx, id.ID, 2); !errors.Is(err, ErrNotFound) {
		t.Errorf("a purpose without a key: %v", err)
	}
	second := Key{Purpose: 1, Version: 1, Curve: "ed25519", Public: []byte{1}, State: Active}
	v.update(t, journal.ActKeyState, func(tx *Tx, event uint64) error { return tx.PutKey(id.ID, second, event) })
	if k, err := v.SigningKey(ctx, id.ID, 1); err != nil || !reflect.DeepEqual(k, second) {
		t.Errorf("newest version: %v, %v", k, err)
	}
	v.clean(t)
}

func TestCloseEndsRunningCallsAndWipesKeys(t *testing.T) {
	v := newVault(t)
	held := secret.Live()
	name := v.cipher.name
	if vfs.Find(name) == nil {
		t.Fatal("no file layer of its own")
	}
	started, ended := make(chan struct{}), make(chan error)
	go func() {
		ended <- v.Update(context.Background(), func(tx *Tx) error {
			close(started)
			<-tx.ctx.Done()
			return tx.ctx.Err()
		})
	}()
	<-started
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("the call that ran: %v", err)
	}
	if _, err := v.Meta(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := v.Update(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if vfs.Find(name) != nil {
		t.Error("the file layer is still registered")
	}
	if got := secret.Live(); got != held-3 {
		t.Errorf("%d secrets live, %d while open: database key and two MAC keys must be gone", got, held)
	}
}

func TestHeadsAndAnchors(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	v.insert(t, "one")
	old, err := v.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Update(ctx, func(tx *Tx) error { return tx.PutHead(old, []byte("signature")) }); err != nil {
		t.Fatal(err)
	}
	v.update(t, journal.ActUnlock, func(*Tx, uint64) error { return nil })
	forged := journal.Head{Number: old.Number, Hash: make([]byte, 32)}
	for _, c := range []struct {
		head journal.Head
		want bool
	}{{old, true}, {journal.Head{}, true}, {forged, false}, {journal.Head{Number: 99, Hash: old.Hash}, false}} {
		if got, err := v.Contains(ctx, c.head); err != nil || got != c.want {
			t.Errorf("%v: %v, %v", c.head, got, err)
		}
	}
	if err := v.Update(ctx, func(tx *Tx) error { return tx.PutHead(forged, []byte("s")) }); err == nil {
		t.Error("the signature of a head that is not in the journal was kept")
	}
	heads, err := v.Heads(ctx)
	if err != nil || len(heads) != 1 || !reflect.DeepEqual(heads[0].Head, old) || string(heads[0].Signature) != "signature" {
		t.Errorf("%v, %v", heads, err)
	}
}

func TestIntentsWithoutOutcomeAreListed(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	var intent journal.Event
	begin := func() {
		if err := v.Update(ctx, func(tx *Tx) (err error) {
			intent, err = tx.Event(journal.New{Act: journal.ActRekey, Phase: journal.Intent, Subject: "v"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	begin()
	if err := v.Update(ctx, func(tx *Tx) error {
		_, err := tx.Event(journal.New{Act: journal.ActRekey, Phase: journal.Outcome, Ref: intent.Number, Result: journal.OK})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	begin()
	v.reopen(t)
	open, err := v.Unfinished(ctx)
	if err != nil || len(open) != 1 || open[0].Number != intent.Number || open[0].Subject != "v" {
		t.Errorf("%v, %v", open, err)
	}
	if list, err := v.Journal(ctx, journal.Filter{Act: journal.ActRekey, Limit: 2}); err != nil || len(list) != 2 || list[0].Number != intent.Number {
		t.Errorf("%v, %v", list, err)
	}
}

func TestUpdateIdentityMovesTheSearch(t *testing.T) {
	v, ctx := newVault(t), t.Context()
	v.insert(t, "before")
	id, _ := identityNamed(0, "after")
	v.update(t, journal.ActChangeIdentity, func(tx *Tx, event uint64) error { return tx.UpdateIdentity(id, event) })
	for text, want := range map[string]int{"before": 0, "after": 1} {
		if got, err := v.Find(ctx, Query{Text: text}); err != nil || len(got) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	id.ID = "unknown"
	if err := v.try(journal.ActChangeIdentity, func(tx *Tx, event uint64) error { return tx.UpdateIdentity(id, event) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown identity: %v", err)
	}
	if _, _, err := v.Identity(ctx, "unknown"); !errors.Is(err, ErrNotFound) || strings.Contains(fmt.Sprint(err), "tampered") {
		t.Errorf("an unknown identity: %v", err)
	}
	v.clean(t)
}
