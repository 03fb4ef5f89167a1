package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// prompt is what asks the person for a job: one dialog at a time.
type prompt struct {
	dialog *parts.Dialog
	closed func() // wipes and stops what the dialog holds
}

// Prompts are this job's ways to ask the person. They are called off the UI thread and return when their context ends.
func (j *Job) Prompts() app.Prompts { return app.Prompts{PIN: j.askPIN, Touch: j.askTouch} }

// showPrompt puts a dialog in place of the job's last one and brings the window to the front. UI thread. A job whose vault has locked asks nothing.
func (j *Job) showPrompt(d *parts.Dialog, closed func()) bool {
	if j.generation != j.w.generation || j.ctx.Err() != nil {
		closed()
		return false
	}
	j.closePrompt()
	j.prompt = &prompt{d, closed}
	j.w.dialogs.Show(d)
	j.w.win.RequestFocus()
	return true
}

// closePrompt takes the job's dialog away. UI thread.
func (j *Job) closePrompt() {
	p := j.prompt
	if p == nil {
		return
	}
	j.prompt = nil
	j.w.dialogs.Hide(p.dialog)
	p.closed()
}

// closeIf takes the dialog away if it is still the job's.
func (j *Job) closeIf(d *parts.Dialog) {
	if j.prompt != nil && j.prompt.dialog == d {
		j.closePrompt()
	}
}

// typed is what came of asking for a PIN.
type typed struct {
	pin *app.Secret
	err error
}

// ask shows a dialog that ends by calling its answer once, and waits for that or for the end of ctx.
func (j *Job) ask(ctx context.Context, show func(answer func(typed)) (d *parts.Dialog)) (*app.Secret, error) {
	got := make(chan typed, 1)
	var d *parts.Dialog // belongs to the UI thread
	j.w.onUI(func() {
		answered := false
		d = show(func(a typed) {
			if answered {
				a.pin.Destroy()
				return
			}
			answered = true
			got <- a
		})
	})
	select {
	case a := <-got:
		return a.pin, a.err
	case <-ctx.Done():
	case <-j.w.ctx.Done():
	}
	j.w.onUI(func() {
		if d != nil {
			j.closeIf(d)
		}
		select {
		case a := <-got:
			a.pin.Destroy()
		default:
		}
	})
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return nil, context.Canceled
}

// askPIN says which PIN and how many tries are left, wants the last try to be agreed to, and gives what was typed.
func (j *Job) askPIN(ctx context.Context, r app.PINRequest) (*app.Secret, error) {
	return j.ask(ctx, func(answer func(typed)) *parts.Dialog { return j.showPIN(r, answer) })
}

// pinForm is the dialog for a PIN.
type pinForm struct {
	r      app.PINRequest
	fields []*parts.SecretEntry // the PIN, and for a new one the same again
	agreed bool                 // to spend the last try
	ok     *parts.Button
	wrong  func(words string)
	grown  func() // the form needs more room, or less
	answer func(typed)
}

func (j *Job) showPIN(r app.PINRequest, answer func(typed)) *parts.Dialog {
	f := &pinForm{r: r, agreed: !r.LastTry(), answer: answer, grown: j.w.dialogs.Relayout}
	d, err := f.dialog()
	if err != nil {
		answer(typed{err: err})
		return nil
	}
	finish := func(a typed) {
		answer(a)
		j.closeIf(d)
	}
	f.answer = finish
	d.Cancel = func() { finish(typed{err: context.Canceled}) }
	no := parts.NewButton(tr("part.cancel"), "", parts.Plain, d.Cancel)
	d.Buttons = []*parts.Button{no, f.ok}
	d.Default, d.Focus = f.ok, f.fields[0]
	closed := func() {
		for _, e := range f.fields {
			e.Wipe()
		}
		answer(typed{err: context.Canceled}) // nothing more comes of it
	}
	j.showPrompt(d, closed)
	return d
}

// dialog makes the form, without its buttons' ends.
func (f *pinForm) dialog() (*parts.Dialog, error) {
	rows := []fyne.CanvasObject{parts.Say(pinTold(f.r))}
	if f.r.Again != "" {
		rows = append([]fyne.CanvasObject{parts.Notice(parts.Warns, tr("prompt.pin.why."+string(f.r.Again)), "", nil)}, rows...)
	}
	names := []string{app.PINName(f.r.Which)}
	if app.NewPIN(f.r.Which) {
		names = append(names, tr("prompt.pin.again"))
	}
	for _, name := range names {
		e, err := parts.NewSecretEntry(max(f.r.Max, 8))
		if err != nil {
			for _, made := range f.fields {
				made.Wipe()
			}
			return nil, err
		}
		e.Name = name
		e.OnChanged = func(int) { f.check() }
		f.fields = append(f.fields, e)
		rows = append(rows, parts.Column(look.SpaceTiny, parts.Line(capital(name)), e))
	}
	if f.r.LastTry() && !app.NewPIN(f.r.Which) {
		agree := parts.NewCheck(tr("prompt.pin.agree"), func(on bool) {
			f.agreed = on
			f.check()
		})
		rows = append(rows, parts.Notice(parts.Warns, tr("prompt.pin.last"), "", nil), agree)
	}
	wrong := parts.Say("")
	wrong.Hide()
	f.wrong = func(words string) {
		if wrong.Text == words {
			return
		}
		wrong.SetText(words)
		wrong.Hidden = words == ""
		f.grown()
	}
	f.ok = parts.NewButton(tr("prompt.pin.ok"), "", parts.Primary, f.take)
	f.check()
	return &parts.Dialog{Title: tr("prompt.pin.title", "pin", app.PINName(f.r.Which)), Icon: "pin", Body: parts.Column(look.SpaceBase, append(rows, wrong)...)}, nil
}

// check enables what can be pressed now.
func (f *pinForm) check() {
	if f.ok == nil {
		return
	}
	ready := f.agreed
	for _, e := range f.fields {
		ready = ready && e.Len() >= max(f.r.Min, 1)
	}
	f.ok.SetEnabled(ready)
	f.wrong("")
	if f.fields[0].Full() {
		f.wrong(tr("prompt.pin.full", "count", f.r.Max))
	}
}

// take hands over what was typed; a new PIN must have been typed alike twice.
func (f *pinForm) take() {
	pin, err := f.fields[0].Take()
	if err != nil || len(f.fields) == 1 {
		f.answer(typed{pin, err})
		return
	}
	again, err := f.fields[1].Take()
	same := err == nil && pin.Equal(again)
	again.Destroy()
	if !same {
		pin.Destroy()
		f.wrong(tr("prompt.pin.differ"))
		return
	}
	f.answer(typed{pin: pin})
}

// pinTold says what a person must know before typing a PIN.
func pinTold(r app.PINRequest) string {
	switch {
	case app.NewPIN(r.Which):
		return tr("prompt.pin.new", "pin", app.PINName(r.Which), "key", r.Token, "min", r.Min, "max", r.Max)
	case r.TriesLeft < 0:
		return tr("prompt.pin.unknown", "pin", app.PINName(r.Which), "key", r.Token)
	default:
		return tr("prompt.pin.tries", "pin", app.PINName(r.Which), "key", r.Token, "count", r.TriesLeft)
	}
}

// capital begins a sentence.
func capital(s string) string {
	for i, r := range s {
		if i == 0 && r >= 'a' && r <= 'z' {
			return string(r-'a'+'A') + s[1:]
		}
		break
	}
	return s
}

// touchDelay is how long a touch may be awaited unseen: a key that needs none answers sooner, and a prompt that flickers teaches nobody anything.
const touchDelay = 200 * time.Millisecond

// touchTime is how long keys wait for a touch, as far as is known: makers choose 15 to 30 seconds.
const touchTime = 30 * time.Second

// askTouch shows that a touch is awaited, and returns at once.
func (j *Job) askTouch(ctx context.Context, r app.TouchRequest) (done func()) {
	over := false // belongs to the UI thread
	var d *parts.Dialog
	j.w.onUI(func() {
		j.w.after(touchDelay, func() {
			if !over && ctx.Err() == nil {
				d = j.showTouch(ctx, r)
			}
		})
	})
	return func() {
		j.w.onUI(func() {
			over = true
			if d != nil {
				j.closeIf(d)
			}
		})
	}
}

// showTouch shows the prompt and counts the seconds; nothing else on it moves. UI thread.
func (j *Job) showTouch(ctx context.Context, r app.TouchRequest) *parts.Dialog {
	f := parts.TouchFacts{Act: app.ActWords(r.Act), Identity: r.Identity, Key: r.Token, Requester: r.Requester, Number: r.Number, Of: r.Of}
	t := parts.NewTouch(f, func(d *parts.Dialog) { j.closeIf(d) }, j.cancel)
	until := time.Now().Add(touchTime)
	if end, ok := ctx.Deadline(); ok && end.Before(until) {
		until = end
	}
	stop := func() {}
	var tick func()
	tick = func() {
		left := time.Until(until)
		t.Left(left)
		if left > 0 {
			stop = j.w.after(time.Second, tick)
		}
	}
	if j.showPrompt(t.Dialog, func() { stop() }) {
		tick()
	}
	return t.Dialog
}

// Wait says what token is awaited; cancelling it cancels the job.
func (j *Job) Wait() app.WaitFor {
	return func(want error) {
		j.w.onUI(func() {
			d := &parts.Dialog{
				Title: tr("prompt.plug.title"), Icon: "plug", Cancel: j.cancel,
				Body: parts.Column(look.SpaceSmall, parts.Say(app.Explain(want).What), parts.Say(tr("prompt.plug.now"))),
			}
			no := parts.NewButton(tr("part.cancel"), "", parts.Plain, func() {
				j.closeIf(d)
				j.cancel()
			})
			d.Buttons, d.Focus = []*parts.Button{no}, no
			j.showPrompt(d, func() {})
		})
	}
}
