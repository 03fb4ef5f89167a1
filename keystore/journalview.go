package keystore

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"holdfast/journal"
)

// Journal reads the vault's own record.
func (v *Vault) Journal(ctx context.Context, f journal.Filter) ([]journal.Event, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.usable(false); err != nil {
		return nil, err
	}
	return v.db.Journal(ctx, f)
}

// Finding says where the vault's record or a row was changed by something else than this program.
type Finding struct {
	Place string // "journal event 12", "row keys/...", "signed head 40", "page"
	What  string
}

// VerifyJournal checks the chain, every decisive row, the database's pages and every head the owner key signed. An empty answer
// means that nothing was found.
func (v *Vault) VerifyJournal(ctx context.Context, progress func(done, total int)) ([]Finding, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.usable(false); err != nil {
		return nil, err
	}
	found, err := v.db.Check(ctx, progress)
	if err != nil {
		return nil, err
	}
	out := make([]Finding, 0, len(found))
	for _, f := range found {
		out = append(out, Finding{Place: f.Place, What: f.What})
	}
	heads, err := v.db.Heads(ctx)
	if err != nil {
		return out, err
	}
	for _, h := range heads {
		what, err := v.judgeHead(ctx, h)
		if err != nil {
			return out, err
		}
		if what != "" {
			out = append(out, Finding{Place: fmt.Sprintf("signed head %d", h.Number), What: what})
		}
	}
	return out, nil
}

// judgeHead says what is wrong with a signed head; empty when nothing is.
func (v *Vault) judgeHead(ctx context.Context, h journal.SignedHead) (string, error) {
	body, err := headBody(v.env.Core.Vault, h.Head)
	if err != nil {
		return "", err
	}
	if len(h.Signature) != ed25519.SignatureSize || !ed25519.Verify(v.env.Core.owner(), labelled(labelHead, body), h.Signature) {
		return "not signed by the owner key", nil
	}
	ok, err := v.db.Contains(ctx, h.Head)
	if err != nil || ok {
		return "", err
	}
	return "the journal does not hold the event that the owner key signed", nil
}
