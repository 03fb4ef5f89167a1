package keystore

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast/journal"
	"holdfast/keystore/derive"
)

// TestWhatIsLeftMustBeProven takes the proofs away from the keyslots that would remain: one that nobody has seen open
// anything is not what a revocation leaves an owner with.
func TestWhatIsLeftMustBeProven(t *testing.T) {
	h := newHome(t)
	v := h.mustOpen(t)
	var green string
	h.inCeremony(t, v, journal.ActEnrol, func(c *Ceremony) (err error) {
		n := newKeyslot(newPaper(t, "1003").piv(), "green", RoleEveryday)
		green, err = c.Enrol(t.Context(), n, h.who.prompts(), nil)
		return err
	})
	c, blue := &v.env.Core, v.env.Core.slot(v.OpenedWith())
	for _, step := range []struct {
		unproven func(id string) bool
		refused  string // what would be missing; empty is nothing
	}{
		{func(string) bool { return false }, ""},
		{func(id string) bool { return id == green }, string(RoleEveryday)},
		{func(id string) bool { return id != blue.hexID() }, string(TierMaster)},
	} {
		rows, err := v.db.Keyslots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if step.unproven(rows[i].ID) {
				rows[i].ProvenVault, rows[i].ProvenMaster = time.Time{}, time.Time{}
			}
		}
		err = c.spare(blue, rows)
		var missing string
		if last := (*LastWayInError)(nil); errors.As(err, &last) {
			missing = last.Which
		}
		if missing != step.refused || (err != nil) != (step.refused != "") {
			t.Errorf("refused for %q: %v", step.refused, err)
		}
	}
}

// TestTheOldDatabaseStaysUntilTheNewOneOpened: after a revocation nothing is removed until a token that stays has
// opened what replaces it.
func TestTheOldDatabaseStaysUntilTheNewOneOpened(t *testing.T) {
	h, _, _ := stolen(t)
	if n := len(databases(t, h.place)); n != 2 {
		t.Errorf("%d databases after the revocation", n)
	}
	v, err := Open(t.Context(), h.place, OpenRequest{Token: h.recovery.fido2()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	if n := len(databases(t, h.place)); n != 1 {
		t.Errorf("%d databases after the next unlock", n)
	}
}

func databases(t *testing.T, place Place) (names []string) {
	t.Helper()
	for _, n := range copyNames(t, place.Dir) {
		if strings.HasPrefix(n, "vault-") && strings.HasSuffix(n, ".db") {
			names = append(names, n)
		}
	}
	return names
}

// TestOfAnEndedBranchOnlyDecryptionStays: the means to sign are gone from the vault, not only refused.
func TestOfAnEndedBranchOnlyDecryptionStays(t *testing.T) {
	h, _, _ := stolen(t)
	v, err := Open(t.Context(), h.place, OpenRequest{Token: h.recovery.fido2()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	ended := v.env.Core.Branches.Ended
	if len(ended) != 1 {
		t.Fatalf("use branches %v have ended", ended)
	}
	b, err := openBranch(t.Context(), v.db, &v.env.Core, ended[0], v.vaultKey)
	if err != nil {
		t.Fatal(err)
	}
	defer b.destroy()
	if len(b.nodes) != 1 || b.nodes[derive.X25519] == nil {
		t.Errorf("the nodes of %d curves are kept", len(b.nodes))
	}
	_, err = b.leaf(derive.Ed25519, 0, derive.Assertion, 0)
	if over := (*SigningEndedError)(nil); !errors.As(err, &over) {
		t.Errorf("a key to sign with: %v", err)
	}
}

// TestEachTierHasItsSalt: what a passkey answers for the vault opens no master secret.
func TestEachTierHasItsSalt(t *testing.T) {
	h := newHome(t)
	seen := [][]byte{make([]byte, saltSize)}
	for _, k := range h.envelope(t).Core.Keyslots {
		for tier, f := range k.FIDO2 {
			for _, other := range seen {
				if bytes.Equal(f.Salt, other) {
					t.Errorf("the %s tier has the salt %x, as another has", tier, f.Salt)
				}
			}
			seen = append(seen, f.Salt)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d salts", len(seen)-1)
	}
}
