package ui

import (
	"context"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// prompt is what asks the person for a job: one dialog at a time.
type prompt struct {
	dialog *parts.Dialog
	closed func()            // wipes and stops what the dialog holds
	left   func(t app.Token) // is told that a token was unplugged; nil when nobody needs to know
	touch  bool              // it asks for a touch, and the next touch may take its place at once
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
	j.prompt = &prompt{dialog: d, closed: closed}
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

// Wait says what token is awaited, and more that helps to find it; cancelling it cancels the job.
func (j *Job) Wait(more ...string) app.WaitFor {
	return func(want error) {
		j.w.onUI(func() {
			rows := parts.Column(look.SpaceSmall, parts.Say(app.Explain(want).What))
			for _, words := range append(more, tr("prompt.plug.now")) {
				rows.Add(parts.Say(words))
			}
			d := &parts.Dialog{Title: tr("prompt.plug.title"), Icon: "plug", Cancel: j.cancel, Body: rows}
			no := parts.NewButton(tr("part.cancel"), "", parts.Plain, func() {
				j.closeIf(d)
				j.cancel()
			})
			d.Buttons, d.Focus = []*parts.Button{no}, no
			j.showPrompt(d, func() {})
		})
	}
}
