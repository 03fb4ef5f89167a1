package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
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
