package keystore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/durable"
	"holdfast/internal/durable/faulty"
	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/derive"
)

// TestNoNumberTwice is the invariant "no number twice": over a random history of restores, older folders put back, copies to other machines, crashes
// and acceptances of what came of them, no path serves two identities. Every public key of every world, of the use and of the control branch, must
// belong to one identity only.
func TestNoNumberTwice(t *testing.T) {
	t.Parallel()
	steps := 200
	if testing.Short() {
		steps = 50
	}
	n := newNumbers(t, 20261122)
	for i := range steps {
		n.step()
		if t.Failed() {
			t.Fatalf("step %d: %v", i, n.done)
		}
	}
	t.Logf("%d steps in %d worlds, %d keys of %d identities: %v", steps, len(n.worlds), len(n.owners), len(n.seen), n.done)
	for _, act := range []string{"create", "copy", "roll back", "restore", "restore beside", "crash", "accept", "refused"} {
		if n.done[act] == 0 {
			t.Errorf("the history never did %q", act)
		}
	}
	if len(n.owners) < steps {
		t.Errorf("only %d keys were made", len(n.owners))
	}
}

// world is one vault folder and the machine it is on.
type world struct {
	place  Place
	older  []map[string][]byte // the folder at earlier moments
	backup string
}

type numbers struct {
	*home
	t      *testing.T
	rnd    *rand.Rand
	dir    string
	made   int
	worlds []*world
	owners map[string]string // public key -> the identity's id
	seen   map[string]bool   // ids whose keys have been collected
	done   map[string]int
}

func newNumbers(t *testing.T, seed uint64) *numbers {
	t.Helper()
	n := &numbers{
		home: newHome(t), t: t, rnd: rand.New(rand.NewPCG(seed, 3)), dir: t.TempDir(),
		owners: map[string]string{}, seen: map[string]bool{}, done: map[string]int{},
	}
	n.worlds = []*world{{place: n.place}}
	return n
}

func (n *numbers) fresh(what string) string {
	n.made++
	return filepath.Join(n.dir, fmt.Sprint(what, n.made))
}

// step picks a world and does something to it.
func (n *numbers) step() {
	n.t.Helper()
	w := n.worlds[n.rnd.IntN(len(n.worlds))]
	switch n.rnd.IntN(12) {
	case 0, 1, 2, 3:
		n.inside(w, durable.OS{}, false)
	case 5, 6:
		n.inside(w, &faulty.FS{Inner: durable.OS{}, FailAt: 1 + n.rnd.IntN(40), Persist: n.rnd.IntN(2) == 0, Crash: true}, true)
		n.done["crash"]++
		n.inside(w, durable.OS{}, false)
	case 4, 7:
		n.rollBack(w)
		n.inside(w, durable.OS{}, false)
	case 8, 9:
		n.copyTo(w)
	case 10:
		n.restore(w, false)
	case 11:
		n.restore(w, true)
	}
	if len(n.worlds) > 6 { // the rest goes on in the six newest
		n.worlds = n.worlds[len(n.worlds)-6:]
	}
}

// inside opens a world, accepts its state now and then where it has to be, makes identities and sometimes a backup, and collects all its keys.
func (n *numbers) inside(w *world, files durable.FS, mayFail bool) {
	n.t.Helper()
	w.place.files = files
	defer func() { w.place.files = nil }()
	n.place = w.place
	v, err := n.open(n.t)
	if err != nil {
		n.failed(mayFail, "open", err)
		return
	}
	if v.readOnly != "" {
		n.readOnly(v, mayFail)
	}
	if v.readOnly == "" {
		n.create(v, mayFail)
	}
	if v.readOnly == "" && n.rnd.IntN(3) == 0 {
		path := n.fresh("backup")
		if _, err := v.Backup(n.t.Context(), path, false, nil); err == nil {
			w.backup = path
		} else {
			n.failed(mayFail, "backup", err)
		}
	}
	if err := v.Close(); err != nil {
		n.failed(mayFail, "close", err)
	}
	if mayFail {
		return
	}
	n.collect(w)
}

func (n *numbers) failed(may bool, what string, err error) {
	n.t.Helper()
	if !may {
		n.t.Errorf("%s: %v", what, err)
	}
}

// readOnly wants nothing to be made in a world whose past is unsure, and sometimes accepts it.
func (n *numbers) readOnly(v *Vault, mayFail bool) {
	n.t.Helper()
	var refused *ReadOnlyError
	if _, _, err := v.CreateIdentities(n.t.Context(), 1, n.next, nil); !errors.As(err, &refused) {
		n.t.Errorf("made in a vault that is open to read only (%s): %v", v.readOnly, err)
	}
	n.done["refused"]++
	if n.rnd.IntN(3) == 0 {
		return
	}
	err := n.tryCeremony(n.t, v, journal.ActOpenBranch, func(c *Ceremony) error {
		_, err := c.AcceptState(n.t.Context(), nil)
		return err
	})
	if err != nil {
		n.failed(mayFail, "accept", err)
		return
	}
	n.done["accept"]++
}

func (n *numbers) next(int) NewIdentity {
	curve := []derive.Curve{derive.Ed25519, derive.P256, derive.Secp256k1}[n.rnd.IntN(3)]
	succession := n.rnd.IntN(3) == 0
	return NewIdentity{
		Method: "key", Label: fmt.Sprint("identity ", len(n.seen)), Keys: []KeySpec{{derive.Assertion, curve}}, Succession: succession,
		Build: func(keys []MadeKey) (BuiltIdentity, error) { return buildKey(keys[0]) },
	}
}

func (n *numbers) create(v *Vault, mayFail bool) {
	n.t.Helper()
	if _, _, err := v.CreateIdentities(n.t.Context(), 1+n.rnd.IntN(5), n.next, nil); errors.Is(err, ErrPoolEmpty) {
		n.done["pool empty"]++
		err = n.tryCeremony(n.t, v, journal.ActMakeSuccession, func(c *Ceremony) error { return c.FillPool(n.t.Context(), 20, nil) })
		if err != nil {
			n.failed(mayFail, "fill", err)
		}
	} else if err != nil {
		n.failed(mayFail, "create", err)
		return
	}
	n.done["create"]++
}

// collect reads every identity of a world that has not been seen and holds its keys to all keys ever seen.
func (n *numbers) collect(w *world) {
	n.t.Helper()
	n.place = w.place
	v, err := n.open(n.t)
	if err != nil {
		n.t.Errorf("collect: %v", err)
		return
	}
	list, err := v.Identities(n.t.Context(), Query{Limit: 10_000})
	if err != nil {
		n.t.Error(err)
	}
	for _, short := range list {
		if n.seen[short.ID] {
			continue
		}
		n.seen[short.ID] = true
		id, err := v.Identity(n.t.Context(), short.ID)
		if err != nil {
			n.t.Error(err)
			continue
		}
		for _, k := range id.Keys {
			key := fmt.Sprintf("%s %x", k.Curve, k.Public)
			if other, taken := n.owners[key]; taken {
				n.t.Errorf("key %s of use branch %d serves %s and %s", key, k.Branch, other, id.ID)
			}
			n.owners[key] = id.ID
		}
	}
	if err := v.Close(); err != nil {
		n.t.Error(err)
	}
}

// rollBack remembers the folder as it is and puts an earlier state of it back.
func (n *numbers) rollBack(w *world) {
	n.t.Helper()
	w.older = append(w.older, copyFolder(n.t, w.place.Dir))
	if len(w.older) == 1 {
		n.inside(w, durable.OS{}, false)
	}
	replaceFolder(n.t, w.place.Dir, w.older[n.rnd.IntN(len(w.older))])
	n.done["roll back"]++
}

// copyTo copies a folder to another machine; for another folder of the same one see TestTwoFoldersOfOneVault.
func (n *numbers) copyTo(w *world) {
	n.t.Helper()
	c := &world{place: Place{Dir: n.fresh("copy") + ".vault", State: n.fresh("machine")}, backup: w.backup}
	if err := os.MkdirAll(c.place.Dir, 0o700); err != nil {
		n.t.Fatal(err)
	}
	for name, data := range copyFolder(n.t, w.place.Dir) {
		if err := os.WriteFile(filepath.Join(c.place.Dir, name), data, 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
	n.worlds = append(n.worlds, c)
	n.done["copy"]++
}

// restore makes a new world of a backup: on another machine, or (beside) on the one that remembers newer states.
func (n *numbers) restore(w *world, beside bool) {
	n.t.Helper()
	if w.backup == "" {
		return
	}
	r := &world{place: Place{Dir: n.fresh("restored") + ".vault", State: n.fresh("machine")}, backup: w.backup}
	if beside {
		r.place.State = w.place.State
	}
	v, _, err := Restore(n.t.Context(), r.place, RestoreRequest{Backup: w.backup, Token: ref(n.recovery.fido2())}, n.who.prompts(), nil)
	if err != nil {
		n.t.Errorf("restore: %v", err)
		return
	}
	n.create(v, false)
	if err := v.Close(); err != nil {
		n.t.Error(err)
	}
	if beside {
		for i, o := range n.worlds { // the folder it replaces is no longer this machine's
			if o == w {
				n.worlds = append(n.worlds[:i], n.worlds[i+1:]...)
				break
			}
		}
		n.done["restore beside"]++
	} else {
		n.done["restore"]++
	}
	n.worlds = append(n.worlds, r)
	n.collect(r)
}

// TestTwoFoldersOfOneVault copies a folder beside the first on one machine: both carry the machine's installation. What one of them does, the
// machine's anchor lacks in the other, which opens to read only.
func TestTwoFoldersOfOneVault(t *testing.T) {
	h := newHome(t)
	second := Place{Dir: filepath.Join(t.TempDir(), "second.vault"), State: h.place.State}
	if err := os.MkdirAll(second.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range copyFolder(t, h.place.Dir) {
		if err := os.WriteFile(filepath.Join(second.Dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first := h.mustOpen(t)
	if _, _, err := first.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return realIdentity("in the first", derive.Ed25519) }, nil); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	h.place = second
	v := h.mustOpen(t)
	if v.readOnly != ReadOnlyRolledBack {
		t.Fatalf("the second folder is open for %q", v.readOnly)
	}
}

// TestTwoFoldersAtOnce opens both folders of one vault before either has done anything: the second must not derive what the first derives.
func TestTwoFoldersAtOnce(t *testing.T) {
	h := newHome(t)
	second := Place{Dir: filepath.Join(t.TempDir(), "second.vault"), State: h.place.State}
	if err := os.MkdirAll(second.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range copyFolder(t, h.place.Dir) {
		if err := os.WriteFile(filepath.Join(second.Dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first := h.mustOpen(t)
	firstPlace := h.place
	h.place = second
	v, err := h.open(t)
	if err == nil {
		t.Cleanup(func() { _ = v.Close() })
		t.Fatalf("both folders are open at once (read only %q)", v.readOnly)
	}
	if !errors.Is(err, durable.ErrLocked) {
		t.Fatalf("the second folder: %v", err)
	}
	h.place = firstPlace
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreDoesNotUndoRevocation restores a backup from before a revocation on the machine that revoked: the revoked keyslot stays out and is
// named, its token restores nothing, and elsewhere, where nothing is remembered, it comes back as it must.
func TestRestoreDoesNotUndoRevocation(t *testing.T) {
	tr := newTrials(t)
	backup := filepath.Join(t.TempDir(), "old")
	v := tr.mustOpen(t)
	if _, err := v.Backup(t.Context(), backup, true, nil); err != nil {
		t.Fatal(err)
	}
	tr.inCeremony(t, v, journal.ActRevoke, func(c *Ceremony) error {
		_, err := c.Revoke(t.Context(), tr.thirdID, "stolen", nil)
		return err
	})
	if err := v.Prove(t.Context(), tr.thirdID, TierVault, tr.third.fido2(), tr.who.prompts()); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("proving a revoked keyslot: %v", err)
	}
	if err := v.Prove(t.Context(), strings.Repeat("00", 16), TierVault, tr.third.fido2(), tr.who.prompts()); !errors.Is(err, ErrNotFound) {
		t.Errorf("proving a keyslot that never was: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	back := Place{Dir: filepath.Join(t.TempDir(), "back.vault"), State: tr.place.State}
	if _, _, err := Restore(t.Context(), back, RestoreRequest{Backup: backup, Token: ref(tr.third.fido2()), Keyslot: tr.thirdID}, tr.who.prompts(), nil); !errors.Is(err, ErrTokenRevoked) {
		t.Fatalf("a revoked token restores: %v", err)
	}
	restored, rep, err := Restore(t.Context(), back, RestoreRequest{Backup: backup, Token: ref(tr.recovery.fido2())}, tr.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Revoked) != 1 || rep.Revoked[0] != "green" || !rep.Older {
		t.Errorf("report %+v", rep)
	}
	list, err := restored.Keyslots(t.Context())
	for _, k := range list {
		if k.ID == tr.thirdID && (k.WayIn || k.WhyNot != "revoked") {
			t.Errorf("the revoked keyslot is back: %+v", k)
		}
	}
	if err := errors.Join(err, restored.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), back, OpenRequest{Token: tr.third.fido2()}, tr.who.prompts()); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("the revoked token on the restored vault: %v", err)
	}
	red := tr.envelope(t).Core.Keyslots[1].hexID()
	elsewhere := Place{Dir: filepath.Join(t.TempDir(), "e.vault"), State: filepath.Join(t.TempDir(), "e")}
	other, rep, err := Restore(t.Context(), elsewhere, RestoreRequest{Backup: backup, Token: ref(tr.recovery.fido2()), Keyslot: red}, tr.who.prompts(), nil)
	if err != nil || len(rep.Revoked) != 0 || rep.Older {
		t.Fatalf("elsewhere: %+v, %v", rep, err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestConfirmWordsRefusals: words are confirmed in the ceremony that showed them, at least one, each right, each in range.
func TestConfirmWordsRefusals(t *testing.T) {
	h := newHome(t)
	v := h.mustOpen(t)
	empty := func(int) (*secret.Bytes, error) { return secret.Move([]byte("zoo")) }
	h.inCeremony(t, v, journal.ActShowWords, func(c *Ceremony) error {
		if err := c.ConfirmWords(t.Context(), []int{1}, empty); !errors.Is(err, ErrNothingToConfirm) {
			t.Errorf("before they were shown: %v", err)
		}
		if err := c.ShowWords(func([][]byte) error { return nil }); err != nil {
			return err
		}
		if err := c.ConfirmWords(t.Context(), nil, empty); !errors.Is(err, ErrNothingToConfirm) {
			t.Errorf("none asked back: %v", err)
		}
		for _, n := range []int{0, 25, -1} {
			if wrong := (*WrongWordError)(nil); !errors.As(c.ConfirmWords(t.Context(), []int{n}, empty), &wrong) || wrong.Position != n {
				t.Errorf("position %d passes", n)
			}
		}
		if err := c.ConfirmWords(t.Context(), []int{1}, func(int) (*secret.Bytes, error) { return nil, errAbsent }); !errors.Is(err, errAbsent) {
			t.Errorf("a prompt that fails: %v", err)
		}
		return nil
	})
	if st, err := v.Status(t.Context()); err != nil || st.WordsConfirmed {
		t.Errorf("confirmed all the same: %+v, %v", st, err)
	}
}

// TestVaultTierAloneDoesNotArm: two physical tokens of which one alone has the master tier do not arm; the loss of that one would lose the master
// secret.
func TestVaultTierAloneDoesNotArm(t *testing.T) {
	h := &home{place: Place{Dir: filepath.Join(t.TempDir(), "me.vault"), State: filepath.Join(t.TempDir(), "state")}, everyday: newPaper(t, "1001")}
	v, err := Create(t.Context(), h.place, newKeyslot(h.everyday.piv(), "blue", RoleEveryday), h.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	second := newPaper(t, "1002")
	for i, n := range []NewKeyslot{{Token: second.piv(), Label: "green", Role: RoleEveryday, Tiers: []Tier{TierVault}}, newKeyslot(second.fido2(), "green passkey", RoleEveryday)} {
		h.inCeremony(t, v, journal.ActEnrol, func(c *Ceremony) error {
			_, err := c.Enrol(t.Context(), n, h.who.prompts(), nil)
			return err
		})
		st, err := v.Status(t.Context())
		if err != nil || st.Armed != (i == 1) {
			t.Errorf("after %s: armed %v (%s), %v", n.Label, st.Armed, st.WhyNotArmed, err)
		}
	}
}
