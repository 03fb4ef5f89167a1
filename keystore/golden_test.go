package keystore

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// golden is what is made once in this process, for tests that need it and not its making.
type golden[T any] struct {
	once sync.Once
	it   *T // nil where the making failed
}

// made returns it, and makes it the first time.
func (g *golden[T]) made(t *testing.T, make func(t *testing.T) *T) *T {
	t.Helper()
	g.once.Do(func() { g.it = make(t) })
	if g.it == nil {
		t.Fatal("it could not be made: the first test that wanted it says why")
	}
	return g.it
}

// kept is a vault at one moment: its folder and what its machine remembers, by the names of the files.
type kept struct{ files, state map[string][]byte }

func keep(t *testing.T, p Place) kept {
	t.Helper()
	return kept{files: copyFolder(t, p.Dir), state: copyFolder(t, p.State)}
}

// again puts the vault into folders of its own.
func (k kept) again(t *testing.T) Place {
	t.Helper()
	dir := t.TempDir()
	p := Place{Dir: filepath.Join(dir, "me.vault"), State: filepath.Join(dir, "state")}
	for folder, files := range map[string]map[string][]byte{p.Dir: k.files, p.State: k.state} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for n, data := range files {
			if err := os.WriteFile(filepath.Join(folder, n), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

// keptHome is a home at one moment.
type keptHome struct {
	*home
	kept
}

func keepHome(t *testing.T, h *home) *keptHome {
	t.Helper()
	return &keptHome{home: h, kept: keep(t, h.place)}
}

// copy is the home in folders of its own, with tokens of its own that hold the same keys.
func (k *keptHome) copy(t *testing.T) *home {
	t.Helper()
	who := k.who
	who.asked = slices.Clone(who.asked)
	return &home{place: k.again(t), who: who, everyday: k.everyday.copy(t), recovery: k.recovery.copy(t)}
}

// copy is a token that holds the same keys.
func (p *paperToken) copy(t testing.TB) *paperToken {
	c := *p
	c.t, c.uses = t, slices.Clone(p.uses)
	c.slots, c.certs, c.creds = maps.Clone(p.slots), maps.Clone(p.certs), maps.Clone(p.creds)
	return &c
}

var (
	goldenHome   golden[keptHome]
	goldenLived  golden[keptHome]
	goldenTrials golden[trials]
)

// newHome is a copy of the home that makeHome has made in this process.
func newHome(t *testing.T) *home {
	t.Helper()
	return goldenHome.made(t, func(t *testing.T) *keptHome { t.Helper(); return keepHome(t, makeHome(t)) }).copy(t)
}

// lived is a copy of a home whose vault has been used.
func lived(t *testing.T) *home {
	t.Helper()
	return goldenLived.made(t, func(t *testing.T) *keptHome { t.Helper(); return keepHome(t, live(t)) }).copy(t)
}

// newTrials is a copy of the vault that makeTrials has made in this process.
func newTrials(t *testing.T) *trials {
	t.Helper()
	g := goldenTrials.made(t, makeTrials)
	h := (&keptHome{home: g.home, kept: g.kept}).copy(t)
	return &trials{home: h, kept: g.kept, third: g.third.copy(t), thirdID: g.thirdID, enrolled: map[string]*paperToken{}}
}
