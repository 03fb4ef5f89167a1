package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdfast/app"
	"holdfast/keystore/derive"
)

// fits reports whether an identity is what a query asks for.
func fits(id app.Identity, q app.Query) bool {
	return (q.Text == "" || strings.Contains(id.Label+id.DID+id.Party, q.Text)) && (q.Method == "" || q.Method == id.Method) && (q.Branch == "" || id.Ended == (q.Branch == app.BranchEnded))
}

func (s *fakeSession) CountFound(_ context.Context, q app.Query) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.identities {
		if fits(id, q) {
			n++
		}
	}
	return n, s.open()
}

// crowd is a vault with very many identities. It counts what is read of it, and can be held up.
type crowd struct {
	*fakeSession
	mu   sync.Mutex
	rows int                               // handed out; guarded by mu
	most int                               // handed out at once; guarded by mu
	gate func(q app.Query) <-chan struct{} // guarded by mu
}

// everybody are the identities of the largest crowd, made once: to write their names takes longer than to find one.
var everybody = sync.OnceValue(func() []app.Identity {
	list := make([]app.Identity, 100_000)
	for i := range list {
		id := app.Identity{ID: fmt.Sprintf("%032x", i), DID: fmt.Sprintf("did:key:z6Mk%040d", i), Label: fmt.Sprintf("label %d", i), Method: "key", State: "active", Created: day(1)}
		if i%10 == 3 {
			id.Method, id.Party, id.DID = "peer", fmt.Sprintf("party %d", i), fmt.Sprintf("did:peer:4zQm%040d", i)
		}
		id.Ended = i%1000 == 7
		list[i] = id
	}
	return list
})

// openCrowd opens a window over a vault of n identities, the newest being "label 0".
func openCrowd(t *testing.T, n int) (*rig, *crowd) {
	t.Helper()
	r := openRig(t)
	c := &crowd{fakeSession: r.f.session}
	c.identities = slices.Clone(everybody()[:n])
	r.session = c
	return r, c
}

func (c *crowd) Identities(_ context.Context, q app.Query) ([]app.Identity, error) {
	c.mu.Lock()
	gate := c.gate
	c.mu.Unlock()
	if gate != nil {
		if g := gate(q); g != nil {
			<-g // and answers, however late: what drops it is the window
		}
	}
	out, err := c.find(q)
	c.mu.Lock()
	c.rows, c.most = c.rows+len(out), max(c.most, len(out))
	c.mu.Unlock()
	return out, err
}

// CountFound waits as Identities does, at the query's text with "count " before it.
func (c *crowd) CountFound(ctx context.Context, q app.Query) (int, error) {
	c.mu.Lock()
	gate := c.gate
	c.mu.Unlock()
	if gate != nil {
		if g := gate(app.Query{Text: "count " + q.Text}); g != nil {
			<-g
		}
	}
	return c.fakeSession.CountFound(context.WithoutCancel(ctx), q)
}

// find copies no more than is asked for: a fake that takes longer than a vault would measure itself.
func (c *crowd) find(q app.Query) (out []app.Identity, err error) {
	s := c.fakeSession
	s.mu.Lock()
	defer s.mu.Unlock()
	from := 0
	if q.After != "" {
		from = 1 + slices.IndexFunc(s.identities, func(id app.Identity) bool { return id.ID == q.After })
	}
	for _, id := range s.identities[from:] {
		switch {
		case !fits(id, q):
		case q.Skip > 0:
			q.Skip--
		case len(out) < q.Limit:
			out = append(out, id)
		default:
			return out, s.open()
		}
	}
	return out, s.open()
}

// readSoFar is how many rows have been handed out.
func (c *crowd) readSoFar() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rows
}

// relation is an identity for one relationship, with everything that one has.
func relation() app.Identity {
	return app.Identity{
		ID: strings.Repeat("ab", 16), DID: "did:peer:4zQmZYTrJpoWTRcBQGE57NbPPGEa1J4fg4wGTCJZNjVp7rBu", Method: "peer", State: "active",
		LongForm: "did:peer:4zQmZYTrJpoWTRcBQGE57NbPPGEa1J4fg4wGTCJZNjVp7rBu:z2" + strings.Repeat("M1AbcdefghijkLmnopqrstuvwxyz2345", 24),
		Label:    "bank 1", Party: "Bank of Examples 1", Created: day(4), Document: []byte(`{"id":"did:peer:4zQm","verificationMethod":[{"id":"#assertion","type":"Multikey"}]}`),
		Keys: []app.IdentityKey{
			{Purpose: derive.Authentication, Curve: derive.Ed25519, State: app.KeyActive, MaySign: true},
			{Purpose: derive.Assertion, Curve: derive.Ed25519, State: app.KeyActive},
			{Purpose: derive.KeyAgreement, Curve: derive.X25519, State: "suspended"},
			{Purpose: derive.Succession, Curve: derive.Ed25519, State: "pre-activation", Control: true},
		},
	}
}

// withRelation is an open window over a vault that holds a relation, too.
func withRelation(t *testing.T) *rig {
	t.Helper()
	r := openRig(t)
	r.f.session.mu.Lock()
	defer r.f.session.mu.Unlock()
	r.f.session.identities = append(r.f.session.identities, relation())
	return r
}
