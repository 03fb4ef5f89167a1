package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum"

	"holdfast/internal/durable"
	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/store"
)

const pageSize = 4096

// live uses the vault of a home: identities, signatures, a ceremony; closed again.
func live(t *testing.T) *home {
	t.Helper()
	h := newHome(t)
	v := h.mustOpen(t)
	_, made, err := v.CreateIdentities(t.Context(), 40, func(i int) NewIdentity { return realIdentity(fmt.Sprint("relationship ", i), "ed25519") }, nil)
	if err != nil {
		t.Fatal(err)
	}
	signs(t, v, made[0].DID, true)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *home) database(t *testing.T) string {
	t.Helper()
	return h.place.databasePath(h.envelope(t).Core.Generation)
}

// databaseKey opens the vault tier and gives the database's key, until the test ends.
func (h *home) databaseKey(t *testing.T) *secret.Bytes {
	t.Helper()
	c := &h.envelope(t).Core
	vaultKey, err := c.open(t.Context(), &c.Keyslots[0], TierVault, h.everyday.piv(), Gate{Prompts: h.who.prompts()})
	if err != nil {
		t.Fatal(err)
	}
	defer vaultKey.Destroy()
	key, err := databaseKey(vaultKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(key.Destroy)
	return key
}

// restoreState puts back what this machine remembers, so that each of many trials begins alike.
func (h *home) restoreState(t *testing.T, files map[string][]byte) {
	t.Helper()
	for n, data := range files {
		if err := durable.WriteFile(durable.OS{}, filepath.Join(h.place.State, n), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// judge opens the vault and says how a damaged database showed: "refused", "damaged" (open to read only), "found" (by VerifyJournal), "rolled back",
// or "" when nothing was noticed. Whatever is read on the way must be what was written.
func (h *home) judge(t *testing.T) (how string, found []Finding) {
	t.Helper()
	v, err := h.open(t)
	if err != nil {
		if d := (*DamagedError)(nil); !errors.As(err, &d) {
			t.Errorf("refused, and not as damage: %v", err)
		}
		return "refused", nil
	}
	defer func() {
		if err := v.Close(); err != nil {
			if d := (*DamagedError)(nil); !errors.As(err, &d) {
				t.Errorf("close: %v", err)
			}
		}
	}()
	if found, err = v.VerifyJournal(t.Context(), nil); err != nil {
		t.Errorf("verify: %v", err)
	}
	h.readsWhatWasWritten(t, v)
	switch {
	case v.readOnly == ReadOnlyDamaged && len(found) == 0:
		t.Error("open to read only as damaged, and nothing is found")
		return "damaged", nil
	case v.readOnly != "":
		return v.readOnly, found
	case len(found) > 0:
		_, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActShowWords, Token: h.everyday.piv()}, h.who.prompts())
		if d := (*DamagedError)(nil); !errors.As(err, &d) && !onlySearch(found) {
			t.Errorf("a ceremony on a damaged vault: %v", err)
		}
		return "found", found
	}
	for i := range 40 { // an old page of the search index's own index may go unnoticed, as long as every search answers right
		text := fmt.Sprint("relationship ", i)
		list, err := v.Identities(t.Context(), Query{Text: text, Limit: 60})
		if err != nil || !slices.ContainsFunc(list, func(id Identity) bool { return id.Label == text }) {
			t.Errorf("nothing is found, and the search for %q answers %d identities, %v", text, len(list), err)
		}
	}
	return "", nil
}

// onlySearch tells damage that nothing is decided by.
func onlySearch(found []Finding) bool {
	for _, f := range found {
		if f.Place != "search" {
			return false
		}
	}
	return true
}

// readsWhatWasWritten reads every identity that can be read and holds it to its own document.
func (h *home) readsWhatWasWritten(t *testing.T, v *Vault) {
	t.Helper()
	for i := range 40 {
		id, err := v.Identity(t.Context(), fmt.Sprint("relationship ", i))
		if err != nil {
			continue // not found or refused: no wrong answer
		}
		if id.Label != fmt.Sprint("relationship ", i) || id.Party != "bank" || !bytes.Contains(id.Document, []byte(id.DID)) || len(id.Keys) != 1 {
			t.Errorf("a damaged vault answers %+v", id)
		}
	}
}

// atTheStore opens a damaged database with its key, as an unlock does, and says how that showed: "refused", "found"
// (by what VerifyJournal checks) or "" when nothing was noticed. Whatever is read on the way must be what was written.
func (h *home) atTheStore(t *testing.T, key *secret.Bytes, c *core) (how string, found []store.Finding) {
	t.Helper()
	db, err := store.Open(t.Context(), h.database(t), key)
	if err != nil {
		d := (*DamagedError)(nil)
		if !errors.As(err, &d) && !errors.Is(err, store.ErrWrongKey) && !errors.Is(err, store.ErrNotVault) {
			t.Errorf("refused, and not as damage: %v", err)
		}
		return "refused", nil
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	found, err = verify(t.Context(), db, c, nil)
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	for i := range 40 {
		h.storeGivesWhatWasWritten(t, db, fmt.Sprint("relationship ", i), len(found) == 0)
	}
	if len(found) > 0 {
		return "found", found
	}
	return "", nil
}

// storeGivesWhatWasWritten reads an identity and holds it to its own document. Where nothing was found to be damaged a
// search must find it: an old page of the search index's own index may go unnoticed, as long as every search answers
// right.
func (h *home) storeGivesWhatWasWritten(t *testing.T, db *store.DB, label string, must bool) {
	t.Helper()
	if ids, err := db.Lookup(t.Context(), label); err == nil && len(ids) == 1 { // not found or refused: no wrong answer
		id, keys, err := db.Identity(t.Context(), ids[0])
		right := id.Label == label && id.Party == "bank" && bytes.Contains(id.Document, []byte(id.DID)) && len(keys) == 1
		if err == nil && !right {
			t.Errorf("a damaged vault answers %+v with %d keys", id, len(keys))
		}
	}
	if !must {
		return
	}
	list, err := db.Find(t.Context(), store.Query{Text: label, Limit: 60})
	if err != nil || !slices.ContainsFunc(list, func(id store.Identity) bool { return id.Label == label }) {
		t.Errorf("nothing is found, and the search for %q answers %d identities, %v", label, len(list), err)
	}
}

// damages are the trials of one test. Every one is judged at the store, which all that decides is read through. The
// first of each kind of place, and one in eight besides, chosen by the seed, are judged whole too: by an unlock with
// all that it says and refuses.
type damages struct {
	*home
	key            *secret.Bytes
	core           *core
	state          map[string][]byte
	rnd            *rand.Rand
	stored, whole  map[string]int  // trials by how the damage showed, at the store and to an unlock
	kinds          map[string]bool // of places that have been judged whole
	trials, opened int
}

func newDamages(t *testing.T, h *home, rnd *rand.Rand) *damages {
	t.Helper()
	return &damages{
		home: h, key: h.databaseKey(t), core: &h.envelope(t).Core, state: copyFolder(t, h.place.State), rnd: rnd,
		stored: map[string]int{}, whole: map[string]int{}, kinds: map[string]bool{},
	}
}

// judge puts a damaged database in the place of the vault's own, and returns how that showed and what was found.
func (d *damages) judge(t *testing.T, file []byte) (how string, found []store.Finding) {
	t.Helper()
	if err := os.WriteFile(d.database(t), file, 0o600); err != nil {
		t.Fatal(err)
	}
	how, found = d.atTheStore(t, d.key, d.core)
	d.trials++
	d.stored[how]++
	if chosen := d.rnd.IntN(8) == 0; d.fresh(how, found) || chosen {
		d.wholly(t, file, how)
	}
	return how, found
}

// fresh says whether damage showed in a way, or at a kind of place, that has not been judged whole.
func (d *damages) fresh(how string, found []store.Finding) (fresh bool) {
	kinds := []string{how}
	for _, f := range found {
		kind, _, _ := strings.Cut(f.Place, "/")
		kinds = append(kinds, how+" "+strings.TrimRight(kind, " 0123456789"))
	}
	for _, k := range kinds {
		fresh = fresh || !d.kinds[k]
		d.kinds[k] = true
	}
	return fresh
}

// wholly opens the vault with the damaged database, and wants its owner told no less than the store says.
func (d *damages) wholly(t *testing.T, file []byte, how string) {
	t.Helper()
	d.restoreState(t, d.state)
	if err := os.WriteFile(d.database(t), file, 0o600); err != nil { // as it was: the store has had it open
		t.Fatal(err)
	}
	whole, found := d.home.judge(t)
	d.opened++
	d.whole[whole]++
	if (whole == "") != (how == "") || how == "refused" && whole != how {
		t.Errorf("the store says %q, and an unlock %q", how, whole)
	}
	for _, f := range found {
		if f.Place == "" || f.What == "" {
			t.Errorf("a finding without place or words: %+v", f)
		}
	}
}

// TestFlippedBytes flips one byte at many random offsets of the database, one at a time. It is noticed, at opening or by VerifyJournal with the
// place.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	h := lived(t)
	good, err := os.ReadFile(h.database(t))
	if err != nil {
		t.Fatal(err)
	}
	trials := 60
	if testing.Short() {
		trials = 15
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	d := newDamages(t, h, rand.New(rand.NewPCG(7, 8)))
	for range trials {
		at := rnd.IntN(len(good))
		how, found := d.judge(t, flip(good, at))
		if how == "" { // a vault deletes nothing, so there are no unused pages
			t.Errorf("byte %d, page %d: not noticed", at, at/pageSize+1)
		}
		for _, f := range found {
			if f.Place == "" || f.What == "" {
				t.Errorf("byte %d: a finding without place or words: %+v", at, f)
			}
		}
	}
	t.Logf("%d trials in %d pages: %v; %d whole: %v", d.trials, len(good)/pageSize, d.stored, d.opened, d.whole)
	if d.whole["found"] == 0 || d.whole["refused"]+d.whole[ReadOnlyDamaged] == 0 {
		t.Error("the trials met one kind of page only")
	}
}

// TestOldPagesPutBack puts every page back, one at a time, as it was before an identity's later acts.
func TestOldPagesPutBack(t *testing.T) {
	t.Parallel()
	h := lived(t)
	path := h.database(t)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := h.mustOpen(t)
	if _, _, err := v.CreateIdentities(t.Context(), 3, func(i int) NewIdentity { return realIdentity(fmt.Sprint("later ", i), "ed25519") }, nil); err != nil {
		t.Fatal(err)
	}
	signs(t, v, "later 1", true)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	present, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := newDamages(t, h, rand.New(rand.NewPCG(7, 9)))
	for at := 0; at < len(old); at += pageSize {
		if bytes.Equal(old[at:at+pageSize], present[at:at+pageSize]) {
			continue
		}
		mixed := bytes.Clone(present)
		copy(mixed[at:], old[at:at+pageSize])
		d.judge(t, mixed)
	}
	t.Logf("%d pages: %v; %d whole: %v", d.trials, d.stored, d.opened, d.whole)
	if d.trials < 10 || d.stored[""] > 2 {
		t.Errorf("%d pages differ, %d went unnoticed", d.trials, d.stored[""])
	}
}

// TestVerifySaysWhere changes one thing with SQL, as somebody would who has the database key and not the MAC keys.
func TestVerifySaysWhere(t *testing.T) {
	h := lived(t)
	files, state := copyFolder(t, h.place.Dir), copyFolder(t, h.place.State)
	for name, c := range map[string]struct{ statement, place string }{
		"a journal entry deleted": {`DELETE FROM journal WHERE number = 5`, "journal/5"},
		"a journal entry changed": {`UPDATE journal SET subject = 'somebody' WHERE number = 4`, "journal/4"},
		"a label changed":         {`UPDATE identities SET label = 'bank of mine' WHERE label = 'relationship 7'`, "identities/"},
		"a party changed":         {`UPDATE identities SET party = 'thief' WHERE label = 'relationship 8'`, "identities/"},
		"a key deleted":           {`DELETE FROM keys WHERE key = (SELECT min(key) FROM keys)`, "keys/"},
		"a public key changed":    {`UPDATE keys SET public = zeroblob(32) WHERE key = (SELECT max(key) FROM keys)`, "keys/"},
		"a proof changed":         {`UPDATE decisive SET content = replace(content, 'blue', 'mine') WHERE tbl = 'keyslots'`, "keyslots/"},
		"a counter set back":      {`UPDATE decisive SET content = '{"next":1}' WHERE tbl = 'counters'`, "counters/0"},
		"an index entry deleted":  {`DELETE FROM journal_rows WHERE name LIKE 'counters/%'`, "journal/"},
		"a signature lost":        {`UPDATE journal_signed SET signature = zeroblob(64)`, "signed head"},
		"the search index":        {`INSERT INTO identity_search (identity_search, rowid, label, party, did) SELECT 'delete', seq, label, party, did FROM identities LIMIT 1`, "search"},
	} {
		t.Run(name, func(t *testing.T) {
			replaceFolder(t, h.place.Dir, files)
			h.restoreState(t, state)
			h.meddle(t, c.statement)
			how, found := h.judge(t)
			if how == "refused" || how == "" {
				t.Fatalf("%q", how)
			}
			for _, f := range found {
				if strings.HasPrefix(f.Place, c.place) {
					return
				}
			}
			t.Errorf("looking for %s, found %v", c.place, found)
		})
	}
}

// meddle runs SQL on the vault's database with its key and nothing else.
func (h *home) meddle(t *testing.T, statement string) {
	t.Helper()
	var uri string
	if err := h.databaseKey(t).Expose(func(p []byte) error { // a test's key, of no use to anybody
		uri = fmt.Sprintf("file:%s?vfs=adiantum&hexkey=%x", h.database(t), p)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	db, err := driver.Open(uri, fts5.Register)
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.ExecContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed nothing (%v)", statement, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedVaultOnlyReads: once the database is found damaged at opening, nothing changes it, not even the acceptance of an older state.
func TestDamagedVaultOnlyReads(t *testing.T) {
	h := lived(t)
	h.meddle(t, `UPDATE decisive SET mac = zeroblob(32) WHERE tbl = 'meta'`)
	before := copyFolder(t, h.place.Dir)
	v := h.mustOpen(t)
	if st, err := v.Status(t.Context()); err != nil || st.ReadOnly != ReadOnlyDamaged {
		t.Fatalf("read only %q, %v", st.ReadOnly, err)
	}
	refusals := map[string]error{}
	_, _, refusals["create"] = v.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return plainIdentity("no") }, nil)
	_, refusals["backup"] = v.Backup(t.Context(), filepath.Join(t.TempDir(), "b"), false, nil)
	_, refusals["accept"] = v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActOpenBranch, Token: h.everyday.piv()}, h.who.prompts())
	refusals["prove"] = v.Prove(t.Context(), v.OpenedWith(), TierVault, h.everyday.piv(), h.who.prompts())
	for what, err := range refusals {
		d, ro := (*DamagedError)(nil), (*ReadOnlyError)(nil)
		if !errors.As(err, &d) && !errors.As(err, &ro) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := v.Identities(t.Context(), Query{}); err != nil || len(list) != 40 {
		t.Errorf("%d identities, %v", len(list), err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range before {
		if now, err := os.ReadFile(filepath.Join(h.place.Dir, name)); err != nil || !bytes.Equal(now, data) && name != "lock" {
			t.Errorf("%s was written (%v)", name, err)
		}
	}
}

// fullDisk has no room from the moment it is full.
type fullDisk struct {
	durable.FS
	full bool
}

func (f *fullDisk) OpenFile(name string, flag int, perm os.FileMode) (durable.File, error) {
	if f.full && flag&os.O_CREATE != 0 {
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.ENOSPC}
	}
	return f.FS.OpenFile(name, flag, perm)
}

// TestFaultDiskFull: acts on a full disk say so, by one name, and lose nothing.
func TestFaultDiskFull(t *testing.T) {
	h := lived(t)
	full := &fullDisk{FS: durable.OS{}}
	h.place.files = full
	v := h.mustOpen(t)
	full.full = true
	made, _, err := v.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return realIdentity("on a full disk", "ed25519") }, nil)
	if !IsDiskFull(err) || made != 1 { // the database had room; this machine's memory had none
		t.Errorf("create: %d made, %v", made, err)
	}
	if _, err := v.Backup(t.Context(), filepath.Join(t.TempDir(), "b"), false, nil); !IsDiskFull(err) {
		t.Errorf("backup: %v", err)
	}
	full.full = false
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	again := h.mustOpen(t)
	if n, err := again.CountIdentities(t.Context()); err != nil || n != 41 {
		t.Errorf("%d identities, %v", n, err)
	}
	if found, err := again.VerifyJournal(t.Context(), nil); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}
