package ui

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/internal/secret"
	"holdfast/ui/parts"
)

// asked is one question put to the person, and what came of it.
type asked struct {
	pin *app.Secret
	err error
}

// askPIN starts work that asks for a PIN and waits for the prompt.
func askPIN(r *rig, q app.PINRequest) (*Job, chan asked) {
	r.t.Helper()
	got := make(chan asked, 1)
	j := run(r.Window, "asking", func(ctx context.Context, j *Job) (int, error) {
		pin, err := j.Prompts().PIN(ctx, q)
		got <- asked{pin, err}
		return 0, err
	}, func(int, error) {})
	r.until("the prompt", r.dialogs.Covered)
	return j, got
}

// answer pumps until the question is answered.
func answer(r *rig, got chan asked) asked {
	r.t.Helper()
	var a asked
	r.until("the answer", func() bool {
		select {
		case a = <-got:
			return true
		default:
			return false
		}
	})
	r.settle()
	if r.dialogs.Covered() {
		r.t.Error("the prompt stays")
	}
	return a
}

// is reports whether a secret holds these bytes.
func is(t *testing.T, s *app.Secret, want string) bool {
	t.Helper()
	w, err := secret.Move([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Destroy()
	return s.Equal(w)
}

func TestPINIsTypedAndTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		before := secret.Live()
		_, got := askPIN(r, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
		if !r.shows("smart-card PIN of Soft 1") || !r.shows("3 tries") {
			t.Errorf("%q", r.texts())
		}
		r.uncut("PIN")
		r.typing("12345") // the focus is in the field
		if b := r.button(tr("prompt.pin.ok")); !b.Disabled() {
			t.Error("five characters are enough for six")
		}
		r.typing("67")
		r.key(fyne.KeyBackspace)
		for _, text := range r.texts() {
			if text == "123456" || text == "1" {
				t.Errorf("what was typed can be read: %q", text)
			}
		}
		r.key(fyne.KeyReturn)
		a := answer(r, got)
		if a.err != nil || !is(t, a.pin, "123456") {
			t.Errorf("%v", a.err)
		}
		a.pin.Destroy()
		if after := secret.Live(); after != before {
			t.Errorf("%d secrets live, %d before", after, before)
		}
	})
}

func TestPINCanBeRefused(t *testing.T) {
	for name, refuse := range map[string]func(r *rig, j *Job){
		"button": func(r *rig, _ *Job) { r.press(tr("part.cancel")) },
		"escape": func(r *rig, _ *Job) { r.key(fyne.KeyEscape) },
		"row":    func(_ *rig, j *Job) { j.row.CancelButton().Press() },
		"lock":   func(r *rig, _ *Job) { r.lock(app.LockedByOwner) },
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := openRig(t)
			before := secret.Live()
			j, got := askPIN(r, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
			r.typing("123456")
			refuse(r, j)
			if a := answer(r, got); a.pin != nil || !errors.Is(a.err, context.Canceled) {
				t.Errorf("%v %v", a.pin, a.err)
			}
			if after := secret.Live(); after != before {
				t.Errorf("%d secrets live, %d before", after, before)
			}
		}))
	}
}

func TestLastTryIsAgreedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		_, got := askPIN(r, app.PINRequest{Token: "Soft 1", Which: "fido2", TriesLeft: 1, Min: 4, Max: 63})
		if !r.shows(tr("prompt.pin.last")) {
			t.Errorf("%q", r.texts())
		}
		r.typing("1234")
		r.key(fyne.KeyReturn)
		if !r.dialogs.Covered() || len(got) > 0 {
			t.Fatal("the last try was spent unasked")
		}
		find[*parts.Check](r)[0].SetChecked(true)
		r.uncut("last try")
		r.key(fyne.KeyReturn)
		a := answer(r, got)
		if a.err != nil || !is(t, a.pin, "1234") {
			t.Errorf("%v", a.err)
		}
		a.pin.Destroy()
	})
}

func TestNewPINIsTypedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		_, got := askPIN(r, app.PINRequest{Token: "Soft 1", Which: "new-piv", TriesLeft: -1, Min: 6, Max: 8, Again: "refused"})
		if !r.shows(tr("prompt.pin.why.refused")) {
			t.Errorf("nobody says why it is asked again: %q", r.texts())
		}
		fields := find[*parts.SecretEntry](r)
		if len(fields) != 2 {
			t.Fatalf("%d fields", len(fields))
		}
		r.typing("123456")
		r.win.Canvas().FocusNext()
		r.typing("123457")
		r.key(fyne.KeyReturn)
		if !r.shows(tr("prompt.pin.differ")) || fields[0].Len()+fields[1].Len() != 0 {
			t.Fatalf("%q", r.texts())
		}
		r.uncut("new PIN")
		for _, f := range fields {
			r.win.Canvas().Focus(f)
			r.typing("123456789")
		}
		if !r.shows(tr("prompt.pin.full", "count", 8)) {
			t.Error("nobody says that there is no more room")
		}
		r.key(fyne.KeyReturn)
		a := answer(r, got)
		if a.err != nil || !is(t, a.pin, "12345678") {
			t.Errorf("%v", a.err)
		}
		a.pin.Destroy()
	})
}

func TestPINWithoutMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		var held []*secret.Bytes
		defer func() {
			for _, s := range held {
				s.Destroy()
			}
		}()
		for {
			s, err := secret.New(1)
			if err != nil {
				break
			}
			held = append(held, s)
		}
		got := make(chan asked, 1)
		run(r.Window, "asking", func(ctx context.Context, j *Job) (int, error) {
			pin, err := j.Prompts().PIN(ctx, app.PINRequest{Token: "Soft 1", Which: "piv", TriesLeft: 3, Min: 6, Max: 8})
			got <- asked{pin, err}
			return 0, err
		}, func(int, error) {})
		if a := answer(r, got); !errors.Is(a.err, secret.ErrExhausted) {
			t.Errorf("%v", a.err)
		}
	})
}

func TestTouchSaysWhatFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		touched, ended := make(chan struct{}), make(chan error, 1)
		run(r.Window, "touching", func(ctx context.Context, j *Job) (int, error) {
			done := j.Prompts().Touch(ctx, app.TouchRequest{Act: "enrol-token", Identity: "label 1", Token: "Soft 1", Number: 2, Of: 4, Requester: "Holdfast"})
			defer done()
			select {
			case <-touched:
				ended <- nil
			case <-ctx.Done():
				ended <- ctx.Err()
			}
			return 0, nil
		}, func(int, error) {})
		r.until("the prompt", r.dialogs.Covered)
		for _, s := range []string{app.ActWords("enrol-token"), "label 1", "Soft 1", "Holdfast", "2 of 4"} {
			if !r.shows(s) {
				t.Errorf("%q is not shown: %q", s, r.texts())
			}
		}
		r.uncut("touch")
		if !r.shows("30 more") {
			t.Errorf("nobody says how long it waits: %q", r.texts())
		}
		r.pass(time.Second)
		if !r.shows("29 more") {
			t.Errorf("the seconds are not counted: %q", r.texts())
		}
		close(touched)
		r.until("the end", func() bool { return !r.dialogs.Covered() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestTouchCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		ended := make(chan error, 1)
		run(r.Window, "touching", func(ctx context.Context, j *Job) (int, error) {
			defer j.Prompts().Touch(ctx, app.TouchRequest{Act: "open-vault", Token: "Soft 1", Number: 1, Of: 1, Requester: "Holdfast"})()
			<-ctx.Done()
			ended <- ctx.Err()
			return 0, ctx.Err()
		}, func(int, error) {})
		r.until("the prompt", r.dialogs.Covered)
		r.key(fyne.KeyReturn) // the focus is on Cancel: Enter does what is safe
		r.until("the end", func() bool { return len(ended) > 0 })
		r.settle()
		if r.dialogs.Covered() {
			t.Error("the prompt stays")
		}
	})
}

// TestQuickTouchIsNotShown holds that a key which wants no touch shows no prompt.
func TestQuickTouchIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		done := make(chan struct{})
		run(r.Window, "touching", func(ctx context.Context, j *Job) (int, error) {
			j.Prompts().Touch(ctx, app.TouchRequest{Act: "open-vault", Token: "Soft 1"})()
			close(done)
			return 0, nil
		}, func(int, error) {})
		<-done
		over := time.Now().Add(touchDelay + touchStay)
		r.until("the delay", func() bool {
			if r.dialogs.Covered() {
				t.Error("a prompt flickered")
			}
			return time.Now().After(over)
		})
	})
}

func TestWaitingForAKeySaysWhich(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t)
		want := &app.NoTokenError{Want: "opens this vault"}
		ended := make(chan struct{})
		run(r.Window, "waiting", func(ctx context.Context, j *Job) (int, error) {
			j.Wait()(want)
			<-ctx.Done()
			close(ended)
			return 0, ctx.Err()
		}, func(int, error) {})
		r.until("the prompt", r.dialogs.Covered)
		if !r.shows(app.Explain(want).What) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("waiting")
		r.key(fyne.KeyEscape)
		<-ended
		r.settle()
		if r.dialogs.Covered() || len(r.jobs) > 0 {
			t.Error("the wait goes on")
		}
	})
}
