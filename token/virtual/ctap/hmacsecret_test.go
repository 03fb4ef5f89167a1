package ctap

import (
	"bytes"
	"slices"
	"testing"
)

func TestHMACSecret(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	params := createParams(algES256)
	params[6] = map[string]any{"hmac-secret": true}
	m, plain := b.create(params), b.create(createParams(algES256))
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	first := b.hmacSecret(m, 1, one, nil)
	switch both := b.hmacSecret(m, 2, slices.Concat(one, two), nil); {
	case len(first) != 32 || len(both) != 64 || !bytes.Equal(first, both[:32]) || bytes.Equal(first, both[32:]):
		t.Errorf("one salt %x, two %x", first, both)
	case !bytes.Equal(both[32:], b.hmacSecret(m, 2, two, nil)):
		t.Error("the second output differs from that salt's own")
	}
	if got := b.hmacSecret(plain, 2, one, nil); got != nil {
		t.Errorf("a credential without the extension gave %x", got)
	}
	b.setPIN(2, pad("2468"), OK)
	k := b.getToken(1, "2468", permitGetAssertion, OK)
	verified := b.hmacSecret(m, 2, one, &k)
	if len(verified) != 32 || bytes.Equal(verified, first) {
		t.Error("user verification makes no difference")
	}
	ops := b.body.Operations()
	last := ops[len(ops)-1]
	if want := []string{fingerprint(one)}; !slices.Equal(last.Salts, want) || last.Credential != fingerprint(m.id) || !last.PIN || !last.Touch {
		t.Errorf("recorded %+v", last)
	}
}

func TestHMACSecretRefusals(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	params := createParams(algES256)
	params[6] = map[string]any{"hmac-secret": true}
	m := b.create(params)
	for what, c := range map[string]struct {
		spoil func(input map[any]any, p *pinProtocol, secret []byte)
		want  Status
	}{
		"no key":      {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 1) }, ErrMissingParameter},
		"no salt":     {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 2) }, ErrMissingParameter},
		"no MAC":      {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 3) }, ErrMissingParameter},
		"a wrong MAC": {func(in map[any]any, _ *pinProtocol, _ []byte) { in[3] = make([]byte, 32) }, ErrPINAuthInvalid},
		"a short MAC": {func(in map[any]any, _ *pinProtocol, _ []byte) {
			tag, ok := in[3].([]byte)
			if !ok {
				t.Fatal("no MAC to shorten")
			}
			in[3] = tag[:16]
		}, ErrPINAuthInvalid},
		"another protocol": {func(in map[any]any, _ *pinProtocol, _ []byte) { in[4] = 3 }, ErrInvalidParameter},
		"protocol missing": {func(in map[any]any, _ *pinProtocol, _ []byte) { delete(in, 4) }, ErrPINAuthInvalid},
		"48 bytes of salt": {func(in map[any]any, p *pinProtocol, s []byte) {
			sealed, err := p.encrypt(s, make([]byte, 48))
			if err != nil {
				t.Error(err)
			}
			in[2], in[3] = sealed, p.authenticate(s, sealed)
		}, ErrInvalidLength},
	} {
		t.Run(what, func(t *testing.T) {
			p, mine, secret := b.agree(2)
			sealed := b.seal(p, secret, make([]byte, 32))
			input := map[any]any{1: mine, 2: sealed, 3: p.authenticate(secret, sealed), 4: 2}
			c.spoil(input, p, secret)
			ask := assertParams()
			ask[3], ask[4] = list(m.id), map[string]any{"hmac-secret": input}
			if got, _ := b.send(t.Context(), cmdGetAssertion, ask); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
			ask[5] = map[string]any{"up": false}
			if got, _ := b.send(t.Context(), cmdGetAssertion, ask); got != ErrUnsupportedOption {
				t.Errorf("without touch: %v", got)
			}
		})
	}
}
