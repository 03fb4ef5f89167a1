package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"holdfast/journal"
)

// meddle changes the database as somebody would who has the database key but not the MAC keys.
func (v *vaultOf) meddle(t *testing.T, query string, args ...any) {
	t.Helper()
	result, err := v.sql.ExecContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed nothing (%v)", query, err)
	}
}

// finds wants Check to find something, and a finding at place.
func (v *vaultOf) finds(t *testing.T, place, what string) {
	t.Helper()
	found, err := v.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Place == place && f.What == what {
			return
		}
	}
	t.Errorf("looking for %s (%s), found %v", place, what, found)
}

func wantTampered(t *testing.T, err error, what string) {
	t.Helper()
	var tampered *TamperedError
	if !errors.As(err, &tampered) || tampered.What != what {
		t.Errorf("wanted a row refused as %q: %v", what, err)
	}
}

func compromisedKey(t *testing.T) (v *vaultOf, id, row string) {
	t.Helper()
	v = newVault(t)
	v.insert(t, "bank", "shop")
	one, _ := identityNamed(1, "")
	v.update(t, journal.ActKeyState, func(tx *Tx, event uint64) error { return tx.SetKeyState(one.ID, 1, 0, Compromised, event) })
	return v, one.ID, "keys/" + one.ID + "/1/0"
}

func TestAChangedRowIsRefused(t *testing.T) {
	v, id, row := compromisedKey(t)
	v.meddle(t, `UPDATE keys SET state = 'active' WHERE key = ?`, strings.TrimPrefix(row, "keys/"))
	_, err := v.SigningKey(t.Context(), id, 1)
	wantTampered(t, err, WhatMAC)
	v.finds(t, row, WhatMAC)
}

func TestAnEarlierStateOfARowIsRefused(t *testing.T) {
	v := newVault(t)
	v.insert(t, "bank")
	one, _ := identityNamed(0, "")
	key := one.ID + "/1/0"
	var event int64
	var mac []byte
	if err := v.sql.QueryRowContext(t.Context(), `SELECT event, mac FROM keys WHERE key = ?`, key).Scan(&event, &mac); err != nil {
		t.Fatal(err)
	}
	v.update(t, journal.ActKeyState, func(tx *Tx, event uint64) error { return tx.SetKeyState(one.ID, 1, 0, Compromised, event) })
	v.meddle(t, `UPDATE keys SET state = 'active', event = ?, mac = ? WHERE key = ?`, event, mac, key)
	_, err := v.SigningKey(t.Context(), one.ID, 1)
	wantTampered(t, err, WhatStale)
	v.finds(t, "keys/"+key, WhatStale)
	v.meddle(t, `DELETE FROM journal_rows WHERE name = ? AND number > ?`, "keys/"+key, event)
	v.finds(t, "journal/3", journal.FaultIndex) // 1 makes the vault, 2 the identity, 3 compromises its key
	err = v.try(journal.ActKeyState, func(tx *Tx, event uint64) error { return tx.SetKeyState(one.ID, 1, 0, Active, event) })
	if err == nil {
		t.Error("a key was changed on top of an earlier state")
	}
}

func TestAMissingRowIsRefused(t *testing.T) {
	v, id, row := compromisedKey(t)
	v.update(t, journal.ActEnrol, func(tx *Tx, event uint64) error {
		return errors.Join(tx.PutKeyslot(Keyslot{ID: "a"}, event), tx.PutKeyslot(Keyslot{ID: "b"}, event), tx.PutSetting("s", "1", event))
	})
	v.meddle(t, `DELETE FROM keys WHERE key = ?`, strings.TrimPrefix(row, "keys/"))
	v.meddle(t, `DELETE FROM decisive WHERE tbl = 'keyslots' AND key = 'b'`)
	v.meddle(t, `DELETE FROM decisive WHERE tbl = 'settings'`)
	ctx := t.Context()
	_, err := v.SigningKey(ctx, id, 1)
	wantTampered(t, err, WhatMissing)
	_, err = v.Keyslots(ctx)
	wantTampered(t, err, WhatMissing)
	_, _, err = v.Setting(ctx, "s")
	wantTampered(t, err, WhatMissing)
	for _, place := range []string{row, "keyslots/b", "settings/s"} {
		v.finds(t, place, WhatMissing)
	}
}

func TestTheJournalIsPartOfTheCheck(t *testing.T) {
	for name, c := range map[string]struct{ query, place, what string }{
		"newest event deleted": {`DELETE FROM journal WHERE number = 3`, "journal/3", journal.FaultMissing},
		"event in the middle":  {`DELETE FROM journal WHERE number = 2`, "journal/2", journal.FaultMissing},
		"event changed":        {`UPDATE journal SET act = 'unlock' WHERE number = 2`, "journal/2", journal.FaultHash},
		"forged MAC":           {`UPDATE journal SET mac = zeroblob(32) WHERE number = 2`, "journal/2", journal.FaultMAC},
		"time unreadable":      {`UPDATE journal SET time = 'x' WHERE number = 2`, "journal/2", journal.FaultUnreadable},
		"search emptied":       {`DELETE FROM identity_search_docsize WHERE id = 1`, "search", "index"},
	} {
		v, _, _ := compromisedKey(t)
		v.meddle(t, c.query)
		t.Log(name)
		v.finds(t, c.place, c.what)
	}
}

func TestARolledBackDatabaseLacksTheAnchor(t *testing.T) {
	v := newVault(t)
	v.insert(t, "bank")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(v.path)
	if err != nil {
		t.Fatal(err)
	}
	v.reopen(t)
	v.update(t, journal.ActSetting, func(tx *Tx, event uint64) error { return tx.PutSetting("a", "1", event) })
	anchor, err := v.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	v.reopen(t)
	v.clean(t) // by itself it is whole; only the anchor tells
	if found, err := v.Contains(t.Context(), anchor); err != nil || found {
		t.Errorf("the older database holds the anchor: %v, %v", found, err)
	}
}

// TestEveryOldPagePutBack compromises a key and then puts back, one at a time, every page of the file as it was before. Whatever page it is, the key
// never signs again without the check finding something.
func TestEveryOldPagePutBack(t *testing.T) {
	const page = 4096
	v := newVault(t)
	v.insert(t, "bank", "shop", "club")
	one, _ := identityNamed(1, "")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(v.path)
	if err != nil {
		t.Fatal(err)
	}
	v.reopen(t)
	v.update(t, journal.ActKeyState, func(tx *Tx, event uint64) error { return tx.SetKeyState(one.ID, 1, 0, Compromised, event) })
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	present, err := os.ReadFile(v.path)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for at := 0; at < len(old); at += page {
		if bytes.Equal(old[at:at+page], present[at:at+page]) {
			continue
		}
		tried++
		mixed := bytes.Clone(present)
		copy(mixed[at:], old[at:at+page])
		if what := outcome(t, v, mixed, one.ID); what != "" {
			t.Errorf("page %d put back: %s", at/page, what)
		}
	}
	if tried < 3 {
		t.Errorf("only %d pages differ: the key's, the journal's and its index must", tried)
	}
}

// outcome opens a file and says what went wrong, if it did: an old page went unnoticed.
func outcome(t *testing.T, v *vaultOf, file []byte, id string) string {
	t.Helper()
	if err := os.WriteFile(v.path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(context.Background(), v.path, v.key)
	if err != nil {
		return ""
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	found, err := d.Check(t.Context(), nil)
	if err != nil || len(found) > 0 {
		return ""
	}
	k, err := d.SigningKey(t.Context(), id, 1)
	if err == nil && k.State == Active {
		return "the compromised key signs and the check finds nothing"
	}
	return "the check finds nothing"
}

// TestFaultNoRoom gives the database no page more than it has: an act that needs one is undone and says why, and what was there stays.
func TestFaultNoRoom(t *testing.T) {
	v := newVault(t)
	v.insert(t, "bank")
	v.sql.SetMaxOpenConns(1)
	v.meddleWithLimit(t, `PRAGMA max_page_count = 1`) // SQLite makes it the present number of pages
	err := v.try(journal.ActSetting, func(tx *Tx, event uint64) error { return tx.PutSetting("long", strings.Repeat("x", 1<<16), event) })
	if !errors.Is(err, ErrDiskFull) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("with no room: %v", err)
	}
	if _, set, err := v.Setting(t.Context(), "long"); err != nil || set {
		t.Errorf("half an act is there: %v, %v", set, err)
	}
	v.meddleWithLimit(t, `PRAGMA max_page_count = 1000000`)
	v.update(t, journal.ActSetting, func(tx *Tx, event uint64) error { return tx.PutSetting("long", strings.Repeat("x", 1<<16), event) })
	v.clean(t)
}

func (v *vaultOf) meddleWithLimit(t *testing.T, pragma string) {
	t.Helper()
	var pages int
	if err := v.sql.QueryRowContext(t.Context(), pragma).Scan(&pages); err != nil {
		t.Fatal(err)
	}
}

// TestUnreadablePagesAreFindings damages every page, one at a time: the database is refused, or the check ends and names places. Where the page
// holds rows or entries, some finding names one.
func TestUnreadablePagesAreFindings(t *testing.T) {
	const page = 4096
	v := newVault(t)
	labels := make([]string, 60)
	for i := range labels {
		labels[i] = fmt.Sprint("relationship ", i)
	}
	v.insert(t, labels...)
	for i := range 60 {
		v.update(t, journal.ActSetting, func(tx *Tx, event uint64) error { return tx.PutSetting(fmt.Sprint("setting ", i), "1", event) })
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(v.path)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for at := 0; at < len(good); at += page {
		bad := bytes.Clone(good)
		bad[at+page/3] ^= 1
		if err := os.WriteFile(v.path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, place := range placesOf(t, v) {
			kind, _, _ := strings.Cut(place, "/")
			kinds[strings.TrimRight(kind, " 0123456789")]++
		}
	}
	t.Log(kinds)
	for _, kind := range []string{"refused", "page", "journal", "identities", "keys"} {
		if kinds[kind] == 0 {
			t.Errorf("no damaged page gave a finding of the kind %q", kind)
		}
	}
}

// placesOf opens a damaged database and returns the places of what the check finds.
func placesOf(t *testing.T, v *vaultOf) (places []string) {
	t.Helper()
	d, err := Open(t.Context(), v.path, v.key)
	if damage := (*DamagedError)(nil); err != nil && !errors.As(err, &damage) && !errors.Is(err, ErrWrongKey) && !errors.Is(err, ErrNotVault) {
		t.Errorf("refused, and not as damage: %v", err)
	}
	if err != nil {
		return []string{"refused"}
	}
	found, err := d.Check(t.Context(), nil)
	if err != nil || len(found) == 0 {
		t.Errorf("check: %v, %v", found, err)
	}
	for _, f := range found {
		places = append(places, f.Place)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	return places
}
