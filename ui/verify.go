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

// verifying is the page on which one verifies what somebody signed.
type verifying struct {
	w    *Window
	page *Page
	text bool // a signed text, else a file and its signature

	pasted, by             *parts.Entry
	file, signature, holds *parts.PathEntry // the file, its signature, a file that holds a signed text
	ofText, ofFile         fyne.CanvasObject
	verify                 *parts.Button
	result                 *fyne.Container
	asked                  int // counts what was changed: an answer to an earlier question is not shown
}

func (w *Window) verifyPage(Route) *Page {
	v := &verifying{w: w, result: parts.Column(look.SpaceSmall)}
	v.verify = parts.NewButton(tr("verify.verify"), "verify", parts.Primary, v.run)
	kind := parts.NewRadio([]string{tr("verify.file"), tr("verify.text")}, 0, func(at int) {
		v.text = at == 1
		v.change()
	})
	kind.Horizontal = true
	v.pasted = parts.NewText(tr("verify.pasted.hint"))
	v.pasted.SetMinRowsVisible(textLines)
	v.by = parts.NewEntry(tr("verify.by.hint"))
	v.pasted.OnChanged, v.by.OnChanged = func(string) { v.change() }, func(string) { v.change() }
	v.file = w.pathField(wanted{title: tr("verify.file.path"), hint: tr("verify.file.hint")}, func(string) { v.change() })
	v.signature = w.pathField(wanted{title: tr("verify.signature"), hint: tr("verify.signature.hint")}, func(string) { v.change() })
	v.holds = w.pathField(wanted{title: tr("verify.holder"), hint: tr("verify.holder.hint")}, func(string) { v.change() })
	for _, e := range []*parts.Entry{v.file.Entry, v.signature.Entry, v.holds.Entry, v.by} {
		e.OnSubmitted = func(string) { v.verify.Press() }
	}
	v.ofFile = parts.Column(look.SpaceWide, parts.Column(look.SpaceTiny, parts.Line(tr("verify.file.path")), v.file), parts.Column(look.SpaceTiny, parts.Line(tr("verify.signature")), v.signature))
	v.ofText = parts.Column(look.SpaceWide, parts.Column(look.SpaceTiny, parts.Line(tr("verify.pasted")), v.pasted), parts.Column(look.SpaceTiny, parts.Line(tr("verify.holder")), v.holds))
	v.page = &Page{
		Title: tr("verify.title"), Lead: tr("verify.lead"), Focus: v.file.Entry,
		Acts: []fyne.CanvasObject{parts.NewButton(tr("part.back"), "back", parts.Plain, w.Back)},
		Body: parts.Narrow(look.Column, parts.Column(look.SpaceWide, kind, container.NewStack(v.ofFile, v.ofText),
			parts.Column(look.SpaceTiny, parts.Line(tr("verify.by")), v.by), parts.Row(0, v.verify), v.result)),
	}
	v.page.Typed = func() bool { return v.text && strings.TrimSpace(v.pasted.Text) != "" && len(v.result.Objects) == 0 }
	v.change()
	return v.page
}

// change takes the last answer away, and allows to ask once there is something to ask about.
func (v *verifying) change() {
	v.asked++
	parts.Show(v.ofText, v.text)
	parts.Show(v.ofFile, !v.text)
	v.verify.SetEnabled(v.text && (strings.TrimSpace(v.pasted.Text) != "" || v.holds.Text() != "") || !v.text && v.file.Text() != "")
	v.result.RemoveAll()
	v.w.relayout()
}

// verdict is what came of verifying, and who signed.
type verdict struct {
	app.Verified
	mine  bool // the signer is an identity of this vault
	label string
}

func (v *verifying) run() {
	text, pasted, holds, path, signature, by := v.text, v.pasted.Text, v.holds.Text(), v.file.Text(), v.signature.Text(), strings.TrimSpace(v.by.Text)
	asked := v.asked
	run(v.w, tr("verify.verifying"), func(ctx context.Context, j *Job) (out verdict, err error) {
		if text {
			out.Verified, err = verifyText(pasted, holds, by)
		} else {
			out.Verified, err = verifyFile(ctx, path, signature, by, j.Progress)
		}
		if err != nil || j.Session == nil {
			return out, err
		}
		if id, err := j.Session.Identity(ctx, out.Signer); err == nil {
			out.mine, out.label = true, identityName(id)
		}
		return out, nil
	}, func(out verdict, err error) {
		if v.w.page != v.page || asked != v.asked {
			return
		}
		v.show(out, text, err)
	})
}

// verifyText verifies what was pasted, else what a file holds. What a file holds is put into no field: it may be long, and is somebody else's.
func verifyText(pasted, holds, by string) (v app.Verified, err error) {
	if strings.TrimSpace(pasted) == "" {
		if holds, err = app.PathOf(holds); err != nil {
			return v, err
		}
		if pasted, err = app.ReadSignature(holds); err != nil {
			return v, err
		}
	}
	return app.VerifyText(pasted, by)
}

// verifyFile verifies a file with the signature beside it, unless another is named.
func verifyFile(ctx context.Context, path, signature, by string, progress func(done, total int64)) (app.Verified, error) {
	if signature == "" {
		signature = path + signatureSuffix
	}
	path, signature, err := pathsOf(path, signature)
	if err != nil {
		return app.Verified{}, err
	}
	jws, err := app.ReadSignature(signature)
	if err != nil {
		return app.Verified{}, err
	}
	return app.VerifyFile(ctx, jws, path, by, progress)
}

// show says plainly whether it holds, who signed, and what.
func (v *verifying) show(out verdict, text bool, err error) {
	v.result.RemoveAll()
	defer func() {
		v.w.relayout()
		v.page.toEnd()
	}()
	if err != nil {
		if x := app.Explain(err); x.Code != "cancelled" {
			v.result.Add(parts.Failure(x, v.w.failed(err)))
		}
		return
	}
	words := tr("verify.holds.file", "name", app.Visible(out.Name))
	switch {
	case text:
		words = tr("verify.holds.text")
	case out.Renamed:
		words = tr("verify.renamed", "name", app.Visible(out.Name))
	}
	v.result.Add(parts.Notice(parts.Cheers, words, "", nil))
	signer := tr("verify.unknown")
	if out.mine {
		signer = tr("verify.mine", "label", out.label)
	}
	v.result.Add(parts.Column(look.SpaceTiny, parts.Heading(tr("verify.signer")), parts.Say(signer), parts.Copyable(app.Visible(out.Signer), v.w.clip)))
	if text {
		v.result.Add(v.signed(out.Text))
	}
}

// mostShown is how much of a signed text is shown, in bytes: drawing all of a long one would hold the window up.
const mostShown = 4_000

// signed is the text that was signed. It is somebody else's: nothing in it acts on the screen.
func (v *verifying) signed(text string) fyne.CanvasObject {
	rows := parts.Column(look.SpaceSmall, parts.Heading(tr("verify.signed")))
	if len(text) > mostShown {
		text = strings.ToValidUTF8(text[:mostShown], "")
		defer rows.Add(parts.Quiet(tr("verify.cut")))
	}
	rows.Add(parts.Code(lines(text)))
	return rows
}

// lines makes a text from outside safe to show, and keeps its lines.
func lines(text string) string {
	list := strings.Split(text, "\n")
	for i, l := range list {
		list[i] = app.Visible(strings.TrimSuffix(l, "\r"))
	}
	return strings.Join(list, "\n")
}
