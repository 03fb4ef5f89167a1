package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// ownerWords is how many words of the recovery sheet name the owner. They are not secret.
const ownerWords = 4

// askOwner asks for the four words by which a person knows that a vault is his, on a machine that does not remember it; why is what was wrong before.
// What the words are is not shown: whoever reads them off the screen confirms nothing.
func (w *Window) askOwner(why string, given func(words []string)) {
	d := &parts.Dialog{Title: tr("owner.title"), Icon: "shield"}
	rows := []fyne.CanvasObject{parts.Say(tr("owner.lead"))}
	if why != "" {
		rows = append([]fyne.CanvasObject{parts.Notice(parts.Warns, why, "", nil)}, rows...)
	}
	var fields []*parts.Entry
	words := func() []string {
		var list []string
		for _, f := range fields {
			list = append(list, strings.ToLower(strings.TrimSpace(f.Text)))
		}
		return list
	}
	ok := parts.NewButton(tr("owner.ok"), "", parts.Primary, func() {
		w.dialogs.Hide(d)
		given(words())
	})
	ok.Disable()
	for i := range ownerWords {
		f := parts.NewEntry("")
		f.OnChanged = func(string) { ok.SetEnabled(!slices.Contains(words(), "")) }
		fields = append(fields, f)
		rows = append(rows, parts.Row(look.SpaceSmall, parts.Line(tr("owner.word", "n", i+1)), parts.Stretch(f)))
	}
	rows = append(rows, parts.Quiet(tr("owner.none")))
	d.Body = parts.Column(look.SpaceSmall, rows...)
	no := parts.NewButton(tr("part.cancel"), "", parts.Plain, func() { w.dialogs.Hide(d) })
	d.Buttons, d.Default, d.Focus = []*parts.Button{no, ok}, ok, fields[0]
	w.dialogs.Show(d)
}

// unlocking says which vault is opened and how: with which token ("" is the best that is plugged in), and with what the person said of its owner.
type unlocking struct {
	vault, token string
	words        []string
	why          string // what the next PIN prompt tells first
}

// notOpened tells why a vault was not opened, and begins anew where the person can help.
func (w *Window) notOpened(u unlocking, err error) {
	x := app.Explain(err)
	if x.Code == "unconfirmed-owner" || x.Code == "owner-words" {
		why := ""
		if x.Code == "owner-words" {
			why = x.What
		}
		w.askOwner(why, func(words []string) {
			u.words, u.why = words, ""
			w.unlock(u)
		})
		return
	}
	w.failAgain(err, func(token, why string) {
		if token != "" {
			u.token = token
		}
		u.why = why
		w.unlock(u)
	})
}
