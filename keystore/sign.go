package keystore

import (
	"bytes"
	"context"
	"fmt"

	"holdfast/did"
	"holdfast/did/statement"
	"holdfast/journal"
	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// Sign signs a typed statement as one of the owner's identities with the use key of the statement's purpose: no touch. Never
// bytes: what is signed is what the statement's type says. The key must be active and come from the present use branch; its row
// is checked against the newest event that set it.
func (v *Vault) Sign(ctx context.Context, ref string, s statement.Statement) (jws string, err error) {
	return during(ctx, v, changes, func(ctx context.Context) (string, error) { return v.signAs(ctx, ref, s) })
}

func (v *Vault) signAs(ctx context.Context, ref string, s statement.Statement) (jws string, err error) {
	row, _, err := v.lookup(ctx, ref)
	if err != nil {
		return "", err
	}
	purpose, err := purposeOf(s.Purpose())
	if err != nil {
		return "", err
	}
	k, err := v.db.SigningKey(ctx, row.ID, int(purpose))
	if err != nil {
		return "", err
	}
	if !v.keyInfo(k).MaySign {
		return "", v.signingEnded(k)
	}
	h, err := header(row, k, s)
	if err != nil {
		return "", err
	}
	var intent journal.Event
	if err := v.db.Update(ctx, func(tx *store.Tx) error {
		intent, err = tx.Event(journal.New{Act: journal.ActSign, Phase: journal.Intent, Subject: row.ID, Facts: map[string]string{"type": string(s.Type())}})
		return err
	}); err != nil {
		return "", err
	}
	jws, err = v.signWith(ctx, k, s, h)
	result := journal.OK
	if err != nil {
		result = journal.Failed
	}
	return jws, joinErr(err, v.act(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.Event(outcome(intent, result, map[string]string{"type": string(s.Type())}))
		return err
	}))
}

// signingEnded says why a key signs no more.
func (v *Vault) signingEnded(k store.Key) error {
	if k.State == stateActive {
		return &SigningEndedError{State: "ended-branch", Branch: k.Branch}
	}
	return &SigningEndedError{State: k.State, Branch: k.Branch}
}

// signWith derives the key for one signature and checks that it is the one the document names.
func (v *Vault) signWith(ctx context.Context, k store.Key, s statement.Statement, h statement.Header) (string, error) {
	input, err := statement.SigningInput(s, h)
	if err != nil {
		return "", err
	}
	nodes, err := v.useBranch(ctx)
	if err != nil {
		return "", err
	}
	leaf, err := nodes.leaf(derive.Curve(k.Curve), k.Identity, derive.Purpose(k.Purpose), uint32(k.Version)) //nolint:gosec // versions are small
	if err != nil {
		return "", err
	}
	defer leaf.Destroy()
	pub, err := leaf.Public()
	if err != nil {
		return "", err
	}
	if !bytes.Equal(pub, k.Public) {
		return "", damaged("database", "key %d of identity does not derive from use branch %d", k.Purpose, k.Branch)
	}
	sig, err := leaf.Sign(input)
	if err != nil {
		return "", err
	}
	return statement.Assemble(input, sig)
}

// header finds the key in the identity's document and names it as a stranger can resolve it.
func header(row store.Identity, k store.Key, s statement.Statement) (statement.Header, error) {
	doc, err := did.ParseDocument(row.Document)
	if err != nil {
		return statement.Header{}, err
	}
	curve, err := didCurve(derive.Curve(k.Curve))
	if err != nil {
		return statement.Header{}, err
	}
	pub, err := did.NewPublicKey(curve, k.Public)
	if err != nil {
		return statement.Header{}, err
	}
	for _, m := range doc.VerificationMethod {
		mp, err := m.PublicKey()
		if err != nil || !mp.Equal(pub) {
			continue
		}
		id, err := did.ParseReference(doc.ID, m.ID)
		if err != nil {
			return statement.Header{}, err
		}
		if _, err := doc.Authorized(s.Purpose(), id); err != nil {
			return statement.Header{}, err
		}
		return statement.NewHeader(s, id, pub)
	}
	return statement.Header{}, fmt.Errorf("the document of %s does not name its signing key", row.DID)
}

// didCurve gives a derived key's curve its name in documents.
func didCurve(c derive.Curve) (did.Curve, error) {
	switch c {
	case derive.Ed25519:
		return did.Ed25519, nil
	case derive.X25519:
		return did.X25519, nil
	case derive.P256:
		return did.P256, nil
	case derive.Secp256k1:
		return did.Secp256k1, nil
	}
	return "", fmt.Errorf("unknown curve %q", c)
}

// purposeOf is the key purpose that a relationship's statements are signed with: one key, one purpose.
func purposeOf(r did.Relationship) (derive.Purpose, error) {
	switch r {
	case did.Authentication:
		return derive.Authentication, nil
	case did.AssertionMethod:
		return derive.Assertion, nil
	case did.KeyAgreement:
		return derive.KeyAgreement, nil
	case did.CapabilityInvocation:
		return derive.CapabilityInvocation, nil
	case did.CapabilityDelegation:
		return derive.CapabilityDelegation, nil
	}
	return 0, fmt.Errorf("no key purpose for %q", r)
}
