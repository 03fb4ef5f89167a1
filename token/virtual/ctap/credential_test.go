package ctap

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func residentParams(name string) map[any]any {
	params := createParams(algES256)
	params[3] = map[string]any{"id": []byte(name), "name": name}
	params[7] = map[string]any{"rk": true}
	return params
}

func TestResidentCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		defer b.close()
		old := b.create(residentParams("alice"))
		bob, alice := b.create(residentParams("bob")), b.create(residentParams("alice"))
		carol := b.create(residentParams("carol"))

		first := b.status(OK, cmdGetAssertion, assertParams())
		if field[int](t, first, 5) != 3 {
			t.Errorf("%x credentials", first[5])
		}
		carol.verify(t, first)
		alice.verify(t, b.status(OK, cmdGetNextAssertion, nil))
		pass(nextWithin)
		last := b.status(OK, cmdGetNextAssertion, nil)
		bob.verify(t, last)
		if who := field[user](t, last, 4); string(who.ID) != "bob" || who.Name != "" {
			t.Errorf("user %+v told without verification", who)
		}
		b.status(ErrNotAllowed, cmdGetNextAssertion, nil)

		b.status(OK, cmdGetAssertion, assertParams())
		pass(nextWithin + time.Second)
		b.status(ErrNotAllowed, cmdGetNextAssertion, nil)
		b.status(OK, cmdGetAssertion, assertParams())
		b.status(OK, cmdGetInfo, nil)
		b.status(ErrNotAllowed, cmdGetNextAssertion, nil)

		// The credential that was replaced is gone, also by its id.
		ask := assertParams()
		ask[3] = list(old.id)
		b.status(ErrNoCredentials, cmdGetAssertion, ask)
		ask[3] = list(alice.id)
		response := b.status(OK, cmdGetAssertion, ask)
		if _, counted := response[5]; counted || field[user](t, response, 4).Name != "" {
			t.Errorf("with a list: %v", response)
		}
	})
}

func TestUserIsNamedUnderVerificationOnly(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	b.create(residentParams("alice"))
	b.create(residentParams("bob"))
	b.setPIN(2, pad("2468"), OK)
	k := b.getToken(2, "2468", permitGetAssertion, OK)
	response := b.status(OK, cmdGetAssertion, k.with(assertParams(), 6))
	if who := field[user](t, response, 4); who.Name != "bob" {
		t.Errorf("user %+v", who)
	}
	if who := field[user](t, b.status(OK, cmdGetNextAssertion, nil), 4); who.Name != "alice" {
		t.Errorf("next user %+v", who)
	}
}

func TestKeyStoreFills(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	if err := b.body.SetFirmware("5.4.3"); err != nil {
		t.Fatal(err)
	}
	for i := range 25 {
		b.create(residentParams(fmt.Sprint("user ", i)))
	}
	b.status(ErrKeyStoreFull, cmdMakeCredential, residentParams("one more"))
	b.create(residentParams("user 7")) // replaces its own
	if left := field[int](t, b.status(OK, cmdGetInfo, nil), 20); left != 0 {
		t.Errorf("%d remain", left)
	}
	b.create(createParams(algES256)) // a credential that is not resident takes no room
}

func TestCredProtect(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	all := map[int]made{}
	for level := 1; level <= 3; level++ {
		params := residentParams(fmt.Sprint("level ", level))
		params[6] = map[string]any{"credProtect": level}
		all[level] = b.create(params)
	}
	b.setPIN(2, pad("2468"), OK)
	for _, c := range []struct {
		level    int
		verified bool
		want     Status
	}{
		{1, false, OK},
		{2, false, OK},
		{3, false, ErrNoCredentials},
		{1, true, OK},
		{2, true, OK},
		{3, true, OK},
	} {
		ask := assertParams()
		ask[3] = list(all[c.level].id)
		if c.verified {
			b.getToken(2, "2468", permitGetAssertion, OK).with(ask, 6)
		}
		b.status(c.want, cmdGetAssertion, ask)
	}
	all[1].verify(t, b.status(OK, cmdGetAssertion, assertParams())) // of the unlisted, the first level alone
	k := b.getToken(2, "2468", permitGetAssertion, OK)
	if n := field[int](t, b.status(OK, cmdGetAssertion, k.with(assertParams(), 6)), 5); n != 3 {
		t.Errorf("%d credentials under verification", n)
	}
}

func TestExcludeList(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	open := b.create(createParams(algES256))
	params := createParams(algES256)
	params[6] = map[string]any{"credProtect": 3}
	hidden := b.create(params)

	params = createParams(algES256)
	params[5] = list([]byte("unknown"), open.id)
	b.status(ErrCredentialExcluded, cmdMakeCredential, params)
	ops := b.body.Operations()
	if last := ops[len(ops)-1]; !last.Touch {
		t.Error("an excluded credential was told of without a touch")
	}
	params[5] = list(hidden.id)
	b.create(params) // not told of without the PIN
	b.setPIN(2, pad("2468"), OK)
	b.status(ErrCredentialExcluded, cmdMakeCredential, b.getToken(2, "2468", permitMakeCredential, OK).with(params, 8))
	elsewhere := createParams(algES256)
	elsewhere[2], elsewhere[5] = map[string]any{"id": "other.invalid"}, list(open.id)
	k := b.getToken(2, "2468", 0, OK)
	b.create(k.with(elsewhere, 8))
}

func TestCredentialIDsDiffer(t *testing.T) {
	b := newBench(t, t.TempDir())
	defer b.close()
	one, two := b.create(createParams(algEdDSA)), b.create(createParams(algEdDSA))
	if len(one.id) != handleSize || slices.Equal(one.id, two.id) || slices.Equal(one.public.X, two.public.X) {
		t.Errorf("ids %x and %x", one.id, two.id)
	}
}
