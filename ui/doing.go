package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// doing shows on a page how far a job has come: its steps, the one under way marked; and when it failed, what happened, what is safe and what to do.
type doing struct {
	Object *fyne.Container
	w      *Window
	lead   string   // what the person shall know meanwhile
	steps  []string // ids, in order
}

func (w *Window) newDoing(lead string, steps ...string) *doing {
	return &doing{Object: parts.Column(look.SpaceBase), w: w, lead: lead, steps: steps}
}

// Watch shows the steps of a job from its beginning.
func (d *doing) Watch(j *Job) {
	j.told = d.at
	d.at(progress{})
}

// at marks the step that the job is in. A step that nobody foresaw is added, so that no job looks as if it stood still.
func (d *doing) at(p progress) {
	if p.id != "" && !slices.Contains(d.steps, p.id) {
		d.steps = append(d.steps, p.id)
	}
	now := slices.Index(d.steps, p.id)
	d.Object.RemoveAll()
	d.Object.Add(parts.Say(d.lead))
	for i, id := range d.steps {
		icon, words := look.IconIn("forward", look.Muted), capital(app.StepWords(id))
		line := parts.Quiet(words)
		switch {
		case i < now:
			icon, line = look.IconIn("success", look.Good), parts.Say(words)
		case i == now:
			icon, line = look.IconIn("clock", look.Accent), parts.Say(words)
			if p.total > 0 {
				line = parts.Say(tr("doing.of", "step", words, "done", p.done, "total", p.total))
			}
		}
		d.Object.Add(parts.Row(look.SpaceSmall, parts.Icon(icon), parts.Stretch(line)))
	}
	d.w.relayout()
}

// Failed shows what hindered the job. What the person ended himself is told, too: he stays where he is.
func (d *doing) Failed(x app.Explanation, remedy *parts.Remedy) {
	d.Object.RemoveAll()
	d.Object.Add(parts.Failure(x, remedy))
	d.w.relayout()
}
