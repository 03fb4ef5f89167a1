package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"holdfast/journal"
	"holdfast/keystore"
	"holdfast/token"
)

func pivSide(serial string) Token {
	return Token{ID: "piv:" + serial, Kind: SidePIV, Name: "Soft " + serial, Physical: "soft:" + serial}
}

func fidoSide(serial string) Token {
	return Token{ID: "fido2:" + serial, Kind: SideFIDO2, Name: "Soft " + serial, Physical: "soft:" + serial}
}

func goodPIV(tries int) TokenFacts {
	return TokenFacts{PINSet: token.Yes, PINTries: tries, PIV: &token.PIVFacts{FactoryPIN: token.Yes, FactoryPUK: token.Yes, FactoryManagement: token.Yes}}
}

func goodFIDO(tries int) TokenFacts {
	return TokenFacts{PINSet: token.Yes, PINTries: tries, FIDO2: &token.FIDO2Facts{Extensions: []string{"hmac-secret", "credProtect"}, Options: map[string]bool{"clientPin": true}}}
}

func TestCandidatesAreJudged(t *testing.T) {
	old := goodPIV(3)
	old.PIV.FactoryPUK = token.Unsaid
	replug := goodFIDO(5)
	replug.FIDO2.NeedsReplug = true
	poor := goodFIDO(8)
	poor.FIDO2.Extensions = nil
	slots := []KeyslotInfo{
		{ID: "00aa", Kind: keystore.KindPIV, Label: "blue", Physical: "soft:1"},
		{ID: "00bb", Kind: keystore.KindPIV, Label: "gone", Physical: "soft:2", Revoked: time.Unix(1, 0)},
	}
	for name, c := range map[string]struct {
		token               Token
		facts               TokenFacts
		why, enrolled, twin string
	}{
		"fit smart-card side":   {pivSide("2"), goodPIV(3), "", "", ""},
		"fit passkey side":      {fidoSide("2"), goodFIDO(8), "", "", ""},
		"enrolled":              {pivSide("1"), goodPIV(3), CandidateEnrolled, "blue", ""},
		"twin":                  {fidoSide("1"), goodFIDO(8), "", "", "blue"},
		"old firmware":          {pivSide("2"), old, CandidateOldFirmware, "", ""},
		"smart-card blocked":    {pivSide("2"), goodPIV(0), CandidateBlocked, "", ""},
		"passkey blocked":       {fidoSide("2"), goodFIDO(0), CandidateBlocked, "", ""},
		"three wrong in a row":  {fidoSide("2"), replug, CandidateReplug, "", ""},
		"without what it needs": {fidoSide("2"), poor, CandidateUnsupported, "", ""},
	} {
		list := Candidates([]Token{c.token}, map[string]TokenFacts{c.token.ID: c.facts}, slots)
		if got := list[0]; got.Why != c.why || got.Enrolled != c.enrolled || got.Twin != c.twin {
			t.Errorf("%s: %+v", name, got)
		}
	}
	unasked := Candidates([]Token{pivSide("2")}, nil, nil)
	if unasked[0].Why != "" || unasked[0].Facts != nil {
		t.Errorf("a token that was not asked: %+v", unasked[0])
	}
}

func TestRecommendedIsTheOneSensibleChoice(t *testing.T) {
	all := map[string]TokenFacts{"piv:1": goodPIV(3), "fido2:1": goodFIDO(8), "piv:2": goodPIV(3), "fido2:2": goodFIDO(8), "piv:3": goodPIV(0), "fido2:3": goodFIDO(8)}
	slots := []KeyslotInfo{{ID: "00aa", Kind: keystore.KindPIV, Label: "blue", Physical: "soft:1"}}
	for name, c := range map[string]struct {
		tokens []Token
		slots  []KeyslotInfo
		want   string
	}{
		"nothing":                     {nil, nil, ""},
		"one key, both sides":         {[]Token{fidoSide("2"), pivSide("2")}, nil, "piv:2"},
		"two keys":                    {[]Token{pivSide("1"), pivSide("2")}, nil, ""},
		"one new beside the enrolled": {[]Token{fidoSide("1"), pivSide("1"), fidoSide("2"), pivSide("2")}, slots, "piv:2"},
		"only the enrolled key":       {[]Token{fidoSide("1"), pivSide("1")}, slots, ""},
		"smart-card side blocked":     {[]Token{fidoSide("3"), pivSide("3")}, nil, "fido2:3"},
	} {
		if got := Recommended(Candidates(c.tokens, all, c.slots)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestLastWayInAgreesWithTheKeystore revokes what it calls the last way in, and what it does not.
func TestLastWayInAgreesWithTheKeystore(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	slots := func() []KeyslotInfo {
		list, err := s.Keyslots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	refused := func(id string) bool {
		said := LastWayIn(slots(), id)
		err := s.do(t.Context(), func(ctx context.Context, v *keystore.Vault) error { // the keystore's own word: Session.Revoke asks LastWayIn first
			return s.ceremony(ctx, v, journal.ActRevoke, Ceremony{}, person(t), func(c *keystore.Ceremony) error {
				_, err := c.Revoke(ctx, id, "lost", nil)
				return err
			})
		})
		var last *keystore.LastWayInError
		if errors.As(said, &last) != errors.As(err, &last) || err != nil && said == nil {
			t.Errorf("%s: foretold %v, got %v", id, said, err)
		}
		return err != nil
	}
	if !refused(slots()[0].ID) {
		t.Error("the only way in was revoked")
	}
	for _, serial := range []string{"2", "3"} {
		d.plug(newCard(serial))
		if _, err := s.Enrol(t.Context(), NewKeyslot{Token: serial, Label: "bank " + serial, Role: RoleRecovery, Tiers: both()}, Ceremony{}, person(t), nil); err != nil {
			t.Fatal(err)
		}
	}
	at := slices.IndexFunc(slots(), func(k KeyslotInfo) bool { return k.Label == "bank 2" })
	second := slots()[at].ID
	if refused(second) {
		t.Error("one of two recovery keys cannot be revoked")
	}
	for _, k := range slots() {
		if k.ID != second && !refused(k.ID) {
			t.Errorf("the last %s key was revoked", k.Role)
		}
	}
}

func TestWeaknessesOfAKeyslot(t *testing.T) {
	if got := WeaknessesOf(KeyslotInfo{Kind: keystore.KindFIDO2, Firmware: "5.4.3"}); len(got) != 1 || got[0].Name != "EUCLEAK" {
		t.Errorf("%+v", got)
	}
	if got := append(WeaknessesOf(KeyslotInfo{Firmware: "5.7.1"}), WeaknessesOf(KeyslotInfo{})...); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestEveryPINHasItsSide(t *testing.T) {
	for _, k := range PINKinds() {
		want := SidePIV
		if k == keystore.PINFIDO2 || k == keystore.PINNewFIDO2 {
			want = SideFIDO2
		}
		if got := PINSide(k); got != want {
			t.Errorf("%s: %s", k, got)
		}
	}
	if x := Explain(TokenGone(pivSide("1"))); x.Code != "removed" {
		t.Errorf("%+v", x)
	}
}

// TestAKeyThatStaysConfirmsARevocation retires the key that opened the vault: another one confirms, whatever is plugged in.
func TestAKeyThatStaysConfirmsARevocation(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	blue, s := set(t, d, a)
	others := map[string]*softCard{}
	for serial, role := range map[string]Role{"2": RoleRecovery, "3": RoleEveryday} {
		others[serial] = d.plug(newCard(serial))
		if _, err := s.Enrol(t.Context(), NewKeyslot{Token: serial, Label: "key " + serial, Role: role, Tiers: both()}, Ceremony{}, person(t), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Revoke(t.Context(), "blue", "retired", Ceremony{Token: "blue"}, nobody(), nil); !errors.Is(err, ErrConfirmsItself) {
		t.Errorf("confirmed by itself: %v", err)
	}
	d.unplug(others["2"])
	d.unplug(others["3"])
	var none *NoTokenError
	if _, err := s.Revoke(t.Context(), "blue", "retired", Ceremony{}, nobody(), nil); !errors.As(err, &none) {
		t.Errorf("with nothing else plugged in: %v", err)
	}
	before := blue.asked
	waited := false
	_, err := s.Revoke(t.Context(), "blue", "retired", Ceremony{Wait: func(error) { waited = true; d.plug(others["3"]) }}, person(t), nil)
	if err != nil || !waited || blue.asked != before {
		t.Errorf("waited %v, the key itself was asked %d times, %v", waited, blue.asked-before, err)
	}
}
