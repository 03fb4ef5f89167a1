package keystore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/internal/durable"
	"holdfast/internal/durable/faulty"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// Every step of the disk fails in each act, one at a time: without having happened, though it happened, and both with every later step failing too.
// Afterwards, on a disk that works, the vault opens with each keyslot shown as a way in, nothing is half done, nothing is left over, and the act can
// be done.

// trials is a vault to be damaged again and again: each trial works on a copy.
type trials struct {
	*home
	kept
	third    *paperToken
	thirdID  string
	enrolled map[string]*paperToken // in the trials, by serial
}

// makeTrials makes such a vault: of three ways in and two identities.
func makeTrials(t *testing.T) *trials {
	t.Helper()
	tr := &trials{home: newHome(t), third: newPaper(t, "1003"), enrolled: map[string]*paperToken{}}
	v := tr.mustOpen(t)
	tr.inCeremony(t, v, journal.ActEnrol, func(c *Ceremony) (err error) {
		tr.thirdID, err = c.Enrol(t.Context(), newKeyslot(tr.third.fido2(), "green", RoleEveryday), tr.who.prompts(), nil)
		return err
	})
	if _, _, err := v.CreateIdentities(t.Context(), 2, func(int) NewIdentity { return realIdentity("mine", "ed25519") }, nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	tr.kept = keep(t, tr.place)
	return tr
}

func newKeyslot(p Present, label string, r Role) NewKeyslot {
	return NewKeyslot{Token: p, Label: label, Role: r, Tiers: []Tier{TierVault, TierMaster}}
}

// inCeremony does what must succeed in a ceremony of the everyday token.
func (h *home) inCeremony(t *testing.T, v *Vault, act journal.Act, fn func(*Ceremony) error) {
	t.Helper()
	if err := h.tryCeremony(t, v, act, fn); err != nil {
		t.Fatal(err)
	}
}

func (h *home) tryCeremony(t *testing.T, v *Vault, act journal.Act, fn func(*Ceremony) error) error {
	t.Helper()
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: act, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		return err
	}
	err = fn(c)
	if err != nil {
		c.Fail(err)
	}
	return errors.Join(err, c.Close())
}

// again puts the vault of the first day into folders of its own.
func (tr *trials) again(t *testing.T) {
	t.Helper()
	tr.place = tr.kept.again(t)
}

// opened does something with the vault opened by the everyday token, whose disk is files.
func (tr *trials) opened(t *testing.T, files durable.FS, fn func(v *Vault) error) error {
	t.Helper()
	tr.place.files = files
	defer func() { tr.place.files = nil }()
	v, err := tr.open(t)
	if err != nil {
		return err
	}
	return errors.Join(fn(v), v.Close())
}

// whole checks the vault from outside and returns its keyslots that are ways in.
func (tr *trials) whole(t *testing.T, after string) (ways []string) {
	t.Helper()
	v, err := tr.open(t)
	if err != nil {
		t.Fatalf("%s: it does not open: %v", after, err)
	}
	if found, err := tr.verify(t, v); err != nil || len(found) > 0 {
		t.Errorf("%s: verify: %v, %v", after, found, err)
	}
	if n, err := v.CountIdentities(t.Context()); err != nil || n != 2 {
		t.Errorf("%s: %d identities, %v", after, n, err)
	}
	list, err := v.Keyslots(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", after, err)
	}
	for _, k := range list {
		if !k.WayIn {
			continue
		}
		ways = append(ways, k.Label)
		if k.Label == "" {
			t.Errorf("%s: a way in without a row: %+v", after, k)
		}
		tr.opensBoth(t, after, v, k)
	}
	if left, err := v.db.Unfinished(t.Context()); err != nil || v.readOnly == "" && len(left) > 0 {
		t.Errorf("%s: unfinished %v, %v", after, left, err)
	}
	if err := v.Close(); err != nil {
		t.Errorf("%s: close: %v", after, err)
	}
	if v.readOnly == "" { // until its state is accepted, a folder is left as it was found
		tr.tidy(t, after)
	}
	slices.Sort(ways)
	return ways
}

// verify is VerifyJournal without reading the whole database once more: the pass that follows each unlock has just
// done that, and search and heads, which it leaves out or does not look at all of, are looked at here.
func (tr *trials) verify(t *testing.T, v *Vault) ([]store.Finding, error) {
	t.Helper()
	<-v.checked
	search, searchErr := v.db.CheckSearch(t.Context())
	heads, headsErr := judgeHeads(t.Context(), v.db, &v.env.Core, -1)
	return slices.Concat(v.findings, search, heads), errors.Join(v.checkFail, searchErr, headsErr)
}

// opensBoth opens both tiers of a keyslot with the token that it belongs to.
func (tr *trials) opensBoth(t *testing.T, after string, v *Vault, k KeyslotInfo) {
	t.Helper()
	for _, p := range []*paperToken{tr.everyday, tr.recovery, tr.third, tr.enrolled[k.Serial]} {
		if p == nil || p.serial != k.Serial {
			continue
		}
		token := p.piv()
		if k.Kind == KindFIDO2 {
			token = p.fido2()
		}
		for _, tier := range k.Tiers {
			b, err := v.env.Core.open(t.Context(), v.env.Core.slot(k.ID), tier, token, Gate{Prompts: tr.who.prompts()})
			if err != nil {
				t.Errorf("%s: %s tier of %s: %v", after, tier, k.Label, err)
				continue
			}
			b.Destroy()
		}
		return
	}
	t.Errorf("%s: nobody knows the token of %s", after, k.Label)
}

// tidy wants nothing in the folder but a vault.
func (tr *trials) tidy(t *testing.T, after string) {
	t.Helper()
	names := copyNames(t, tr.place.Dir)
	databases := 0
	for _, n := range names {
		if strings.HasPrefix(n, "vault-") && strings.HasSuffix(n, ".db") {
			databases++
		}
	}
	if len(names) != 3 || databases != 1 {
		t.Errorf("%s: the folder holds %v", after, names)
	}
}

// eachFault is faulty.Each; in a short run every fourth step fails, in one of the four ways.
func eachFault(fresh func() (act func(durable.FS) error, check func(f *faulty.FS, err error))) (int, error) {
	if !testing.Short() {
		return faulty.Each(fresh)
	}
	act, _ := fresh()
	dry := &faulty.FS{Inner: durable.OS{}}
	if err := act(dry); err != nil {
		return 0, fmt.Errorf("without a fault: %w", err)
	}
	for at := 1; at <= dry.Steps(); at += 4 {
		act, check := fresh()
		mode := at / 4 % 4
		f := &faulty.FS{Inner: durable.OS{}, FailAt: at, Persist: mode&1 != 0, Crash: mode&2 != 0}
		check(f, act(f))
	}
	return dry.Steps(), nil
}

// each lets every step of act fail and checks the vault after each; then act must succeed, and want says what keyslots there are then.
func (tr *trials) each(t *testing.T, act func(files durable.FS) error, want func(ways []string, done bool) bool) {
	t.Helper()
	steps, err := eachFault(func() (func(durable.FS) error, func(*faulty.FS, error)) {
		tr.again(t)
		return act, func(f *faulty.FS, err error) {
			after := f.Failed()
			if err == nil && !f.Persist {
				t.Logf("%s: nobody noticed", after) // such as a removal that the next unlock repeats
			}
			if ways := tr.whole(t, after); !want(ways, false) && !want(ways, true) {
				t.Errorf("%s: ways in %v", after, ways)
			}
			if f.Persist { // what was left has been seen to be whole; that it can be gone on from is tried where the step did not happen
				return
			}
			if err := act(durable.OS{}); err != nil {
				t.Errorf("%s: then, on a disk that works: %v", after, err)
			}
			if ways := tr.whole(t, after+", then done"); !want(ways, true) {
				t.Errorf("%s, then done: ways in %v", after, ways)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d steps, four ways each", steps)
	if steps < 5 {
		t.Errorf("only %d steps", steps)
	}
}

func TestFaultEnrol(t *testing.T) {
	t.Parallel()
	tr := newTrials(t)
	tr.each(t, func(files durable.FS) error {
		p := newPaper(t, fmt.Sprint(7000+len(tr.enrolled)))
		tr.enrolled[p.serial] = p
		return tr.opened(t, files, func(v *Vault) error {
			return tr.tryCeremony(t, v, journal.ActEnrol, func(c *Ceremony) error {
				_, err := c.Enrol(t.Context(), newKeyslot(p.piv(), "new", RoleEveryday), tr.who.prompts(), nil)
				return err
			})
		})
	}, func(ways []string, done bool) bool {
		return len(ways) == 3 && !done || done && slices.Contains(ways, "new")
	})
}

func TestFaultRevoke(t *testing.T) {
	t.Parallel()
	tr := newTrials(t)
	tr.each(t, func(files durable.FS) error {
		return tr.opened(t, files, func(v *Vault) error {
			return tr.tryCeremony(t, v, journal.ActRevoke, func(c *Ceremony) error {
				_, err := c.Revoke(t.Context(), tr.thirdID, "lost", nil)
				if errors.Is(err, ErrTokenRevoked) {
					return nil // the failure came after it was done
				}
				return err
			})
		})
	}, func(ways []string, done bool) bool {
		return len(ways) == 3 && !done || done && slices.Equal(ways, []string{"blue", "red"})
	})
}

func TestFaultAcceptState(t *testing.T) {
	t.Parallel()
	tr := newTrials(t)
	tr.state = map[string][]byte{} // another machine
	tr.each(t, func(files durable.FS) error {
		return tr.opened(t, files, func(v *Vault) error {
			return tr.tryCeremony(t, v, journal.ActOpenBranch, func(c *Ceremony) error {
				_, err := c.AcceptState(t.Context(), nil)
				return err
			})
		})
	}, func(ways []string, _ bool) bool { return len(ways) == 3 })
	v := tr.mustOpen(t)
	if v.readOnly != "" {
		t.Errorf("still %q", v.readOnly)
	}
}

func TestFaultBackup(t *testing.T) {
	t.Parallel()
	tr := newTrials(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "me.holdfast-backup")
	tr.each(t, func(files durable.FS) error {
		if err := tr.opened(t, files, func(v *Vault) error {
			_, err := v.Backup(t.Context(), path, true, nil)
			return err
		}); err != nil {
			return err
		}
		if names := copyNames(t, folder); len(names) != 1 {
			t.Errorf("beside the backup: %v", names)
		}
		_, err := InspectBackup(path)
		return err
	}, func(ways []string, _ bool) bool { return len(ways) == 3 })
}

func TestFaultCreate(t *testing.T) {
	t.Parallel()
	tr := &trials{home: &home{}}
	count := 0
	steps, err := eachFault(func() (func(durable.FS) error, func(*faulty.FS, error)) {
		dir := t.TempDir()
		tr.place = Place{Dir: filepath.Join(dir, "me.vault"), State: filepath.Join(dir, "state")}
		tr.everyday = newPaper(t, "1001")
		make := func(files durable.FS) error {
			place := tr.place
			place.files = files
			v, err := Create(t.Context(), place, newKeyslot(tr.everyday.piv(), "blue", RoleEveryday), tr.who.prompts(), nil)
			if err != nil {
				return err
			}
			count++
			return v.Close()
		}
		return make, func(f *faulty.FS, err error) {
			after := f.Failed()
			_, statErr := os.Stat(tr.place.envelopePath())
			switch {
			case err == nil:
			case statErr != nil: // nothing was made
				if err := make(durable.OS{}); err != nil {
					t.Errorf("%s: then, on a disk that works: %v", after, err)
				}
			case !f.Crash:
				t.Errorf("%s: %v, and an envelope is there", after, err)
			}
			v, err := tr.open(t)
			if err != nil {
				t.Fatalf("%s: %v", after, err)
			}
			if found, err := tr.verify(t, v); err != nil || len(found) > 0 || v.readOnly != "" {
				t.Errorf("%s: %v, %v, read only %q", after, found, err, v.readOnly)
			}
			if err := v.Close(); err != nil {
				t.Errorf("%s: %v", after, err)
			}
			tr.tidy(t, after)
			names := slices.DeleteFunc(copyNames(t, tr.place.State), func(n string) bool { return n == unfinishedFile })
			if !f.Crash && len(names) != 2 { // its memory and its lock
				t.Errorf("%s: the state folder holds %v", after, names)
			}
		}
	})
	if err != nil || steps < 10 || count < steps/8 {
		t.Fatalf("%d steps, %d vaults: %v", steps, count, err)
	}
	t.Logf("%d steps, four ways each", steps)
}

func TestFaultRestore(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	tr := &trials{home: l.home}
	steps, err := eachFault(func() (func(durable.FS) error, func(*faulty.FS, error)) {
		dir := t.TempDir()
		tr.place = Place{Dir: filepath.Join(dir, "me.vault"), State: filepath.Join(dir, "state")}
		restore := func(files durable.FS) error {
			place := tr.place
			place.files = files
			v, rep, err := Restore(t.Context(), place, RestoreRequest{Backup: l.backup, Token: ref(l.recovery.fido2())}, l.who.prompts(), nil)
			if err != nil {
				return err
			}
			if rep.Identities != 3 {
				t.Errorf("report %+v", rep)
			}
			return v.Close()
		}
		return restore, func(f *faulty.FS, err error) {
			after := f.Failed()
			if _, statErr := os.Stat(tr.place.envelopePath()); err != nil && statErr != nil {
				if err := restore(durable.OS{}); err != nil {
					t.Errorf("%s: then, on a disk that works: %v", after, err)
				}
			} else if err != nil && !f.Crash {
				t.Errorf("%s: %v, and an envelope is there", after, err)
			}
			v, err := tr.open(t)
			if err != nil {
				t.Fatalf("%s: %v", after, err)
			}
			if n, err := v.CountIdentities(t.Context()); err != nil || n != 3 {
				t.Errorf("%s: %d identities, %v", after, n, err)
			}
			if err := v.Close(); err != nil {
				t.Errorf("%s: %v", after, err)
			}
			if v.readOnly == "" {
				tr.tidy(t, after)
			} else if !f.Crash {
				t.Errorf("%s: read only %q", after, v.readOnly)
			}
		}
	})
	if err != nil || steps < 10 {
		t.Fatalf("%d steps: %v", steps, err)
	}
	t.Logf("%d steps, four ways each", steps)
}
