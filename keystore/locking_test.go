package keystore

import (
	"errors"
	"testing"
	"time"

	"holdfast/journal"
	"holdfast/keystore/store"
)

// TestLooseningTakesATouch walks through settings: what tightens needs nobody, what loosens is refused without a token, and done with one.
func TestLooseningTakesATouch(t *testing.T) {
	h := newHome(t)
	v := h.mustOpen(t)
	q := &person{}
	blue := h.everyday.piv()
	step := func(what string, next Locking, by *Present, want error, touches int) {
		t.Helper()
		before, err := v.Locking(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		q.touches = 0
		if err := v.SetLocking(t.Context(), next, by, q.prompts()); !errors.Is(err, want) {
			t.Errorf("%s: %v, not %v", what, err, want)
		}
		after, err := v.Locking(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want != nil {
			next = before
		}
		if after != next || q.touches != touches {
			t.Errorf("%s: %+v after %d touches", what, after, q.touches)
		}
	}
	if l, err := v.Locking(t.Context()); err != nil || l != DefaultLocking() {
		t.Fatalf("a new vault: %+v, %v", l, err)
	}
	step("shorter", Locking{time.Minute, true}, nil, nil, 0)
	step("longer, without a token", Locking{2 * time.Minute, true}, nil, ErrNeedsTouch, 0)
	step("never, without a token", Locking{0, true}, nil, ErrNeedsTouch, 0)
	step("key may go, without a token", Locking{time.Minute, false}, nil, ErrNeedsTouch, 0)
	step("shorter but key may go", Locking{30 * time.Second, false}, nil, ErrNeedsTouch, 0)
	stranger := newPaper(t, "77").piv()
	step("with a stranger's token", Locking{0, false}, &stranger, ErrNoKeyslotForToken, 0)
	step("longer, touched", Locking{2 * time.Minute, false}, &blue, nil, 1)
	step("never, touched", Locking{0, false}, &blue, nil, 1)
	step("tight again", Locking{time.Minute, true}, nil, nil, 0)
	step("the same", Locking{time.Minute, true}, nil, nil, 0)
	for _, d := range []time.Duration{-1, time.Second, 90*time.Second + 1, LongestIdle + time.Second} {
		var bad *LockingError
		if err := v.SetLocking(t.Context(), Locking{d, true}, &blue, q.prompts()); !errors.As(err, &bad) {
			t.Errorf("%v: %v", d, err)
		}
	}
	list, err := v.Journal(t.Context(), journal.Filter{Act: journal.ActSetting})
	if err != nil || len(list) != 6 {
		t.Fatalf("%d events, %v", len(list), err)
	}
	if f := list[2].Facts; f["setting"] != "lock-when-idle" || f["was"] != "120" || f["is"] != "0" || f["confirmed_with"] != v.OpenedWith() {
		t.Errorf("%v", f)
	}
	if f := list[0].Facts; f["confirmed_with"] != "" {
		t.Errorf("what was tightened says %v", f)
	}
	h.everyday.absent = true
	step("with an absent token", Locking{0, true}, &blue, errAbsent, 0)
}

// TestLockingStays holds that a setting is there after the next unlock, and that one nobody can read opens nothing: the defaults hold.
func TestLockingStays(t *testing.T) {
	h := newHome(t)
	v := h.mustOpen(t)
	chosen := Locking{time.Minute, true}
	if err := v.SetLocking(t.Context(), chosen, nil, (&person{}).prompts()); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = h.mustOpen(t)
	if l, err := v.Locking(t.Context()); err != nil || l != chosen {
		t.Errorf("%+v, %v", l, err)
	}
	if err := v.act(t.Context(), func(tx *store.Tx) error {
		e, err := tx.Event(journal.New{Act: journal.ActSetting})
		return errors.Join(err, tx.PutSetting(settingIdle, "-1", e.Number))
	}); err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if l, err := v.Locking(t.Context()); !errors.As(err, &damaged) || l != DefaultLocking() {
		t.Errorf("%+v, %v", l, err)
	}
}
