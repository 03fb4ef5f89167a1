package ui

import (
	"context"
	"io"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// mostFindings is how many findings are shown; a vault with more has the same remedy.
const mostFindings = 20

// verifyJournal checks the record and all that it vouches for, and tells what was found whatever page shows by then.
func (w *Window) verifyJournal() {
	run(w, tr("activity.verifying"), func(ctx context.Context, j *Job) ([]app.Finding, error) {
		return j.Session.VerifyJournal(ctx, func(done, total int) { j.Progress(int64(done), int64(total)) })
	}, func(found []app.Finding, err error) {
		switch {
		case err != nil:
			w.fail(err)
		case len(found) == 0:
			w.showAndClose(&parts.Dialog{Title: tr("activity.sound.title"), Icon: "success", Body: parts.Say(tr("activity.sound"))})
		default:
			w.showFindings(found)
		}
	})
}

// showFindings tells that the vault was changed from outside, what is safe and what to do, and then each place that was found.
func (w *Window) showFindings(found []app.Finding) {
	x := app.Explain(app.ErrTampered)
	rows := parts.Column(look.SpaceSmall, parts.Heading(tr("activity.findings.where")))
	for i, f := range found {
		if i == mostFindings {
			rows.Add(parts.Quiet(tr("activity.findings.more", "count", len(found)-i)))
			break
		}
		rows.Add(parts.Quiet(app.FindingWords(f)))
	}
	d := &parts.Dialog{Title: tr("activity.findings"), Icon: "error", Width: look.Column, Body: parts.Column(look.SpaceWide, parts.Failure(x, nil), rows)}
	if r := w.remedyOf(x.Code); r != nil {
		d.Buttons = []*parts.Button{parts.NewButton(r.Words, "", parts.Plain, func() {
			w.dialogs.Hide(d)
			r.Do()
		})}
	}
	w.showAndClose(d)
}

// exportPage writes the record to a file: under pseudonyms, unless the person insists on names after having read what that gives away.
func (w *Window) exportPage() *Page {
	names := false
	var save *parts.Button
	path := w.pathField(wanted{title: tr("activity.export"), hint: tr("activity.export.hint"), save: "holdfast-activity.jsonl"}, func(s string) { save.SetEnabled(s != "") })
	save = parts.NewButton(tr("activity.export.save"), "export", parts.Primary, func() { w.exportJournal(path.Text(), names) })
	save.SetEnabled(false)
	warning := parts.Notice(parts.Warns, tr("activity.export.warning"), "", nil)
	warning.Hide()
	check := parts.NewCheck(tr("activity.export.names"), func(on bool) {
		names = on
		parts.Show(warning, on)
		w.relayout()
	})
	back := parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back)
	return &Page{
		Title: tr("activity.export"), Lead: tr("activity.export.lead"), Acts: []fyne.CanvasObject{back}, Focus: path.Entry,
		Body: parts.Narrow(look.Column, parts.Column(look.SpaceWide,
			parts.Column(look.SpaceTiny, parts.Say(tr("activity.export.to")), path), check, warning, parts.Row(0, save))),
	}
}

// exported is what an export wrote.
type exported struct {
	path  string
	lines int
}

// exportJournal writes the record to a file that must be new.
func (w *Window) exportJournal(typed string, names bool) {
	run(w, tr("activity.exporting"), func(ctx context.Context, j *Job) (exported, error) {
		path, err := app.PathOf(typed)
		if err != nil {
			return exported{}, err
		}
		e := exported{path: path}
		if err := app.Free(path); err != nil {
			return e, err
		}
		err = app.SaveStream(path, func(out io.Writer) (err error) {
			e.lines, err = j.Session.ExportJournal(ctx, out, app.JournalFilter{}, names)
			return err
		})
		return e, err
	}, func(e exported, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		w.showAndClose(&parts.Dialog{Title: tr("activity.exported.title"), Icon: "success", Body: parts.Column(look.SpaceSmall,
			parts.Say(tr("activity.exported", "count", e.lines)), parts.Code(app.Visible(e.path)))})
	})
}
