package keystore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"holdfast/journal"
)

// TestAbsentToken is the invariant "absent token": over a random history of enrolments, revocations, re-keyings and backups, with
// mixed kinds and with all but one token absent at every step, each keyslot shown as a way in opens the newest generation, the
// master secret and the newest backup, and each revoked one opens neither.
func TestAbsentToken(t *testing.T) {
	t.Parallel()
	steps := 500
	if testing.Short() {
		steps = 60
	}
	h := newHistory(t, 20261122)
	for i := range steps {
		h.step(i)
		h.verify(i)
	}
	t.Logf("%d steps: %v", steps, h.done)
	for _, act := range []string{"enrol", "revoke", "refused", "backup", "identity"} {
		if h.done[act] == 0 {
			t.Errorf("the history never did %q", act)
		}
	}
}

// side is a keyslot and the token it is on.
type side struct {
	id    string
	token *paperToken
	kind  Kind
	role  Role
}

func (s side) present() Present {
	if s.kind == KindPIV {
		return s.token.piv()
	}
	return s.token.fido2()
}

type history struct {
	t        *testing.T
	rnd      *rand.Rand
	place    Place
	who      person
	live     []side
	revoked  []side
	backup   string
	serial   int
	made     int
	done     map[string]int
	verified map[string]bool
}

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	dir := t.TempDir()
	h := &history{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), done: map[string]int{}, verified: map[string]bool{},
		place: Place{Dir: filepath.Join(dir, "me.vault"), State: filepath.Join(dir, "state")}, backup: filepath.Join(dir, "me.backup"),
	}
	first := h.newToken()
	v, err := Create(t.Context(), h.place, h.ask(first, KindPIV, RoleEveryday), h.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	h.live = append(h.live, side{id: v.OpenedWith(), token: first, kind: KindPIV, role: RoleEveryday})
	h.close(v)
	return h
}

func (h *history) newToken() *paperToken {
	h.serial++
	return newPaper(h.t, fmt.Sprint(1000+h.serial*7/2))
}

func (h *history) ask(p *paperToken, k Kind, r Role) NewKeyslot {
	s := side{token: p, kind: k}
	return NewKeyslot{Token: s.present(), Label: fmt.Sprintf("%s %s", p.serial, k), Role: r, Tiers: []Tier{TierVault, TierMaster}}
}

func (h *history) close(v *Vault) {
	h.t.Helper()
	if err := v.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// step does one thing with one token present.
func (h *history) step(i int) {
	h.t.Helper()
	actor := h.live[h.rnd.IntN(len(h.live))]
	for _, s := range append(h.live, h.revoked...) {
		s.token.absent = s.token != actor.token
	}
	v, err := Open(h.t.Context(), h.place, OpenRequest{Token: actor.present(), Keyslot: actor.id}, h.who.prompts())
	if err != nil {
		h.t.Fatalf("step %d: open with %s: %v", i, actor.id, err)
	}
	defer h.close(v)
	switch n := h.rnd.IntN(10); {
	case n < 3 && len(h.live) < 7:
		h.enrol(v, actor)
	case n < 6:
		h.revoke(v, actor)
	case n < 8:
		h.makeBackup(v)
	default:
		h.identity(v)
	}
}

func (h *history) ceremony(v *Vault, actor side, act journal.Act, fn func(*Ceremony) error) error {
	h.t.Helper()
	c, err := v.Ceremony(h.t.Context(), CeremonyRequest{Act: act, Token: actor.present(), Keyslot: actor.id}, h.who.prompts())
	if err != nil {
		h.t.Fatal(err)
	}
	err = fn(c)
	if err != nil {
		c.Fail(err)
	}
	if err := c.Close(); err != nil {
		h.t.Fatal(err)
	}
	return err
}

func (h *history) enrol(v *Vault, actor side) {
	h.t.Helper()
	s := side{token: h.newToken(), kind: []Kind{KindPIV, KindFIDO2}[h.rnd.IntN(2)], role: []Role{RoleEveryday, RoleRecovery}[h.rnd.IntN(2)]}
	err := h.ceremony(v, actor, journal.ActEnrol, func(c *Ceremony) (err error) {
		s.id, err = c.Enrol(h.t.Context(), h.ask(s.token, s.kind, s.role), h.who.prompts(), nil)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.live = append(h.live, s)
	h.done["enrol"]++
}

func (h *history) revoke(v *Vault, actor side) {
	h.t.Helper()
	i := h.rnd.IntN(len(h.live))
	s := h.live[i]
	err := h.ceremony(v, actor, journal.ActRevoke, func(c *Ceremony) error {
		_, err := c.Revoke(h.t.Context(), s.id, "lost", nil)
		return err
	})
	if last := (*LastWayInError)(nil); errors.As(err, &last) {
		h.done["refused"]++
		if n := h.count(s.role); n > 1 && len(h.live) > 1 {
			h.t.Fatalf("revoking one of %d %s keyslots was refused: %v", n, s.role, err)
		}
		return
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.live = append(h.live[:i:i], h.live[i+1:]...)
	h.revoked = append(h.revoked, s)
	h.done["revoke"]++
	h.makeBackup(v)
}

func (h *history) count(r Role) (n int) {
	for _, s := range h.live {
		if s.role == r {
			n++
		}
	}
	return n
}

func (h *history) makeBackup(v *Vault) {
	h.t.Helper()
	if _, err := v.Backup(h.t.Context(), h.backup, false, nil); err != nil {
		h.t.Fatal(err)
	}
	h.done["backup"]++
}

func (h *history) identity(v *Vault) {
	h.t.Helper()
	if _, _, err := v.CreateIdentities(h.t.Context(), 1, func(int) NewIdentity { return plainIdentity(fmt.Sprint("id ", h.made)) }, nil); err != nil {
		h.t.Fatal(err)
	}
	h.made++
	h.done["identity"]++
}

// verify opens everything with everything: each live keyslot opens vault key and master secret of the newest envelope and of the
// newest backup; no revoked one has an entry in either, nor does its token's key open any copy there.
func (h *history) verify(step int) {
	h.t.Helper()
	env, err := readEnvelope(h.place)
	if err != nil {
		h.t.Fatal(err)
	}
	cores := []*core{&env.Core}
	if h.done["backup"] > 0 {
		b, err := openBackupFile(h.backup)
		if err != nil {
			h.t.Fatal(err)
		}
		if b.Envelope.Core.Generation.Number == env.Core.Generation.Number {
			cores = append(cores, &b.Envelope.Core)
		}
		if err := b.Close(); err != nil {
			h.t.Fatal(err)
		}
	}
	for _, c := range cores {
		d, err := c.digest()
		if err != nil {
			h.t.Fatal(err)
		}
		if was := fmt.Sprintf("%x with %d and %d", d, len(h.live), len(h.revoked)); !h.verified[was] { // the same bytes and the same tokens give the same answer
			h.verified[was] = true
			h.verifyCore(step, c)
		}
	}
}

func (h *history) verifyCore(step int, c *core) {
	h.t.Helper()
	gate := Gate{Prompts: h.who.prompts()}
	for _, s := range h.live {
		s.token.absent = false
		k := c.slot(s.id)
		if k == nil {
			continue // a backup may be older than the keyslot; the envelope may not
		}
		if !c.wayIn(k) {
			h.t.Fatalf("step %d: live keyslot %s is no way in", step, s.id)
		}
		for _, t := range []Tier{TierVault, TierMaster} {
			b, err := c.open(context.Background(), k, t, s.present(), gate)
			if err != nil {
				h.t.Fatalf("step %d: %s tier of live keyslot %s: %v", step, t, s.id, err)
			}
			b.Destroy()
		}
	}
	for _, s := range h.revoked {
		s.token.absent = false
		if c.slot(s.id) != nil {
			h.t.Fatalf("step %d: revoked keyslot %s still has an entry", step, s.id)
		}
		h.forceRevoked(step, c, s, gate)
	}
	if c.Generation.Number == 0 || len(c.Keyslots) == 0 {
		h.t.Fatal("nothing verified")
	}
}

// forceRevoked tries the revoked token on every entry of its kind, as a thief would.
func (h *history) forceRevoked(step int, c *core, s side, gate Gate) {
	h.t.Helper()
	for i := range c.Keyslots {
		k := &c.Keyslots[i]
		if k.Kind != s.kind {
			continue
		}
		if b, err := c.open(context.Background(), k, TierVault, s.present(), gate); err == nil {
			b.Destroy()
			h.t.Fatalf("step %d: revoked token %s opened keyslot %s", step, s.id, k.hexID())
		}
	}
}
