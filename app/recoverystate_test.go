package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"holdfast/internal/secret"
	"holdfast/keystore"
)

// writer stands in for somebody who writes the words down, and says some of them wrong at first.
type writer struct {
	t      *testing.T
	words  [][]byte
	shown  int
	wrong  int // how many answers are wrong yet
	looked int // at the words again
}

func (w *writer) screen() Words {
	return Words{
		Show: func(words [][]byte) error {
			w.shown++
			w.words = nil
			for _, word := range words {
				w.words = append(w.words, bytes.Clone(word))
			}
			return nil
		},
		Ask: func(_ context.Context, n int) (*Secret, error) {
			if w.wrong > 0 {
				w.wrong--
				return secret.Move([]byte("wrong"))
			}
			return secret.Move(bytes.Clone(w.words[n-1]))
		},
		Again: func(_ context.Context, err error) bool {
			var wrong *keystore.WrongWordError
			if !errors.As(err, &wrong) || wrong.Position < 1 {
				w.t.Errorf("%v", err)
			}
			w.looked++
			return w.looked < 3
		},
	}
}

func TestWordsAreLookedAtAgainInOneCeremony(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	card, s := set(t, d, a)
	asked := card.asked
	w := &writer{t: t, wrong: 2}
	if err := s.ShowWords(t.Context(), w.screen(), Ceremony{}, person(t)); err != nil || w.shown != 3 || w.looked != 2 {
		t.Errorf("%v, shown %d, looked %d", err, w.shown, w.looked)
	}
	if card.asked != asked+1 {
		t.Errorf("%d PINs for one ceremony", card.asked-asked)
	}
	for _, word := range w.words {
		if !KnownWord(word) {
			t.Error("a word of the sentence is not in the list")
		}
	}
	if KnownWord([]byte("notaword")) || KnownWord(nil) {
		t.Error("the list holds what is no word")
	}
	w = &writer{t: t, wrong: 9}
	var wrong *keystore.WrongWordError
	if err := s.ShowWords(t.Context(), w.screen(), Ceremony{}, person(t)); !errors.As(err, &wrong) || w.shown != 3 {
		t.Errorf("%v, shown %d", err, w.shown)
	}
}

func TestRecoveryState(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	r, err := s.RecoveryState(t.Context())
	if err != nil || !r.Words.IsZero() || r.Backup != nil || r.Proven != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	w := &writer{t: t}
	if err := s.ShowWords(t.Context(), w.screen(), Ceremony{}, person(t)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.backup")
	place, err := s.BackupPlace(path)
	if err != nil || place.Path != path || !place.Replaces.IsZero() || !place.SameDisk {
		t.Errorf("%+v, %v", place, err)
	}
	if _, err := s.Backup(t.Context(), path, true, false, nil); err != nil {
		t.Fatal(err)
	}
	r, err = s.RecoveryState(t.Context())
	if err != nil || r.Words.IsZero() || r.Backup == nil || r.Backup.Path != path || r.Backup.SameDisk || !r.Backup.Vouched || r.Proven != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if place, err = s.BackupPlace(path); err != nil || place.Replaces.IsZero() {
		t.Errorf("%+v, %v", place, err)
	}
}

func TestProvenKeysAreCountedByToken(t *testing.T) {
	k := func(physical string, way, proven bool) keystore.KeyslotInfo {
		i := keystore.KeyslotInfo{Physical: physical, WayIn: way}
		if proven {
			i.ProvenMaster = i.ProvenMaster.AddDate(1, 0, 0)
		}
		return i
	}
	slots := []keystore.KeyslotInfo{k("a", true, true), k("a", true, true), k("b", true, false), k("", true, true), k("c", false, true), k("d", true, true)}
	if n := provenKeys(slots); n != 2 {
		t.Errorf("%d", n)
	}
}

func TestBackupPlaceSaysWhatIsWrongWithIt(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	dir := t.TempDir()
	if _, err := s.BackupPlace(filepath.Join(dir, "not", "there.backup")); Explain(err).Code != "no-such-file" {
		t.Errorf("%v", err)
	}
	if _, err := s.BackupPlace(dir); Explain(err).Code != "not-a-file" {
		t.Errorf("%v", err)
	}
	for _, path := range []string{dir, os.DevNull} {
		if _, err := a.InspectBackup(path); Explain(err).Code != "not-a-file" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "Dropbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	if p, err := s.BackupPlace(filepath.Join(dir, "Dropbox", "x.backup")); err != nil || p.Service != "Dropbox" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestSheetIsOfAVaultThatIsKnownHere(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	path := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := a.SaveSheet(s.Place(), path, false); err != nil {
		t.Fatal(err)
	}
	if err := a.SaveSheet(s.Place(), path, false); Explain(err).Code != "file-exists" {
		t.Errorf("%v", err)
	}
	if err := a.SaveSheet(s.Place(), path, true); err != nil {
		t.Error(err)
	}
	sheet, err := a.Sheet(s.Place())
	if err != nil || sheet.Name != FirstVault || sheet.OwnerWords[3] == "" || len(sheet.Vault) != 32 {
		t.Errorf("%+v, %v", sheet, err)
	}
	stranger := Place{Dir: s.Place().Dir, State: t.TempDir()}
	if _, err := a.Sheet(stranger); !errors.Is(err, keystore.ErrUnconfirmedOwner) {
		t.Errorf("%v", err)
	}
}
