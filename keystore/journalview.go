package keystore

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"holdfast/journal"
	"holdfast/keystore/store"
)

// Journal reads the vault's own record.
func (v *Vault) Journal(ctx context.Context, f journal.Filter) ([]journal.Event, error) {
	return during(ctx, v, reads, func(ctx context.Context) ([]journal.Event, error) { return v.db.Journal(ctx, f) })
}

// Finding says where the vault's record or a row was changed by something else than this program.
type Finding struct {
	Place string // "journal/12", "keys/ID/PURPOSE/VERSION" and other rows, "page 7", "pages", "search", "signed head 40"
	What  string // one of store's What or journal's Fault constants, or a sentence
}

// VerifyJournal checks the chain, every decisive row, the search index, the database's pages and every head the owner key signed. An empty answer
// means that nothing was found. What cannot be read is a finding, and the rest is checked all the same.
func (v *Vault) VerifyJournal(ctx context.Context, progress func(done, total int)) ([]Finding, error) {
	return during(ctx, v, reads, func(ctx context.Context) ([]Finding, error) {
		found, err := verify(ctx, v.db, &v.env.Core, progress)
		if err != nil {
			return nil, err
		}
		out := make([]Finding, 0, len(found))
		for _, f := range found {
			out = append(out, Finding{Place: f.Place, What: f.What})
		}
		return out, nil
	})
}

// verify is all that VerifyJournal checks, of a database and the core that names its owner key.
func verify(ctx context.Context, db *store.DB, c *core, progress func(done, total int)) ([]store.Finding, error) {
	found, err := db.Check(ctx, progress)
	if err != nil {
		return nil, err
	}
	more, err := db.CheckSearch(ctx)
	if err != nil {
		return nil, err
	}
	heads, err := judgeHeads(ctx, db, c, -1)
	if err != nil {
		return nil, err
	}
	return append(append(found, more...), heads...), nil
}

// judgeHeads checks the owner key's signature over each head that was signed; that the journal holds them is part of the store's own check.
// newest limits it to so many of the newest; negative means all.
func judgeHeads(ctx context.Context, db *store.DB, c *core, newest int) ([]store.Finding, error) {
	heads, err := db.Heads(ctx)
	if isDatabaseDamage(err) {
		return []store.Finding{{Place: "signed heads", What: err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	if newest >= 0 {
		heads = heads[:min(newest, len(heads))]
	}
	var found []store.Finding
	for _, h := range heads {
		body, err := headBody(c.Vault, h.Head)
		if err != nil {
			return nil, err
		}
		if len(h.Signature) != ed25519.SignatureSize || !ed25519.Verify(c.owner(), labelled(labelHead, body), h.Signature) {
			found = append(found, store.Finding{Place: fmt.Sprintf("signed head %d", h.Number), What: "not signed by the owner key"})
		}
	}
	return found, nil
}
