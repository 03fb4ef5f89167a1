package ui

import (
	"context"
	"time"

	"holdfast/app"
	"holdfast/ui/parts"
)

// touchDelay is how long a touch may be awaited unseen: a key that needs none answers sooner, and a prompt that flickers teaches nobody anything.
const touchDelay = 200 * time.Millisecond

// touchTime is how long keys wait for a touch, as far as is known: makers choose 15 to 30 seconds.
const touchTime = 30 * time.Second

// touchStay is how long the prompt stays once the key was touched, for the next touch of the same act to take its place: of four touches in a row
// the person sees one prompt that counts, not four that come and go.
const touchStay = 600 * time.Millisecond

// askTouch shows that a touch is awaited, and returns at once.
func (j *Job) askTouch(ctx context.Context, r app.TouchRequest) (done func()) {
	over := false // belongs to the UI thread
	var t *parts.Touch
	show := func() {
		if !over && ctx.Err() == nil {
			t = j.showTouch(ctx, r)
		}
	}
	j.w.onUI(func() {
		if j.prompt != nil && j.prompt.touch {
			show()
			return
		}
		j.w.after(touchDelay, show)
	})
	return func() {
		j.w.onUI(func() {
			over = true
			switch {
			case t == nil:
			case ctx.Err() != nil || r.Number >= r.Of:
				j.closeIf(t.Dialog)
			default:
				t.Touched()
				j.w.after(touchStay, func() { j.closeIf(t.Dialog) })
			}
		})
	}
}

// showTouch shows the prompt and counts the seconds; nothing else on it moves. UI thread.
func (j *Job) showTouch(ctx context.Context, r app.TouchRequest) *parts.Touch {
	f := parts.TouchFacts{Act: app.ActWords(r.Act), Identity: app.Visible(r.Identity), Key: j.w.known(r.Token, ""), Requester: r.Requester, Number: r.Number, Of: r.Of}
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
		j.prompt.touch = true
		tick()
	}
	return t
}
