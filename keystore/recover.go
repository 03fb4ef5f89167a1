package keystore

import (
	"context"
	"fmt"
	"slices"

	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// WordsRequest rebuilds what the words alone can: every key below the master secret, and by scanning the did:key identities among
// the DIDs that the owner still knows of.
type WordsRequest struct {
	Words  *secret.Bytes // 24 words separated by single spaces
	New    NewKeyslot    // the token that shall open the new vault
	Known  []string      // DIDs the owner has seen: in documents, messages, signed files
	Gap    int           // how many numbers in a row without a find end the scan of a use branch
	Lowest uint32        // the first use branch that is scanned; 0 but for tests
	// Candidate makes the DID and document of a key with this number; the scan compares its DID with Known.
	Candidate func(k MadeKey) (BuiltIdentity, error)
}

// The things words alone do not bring back, as message ids that app has words for.
var missingFromWords = []string{"missing-labels", "missing-relationships", "missing-peer-identities", "missing-random-branches", "missing-journal", "missing-settings", "missing-tokens"}

// WordsReport says what the words brought back and what they could not.
type WordsReport struct {
	Found     []string // DIDs, now identities of the new vault; their keys come from use branches that count as ended
	Scanned   int      // keys derived and compared
	Branches  int      // use branches scanned
	Unmatched []string // of Known: not found
	Missing   []string // message ids
}

// scanCurves are the curves a did:key identity of ours may have.
var scanCurves = []derive.Curve{derive.Ed25519, derive.P256, derive.Secp256k1}

// scanBranches is how many use branches in order are scanned beyond the last one with a find.
const scanBranches = 8

// RecoverFromWords makes a new vault from the words, with the same master secret and owner key, enrols its first token, and scans
// for did:key identities with a gap limit. It cannot know which use branches were handed out, so the new vault's is random.
func RecoverFromWords(ctx context.Context, place Place, r WordsRequest, p Prompts, steps func(Step)) (*Vault, WordsReport, error) {
	m, err := openMaster(ctx, nil, wordSource{r.Words})
	if err != nil {
		return nil, WordsReport{}, err
	}
	defer m.destroy()
	found, rep, err := m.scan(ctx, r, steps)
	if err != nil {
		return nil, rep, err
	}
	branch := randomBranch(func(uint32) bool { return false })
	f := founding{master: m, keyslot: r.New, branch: branch, next: scanNext(found), ended: scanEnded(found), act: journal.ActRestore}
	v, err := foundVault(ctx, place, f, p, steps)
	if err != nil {
		return nil, rep, err
	}
	if err := v.adopt(ctx, m, found); err != nil {
		return nil, rep, joinClose(err, v)
	}
	return v, rep, nil
}

// find is one identity that the scan recognised.
type find struct {
	branch, number uint32
	key            MadeKey
	built          BuiltIdentity
}

// scan derives the did:key identities of each use branch in order and compares them with what the owner knows.
func (m *master) scan(ctx context.Context, r WordsRequest, steps func(Step)) ([]find, WordsReport, error) {
	rep := WordsReport{Missing: missingFromWords}
	want := map[string]bool{}
	for _, d := range r.Known {
		want[d] = true
	}
	var all []find
	last := r.Lowest
	for b := r.Lowest; b <= last+scanBranches && b < firstRandomBranch; b++ {
		got, n, err := m.scanBranch(ctx, b, r, want, func(i int) {
			if steps != nil {
				steps(Step{ID: "step-scan", Done: rep.Scanned + i})
			}
		})
		rep.Scanned += n
		rep.Branches++
		if err != nil {
			return nil, rep, err
		}
		if len(got) > 0 {
			last = b
		}
		all = append(all, got...)
	}
	for _, f := range all {
		rep.Found = append(rep.Found, f.built.DID)
		delete(want, f.built.DID)
	}
	for _, d := range r.Known {
		if want[d] {
			rep.Unmatched = append(rep.Unmatched, d)
		}
	}
	return all, rep, nil
}

// scanBranch walks one use branch until gap numbers in a row have matched nothing.
func (m *master) scanBranch(ctx context.Context, branch uint32, r WordsRequest, want map[string]bool, progress func(int)) (out []find, scanned int, err error) {
	nodes, err := m.branch(branch)
	if err != nil {
		return nil, 0, err
	}
	defer nodes.destroy()
	for number, miss := uint32(0), 0; miss < r.Gap; number++ {
		if err := ctx.Err(); err != nil {
			return nil, scanned, err
		}
		miss++
		for _, c := range scanCurves {
			pub, err := nodes.public(c, number, derive.Assertion, 0)
			if err != nil {
				return nil, scanned, err
			}
			scanned++
			k := MadeKey{Purpose: derive.Assertion, Curve: c, Public: pub}
			built, err := r.Candidate(k)
			if err != nil {
				return nil, scanned, err
			}
			if want[built.DID] {
				out = append(out, find{branch: branch, number: number, key: k, built: built})
				miss = 0
			}
		}
		progress(scanned)
	}
	return out, scanned, nil
}

// scanEnded lists the use branches in which something was found.
func scanEnded(found []find) []uint32 {
	out := []uint32{}
	for _, f := range found {
		if !slices.Contains(out, f.branch) {
			out = append(out, f.branch)
		}
	}
	return out
}

// scanNext is the lowest number the core may hand out in order: above all that were found.
func scanNext(found []find) uint32 {
	next := uint32(1)
	for _, f := range found {
		next = max(next, f.branch+1)
	}
	return next
}

// adopt writes the identities found, with the nodes of their ended use branches for decrypting.
func (v *Vault) adopt(ctx context.Context, m *master, found []find) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(found) == 0 {
		return nil
	}
	ended := map[uint32][]byte{}
	seed, err := derive.Seed(m.secret)
	if err != nil {
		return err
	}
	defer seed.Destroy()
	for _, b := range scanEnded(found) {
		box, err := sealEndedBranch(seed, &v.env.Core, b, v.vaultKey)
		if err != nil {
			return err
		}
		ended[b] = box
	}
	return v.act(ctx, func(tx *store.Tx) error {
		e, err := tx.Event(journal.New{
			Act: journal.ActFindIdentities, Phase: journal.Outcome, Subject: v.ID(), Result: journal.OK,
			Facts: map[string]string{"count": fmt.Sprint(len(found))},
		})
		if err != nil {
			return err
		}
		for b, box := range ended {
			if err := tx.PutBranch(b, box, true); err != nil {
				return err
			}
		}
		for i, f := range found {
			row, keys := f.rows(i)
			if err := tx.InsertIdentity(row, keys, e.Number); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f find) rows(i int) (store.Identity, []store.Key) {
	id := hexBytes(mustRandom(16))
	return store.Identity{
			ID: id, DID: f.built.DID, Method: "key", Label: fmt.Sprintf("recovered %d", i+1), State: stateActive, Branch: f.branch, Number: f.number,
			Created: now(), Document: f.built.Document,
		},
		[]store.Key{{
			Purpose: int(f.key.Purpose), Curve: string(f.key.Curve), Public: f.key.Public, Branch: f.branch, Number: f.number, Identity: f.number,
			BranchKind: int(derive.BranchUse), State: stateActive,
		}}
}
