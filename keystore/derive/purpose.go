package derive

import (
	"fmt"
	"slices"
)

// Root is the first step of every path: the number under which the wallet's keys hang, hardened.
const Root = 800130

// Branch is the second step of a path: who may hold the subtree.
type Branch uint32

// The branches.
const (
	// BranchUse holds the keys that act for identities; an installation holds its node every day.
	BranchUse Branch = 0
	// BranchControl holds the keys that change identities; they exist only during a ceremony.
	BranchControl Branch = 1
	// BranchRecovery holds the keys of recovery.
	BranchRecovery Branch = 2
)

// Purpose is what a key is for, and the fifth step of its path. One key has one purpose.
type Purpose uint32

// The purposes. The first five are the verification relationships of W3C DID Core.
const (
	Authentication       Purpose = 0
	Assertion            Purpose = 1
	KeyAgreement         Purpose = 2
	CapabilityInvocation Purpose = 3
	CapabilityDelegation Purpose = 4
	Control              Purpose = 5
	NextControl          Purpose = 6
	Succession           Purpose = 7
)

// PurposeRule is one row of the table of purposes.
type PurposeRule struct {
	Purpose Purpose
	Name    string  // as DID Core writes it, where DID Core knows it
	Curves  []Curve // the trees its keys may come from
	Doc     string  // what its keys are for
}

// Purposes returns the table: every purpose in the order of its number.
func Purposes() []PurposeRule {
	signing := func() []Curve { return []Curve{Ed25519, P256, Secp256k1} }
	return []PurposeRule{
		{Authentication, "authentication", signing(), "proves to a relying party that the owner is there; signs sign-in statements only"},
		{Assertion, "assertionMethod", signing(), "signs what the owner states: files, texts, credentials"},
		{KeyAgreement, "keyAgreement", []Curve{X25519}, "receives what others encrypt to the identity"},
		{CapabilityInvocation, "capabilityInvocation", signing(), "uses a right that was granted to the identity"},
		{CapabilityDelegation, "capabilityDelegation", signing(), "hands a right of the identity on to somebody else"},
		{Control, "control", []Curve{Ed25519, Secp256k1}, "changes the identity: rotates, revokes, moves; control branch only"},
		{NextControl, "nextControl", []Curve{Ed25519, Secp256k1}, "the control key committed to in advance, for the next change"},
		{Succession, "succession", []Curve{Ed25519}, "names the successor of an identity that cannot change its keys; control branch only"},
	}
}

func (p Purpose) rule() (PurposeRule, bool) {
	table := Purposes()
	i := slices.IndexFunc(table, func(r PurposeRule) bool { return r.Purpose == p })
	if i < 0 {
		return PurposeRule{}, false
	}
	return table[i], true
}

// String is the name of the purpose in the table, or "purpose N" for a number that is not in it.
func (p Purpose) String() string {
	r, ok := p.rule()
	if !ok {
		return fmt.Sprintf("purpose %d", uint32(p))
	}
	return r.Name
}

// Allows says whether keys for this purpose may come from the tree of c. A purpose outside the table allows none.
func (p Purpose) Allows(c Curve) bool {
	r, ok := p.rule()
	return ok && slices.Contains(r.Curves, c)
}
