package keystore

import (
	"bufio"
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/journal"
	"holdfast/keystore/derive"
)

// TestFaultKilled ends a process that does one act after another, without warning and at random moments, and wants the vault whole each time: it
// opens, verifies, holds every identity that was reported made, every keyslot shown as a way in opens, and nothing is left over.
func TestFaultKilled(t *testing.T) {
	if dir := os.Getenv("HOLDFAST_TEST_VICTIM"); dir != "" {
		actUntilKilled(t, victimPlace(dir))
		return
	}
	t.Parallel()
	dir := t.TempDir()
	place := victimPlace(dir)
	v, err := Create(t.Context(), place, newKeyslot(shared(t, "first").piv(), "first", RoleEveryday), new(person).prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	kills, made, acts := 30, 0, 0
	if testing.Short() {
		kills = 5
	}
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for i := range kills {
		lines := killed(t, dir, time.Duration(rnd.IntN(400))*time.Millisecond)
		for _, l := range lines {
			var n int
			if _, err := fmt.Sscanf(l, "identities %d", &n); err == nil {
				made = n
			}
		}
		acts += len(lines)
		made = survived(t, i, place, made)
	}
	t.Logf("%d kills, %d acts, %d identities", kills, acts, made)
	if acts < kills || made == 0 {
		t.Errorf("the victims did only %d acts and made %d identities", acts, made)
	}
}

func victimPlace(dir string) Place {
	return Place{Dir: filepath.Join(dir, "me.vault"), State: filepath.Join(dir, "state")}
}

// killed runs a victim, ends it some time after its first act, and returns the lines of what it had done.
func killed(t *testing.T, dir string, after time.Duration) (lines []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFaultKilled$")
	cmd.Env = append(os.Environ(), "HOLDFAST_TEST_VICTIM="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	var end *time.Timer
	for in.Scan() {
		if strings.HasPrefix(in.Text(), "---") || strings.Contains(in.Text(), "kill_test.go") {
			t.Errorf("the victim failed: %s", in.Text())
		}
		lines = append(lines, in.Text())
		if end == nil {
			end = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the victim ended by itself")
	}
	return lines
}

// survived opens and checks the vault, and returns how many identities it holds.
func survived(t *testing.T, round int, place Place, made int) int {
	t.Helper()
	v, token := openShared(t, place, nil)
	found, err := v.VerifyJournal(t.Context(), nil)
	if err != nil || len(found) > 0 || v.readOnly != "" {
		t.Errorf("round %d: %v, %v, read only %q", round, found, err, v.readOnly)
	}
	n, err := v.CountIdentities(t.Context())
	if err != nil || n < made {
		t.Errorf("round %d: %d identities, %d had been reported (%v)", round, n, made, err)
	}
	list, err := v.Keyslots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		if !k.WayIn {
			continue
		}
		slot := v.env.Core.slot(k.ID)
		for _, tier := range k.Tiers {
			b, err := v.env.Core.open(t.Context(), slot, tier, sharedFor(t, slot, k.Serial), Gate{Prompts: new(person).prompts()})
			if err != nil {
				t.Errorf("round %d: %s tier of %s: %v", round, tier, k.Label, err)
				continue
			}
			b.Destroy()
		}
	}
	if err := v.Close(); err != nil {
		t.Errorf("round %d: close with %s: %v", round, token.Serial, err)
	}
	(&trials{home: &home{place: place}}).tidy(t, fmt.Sprint("round ", round))
	if backup := backupOf(place); fileExists(backup) {
		if _, err := InspectBackup(backup); err != nil {
			t.Errorf("round %d: backup: %v", round, err)
		}
	}
	return n
}

func fileExists(path string) bool { _, err := os.Stat(path); return err == nil }

func backupOf(p Place) string { return filepath.Join(filepath.Dir(p.Dir), "backups", "me.backup") }

// shared is a token that every process can make again.
func shared(t testing.TB, serial string) *paperToken {
	p := newPaper(t, serial)
	p.seed = "seed of " + serial
	return p
}

// sharedFor makes the token of a keyslot again, with the keys that the keyslot needs.
func sharedFor(t testing.TB, k *keyslot, serial string) Present {
	t.Helper()
	p := shared(t, serial)
	for _, tier := range k.PIV {
		curve := ecdh.P256()
		if tier.Curve == CurveX25519 {
			curve = ecdh.X25519()
		}
		key, err := p.key(curve, tier.Slot)
		if err != nil {
			t.Fatal(err)
		}
		p.slots[tier.Slot] = key
	}
	if k.Kind == KindFIDO2 {
		p.creds[string(k.Cred)] = p.fromSeed(k.Cred)
		return p.fido2()
	}
	return p.piv()
}

// openShared opens the vault with any keyslot whose token this machine remembers.
func openShared(t *testing.T, place Place, rnd *rand.Rand) (*Vault, Present) {
	t.Helper()
	env, err := readEnvelope(place)
	if err != nil {
		t.Fatal(err)
	}
	m, err := readMachine(place, env.Core.vaultHex())
	if err != nil || m == nil {
		t.Fatalf("machine: %v", err)
	}
	at := 0
	if rnd != nil {
		at = rnd.IntN(len(env.Core.Keyslots))
	}
	for i := range env.Core.Keyslots {
		k := &env.Core.Keyslots[(at+i)%len(env.Core.Keyslots)]
		serial, known := strings.CutPrefix(m.Tokens[k.hexID()].Physical, "paper:")
		if !known {
			continue
		}
		token := sharedFor(t, k, serial)
		v, err := Open(t.Context(), place, OpenRequest{Token: token, Keyslot: k.hexID()}, new(person).prompts())
		if err != nil {
			t.Fatal(err)
		}
		return v, token
	}
	t.Fatal("no token is remembered")
	return nil, Present{}
}

// actUntilKilled does one random act after another and says so.
func actUntilKilled(t *testing.T, place Place) {
	if err := os.MkdirAll(filepath.Dir(backupOf(place)), 0o700); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(time.Now().UnixNano())))
	for i := 0; ; i++ {
		v, token := openShared(t, place, rnd)
		what, err := randomAct(t.Context(), t, v, token, rnd)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		fmt.Println(what) //nolint:forbidigo // the parent reads these lines
	}
}

func randomAct(ctx context.Context, t *testing.T, v *Vault, token Present, rnd *rand.Rand) (string, error) {
	who := new(person).prompts()
	inCeremony := func(act journal.Act, fn func(c *Ceremony) error) error {
		c, err := v.Ceremony(ctx, CeremonyRequest{Act: act, Token: token, Keyslot: v.OpenedWith()}, who)
		if err != nil {
			return err
		}
		return errors.Join(fn(c), c.Close())
	}
	switch n := rnd.IntN(10); {
	case n < 4:
		if _, _, err := v.CreateIdentities(ctx, 1+rnd.IntN(20), func(int) NewIdentity { return realIdentity("one of many", derive.Ed25519) }, nil); err != nil {
			return "create", err
		}
		made, err := v.CountIdentities(ctx)
		return fmt.Sprint("identities ", made), err
	case n < 7 && len(v.env.Core.Keyslots) < 6:
		p := shared(t, fmt.Sprintf("%x", rnd.Uint64()))
		present := []Present{p.piv(), p.fido2()}[rnd.IntN(2)]
		return "enrol", inCeremony(journal.ActEnrol, func(c *Ceremony) error {
			_, err := c.Enrol(ctx, newKeyslot(present, p.serial, []Role{RoleEveryday, RoleRecovery}[rnd.IntN(2)]), who, nil)
			return err
		})
	case n < 9:
		id := v.env.Core.Keyslots[rnd.IntN(len(v.env.Core.Keyslots))].hexID()
		return "revoke", inCeremony(journal.ActRevoke, func(c *Ceremony) error {
			_, err := c.Revoke(ctx, id, "lost", nil)
			if last := (*LastWayInError)(nil); errors.As(err, &last) {
				return nil
			}
			return err
		})
	}
	_, err := v.Backup(ctx, backupOf(v.Place()), false, nil)
	return "backup", err
}
