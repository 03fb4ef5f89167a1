package ctap

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

func TestPINRules(t *testing.T) {
	for _, version := range []uint{1, 2} {
		b := newBench(t, t.TempDir())
		b.getToken(version, "1234", 0, ErrPINNotSet)
		b.changePIN(version, "1234", "12345", ErrPINNotSet)
		b.setPIN(version, pad("123"), ErrPINPolicyViolation)
		b.setPIN(version, pad("äöü"), ErrPINPolicyViolation) // six bytes, three characters
		b.setPIN(version, bytes.Repeat([]byte("1"), 64), ErrPINPolicyViolation)
		b.setPIN(version, append([]byte{0xff}, pad("1234")[1:]...), ErrPINPolicyViolation)
		b.setPIN(version, pad("1234")[:48], ErrInvalidParameter)
		b.setPIN(version, pad("äöüß"), OK)
		b.setPIN(version, pad("1234"), ErrPINAuthInvalid) // there is one
		b.changePIN(version, "äöüß", "1", ErrPINPolicyViolation)
		b.changePIN(version, "äöüß", "13579", OK)
		b.getToken(version, "13579", 0, OK)
		b.close()
	}
}

func TestPINBlocks(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	b.setPIN(1, pad("2468"), OK)
	retries := func(left int, cycle bool) {
		t.Helper()
		response := b.status(OK, cmdClientPIN, map[any]any{2: subGetPINRetries})
		if field[int](t, response, 3) != left || field[bool](t, response, 4) != cycle {
			t.Fatalf("retries %x %x, want %d %v", response[3], response[4], left, cycle)
		}
	}
	b.getToken(2, "0", 0, ErrPINInvalid)
	b.getToken(1, "0", permitGetAssertion, ErrPINInvalid)
	b.getToken(1, "2468", 0, OK)
	retries(8, false)
	b.getToken(2, "0", 0, ErrPINInvalid)
	b.changePIN(1, "0", "1234", ErrPINInvalid)
	retries(6, false)
	b.getToken(2, "0", 0, ErrPINAuthBlocked)
	b.getToken(2, "2468", 0, ErrPINAuthBlocked)
	b.changePIN(2, "2468", "1234", ErrPINAuthBlocked)
	retries(5, true)
	b.body.Unplug()
	b.body.Plug()
	retries(5, false)
	if err := b.auth.SetTries(2); err != nil {
		t.Fatal(err)
	}
	b.getToken(2, "0", 0, ErrPINInvalid)
	b.getToken(2, "0", 0, ErrPINBlocked)
	b.getToken(2, "2468", 0, ErrPINBlocked)
	b.body.Unplug()
	b.body.Plug()
	b.getToken(2, "2468", 0, ErrPINBlocked)
	for _, n := range []int{-1, 9} {
		if err := b.auth.SetTries(n); err == nil {
			t.Errorf("%d tries were set", n)
		}
	}
}

func TestWrongPINRenewsTheAgreementKey(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	b.setPIN(2, pad("2468"), OK)
	_, _, before := b.agree(2)
	key := b.auth.power.protocols[1].public()
	b.getToken(2, "0", 0, ErrPINInvalid)
	_, _, after := b.agree(2)
	if bytes.Equal(key.X, b.auth.power.protocols[1].public().X) || bytes.Equal(before, after) {
		t.Error("the key agreement key is the old one")
	}
}

func TestClientPINParameters(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	b.setPIN(2, pad("2468"), OK)
	p, mine, secret := b.agree(2)
	hash := b.seal(p, secret, pinHash("2468"))
	for what, c := range map[string]struct {
		params map[any]any
		want   Status
	}{
		"agreement without protocol":  {map[any]any{2: subGetKeyAgreement}, ErrMissingParameter},
		"agreement of protocol 3":     {map[any]any{1: 3, 2: subGetKeyAgreement}, ErrInvalidParameter},
		"setPIN without anything":     {map[any]any{1: 2, 2: subSetPIN}, ErrMissingParameter},
		"changePIN without anything":  {map[any]any{1: 2, 2: subChangePIN}, ErrMissingParameter},
		"token without PIN":           {map[any]any{1: 2, 2: subGetPINToken, 3: mine}, ErrMissingParameter},
		"old token with permissions":  {map[any]any{1: 2, 2: subGetPINToken, 3: mine, 6: hash, 9: 1}, ErrInvalidParameter},
		"new token without":           {map[any]any{1: 2, 2: subGetPINTokenWith, 3: mine, 6: hash, 10: rp}, ErrMissingParameter},
		"token without relying party": {map[any]any{1: 2, 2: subGetPINTokenWith, 3: mine, 6: hash, 9: 1}, ErrMissingParameter},
		"no permissions":              {map[any]any{1: 2, 2: subGetPINTokenWith, 3: mine, 6: hash, 9: 0, 10: rp}, ErrInvalidParameter},
		"credential management":       {map[any]any{1: 2, 2: subGetPINTokenWith, 3: mine, 6: hash, 9: 4, 10: rp}, ErrUnauthorizedPermission},
		"a finger":                    {map[any]any{1: 2, 2: 6, 3: mine, 9: 1, 10: rp}, ErrInvalidSubcommand},
		"changePIN with a wrong MAC":  {map[any]any{1: 2, 2: subChangePIN, 3: mine, 4: make([]byte, 32), 5: hash, 6: hash}, ErrPINAuthInvalid},
	} {
		if got, _ := b.send(t.Context(), cmdClientPIN, c.params); got != c.want {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
	if left, _ := b.auth.Tries(); left != 8 {
		t.Errorf("a request that cannot be took a try: %d left", left)
	}
}

func TestTokenRules(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	b.setPIN(2, pad("2468"), OK)
	ask := func(k token, want Status) {
		t.Helper()
		b.status(want, cmdMakeCredential, k.with(createParams(algES256), 8))
	}
	b.status(ErrPUATRequired, cmdMakeCredential, createParams(algES256))
	ask(b.getToken(2, "2468", permitMakeCredential, OK), OK)
	ask(b.getToken(1, "2468", 0, OK), OK)
	ask(b.getToken(2, "2468", permitGetAssertion, OK), ErrPINAuthInvalid)

	used := b.getToken(2, "2468", permitMakeCredential|permitGetAssertion, OK)
	ask(used, OK)
	ask(used, ErrPINAuthInvalid) // a touch spends the token

	old := b.getToken(2, "2468", 0, OK)
	b.getToken(1, "2468", 0, OK)
	ask(old, ErrPINAuthInvalid) // a new token ends the one before, of either protocol

	forOther := createParams(algES256)
	forOther[2] = map[string]any{"id": "other.invalid"}
	b.status(ErrPINAuthInvalid, cmdMakeCredential, b.getToken(2, "2468", permitMakeCredential, OK).with(forOther, 8))

	bound := b.getToken(2, "2468", 0, OK)
	silent := bound.with(assertParams(), 6)
	silent[5] = map[string]any{"up": false}
	b.status(ErrNoCredentials, cmdGetAssertion, silent)                     // binds the token to the relying party
	b.status(ErrPINAuthInvalid, cmdMakeCredential, bound.with(forOther, 8)) // so that it is none for another
	altered := b.getToken(2, "2468", 0, OK)
	wrong := altered.with(createParams(algES256), 8)
	tag := altered.protocol.authenticate(altered.value, clientData())
	tag[31] ^= 1
	wrong[8] = tag
	b.status(ErrPINAuthInvalid, cmdMakeCredential, wrong)

	k := b.getToken(2, "2468", 0, OK)
	b.changePIN(2, "2468", "13579", OK)
	ask(k, ErrPINAuthInvalid) // so does a new PIN
	k = b.getToken(2, "13579", 0, OK)
	b.body.Unplug()
	b.body.Plug()
	ask(k, ErrPINAuthInvalid) // and the plug

	probe := createParams(algES256)
	probe[8], probe[9] = []byte{}, 2
	b.status(ErrPINInvalid, cmdMakeCredential, probe)
}

func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close()
		b.setPIN(2, pad("2468"), OK)
		k := b.getToken(2, "2468", 0, OK)
		pass(grantFirstUse + time.Second)
		b.status(ErrPINAuthInvalid, cmdMakeCredential, k.with(createParams(algES256), 8))
		k = b.getToken(2, "2468", 0, OK)
		silent := k.with(assertParams(), 6)
		silent[5] = map[string]any{"up": false}
		for range 10 {
			b.status(ErrNoCredentials, cmdGetAssertion, silent)
			pass(time.Minute)
		}
		b.status(ErrNoCredentials, cmdGetAssertion, silent)
		pass(time.Second)
		b.status(ErrPINAuthInvalid, cmdGetAssertion, silent)
	})
}
