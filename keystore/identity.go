package keystore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"holdfast/journal"
	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// NewIdentity asks for one identity. The keystore allots its number, derives its keys and hands the public halves to Build, which
// makes the DID and its document; nothing is written unless Build succeeds.
type NewIdentity struct {
	Method     string // "key", "peer"
	Label      string
	Party      string // the relationship: whom it is for; empty for none
	Keys       []KeySpec
	Succession bool // takes one key of the control branch from the pool; it comes last in what Build is given
	Build      func(keys []MadeKey) (BuiltIdentity, error)
}

// KeySpec names one key to derive.
type KeySpec struct {
	Purpose derive.Purpose
	Curve   derive.Curve
}

// MadeKey is the public half of a derived key: Ed25519 and X25519 32 bytes, P-256 and secp256k1 33 bytes compressed.
type MadeKey struct {
	Purpose derive.Purpose
	Curve   derive.Curve
	Public  []byte
}

// BuiltIdentity is what Build makes of the keys.
type BuiltIdentity struct {
	DID      string // the form that is stored as its name: short for did:peer:4
	LongForm string // did:peer:4; else empty
	Document []byte // JSON
}

// Identity is a DID the owner controls.
type Identity struct {
	ID       string // of the vault's own, 32 hex digits
	DID      string
	LongForm string
	Method   string
	Label    string
	Party    string
	State    string
	Ended    bool // its keys come from a use branch that has ended: they sign no more
	Created  time.Time
	Document []byte
	Keys     []IdentityKey // filled in by Identity, not by Identities
}

// IdentityKey is one of an identity's keys.
type IdentityKey struct {
	Purpose derive.Purpose
	Version int
	Curve   derive.Curve
	Public  []byte
	State   string // NIST SP 800-57 part 1 section 7
	Branch  uint32 // of the use branch; the random number for a control key
	Control bool   // comes from the control branch: not held here
	MaySign bool   // active, and its use branch is the present one
}

// batchSize is how many of n identities one transaction makes: what a cancel or a crash can at most undo. Where there are many, twice as many to a
// transaction save a sixth of the time.
func batchSize(n int) int {
	if n < 5000 {
		return 500
	}
	return 1000
}

// CreateIdentities makes n identities in batches of one transaction each and says how many it made; cancelling ctx keeps whole
// batches. next is called once for each, progress after each batch. The first identities made, up to ten, are returned.
func (v *Vault) CreateIdentities(ctx context.Context, n int, next func(i int) NewIdentity, progress func(made int)) (made int, first []Identity, err error) {
	for made < n {
		if err := ctx.Err(); err != nil {
			return made, first, err
		}
		size := min(batchSize(n), n-made)
		batch, err := v.createBatch(ctx, size, func(i int) NewIdentity { return next(made + i) })
		if !isDone(err) {
			return made, first, err
		}
		made += size
		if len(first) < 10 {
			first = append(first, batch[:min(len(batch), 10-len(first))]...)
		}
		if progress != nil {
			progress(made)
		}
		if err != nil {
			return made, first, err
		}
	}
	return made, first, nil
}

// createBatch makes n identities in one transaction. The counter moves in the same transaction, so no number serves twice.
func (v *Vault) createBatch(ctx context.Context, n int, next func(i int) NewIdentity) ([]Identity, error) {
	var out []Identity
	err := v.turnOf(ctx, func(ctx context.Context) (err error) {
		if err = v.usable(changes); err == nil {
			out, err = v.makeBatch(ctx, n, next)
		}
		return err
	})
	if errors.Is(err, store.ErrPoolEmpty) {
		err = ErrPoolEmpty
	}
	return out, err
}

func (v *Vault) makeBatch(ctx context.Context, n int, next func(i int) NewIdentity) ([]Identity, error) {
	nodes, err := v.useBranch(ctx)
	if err != nil {
		return nil, err
	}
	var out []Identity
	err = v.act(ctx, func(tx *store.Tx) error {
		e, err := tx.Event(journal.New{Act: actOfBatch(n), Phase: journal.Outcome, Result: journal.OK, Facts: map[string]string{"count": fmt.Sprint(n)}})
		if err != nil {
			return err
		}
		number, err := tx.NextIdentities(nodes.number, n, e.Number)
		if err != nil {
			return err
		}
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			id, err := createOne(tx, nodes, number+uint32(i), next(i), e.Number)
			if err != nil {
				return err
			}
			out = append(out, id)
		}
		return nil
	})
	return out, err
}

func actOfBatch(n int) journal.Act {
	if n == 1 {
		return journal.ActCreateIdentity
	}
	return journal.ActCreateIdentities
}

// createOne derives, builds and inserts one identity.
func createOne(tx *store.Tx, nodes *branchNodes, number uint32, r NewIdentity, event uint64) (Identity, error) {
	if err := errors.Join(CheckLabel("label", r.Label), CheckLabel("party", r.Party)); err != nil {
		return Identity{}, err
	}
	made, keys, err := makeKeys(tx, nodes, number, r)
	if err != nil {
		return Identity{}, err
	}
	b, err := r.Build(made)
	if err != nil {
		return Identity{}, err
	}
	row := store.Identity{
		ID: hex.EncodeToString(mustRandom(16)), DID: b.DID, LongForm: b.LongForm, Method: r.Method, Label: r.Label, Party: r.Party,
		State: stateActive, Branch: nodes.number, Number: number, Created: now(), Document: b.Document,
	}
	if err := tx.InsertIdentity(row, keys, event); err != nil {
		return Identity{}, err
	}
	return identityOf(row, nodes.number), nil
}

// makeKeys derives the keys asked for, and takes a succession key from the pool.
func makeKeys(tx *store.Tx, nodes *branchNodes, number uint32, r NewIdentity) ([]MadeKey, []store.Key, error) {
	var made []MadeKey
	var keys []store.Key
	for _, s := range r.Keys {
		pub, err := nodes.public(s.Curve, number, s.Purpose, 0)
		if err != nil {
			return nil, nil, err
		}
		made = append(made, MadeKey{Purpose: s.Purpose, Curve: s.Curve, Public: pub})
		keys = append(keys, store.Key{
			Purpose: int(s.Purpose), Curve: string(s.Curve), Public: pub, Branch: nodes.number, Number: number, Identity: number,
			BranchKind: int(derive.BranchUse), State: stateActive,
		})
	}
	if r.Succession {
		taken, err := tx.TakeSuccession(1)
		if err != nil {
			return nil, nil, err
		}
		k := taken[0]
		made = append(made, MadeKey{Purpose: derive.Succession, Curve: derive.Ed25519, Public: k.Public})
		keys = append(keys, store.Key{
			Purpose: int(derive.Succession), Curve: string(derive.Ed25519), Public: k.Public, Branch: k.Number, Number: k.Identity,
			Identity: k.Identity, BranchKind: int(derive.BranchControl), State: statePreActivation,
		})
	}
	return made, keys, nil
}

// KeyActive is the state of a key that may be used, unless its use branch has ended.
const KeyActive = stateActive

// Key states (NIST SP 800-57 part 1 revision 5 section 7).
const (
	statePreActivation = "pre-activation"
	stateActive        = "active"
)

// Query selects identities; the zero query is the newest fifty.
type Query struct {
	Text   string // searched in label, party and DID: at least three characters to search within words
	Method string
	State  string
	Branch string // BranchPresent, BranchEnded; "" is either
	Limit  int    // 0 means 50
	After  string // an identity's ID: those that follow it in the list
	Skip   int    // how many of those are left out, so that a list can be read from its middle
}

// The use branches that a query may ask for: the present one, whose keys sign, and those that have ended.
const (
	BranchPresent = "present"
	BranchEnded   = "ended"
)

// query is q as the database understands it.
func (v *Vault) query(q Query) store.Query {
	return store.Query{
		Text: q.Text, Method: q.Method, State: q.State, Limit: q.Limit, After: q.After, Skip: q.Skip,
		Branch: store.Branch{Number: v.env.Core.Branches.Current, Is: q.Branch == BranchPresent, Outside: q.Branch == BranchEnded},
	}
}

// Identities lists identities, newest first.
func (v *Vault) Identities(ctx context.Context, q Query) ([]Identity, error) {
	return during(ctx, v, reads, func(ctx context.Context) ([]Identity, error) {
		rows, err := v.db.Find(ctx, v.query(q))
		if err != nil {
			return nil, err
		}
		out := make([]Identity, 0, len(rows))
		for _, r := range rows {
			out = append(out, identityOf(r, v.env.Core.Branches.Current))
		}
		return out, nil
	})
}

// CountFound is how many identities a query finds, whatever its limit and however many it skips.
func (v *Vault) CountFound(ctx context.Context, q Query) (int, error) {
	return during(ctx, v, reads, func(ctx context.Context) (int, error) { return v.db.CountFound(ctx, v.query(q)) })
}

// CountIdentities is how many identities the vault holds.
func (v *Vault) CountIdentities(ctx context.Context) (int, error) {
	return during(ctx, v, reads, func(ctx context.Context) (int, error) { return v.db.Count(ctx) })
}

// Identity finds one identity by its ID, its DID (either form) or its label, with its keys: ErrNotFound, ErrAmbiguous.
func (v *Vault) Identity(ctx context.Context, ref string) (Identity, error) {
	return during(ctx, v, reads, func(ctx context.Context) (Identity, error) { return v.identity(ctx, ref) })
}

func (v *Vault) identity(ctx context.Context, ref string) (Identity, error) {
	row, keys, err := v.lookup(ctx, ref)
	if err != nil {
		return Identity{}, err
	}
	id := identityOf(row, v.env.Core.Branches.Current)
	for _, k := range keys {
		id.Keys = append(id.Keys, v.keyInfo(k))
	}
	return id, nil
}

func (v *Vault) lookup(ctx context.Context, ref string) (store.Identity, []store.Key, error) {
	ids, err := v.db.Lookup(ctx, ref)
	if err != nil {
		return store.Identity{}, nil, err
	}
	switch len(ids) {
	case 0:
		return store.Identity{}, nil, fmt.Errorf("identity %q: %w", ref, ErrNotFound)
	case 1:
		return v.db.Identity(ctx, ids[0])
	}
	return store.Identity{}, nil, fmt.Errorf("identity %q: %w", ref, ErrAmbiguous)
}

func (v *Vault) keyInfo(k store.Key) IdentityKey {
	control := k.BranchKind == int(derive.BranchControl)
	return IdentityKey{
		Purpose: derive.Purpose(k.Purpose), //nolint:gosec // the row's MAC holds, and purposes are the few of a table
		Version: k.Version, Curve: derive.Curve(k.Curve), Public: k.Public, State: k.State, Branch: k.Branch,
		Control: control, MaySign: !control && k.State == stateActive && k.Branch == v.env.Core.Branches.Current,
	}
}

// identityOf is a row as the owner of the present use branch sees it.
func identityOf(r store.Identity, present uint32) Identity {
	return Identity{
		ID: r.ID, DID: r.DID, LongForm: r.LongForm, Method: r.Method, Label: r.Label, Party: r.Party, State: r.State, Ended: r.Branch != present,
		Created: r.Created, Document: r.Document,
	}
}
