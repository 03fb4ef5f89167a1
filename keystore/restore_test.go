package keystore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"holdfast/did"
	"holdfast/did/key"
	"holdfast/did/statement"
	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/derive"
)

// realIdentity asks for a did:key that signs.
func realIdentity(label string, c derive.Curve) NewIdentity {
	return NewIdentity{
		Method: "key", Label: label, Party: "bank", Keys: []KeySpec{{derive.Assertion, c}},
		Build: func(keys []MadeKey) (BuiltIdentity, error) { return buildKey(keys[0]) },
	}
}

func buildKey(k MadeKey) (BuiltIdentity, error) {
	curve, err := didCurve(k.Curve)
	if err != nil {
		return BuiltIdentity{}, err
	}
	pub, err := did.NewPublicKey(curve, k.Public)
	if err != nil {
		return BuiltIdentity{}, err
	}
	d, err := key.Create(pub)
	if err != nil {
		return BuiltIdentity{}, err
	}
	doc, err := key.Resolve(d)
	if err != nil {
		return BuiltIdentity{}, err
	}
	text, err := doc.Canonical()
	return BuiltIdentity{DID: d.String(), Document: text}, err
}

// words takes the 24 words out of a ceremony.
func (h *home) words(t *testing.T, v *Vault) *secret.Bytes {
	t.Helper()
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActShowWords, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	var out *secret.Bytes
	if err := c.ShowWords(func(words [][]byte) (err error) {
		if len(words) != 24 {
			return fmt.Errorf("%d words", len(words))
		}
		out, err = secret.Move(bytes.Join(words, []byte(" ")))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ask := func(right bool) func(int) (*secret.Bytes, error) {
		return func(n int) (b *secret.Bytes, err error) {
			err = out.Expose(func(p []byte) error {
				w := bytes.Clone(bytes.Split(p, []byte(" "))[n-1])
				if !right {
					w = append(w, 'x')
				}
				b, err = secret.Move(w)
				return err
			})
			return b, err
		}
	}
	if wrong := (*WrongWordError)(nil); !errors.As(c.ConfirmWords(t.Context(), []int{3}, ask(false)), &wrong) || wrong.Position != 3 {
		t.Error("a wrong word passed")
	}
	if err := c.ConfirmWords(t.Context(), []int{1, 12, 24}, ask(true)); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// lost is a home whose vault had three identities, and what is left of it: words, a backup, the recovery token.
type lost struct {
	*home
	words  *secret.Bytes
	backup string
	dids   []string
}

func newLost(t *testing.T) *lost {
	t.Helper()
	return lose(t, newHome(t))
}

// lose uses the vault of a home and leaves it behind.
func lose(t *testing.T, h *home) *lost {
	t.Helper()
	l := &lost{home: h, backup: filepath.Join(t.TempDir(), "me.holdfast-backup")}
	v := l.mustOpen(t)
	l.words = l.home.words(t, v)
	curves := []derive.Curve{derive.Ed25519, derive.P256, derive.Secp256k1}
	_, made, err := v.CreateIdentities(t.Context(), 3, func(i int) NewIdentity { return realIdentity(fmt.Sprint("label ", i), curves[i]) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range made {
		l.dids = append(l.dids, m.DID)
		signs(t, v, m.DID, true)
	}
	if _, err := v.Backup(t.Context(), l.backup, true, nil); err != nil {
		t.Fatal(err)
	}
	if st, err := v.Status(t.Context()); err != nil || !st.Armed || !st.WordsConfirmed || !st.BackedUp {
		t.Fatalf("not done: %+v, %v", st, err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	l.place = Place{Dir: filepath.Join(dir, "back.vault"), State: filepath.Join(dir, "state")}
	return l
}

// signs signs a text as an identity and verifies it as a stranger would; or expects the refusal of an ended use branch.
func signs(t *testing.T, v *Vault, ref string, may bool) {
	t.Helper()
	st, err := statement.NewText("I was here")
	if err != nil {
		t.Fatal(err)
	}
	jws, err := v.Sign(t.Context(), ref, st)
	if ended := (*SigningEndedError)(nil); !may {
		if !errors.As(err, &ended) {
			t.Errorf("%s signs with a key of an ended use branch: %v", ref, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := statement.Verify(jws, statement.ResolveOffline, statement.TypeText); err != nil {
		t.Errorf("%s: %v", ref, err)
	}
}

// same checks that every identity is back with label, party and document.
func (l *lost) same(t *testing.T, v *Vault, rep RestoreReport) {
	t.Helper()
	if rep.Identities != 3 || rep.Ended != 3 || rep.Branch < firstRandomBranch {
		t.Errorf("report %+v", rep)
	}
	for i, d := range l.dids {
		id, err := v.Identity(t.Context(), d)
		if err != nil || id.Label != fmt.Sprint("label ", i) || id.Party != "bank" || len(id.Keys) != 1 {
			t.Errorf("%s came back as %+v, %v", d, id, err)
		}
		signs(t, v, d, false)
	}
	_, made, err := v.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return realIdentity("new", derive.Ed25519) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	signs(t, v, made[0].DID, true)
	if f, err := v.VerifyJournal(t.Context(), nil); err != nil || len(f) != 0 {
		t.Errorf("journal: %v, %v", f, err)
	}
}

func TestRestoreFromWordsAndBackup(t *testing.T) {
	l := newLost(t)
	fresh := newPaper(t, "2001")
	v, rep, err := Restore(t.Context(), l.place, RestoreRequest{
		Backup: l.backup, Words: l.words,
		New: &NewKeyslot{Token: fresh.fido2(), Label: "new", Role: RoleEveryday, Tiers: []Tier{TierVault, TierMaster}},
	}, l.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	l.same(t, v, rep)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tok := range []Present{fresh.fido2(), l.everyday.piv(), l.recovery.fido2()} { // every way in of the backup stays one
		v, err := Open(t.Context(), l.place, OpenRequest{Token: tok}, l.who.prompts())
		if err != nil {
			t.Fatalf("%s: %v", tok.Name, err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRestoreFromTokenAndBackup(t *testing.T) {
	l := newLost(t)
	v, rep, err := Restore(t.Context(), l.place, RestoreRequest{Backup: l.backup, Token: ref(l.recovery.fido2())}, l.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	l.same(t, v, rep)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(t.Context(), l.place, RestoreRequest{Backup: l.backup, Token: ref(l.recovery.fido2())}, l.who.prompts(), nil); !errors.Is(err, ErrVaultExists) {
		t.Errorf("a restore over a vault: %v", err)
	}
}

func ref[T any](v T) *T { return &v }

// TestRestoreRefusesWhatWasChanged: wrong words, a changed byte anywhere, a file cut short, garbage. Nothing is left in the folder,
// and the right restore still works.
func TestRestoreRefusesWhatWasChanged(t *testing.T) {
	l := newLost(t)
	good, err := os.ReadFile(l.backup)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"empty": {}, "garbage": bytes.Repeat([]byte("x"), 4096), "cut": good[:len(good)-100], "longer": append(bytes.Clone(good), 1)}
	for _, at := range []int{3, len(backupMagic) + 1, 200, 5000, len(good) / 2, len(good) - 1} {
		bad[fmt.Sprint("byte ", at)] = flip(good, at)
	}
	for name, data := range bad {
		path := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Restore(t.Context(), l.place, RestoreRequest{Backup: path, Token: ref(l.recovery.fido2())}, l.who.prompts(), nil); err == nil {
			t.Errorf("%s: restored", name)
		}
		if left := copyNames(t, l.place.Dir); len(left) > 1 {
			t.Errorf("%s: left %v behind", name, left)
		}
	}
	other := lose(t, makeHome(t)) // not a copy of the same vault
	req := RestoreRequest{Backup: l.backup, Words: other.words, New: &NewKeyslot{Token: newPaper(t, "2002").piv(), Label: "n", Role: RoleEveryday, Tiers: []Tier{TierVault, TierMaster}}}
	if _, _, err := Restore(t.Context(), l.place, req, l.who.prompts(), nil); !errors.Is(err, ErrWordsOfAnotherVault) {
		t.Errorf("words of another vault: %v", err)
	}
	v, _, err := Restore(t.Context(), l.place, RestoreRequest{Backup: l.backup, Token: ref(l.recovery.fido2())}, l.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

func copyNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestBackupHidesEverything: no label, DID, relationship or key of the vault stands readable in the backup or in the vault's folder.
func TestBackupHidesEverything(t *testing.T) {
	l := newLost(t)
	data, err := os.ReadFile(l.backup)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append([]string{"label 0", "bank", "SQLite format", "blue", "paper:1001"}, l.dids...) {
		if bytes.Contains(data, []byte(s)) {
			t.Errorf("the backup shows %q", s)
		}
	}
	if len(data) < 4096 || sha256.Sum256(data) == sha256.Sum256(nil) {
		t.Error("there is no backup to look at")
	}
}

// TestRecoverFromWordsAlone: keys, and did:key identities by scanning with a gap of 100 over what the owner still knows.
func TestRecoverFromWordsAlone(t *testing.T) {
	l := newLost(t)
	v, rep, err := RecoverFromWords(t.Context(), l.place, WordsRequest{
		Words: l.words, Gap: 100, Known: append([]string{"did:key:zUnknown"}, l.dids...),
		New: NewKeyslot{Token: newPaper(t, "3001").piv(), Label: "new", Role: RoleEveryday, Tiers: []Tier{TierVault, TierMaster}}, Candidate: buildKey,
	}, l.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	if len(rep.Found) != 3 || len(rep.Unmatched) != 1 || rep.Scanned < 300 || len(rep.Missing) == 0 {
		t.Errorf("report %+v", rep)
	}
	for _, d := range l.dids {
		if _, err := v.Identity(t.Context(), d); err != nil {
			t.Errorf("%s: %v", d, err)
		}
		signs(t, v, d, false)
	}
	_, made, err := v.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return realIdentity("new", derive.Ed25519) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	signs(t, v, made[0].DID, true)
	for _, d := range l.dids {
		if d == made[0].DID {
			t.Error("a number served twice")
		}
	}
}
