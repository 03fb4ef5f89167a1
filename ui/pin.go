package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// askPIN says which PIN and how many tries are left, wants the last try to be agreed to, and gives what was typed.
func (j *Job) askPIN(ctx context.Context, r app.PINRequest) (*app.Secret, error) {
	return j.ask(ctx, func(answer func(typed)) *parts.Dialog { return j.showPIN(r, answer) })
}

// pinForm is the dialog for a PIN.
type pinForm struct {
	r      app.PINRequest
	act    string               // what the PIN is for
	why    string               // what must be told first; "" for nothing
	fields []*parts.SecretEntry // the PIN, and for a new one the same again
	agreed bool                 // to spend the last try
	ok     *parts.Button
	wrong  func(words string)
	grown  func() // the form needs more room, or less
	answer func(typed)
}

func (j *Job) showPIN(r app.PINRequest, answer func(typed)) *parts.Dialog {
	name, kind := r.Token, app.PINSide(r.Which)
	r.Token = j.w.known(name, kind)
	f := &pinForm{r: r, act: j.title, why: j.why, agreed: !r.LastTry(), answer: answer, grown: j.w.dialogs.Relayout}
	j.why = ""
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
	if j.showPrompt(d, closed) {
		j.prompt.left = func(t app.Token) {
			if t.Name == name && t.Kind == kind {
				j.gone = app.TokenGone(t)
				finish(typed{err: j.gone})
			}
		}
	}
	return d
}

// dialog makes the form, without its buttons' ends.
func (f *pinForm) dialog() (*parts.Dialog, error) {
	var rows []fyne.CanvasObject
	if f.why != "" {
		rows = append(rows, parts.Notice(parts.Warns, f.why, "", nil))
	}
	if f.r.Again != "" {
		rows = append(rows, parts.Notice(parts.Warns, tr("prompt.pin.why."+string(f.r.Again)), "", nil))
	}
	for _, words := range pinTold(f.r) {
		rows = append(rows, parts.Say(words))
	}
	rows = append(rows, parts.Fact(tr("prompt.pin.for"), f.act))
	names := []string{app.PINName(f.r.Which)}
	if app.NewPIN(f.r.Which) {
		names = []string{tr("prompt.pin.first"), tr("prompt.pin.again")}
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
	if len(f.fields) > 1 {
		f.fields[0].OnSubmitted = f.fields[1].Ask
	}
	rows = append(rows, parts.Quiet(tr("prompt.pin.typed")))
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
	return &parts.Dialog{Title: pinTitle(f.r), Icon: "pin", Body: parts.Column(look.SpaceBase, append(rows, wrong)...)}, nil
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

// pinTitle says which PIN is asked for, or chosen, and of which key: two keys take turns when one is added.
func pinTitle(r app.PINRequest) string {
	if app.NewPIN(r.Which) {
		return tr("prompt.pin.choose", "pin", app.PINName(r.Which))
	}
	return tr("prompt.pin.title", "pin", app.PINName(r.Which), "key", r.Token)
}

// pinTold says what a person must know before typing a PIN.
func pinTold(r app.PINRequest) []string {
	switch {
	case app.NewPIN(r.Which):
		list := []string{tr("prompt.pin.new", "key", r.Token, "min", r.Min, "max", r.Max)}
		if r.Which == pinNewPUK {
			list = append(list, tr("prompt.pin.puk"))
		}
		return list
	case r.TriesLeft < 0:
		return []string{tr("prompt.pin.unknown")}
	default:
		return []string{tr("prompt.pin.tries", "count", r.TriesLeft)}
	}
}

// pinNewPUK is the kind of PIN that unblocks another; what it is for must be said.
const pinNewPUK app.PINKind = "new-puk"
