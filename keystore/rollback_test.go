package keystore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"holdfast/internal/durable"
	"holdfast/journal"
)

// stolen is a home whose everyday token has been revoked as stolen, with the folder and a backup from before.
func stolen(t *testing.T) (h *home, before map[string][]byte, backup string) {
	t.Helper()
	h, backup = newHome(t), filepath.Join(t.TempDir(), "before.backup")
	v := h.mustOpen(t)
	fresh := newPaper(t, "1007")
	if _, err := v.Backup(t.Context(), backup, true, nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	before = copyFolder(t, h.place.Dir)
	v = h.mustOpen(t)
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActRevoke, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	gone := v.OpenedWith()
	if _, err := c.Enrol(t.Context(), NewKeyslot{Token: fresh.piv(), Label: "green", Role: RoleEveryday, Tiers: []Tier{TierVault, TierMaster}}, h.who.prompts(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Revoke(t.Context(), gone, "stolen", nil); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	return h, before, backup
}

// TestRollBackNeverCrossesARevocation puts the folder from before the revocation back, and restores the backup from before it: on
// this machine the stolen token opens neither, accepts nothing, and is no way in afterwards.
func TestRollBackNeverCrossesARevocation(t *testing.T) {
	h, before, backup := stolen(t)
	replaceFolder(t, h.place.Dir, before)
	if _, err := h.open(t); !errors.Is(err, ErrTokenRevoked) || h.who.pins != 0 {
		t.Fatalf("the stolen token on the older folder: %v after %d PINs", err, h.who.pins)
	}
	v, err := Open(t.Context(), h.place, OpenRequest{Token: h.recovery.fido2()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActOpenBranch, Token: h.everyday.piv()}, h.who.prompts()); !errors.Is(err, ErrTokenRevoked) {
		t.Fatalf("the stolen token accepts the older state: %v", err)
	}
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActOpenBranch, Token: h.recovery.fido2()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AcceptState(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.open(t); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("after accepting the older state: %v", err)
	}
	place := h.place
	h.place.Dir = filepath.Join(t.TempDir(), "again.vault")
	v, rep, err := Restore(t.Context(), h.place, RestoreRequest{Backup: backup, Token: ref(h.recovery.fido2())}, h.who.prompts(), nil)
	if err != nil || len(rep.Revoked) != 1 || len(rep.Ways) != 1 {
		t.Fatalf("restore of the older backup: %+v, %v", rep, err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.open(t); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("after restoring the older backup: %v", err)
	}
	h.place = place
}

// TestOneVaultOneProcess: a copy of the folder on the same machine cannot be open beside the vault, and afterwards only one of the
// two may derive.
func TestOneVaultOneProcess(t *testing.T) {
	h := newHome(t)
	files, original := copyFolder(t, h.place.Dir), h.place.Dir
	v := h.mustOpen(t)
	h.place.Dir = filepath.Join(t.TempDir(), "copy.vault")
	if err := os.MkdirAll(h.place.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for n, data := range files {
		if err := os.WriteFile(filepath.Join(h.place.Dir, n), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.open(t); !errors.Is(err, durable.ErrLocked) || h.who.pins != 0 {
		t.Fatalf("a copy beside the open vault: %v after %d PINs", err, h.who.pins)
	}
	if _, _, err := v.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return plainIdentity("one") }, nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	copied := h.mustOpen(t)
	if copied.readOnly != ReadOnlyRolledBack {
		t.Errorf("the copy is open for %q after the vault went on", copied.readOnly)
	}
	if err := copied.Close(); err != nil {
		t.Fatal(err)
	}
	h.place.Dir = original
	if v := h.mustOpen(t); v.readOnly != "" {
		t.Errorf("the vault itself is %q", v.readOnly)
	}
}

// TestAMissingEnvelopeIsNoEmptyFolder: a database without its envelope is never taken for a leaving, and never removed.
func TestAMissingEnvelopeIsNoEmptyFolder(t *testing.T) {
	h := newHome(t)
	if err := os.Remove(h.place.envelopePath()); err != nil {
		t.Fatal(err)
	}
	files := copyNames(t, h.place.Dir)
	var missing *DamagedError
	if _, err := Inspect(h.place); !errors.As(err, &missing) {
		t.Errorf("inspect: %v", err)
	}
	n := NewKeyslot{Token: newPaper(t, "1009").piv(), Label: "new", Role: RoleEveryday, Tiers: []Tier{TierVault, TierMaster}}
	if _, err := Create(t.Context(), h.place, n, h.who.prompts(), nil); !errors.As(err, &missing) {
		t.Errorf("create: %v", err)
	}
	if left := copyNames(t, h.place.Dir); len(left) != len(files) || len(left) < 2 {
		t.Errorf("files before %v, after %v", files, left)
	}
}

// TestDamagedMemoryIsNotADamagedVault: a machine memory that cannot be read names its file; with the file away the vault opens as one that
// was brought here.
func TestDamagedMemoryIsNotADamagedVault(t *testing.T) {
	h := newHome(t)
	path := h.place.machinePath(h.envelope(t).Core.vaultHex())
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var memory *MemoryError
	if _, err := h.open(t); !errors.As(err, &memory) || memory.Path != path || h.who.pins != 0 {
		t.Fatalf("%v after %d PINs", err, h.who.pins)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	v := h.mustOpen(t)
	accept(t, h, v, ReadOnlyCopied)
}
