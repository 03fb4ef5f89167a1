package app

import (
	"cmp"
	"slices"

	"holdfast/keystore"
	"holdfast/token"
)

// SamePhysical reports whether two sides are one physical key, and whether that can be told at all.
func SamePhysical(a, b Token) (same, known bool) { return token.SamePhysical(a, b) }

// Candidate is one side of a token as a place for a new keyslot, judged by what the token says of itself without a PIN. It spares a person a PIN and
// a touch in vain; the keystore and the token decide.
type Candidate struct {
	Token    Token
	Facts    *TokenFacts // nil while the token has not been asked, or gave no answer
	Enrolled string      // label of the keyslot that this side holds already; "" for none
	Twin     string      // label of a keyslot on the other side of the same physical key: this side counts as no second way in
	Why      string      // one of the reasons below why no keyslot can be made here; "" where nothing speaks against it
}

// The reasons why a side takes no keyslot.
const (
	CandidateEnrolled    = "enrolled"     // it holds one
	CandidateOldFirmware = "old-firmware" // it cannot say whether its PIN, PUK and management key are the factory's
	CandidateBlocked     = "pin-blocked"  // its PIN is blocked
	CandidateReplug      = "replug"       // it takes no PIN until it is plugged in anew
	CandidateUnsupported = "unsupported"  // it lacks what a keyslot needs
)

// Candidates judges the sides that are plugged in, in the order in which they are best chosen: another physical key before the twin of one that is
// enrolled, then one key after the other, the smart-card side first (it takes fewer touches), what cannot be used last of its key.
func Candidates(tokens []Token, facts map[string]TokenFacts, slots []KeyslotInfo) []Candidate {
	list := make([]Candidate, 0, len(tokens))
	for _, t := range tokens {
		c := Candidate{Token: t}
		if f, ok := facts[t.ID]; ok {
			c.Facts = &f
			if c.Token.Physical == "" {
				c.Token.Physical = f.Token.Physical
			}
		}
		c.Enrolled, c.Twin = holds(c.Token, slots)
		c.Why = c.whyNot()
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.Token.Name, b.Token.Name), cmp.Compare(kindOrder(a.Token.Kind), kindOrder(b.Token.Kind)))
	})
	return list
}

// holds finds the keyslots on a side and on the other sides of the same physical key.
func holds(t Token, slots []KeyslotInfo) (side, twin string) {
	for _, k := range slots {
		switch {
		case !k.Revoked.IsZero() || k.Physical == "" || k.Physical != t.Physical:
		case string(k.Kind) == string(t.Kind):
			side = k.Label
		default:
			twin = k.Label
		}
	}
	return side, twin
}

func (c Candidate) whyNot() string {
	f := c.Facts
	switch {
	case c.Enrolled != "":
		return CandidateEnrolled
	case f == nil:
		return ""
	case f.FIDO2 != nil:
		if _, ok := f.FIDO2.Suits(); !ok {
			return CandidateUnsupported
		}
		if f.FIDO2.NeedsReplug && f.PINTries != 0 {
			return CandidateReplug
		}
		if f.PINSet == token.Yes && f.PINTries == 0 {
			return CandidateBlocked
		}
	case f.PIV != nil:
		if f.PIV.FactoryPIN == token.Unsaid || f.PIV.FactoryPUK == token.Unsaid || f.PIV.FactoryManagement == token.Unsaid {
			return CandidateOldFirmware
		}
		if f.PINTries == 0 {
			return CandidateBlocked
		}
	}
	return ""
}

func (c Candidate) order() int {
	if c.Enrolled != "" || c.Twin != "" {
		return 1
	}
	return 0
}

func kindOrder(k TokenKind) int {
	if k == token.PIV {
		return 0
	}
	return 1
}

// Recommended gives the side that a new keyslot is best made on, where there is one sensible choice: "" where nothing suits, or where several
// physical keys are there and only the person knows which one is meant.
func Recommended(list []Candidate) (id string) {
	var best *Candidate
	for i, c := range list {
		if c.Why != "" || c.Twin != "" {
			continue
		}
		if best == nil {
			best = &list[i]
			continue
		}
		if same, known := token.SamePhysical(best.Token, c.Token); !same || !known {
			return ""
		}
	}
	if best == nil {
		return ""
	}
	return best.Token.ID
}

// TouchesToEnrol is how many touches it takes to make and prove a keyslot on a side.
func TouchesToEnrol(k TokenKind, tiers []Tier) int {
	return keystore.TouchesToEnrol(keystore.Kind(k), len(tiers))
}

// Weakness is a published weakness of a token's firmware, told as data.
type Weakness = token.Weakness

// WeaknessesOf lists what is known of the firmware that a keyslot's token had when it was enrolled.
func WeaknessesOf(k KeyslotInfo) []Weakness {
	version, err := token.ParseVersion(k.Firmware)
	if err != nil {
		return nil // it did not say
	}
	return token.WeaknessesOf(token.Kind(k.Kind), version, 0)
}

// LastWayIn tells from the list of keyslots whether the revocation of one would be refused, so that nobody is asked for a PIN in vain: nil where it
// would not. The keystore checks by itself.
func LastWayIn(list []KeyslotInfo, id string) error {
	left := map[string]bool{}
	var takes []string
	for _, k := range list {
		switch {
		case k.ID == id:
			takes = standsFor(k)
			if slices.Contains(k.Tiers, TierMaster) {
				takes = append(takes, string(TierMaster))
			}
		case k.WayIn:
			for _, what := range standsFor(k) {
				left[what] = true
			}
		}
	}
	for _, what := range takes {
		if !left[what] {
			return &keystore.LastWayInError{Which: what}
		}
	}
	return nil
}

// standsFor says what a keyslot has proven to be: a way in of its role, and of the master tier.
func standsFor(k KeyslotInfo) (what []string) {
	master := slices.Contains(k.Tiers, TierMaster) && !k.ProvenMaster.IsZero()
	if master {
		what = append(what, string(TierMaster))
	}
	if master || k.Role == RoleEveryday && !k.ProvenVault.IsZero() {
		what = append(what, string(k.Role))
	}
	return what
}
