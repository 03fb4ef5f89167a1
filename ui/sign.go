package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// signatureSuffix ends the name of a file with a signature, as on the command line.
const signatureSuffix = ".jws"

// signing is what the pages share on which one signs as an identity.
type signing struct {
	w      *Window
	ref    string
	page   *Page
	slot   slot
	who    *fyne.Container // who signs
	result *fyne.Container
	sign   *parts.Button
}

// signPage makes such a page around the fields that say what is signed.
func (w *Window) signPage(ref, title string, sign func()) *signing {
	s := &signing{w: w, ref: ref, who: container.NewStack(), result: parts.Column(look.SpaceSmall)}
	s.sign = parts.NewButton(tr("sign.sign"), "sign", parts.Primary, sign)
	s.sign.Disable()
	s.page = &Page{
		Title: title, Lead: tr("sign.lead"), Shown: s.load,
		Acts: []fyne.CanvasObject{parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back)},
	}
	return s
}

// body sets what is asked between who signs and what came of it.
func (s *signing) body(fields ...fyne.CanvasObject) {
	rows := append([]fyne.CanvasObject{s.who}, fields...)
	s.page.Body = parts.Narrow(look.Column, parts.Column(look.SpaceWide, append(rows, parts.Row(0, s.sign), s.result)...))
}

// load says who signs.
func (s *signing) load() {
	fetch(s.w, s.page, &s.slot, func(ctx context.Context, v Session) (app.Identity, error) { return v.Identity(ctx, s.ref) }, func(id app.Identity, err error) {
		s.who.RemoveAll()
		if err != nil {
			s.who.Add(parts.Failure(app.Explain(err), s.w.failed(err)))
		} else {
			s.who.Add(parts.Card(s.w.identityHead(id)))
		}
		s.w.relayout()
	})
}

// done shows what came of it, where the page still shows.
func (s *signing) done(rows ...fyne.CanvasObject) {
	s.result.RemoveAll()
	for _, o := range rows {
		s.result.Add(o)
	}
	s.w.relayout()
	if len(rows) > 0 {
		s.page.toEnd()
	}
}

func (w *Window) signFilePage(r Route) *Page {
	var s *signing
	var file, out *parts.PathEntry
	suggested := ""
	s = w.signPage(r.Item, tr("sign.file.title"), func() { s.file(file.Text(), out.Text()) })
	out = w.pathField(wanted{title: tr("sign.out"), hint: tr("sign.out.hint"), save: "signature" + signatureSuffix}, nil)
	file = w.pathField(wanted{title: tr("sign.file"), hint: tr("sign.file.hint")}, func(path string) {
		if out.Text() == suggested { // the person has chosen no other
			suggested = ""
			if path != "" {
				suggested = path + signatureSuffix
			}
			out.SetText(suggested)
		}
		s.sign.SetEnabled(path != "")
		s.done()
	})
	for _, p := range []*parts.PathEntry{file, out} {
		p.Entry.OnSubmitted = func(string) { s.sign.Press() }
	}
	s.body(parts.Column(look.SpaceTiny, parts.Line(tr("sign.file")), file), parts.Column(look.SpaceTiny, parts.Line(tr("sign.out")), out))
	s.page.Focus = file.Entry
	return s.page
}

// file signs a file, and writes the signature into a new one.
func (s *signing) file(path, out string) {
	w := s.w
	if out == "" {
		out = path + signatureSuffix
	}
	path, out, err := pathsOf(path, out)
	if err != nil {
		w.fail(err)
		return
	}
	s.done()
	s.sign.Disable()
	run(w, tr("sign.file.signing"), func(ctx context.Context, j *Job) (jws string, err error) {
		if err := app.Free(out); err != nil {
			return "", err
		}
		if jws, err = j.Session.SignFile(ctx, s.ref, path, j.Progress); err != nil {
			return "", err
		}
		return jws, app.SaveNew(out, []byte(jws+"\n"))
	}, func(jws string, err error) {
		s.sign.Enable()
		switch {
		case err != nil:
			w.fail(err)
		case w.page != s.page:
			w.tell("success", tr("sign.done.title"), tr("sign.written", "path", app.Visible(out)))
		default:
			s.done(parts.Notice(parts.Cheers, tr("sign.written", "path", app.Visible(out)), "", nil), parts.Say(tr("sign.file.next")), parts.Column(look.SpaceTiny, parts.Quiet(tr("sign.file.same")), parts.CopyableShort(jws, w.clip)))
		}
	})
}

// pathsOf gives the absolute paths of two that a person typed.
func pathsOf(one, other string) (a, b string, err error) {
	if a, err = app.PathOf(one); err != nil {
		return "", "", err
	}
	b, err = app.PathOf(other)
	return a, b, err
}

// textLines is how many lines of a text show at once.
const textLines = 6

func (w *Window) signTextPage(r Route) *Page {
	var s *signing
	text := parts.NewText(tr("sign.text.hint"))
	text.SetMinRowsVisible(textLines)
	s = w.signPage(r.Item, tr("sign.text.title"), func() { s.text(text.Text) })
	text.OnChanged = func(t string) {
		s.sign.SetEnabled(strings.TrimSpace(t) != "")
		s.done()
	}
	s.body(parts.Column(look.SpaceTiny, parts.Line(tr("sign.text")), text))
	s.page.Focus = text
	s.page.Typed = func() bool { return strings.TrimSpace(text.Text) != "" && len(s.result.Objects) == 0 }
	return s.page
}

// text signs a text; the signed text holds it.
func (s *signing) text(text string) {
	w := s.w
	s.done()
	run(w, tr("sign.text.signing"), func(ctx context.Context, j *Job) (string, error) { return j.Session.SignText(ctx, s.ref, text) }, func(jws string, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		if w.page != s.page {
			return // nothing was kept; the record has it
		}
		save := parts.NewButton(tr("sign.text.save"), "export", parts.Plain, func() {
			w.saveNew(wanted{title: tr("sign.text.save"), save: "text" + signatureSuffix}, []byte(jws+"\n"))
		})
		s.done(parts.Notice(parts.Cheers, tr("sign.text.done"), "", nil), parts.Say(tr("sign.text.next")), parts.CopyableShort(jws, w.clip), parts.Row(0, save))
	})
}
