package attach

import (
	"testing"
	"time"

	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/virtual/pcscd"
)

func TestTwoSidesOfOneKeyAreOnePhysicalKey(t *testing.T) {
	if !onBench(t) {
		return
	}
	k := startKey(t, pcscd.KeyOptions{Name: "both", Serial: 23000001})
	other := startKey(t, pcscd.KeyOptions{Name: "other", Serial: 23000002})
	d := devices(t, k, other)
	card, passkey := find(t, d, token.PIV, 23000001), find(t, d, token.FIDO2, 23000001)
	far := find(t, d, token.FIDO2, 23000002)
	if same, known := token.SamePhysical(card, passkey); !same || !known {
		t.Errorf("%+v and %+v are not one", card, passkey)
	}
	for _, side := range []token.Token{card, passkey} {
		if same, known := token.SamePhysical(side, far); same || !known {
			t.Errorf("%+v and %+v are one", side, far)
		}
	}
	if card.Unverified || !passkey.Unverified || card.Firmware != passkey.Firmware || card.Name != passkey.Name {
		t.Errorf("%+v %+v", card, passkey)
	}

	p := newPerson()
	k.order("touch automatic on")
	made, err := d.FIDO2(passkey.ID).EnrolFIDO2(t.Context(), keystore.FIDO2EnrolRequest{UserHandle: make([]byte, 32), UserName: "Holdfast"}, p.gate())
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.FIDO2(passkey.ID).HMACSecret(t.Context(), keystore.HMACRequest{Credential: made.ID, Salt: make([]byte, 32)}, p.gate())
	if err != nil {
		t.Fatal(err)
	}
	s.Destroy()
	if _, err := d.FIDO2(card.ID).HMACSecret(t.Context(), keystore.HMACRequest{}, p.gate()); token.CodeOf(err) != token.Removed {
		t.Errorf("the passkey side of a smart-card side: %v", err)
	}
}

// TestAKeyIsFoundWithinASecond plugs a key in before the wallet's eyes. How long it takes to see it is the benchmark's matter.
func TestAKeyIsFoundWithinASecond(t *testing.T) {
	if !onBench(t) {
		return
	}
	k := startKey(t, pcscd.KeyOptions{Name: "found", Serial: 23000003})
	d := devices(t, k)
	events := d.Watch(t.Context())
	find(t, d, token.PIV, 23000003)
	find(t, d, token.FIDO2, 23000003)
	collect(t, events, token.Arrived)
	k.order("unplug")
	collect(t, events, token.Left)
	k.order("plug")
	collect(t, events, token.Arrived)
}

// collect waits for an event of both sides and gives when each came.
func collect(t testing.TB, events <-chan token.Event, kind token.EventKind) map[token.Kind]time.Time {
	t.Helper()
	at := map[token.Kind]time.Time{}
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for len(at) < 2 {
		select {
		case e := <-events:
			if e.Kind == kind {
				at[e.Token.Kind] = time.Now()
			}
		case <-limit.C:
			t.Fatalf("%s: seen %v", kind, at)
		}
	}
	return at
}
