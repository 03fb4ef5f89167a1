package helper

import (
	"testing"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// TestNoSecretStays counts the secrets of the wallet's process: of what was typed nothing is left once the helper has
// it, whether it was right or wrong.
func TestNoSecretStays(t *testing.T) {
	c, k, p, r := enrolled(t)
	before := secret.Live()
	side := c.FIDO2(k.token())
	s, err := side.HMACSecret(t.Context(), r, p.gate())
	if err != nil {
		t.Fatal(err)
	}
	s.Destroy()
	p.pins[keystore.PINFIDO2] = "wrong horse"
	if _, err := side.HMACSecret(t.Context(), r, p.gate()); token.CodeOf(err) != token.WrongPIN {
		t.Errorf("a wrong PIN: %v", err)
	}
	if after := secret.Live(); after != before {
		t.Errorf("%d secrets live, %d before", after, before)
	}
}
