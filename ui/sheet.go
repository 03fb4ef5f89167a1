package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// sheetPage offers the recovery sheet on its own.
func (w *Window) sheetPage() *Page {
	p := &Page{Title: tr("sheet.title"), Lead: tr("sheet.lead")}
	f := w.sheetForm(p)
	p.Focus = f.print
	next := parts.NewButton(tr("sheet.words"), "words", parts.Plain, func() { w.Go(Route{Place: Recovery, Act: "words"}) })
	p.Body = parts.Narrow(look.Column, parts.Column(look.SpaceLarge, f.body, parts.Row(0, next)))
	return p
}

// sheetForm is where the recovery sheet is printed or saved.
type sheetForm struct {
	w     *Window
	page  *Page
	body  *fyne.Container
	path  *parts.PathEntry
	print *parts.Button
	save  *parts.Button
	said  *fyne.Container // what came of it
}

func (w *Window) sheetForm(p *Page) *sheetForm {
	f := &sheetForm{w: w, page: p, said: parts.Column(0)}
	f.print = parts.NewButton(tr("sheet.print"), "print", parts.Plain, f.toPrinter)
	f.save = parts.NewButton(tr("sheet.save"), "file", parts.Plain, func() { f.toFile(false) })
	name := tr("sheet.name") + ".pdf"
	f.path = w.pathField(wanted{title: tr("sheet.where"), hint: tr("sheet.hint"), save: name}, func(s string) { f.save.SetEnabled(s != "") })
	f.path.SetText("~/" + name)
	f.body = parts.Column(look.SpaceWide,
		parts.Say(tr("sheet.empty")),
		parts.Row(0, f.print),
		parts.Column(look.SpaceTiny, parts.Line(tr("sheet.path")), f.path), parts.Row(0, f.save), f.said)
	return f
}

// tell shows what came of it, where the page still shows.
func (f *sheetForm) tell(tone parts.Tone, words string) {
	f.said.RemoveAll()
	f.said.Add(parts.Notice(tone, words, "", nil))
	f.w.relayout()
}

func (f *sheetForm) toPrinter() {
	place := f.w.session.Place()
	run(f.w, tr("sheet.printing"), func(ctx context.Context, _ *Job) (struct{}, error) {
		return struct{}{}, f.w.wallet.PrintSheet(ctx, place)
	}, func(_ struct{}, err error) {
		if err != nil {
			f.w.fail(err)
			return
		}
		f.tell(parts.Cheers, tr("sheet.printed"))
	})
}

// toFile saves the sheet; a file that is there is replaced only after a question.
func (f *sheetForm) toFile(replace bool) {
	place, typed := f.w.session.Place(), f.path.Text()
	run(f.w, tr("sheet.saving"), func(context.Context, *Job) (string, error) {
		path, err := app.PathOf(typed)
		if err == nil {
			err = f.w.wallet.SaveSheet(place, path, replace)
		}
		return path, err
	}, func(path string, err error) {
		switch {
		case err == nil:
			f.tell(parts.Cheers, tr("sheet.saved", "path", app.Visible(path)))
		case app.Explain(err).Code == "file-exists" && f.w.page == f.page:
			f.w.dialogs.Show(parts.ConfirmDialog(tr("sheet.replace.title"), tr("sheet.replace.words", "path", app.Visible(path)), tr("sheet.replace"), true, f.w.dialogs.Hide, func() { f.toFile(true) }))
		default:
			f.w.fail(err)
		}
	})
}
