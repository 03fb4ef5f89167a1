package keystore

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// home is a vault with an everyday and a recovery token, and the person before it.
type home struct {
	place    Place
	who      person
	everyday *paperToken
	recovery *paperToken
}

// makeHome makes a home anew.
func makeHome(t *testing.T) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{place: Place{Dir: filepath.Join(dir, "me.vault"), State: filepath.Join(dir, "state")}, everyday: newPaper(t, "1001"), recovery: newPaper(t, "1002")}
	v, err := Create(t.Context(), h.place, NewKeyslot{Token: h.everyday.piv(), Label: "blue", Role: RoleEveryday, Tiers: []Tier{TierVault, TierMaster}}, h.who.prompts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActEnrol, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Enrol(t.Context(), NewKeyslot{Token: h.recovery.fido2(), Label: "red", Role: RoleRecovery, Tiers: []Tier{TierVault, TierMaster}}, h.who.prompts(), nil); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *home) open(t *testing.T) (*Vault, error) {
	t.Helper()
	h.who = person{}
	return Open(t.Context(), h.place, OpenRequest{Token: h.everyday.piv()}, h.who.prompts())
}

func (h *home) mustOpen(t *testing.T) *Vault {
	t.Helper()
	v, err := h.open(t)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func (h *home) envelope(t *testing.T) *envelope {
	t.Helper()
	e, err := readEnvelope(h.place)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (h *home) put(t *testing.T, data []byte) {
	t.Helper()
	if err := durable.WriteFile(durable.OS{}, h.place.envelopePath(), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// forger is an attacker with a master secret of his own, who knows every public key of the victim.
func forger(t *testing.T) *master {
	t.Helper()
	m, err := openMaster(t.Context(), nil, chance{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.destroy)
	return m
}

// forge makes a consistent envelope of the attacker's: his owner key, his master secret, his vault key, sealed to the victim's keys.
func forge(t *testing.T, c core, m *master, owner []byte) []byte {
	t.Helper()
	key, err := secret.Random(32)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Destroy()
	next, err := c.next()
	if err != nil {
		t.Fatal(err)
	}
	next.Owner = owner
	if err := errors.Join(next.sealAll(TierVault, key), next.sealAll(TierMaster, m.secret), next.sealBackup(m, key)); err != nil {
		t.Fatal(err)
	}
	e, _, err := signEnvelope(next, m, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := jcs.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSubstitution is the invariant "substitution and replay" for the envelope, on a machine that remembers the owner key: every
// part replaced by an attacker's consistent forgery is refused before a PIN is asked.
func TestSubstitution(t *testing.T) {
	h := newHome(t)
	good, err := os.ReadFile(h.place.envelopePath())
	if err != nil {
		t.Fatal(err)
	}
	c := h.envelope(t).Core
	thief := forger(t)
	cases := map[string][]byte{
		"his owner key and master, sealed to our tokens": forge(t, c, thief, thief.public),
		"his master under our owner key":                 forge(t, c, thief, c.Owner),
	}
	for name, change := range map[string]func(*core){
		"his public key in our keyslot":  func(c *core) { c.Keyslots[0].PIV[TierVault].Public = newPaperPublic(t) },
		"a keyslot taken away":           func(c *core) { c.Keyslots = c.Keyslots[:1] },
		"a keyslot added":                func(c *core) { c.Keyslots = append(c.Keyslots, withID(c.Keyslots[0])) },
		"his backup key":                 func(c *core) { c.Backup.Public = bytes.Clone(c.Backup.Public); c.Backup.Public[0] ^= 1 },
		"a copy moved between tiers":     func(c *core) { c.Keyslots[0].PIV[TierVault].Copy = c.Keyslots[0].PIV[TierMaster].Copy },
		"another generation number":      func(c *core) { c.Generation.Number++ },
		"another use branch":             func(c *core) { c.Branches.Current++ },
		"another vault id":               func(c *core) { c.Vault = mustRandom(16) },
		"an earlier core named previous": func(c *core) { c.Previous = mustRandom(32) },
	} {
		e := h.envelope(t)
		change(&e.Core)
		if cases[name], err = jcs.Marshal(e); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range cases {
		h.put(t, data)
		if v, err := h.open(t); err == nil {
			t.Errorf("%s: opened", name)
			_ = v.Close()
		} else if h.who.pins != 0 || h.who.touches != 0 {
			t.Errorf("%s: refused only after %d PINs and %d touches: %v", name, h.who.pins, h.who.touches, err)
		}
	}
	h.put(t, good)
	h.mustOpen(t)
}

func newPaperPublic(t *testing.T) []byte {
	t.Helper()
	p := newPaper(t, "999")
	keys, err := p.EnrolPIV(t.Context(), PIVEnrolRequest{Tiers: []Tier{TierVault}, Certificates: func(PIVKeys) (map[Tier][]byte, error) { return nil, errAbsent }}, Gate{})
	if err == nil || len(keys) != 0 {
		t.Fatal("the paper token must not enrol without certificates")
	}
	return p.slots[0x82].PublicKey().Bytes()
}

func withID(k keyslot) keyslot {
	k.ID = mustRandom(keyslotIDSize)
	return k
}

// TestForeignMasterIsRefusedBeforeUse is the same where the machine remembers nothing: what the token opens is compared with the
// owner key before anything is derived, sealed or shown, and the token's own word is asked before a PIN.
func TestForeignMasterIsRefusedBeforeUse(t *testing.T) {
	h := newHome(t)
	c := h.envelope(t).Core
	thief := forger(t)
	h.put(t, forge(t, c, thief, thief.public))
	h.place.State = filepath.Join(t.TempDir(), "nothing")
	if _, err := h.open(t); !errors.Is(err, ErrUnconfirmedOwner) || h.who.pins != 0 {
		t.Fatalf("smart-card side: %v after %d PINs", err, h.who.pins)
	}
	h.who = person{}
	_, err := Open(t.Context(), h.place, OpenRequest{Token: h.recovery.fido2()}, h.who.prompts())
	if err == nil {
		t.Fatal("passkey side: opened")
	}
	words := ownerWords(c.Owner)
	if _, err = Open(t.Context(), h.place, OpenRequest{Token: h.everyday.piv(), OwnerWords: words[:]}, h.who.prompts()); !errors.Is(err, ErrOwnerWords) {
		t.Fatalf("the owner's own four words were taken for the thief's envelope: %v", err)
	}
	k := h.envelope(t).Core.slot(hexBytes(c.Keyslots[0].ID))
	gate := Gate{Prompts: h.who.prompts()}
	if _, err := openMaster(t.Context(), c.owner(), keyslotSource{core: &h.envelope(t).Core, slot: k, token: h.everyday.piv(), gate: gate}); !errors.Is(err, ErrSubstituted) {
		t.Fatalf("his master secret passed for ours: %v", err)
	}
}

// TestReplay puts back older files: the state is opened to read only, or refused, and nothing signs or derives.
func TestReplay(t *testing.T) {
	h := newHome(t)
	before := copyFolder(t, h.place.Dir)
	v := h.mustOpen(t)
	if _, _, err := v.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return plainIdentity("later") }, nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	replaceFolder(t, h.place.Dir, before)
	old := h.mustOpen(t)
	st, err := old.Status(t.Context())
	if err != nil || st.ReadOnly != ReadOnlyRolledBack {
		t.Fatalf("older database: read only %q, %v", st.ReadOnly, err)
	}
	_, _, err = old.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return plainIdentity("no") }, nil)
	if ro := (*ReadOnlyError)(nil); !errors.As(err, &ro) {
		t.Fatalf("an older state derives: %v", err)
	}
	accept(t, h, old, ReadOnlyRolledBack)
}

// TestCopiedFolder opens a copy on another machine: to read only, until a ceremony has opened a new use branch.
func TestCopiedFolder(t *testing.T) {
	h := newHome(t)
	v := h.mustOpen(t)
	before := v.env.Core.Branches
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	h.place.State = filepath.Join(t.TempDir(), "another machine")
	other := h.mustOpen(t)
	if other.readOnly != ReadOnlyCopied {
		t.Fatalf("a copied folder is open for %q", other.readOnly)
	}
	accept(t, h, other, ReadOnlyCopied)
	if b := other.env.Core.Branches; b.Current < firstRandomBranch || b.Next != before.Next {
		t.Errorf("use branches after accepting a copy: %+v", b)
	}
}

// accept takes a state as it is and checks that the vault is then usable, by another use branch, also after a restart.
func accept(t *testing.T, h *home, v *Vault, why string) {
	t.Helper()
	branch := v.env.Core.Branches.Current
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActOpenBranch, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	now, err := c.AcceptState(t.Context(), nil)
	if err != nil || now == branch {
		t.Fatalf("accept: branch %d after %d, %v", now, branch, err)
	}
	if err := errors.Join(c.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	again := h.mustOpen(t)
	if again.readOnly != "" {
		t.Fatalf("still %q after accepting %q", again.readOnly, why)
	}
	if _, first, err := again.CreateIdentities(t.Context(), 1, func(int) NewIdentity { return plainIdentity("after") }, nil); err != nil || len(first) != 1 {
		t.Fatalf("create after accepting: %v", err)
	}
	list, err := again.Journal(t.Context(), journal.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Act == journal.ActAcceptOlder && e.Facts["why"] == why && e.Facts["accepted_head"] != "" && e.Facts["seen_head"] != "" {
			return
		}
	}
	t.Errorf("the journal does not name both heads")
}

func copyFolder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatal(err, len(entries))
	}
	out := map[string][]byte{}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func replaceFolder(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for n := range copyFolder(t, dir) {
		if n == "lock" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, n)); err != nil {
			t.Fatal(err)
		}
	}
	for n, data := range files {
		if n == "lock" {
			continue
		}
		if err := durable.WriteFile(durable.OS{}, filepath.Join(dir, n), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEnvelopeIsStrict: only the bytes that were written read back.
func TestEnvelopeIsStrict(t *testing.T) {
	h := newHome(t)
	good, err := os.ReadFile(h.place.envelopePath())
	if err != nil {
		t.Fatal(err)
	}
	e, err := parseEnvelope(good)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := jcs.Marshal(e); err != nil || !bytes.Equal(again, good) {
		t.Fatalf("it does not encode to the bytes it was read from: %v", err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, good, "", " "); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty":             {},
		"trailing byte":     append(bytes.Clone(good), '\n'),
		"indented":          pretty.Bytes(),
		"unknown member":    bytes.Replace(good, []byte(`{"core":{`), []byte(`{"and":1,"core":{`), 1),
		"member in capital": bytes.Replace(good, []byte(`"vault":{"copy"`), []byte(`"Vault":{"copy"`), 1),
		"unknown in a slot": bytes.Replace(good, []byte(`"kind":"piv"`), []byte(`"kind":"piv","more":true`), 1),
		"duplicate member":  bytes.Replace(good, []byte(`"kind":"piv"`), []byte(`"kind":"piv","kind":"piv"`), 1),
		"larger than 1 MiB": append(bytes.Clone(good), make([]byte, maxEnvelope)...),
		"bit flipped":       flip(good, len(good)/2),
	} {
		if _, err := parseEnvelope(bad); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	newer := bytes.Replace(good, []byte(Format), []byte("holdfast-envelope/99"), 1)
	if _, err := parseEnvelope(newer); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("a newer format: %v", err)
	}
}

func flip(b []byte, at int) []byte {
	c := bytes.Clone(b)
	c[at] ^= 1
	return c
}

// TestUnknownKindIsKeptAndNeverCounts: a newer version's keyslot survives this version's ceremonies byte for byte and is no way in.
func TestUnknownKindIsKeptAndNeverCounts(t *testing.T) {
	h := newHome(t)
	v := h.mustOpen(t)
	raw := json.RawMessage(`{"id":"` + string(must(blob(mustRandom(16)).MarshalText())) + `","kind":"future","what":[1,{"a":"b"}]}`)
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActEnrol, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		t.Fatal(err)
	}
	next, err := v.env.Core.next()
	if err != nil {
		t.Fatal(err)
	}
	var k keyslot
	if err := k.UnmarshalJSON(raw); err != nil {
		t.Fatal(err)
	}
	next.Keyslots = append(next.Keyslots, k)
	if _, err := c.commit(t.Context(), next, func(tx *store.Tx) (journal.Event, error) {
		return tx.Event(journal.New{Act: journal.ActEnrol, Phase: journal.Intent})
	}); err != nil {
		t.Fatal(err)
	}
	slot := v.env.Core.Keyslots[1].hexID()
	third := newPaper(t, "1003")
	if _, err := c.Enrol(t.Context(), NewKeyslot{Token: third.piv(), Label: "green", Role: RoleRecovery, Tiers: []Tier{TierVault, TierMaster}}, h.who.prompts(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Revoke(t.Context(), slot, "lost", nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	env, err := os.ReadFile(h.place.envelopePath())
	if err != nil || !bytes.Contains(env, raw) {
		t.Fatalf("the unknown keyslot did not survive: %v", err)
	}
	list, err := v.Keyslots(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Kind == "future" && (i.WayIn || i.WhyNot != "unknown-kind") {
			t.Errorf("an unknown kind counts: %+v", i)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestOwnerSignatureCoversTheWholeCore flips every bit of the signed core's canonical bytes that still parses.
func TestOwnerSignatureCoversTheWholeCore(t *testing.T) {
	h := newHome(t)
	e := h.envelope(t)
	body, err := e.Core.bytes()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(body); i += 7 {
		if ed25519.Verify(e.Core.owner(), labelled(labelCore, flip(body, i)), e.Signature) {
			t.Fatalf("byte %d is not covered", i)
		}
	}
}
