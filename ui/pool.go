package ui

import (
	"context"
	"strconv"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// poolSizes are how many succession keys may be wanted in stock: a ceremony's own, holdfastctl's, and many.
func poolSizes() []int { return []int{256, 2048, 10_000} }

// poolPage makes succession keys in stock.
func (w *Window) poolPage() *Page {
	var names []string
	for _, n := range poolSizes() {
		names = append(names, strconv.Itoa(n))
	}
	at := 1
	choice := parts.NewChoice(names, at, func(i int) { at = i })
	left, said := parts.Say(""), parts.Column(0)
	p := &Page{Title: tr("pool.title"), Lead: tr("pool.lead"), Focus: choice}
	var start *parts.Button
	start = parts.NewButton(tr("pool.make"), "add", parts.Primary, func() {
		said.RemoveAll()
		start.Disable()
		w.fillPool(poolSizes()[at], func(err error) {
			start.Enable()
			if err != nil {
				w.fail(err)
				return
			}
			said.Add(parts.Notice(parts.Cheers, tr("pool.done"), "", nil))
			w.relayout()
		})
	})
	p.follow(func() { left.SetText(tr("pool.left", "count", w.status.PoolLeft)) })
	p.Body = parts.Narrow(look.Column, parts.Column(look.SpaceWide, parts.Say(tr("pool.why")), left,
		parts.Column(look.SpaceTiny, parts.Line(tr("pool.want")), parts.Narrow(look.NavWidth, choice)), parts.Row(0, start), said))
	return p
}

// fillPool makes succession keys until so many are there.
func (w *Window) fillPool(n int, then func(error)) {
	missing := max(1, n-w.status.PoolLeft)
	run(w, tr("pool.job"), func(ctx context.Context, j *Job) (struct{}, error) {
		return struct{}{}, j.Session.FillPool(ctx, n, app.Ceremony{Wait: j.Wait(), Steps: j.Step}, j.Prompts(), func(made int) { j.Progress(int64(made), int64(missing)) })
	}, func(_ struct{}, err error) { then(err) })
}
