package ctap

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/token/virtual/body"
)

func TestInfoBytes(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	if err := b.body.SetFirmware("5.4.3"); err != nil {
		t.Fatal(err)
	}
	got := b.auth.Handle(t.Context(), []byte{cmdGetInfo}, func(byte) {})
	equal(t, "getInfo", got, "00ad"+
		"0182684649444f5f325f30684649444f5f325f31"+ // FIDO_2_0, FIDO_2_1
		"02826b6372656450726f746563746b686d61632d736563726574"+ // credProtect, hmac-secret
		"0350686f6c6466617374207669727475616c"+ // AAGUID
		"04a562726bf5627570f564706c6174f469636c69656e7450696ef46e70696e557641757468546f6b656ef5"+
		"051904b0"+"06820201"+"0708"+"081880"+"0981"+"63757362"+
		"0a82a263616c672664747970656a7075626c69632d6b6579a263616c672764747970656a7075626c69632d6b6579"+
		"0d04"+"0e1a00050403"+"141819")
	b.status(ErrInvalidLength, cmdGetInfo, map[any]any{})
}

func TestCommandsThatCannotBe(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	for what, c := range map[string]struct {
		message []byte
		want    Status
	}{
		"nothing":           {nil, ErrInvalidLength},
		"unknown command":   {[]byte{0x55}, ErrInvalidCommand},
		"no parameters":     {[]byte{cmdMakeCredential}, ErrMissingParameter},
		"no CBOR":           {[]byte{cmdGetAssertion, 0xff}, ErrInvalidCBOR},
		"too long":          {append([]byte{cmdMakeCredential}, make([]byte, 1200)...), ErrRequestTooLarge},
		"unknown PIN order": {[]byte{cmdClientPIN, 0xa1, 0x02, 0x18, 0x63}, ErrInvalidSubcommand},
		"no PIN order":      {[]byte{cmdClientPIN, 0xa0}, ErrMissingParameter},
		"nothing to go on":  {[]byte{cmdGetNextAssertion}, ErrNotAllowed},
	} {
		if got := b.auth.Handle(t.Context(), c.message, func(byte) {}); len(got) != 1 || Status(got[0]) != c.want {
			t.Errorf("%s: %x, want %v", what, got, c.want)
		}
	}
}

func TestMakeCredentialChecks(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	for what, c := range map[string]struct {
		key   int
		value any // nil takes the parameter away
		want  Status
	}{
		"no client data hash":     {1, nil, ErrMissingParameter},
		"short client data hash":  {1, make([]byte, 31), ErrInvalidLength},
		"no relying party":        {2, nil, ErrMissingParameter},
		"no user":                 {3, nil, ErrMissingParameter},
		"user without id":         {3, map[string]any{"name": "Alice"}, ErrMissingParameter},
		"user with a long id":     {3, map[string]any{"id": make([]byte, 65)}, ErrInvalidLength},
		"no algorithm":            {4, nil, ErrMissingParameter},
		"an unknown algorithm":    {4, []any{map[string]any{"type": publicKey, "alg": -257}}, ErrUnsupportedAlgorithm},
		"an unknown type":         {4, []any{map[string]any{"type": "password", "alg": -7}}, ErrUnsupportedAlgorithm},
		"a long exclude list":     {5, list(slices.Repeat([][]byte{{1}}, 9)...), ErrLimitExceeded},
		"credProtect 0":           {6, map[string]any{"credProtect": 0}, ErrInvalidOption},
		"credProtect 4":           {6, map[string]any{"credProtect": 4}, ErrInvalidOption},
		"up false":                {7, map[string]any{"up": false}, ErrInvalidOption},
		"uv without token":        {7, map[string]any{"uv": true}, ErrInvalidOption},
		"token without protocol":  {8, make([]byte, 16), ErrMissingParameter},
		"enterprise attestation":  {10, 1, ErrInvalidParameter},
		"a list that is a map":    {5, map[string]any{}, ErrCBORUnexpectedType},
		"an unknown option":       {7, map[string]any{"xy": true}, OK},
		"an unknown extension":    {6, map[string]any{"xy": true}, OK},
		"both algorithms offered": {4, []any{map[string]any{"type": publicKey, "alg": -257}, map[string]any{"type": publicKey, "alg": -8}}, OK},
	} {
		t.Run(what, func(t *testing.T) {
			params := createParams(algES256)
			if params[c.key] = c.value; c.value == nil {
				delete(params, c.key)
			}
			if got, _ := b.send(t.Context(), cmdMakeCredential, params); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestGetAssertionChecks(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	m := b.create(createParams(algES256))
	for what, c := range map[string]struct {
		key   int
		value any
		want  Status
	}{
		"no relying party":       {1, nil, ErrMissingParameter},
		"another relying party":  {1, "other.invalid", ErrNoCredentials},
		"no client data hash":    {2, nil, ErrMissingParameter},
		"long client data hash":  {2, make([]byte, 33), ErrInvalidLength},
		"no list":                {3, nil, ErrNoCredentials},
		"an empty list":          {3, []any{}, ErrInvalidParameter},
		"another type":           {3, []any{map[string]any{"id": m.id, "type": "password"}}, ErrNoCredentials},
		"an id cut off":          {3, list(m.id[:63]), ErrNoCredentials},
		"an id changed":          {3, list(append(bytes.Clone(m.id[:63]), m.id[63]^1)), ErrNoCredentials},
		"no touch asked for":     {5, map[string]any{"up": false}, OK},
		"rk":                     {5, map[string]any{"rk": false}, ErrUnsupportedOption},
		"uv without token":       {5, map[string]any{"uv": true}, ErrInvalidOption},
		"token without protocol": {6, make([]byte, 16), ErrMissingParameter},
		"the second of two ids":  {3, list([]byte{1, 2, 3}, m.id), OK},
	} {
		t.Run(what, func(t *testing.T) {
			params := assertParams()
			params[3] = list(m.id)
			if params[c.key] = c.value; c.value == nil {
				delete(params, c.key)
			}
			if got, _ := b.send(t.Context(), cmdGetAssertion, params); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestSignaturesAndCounter(t *testing.T) {
	for _, algorithm := range []int{algES256, algEdDSA} {
		b := newBench(t, t.TempDir())
		m := b.create(createParams(algorithm))
		params := assertParams()
		params[3] = list(m.id)
		flags, first := m.verify(t, b.status(OK, cmdGetAssertion, params))
		params[5] = map[string]any{"up": false}
		silent, second := m.verify(t, b.status(OK, cmdGetAssertion, params))
		if flags != flagUP || silent != 0 || second != first+1 {
			t.Errorf("flags %#x, silent %#x; counters %d, %d", flags, silent, first, second)
		}
		b.close()
	}
}

func TestStateOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	params := createParams(algES256)
	params[6] = map[string]any{"hmac-secret": true}
	params[7] = map[string]any{"rk": true}
	m := b.create(params)
	b.setPIN(2, pad("2468"), OK)
	secret := b.hmacSecret(m, 2, make([]byte, 32), nil)
	b.getToken(2, "0000", 3, ErrPINInvalid)
	ask := assertParams()
	_, before := m.verify(t, b.status(OK, cmdGetAssertion, ask))
	root := b.auth.AttestationRoot()
	b.close()

	b = newBench(t, dir)
	defer b.close()
	_, after := m.verify(t, b.status(OK, cmdGetAssertion, ask))
	left, total := b.auth.Tries()
	if after != before+1 || left != 7 || total != 8 || !bytes.Equal(root, b.auth.AttestationRoot()) {
		t.Errorf("counters %d, %d; %d of %d tries", before, after, left, total)
	}
	if !bytes.Equal(secret, b.hmacSecret(m, 1, make([]byte, 32), nil)) {
		t.Error("the hmac-secret is another one")
	}
	b.status(OK, cmdReset, nil)
	b.status(ErrNoCredentials, cmdGetAssertion, ask)
	ask[3] = list(m.id)
	b.status(ErrNoCredentials, cmdGetAssertion, ask)
	b.getToken(2, "2468", 3, ErrPINNotSet)
}

func TestInjectedStatus(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	b.body.Inject(body.Injection{Side: body.FIDO2, Command: cmdSelection, Status: 0x3c, Times: 1})
	b.status(OK, cmdGetInfo, nil)
	b.status(Status(0x3c), cmdSelection, nil)
	b.status(OK, cmdSelection, nil)
	ops := b.body.Operations()
	if got := ops[len(ops)-2]; got.Name != "selection" || got.Result != "0x3c" || got.Touch {
		t.Errorf("recorded %+v", got)
	}
}

func TestTouch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close()
		b.body.AutomaticTouch(false)
		start := time.Now()
		b.status(ErrUserActionTimeout, cmdSelection, nil)
		if waited := time.Since(start); waited != DefaultTouchTimeout {
			t.Errorf("waited %v for a touch", waited)
		}
		b.auth.SetTouchTimeout(time.Second)
		b.status(ErrUserActionTimeout, cmdMakeCredential, createParams(algES256))

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, cancel)
		if got, _ := b.send(ctx, cmdSelection, nil); got != ErrKeepaliveCancel {
			t.Errorf("cancelled: %v", got)
		}
		var told []byte
		time.AfterFunc(time.Second/2, func() { b.body.Touch() })
		if got := b.auth.Handle(t.Context(), []byte{cmdSelection}, func(s byte) { told = append(told, s) }); !bytes.Equal(got, []byte{0}) {
			t.Errorf("touched: %x", got)
		}
		if !bytes.Equal(told, []byte{KeepaliveUPNeeded, KeepaliveProcessing}) {
			t.Errorf("told %x meanwhile", told)
		}
		time.AfterFunc(time.Second/2, b.body.Unplug)
		if got := b.auth.Handle(t.Context(), []byte{cmdSelection}, func(byte) {}); got != nil {
			t.Errorf("unplugged, it answered %x", got)
		}
	})
}

func TestResetOnlyAfterPowerUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close()
		pass(resetWindow + time.Millisecond)
		b.status(ErrNotAllowed, cmdReset, nil)
		b.body.Unplug()
		b.body.Plug()
		if err := b.auth.PowerUp(); err != nil {
			t.Fatal(err)
		}
		pass(resetWindow)
		b.status(OK, cmdReset, nil)
		pass(time.Millisecond)
		b.status(ErrNotAllowed, cmdReset, nil) // a reset is no power-up
	})
}

func TestBrokenStateIsRefused(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	b.close()
	for what, spoil := range map[string]func(*state){
		"master":      func(s *state) { s.Master = s.Master[:31] },
		"retries":     func(s *state) { s.Retries = 9 },
		"PIN":         func(s *state) { s.PINHash = make([]byte, 15) },
		"attestation": func(s *state) { s.Attestation.Key[0] ^= 1 },
	} {
		k, err := body.Open(body.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		var good, bad state
		for _, s := range []*state{&good, &bad} {
			if _, err := k.Load(stateName, s); err != nil {
				t.Fatal(err)
			}
		}
		spoil(&bad)
		if err := k.Save(stateName, bad); err != nil {
			t.Fatal(err)
		}
		if _, err := New(k); err == nil {
			t.Errorf("a state with a broken %s was opened", what)
		}
		if err := errors.Join(k.Save(stateName, good), k.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
