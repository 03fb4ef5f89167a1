package ui

import (
	"bytes"
	"context"
	"encoding/json"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// keyTable says of each key of an identity what it is for, of what kind it is, and whether it may be used.
func keyTable(id app.Identity) fyne.CanvasObject {
	rows := parts.Column(look.SpaceBase)
	for _, k := range id.Keys {
		tone, state := keyState(k)
		rows.Add(parts.Row(look.SpaceBase, parts.Icon(look.Icon("key")),
			parts.Stretch(parts.Column(look.SpaceTiny, parts.Say(purposeWords(k.Purpose.String())), parts.Quiet(curveWords(string(k.Curve))))),
			parts.Badge(tone, state)))
	}
	return parts.Card(rows)
}

// purposeWords say what a key is for; a purpose without words is told by its name.
func purposeWords(purpose string) string {
	switch purpose {
	case "authentication", "assertionMethod", "keyAgreement", "succession":
		return tr("identity.purpose." + purpose)
	default:
		return app.Visible(purpose)
	}
}

func curveWords(curve string) string {
	switch curve {
	case "nist256p1":
		return tr("identity.curve.p256")
	case "ed25519", "curve25519", "secp256k1":
		return tr("identity.curve." + curve)
	default:
		return app.Visible(curve)
	}
}

// keyState says whether a key may be used, and why not.
func keyState(k app.IdentityKey) (parts.Tone, string) {
	switch {
	case k.Control:
		return parts.Informs, tr("identity.key.ceremony")
	case k.MaySign:
		return parts.Cheers, tr("identity.key.active")
	case k.State == app.KeyActive:
		return parts.Warns, tr("identity.key.ended")
	default:
		return parts.Warns, tr("identity.key.state", "state", app.Visible(k.State))
	}
}

// document is the DID document, folded away: to read, to copy, to keep as a file.
func (d *identityDetail) document(id app.Identity) fyne.CanvasObject {
	text := parts.Code(pretty(id.Document))
	shown := container.NewStack(parts.NewPanel(look.Field, look.Line), parts.Pad(look.SpaceBase, text))
	shown.Hide()
	said := parts.Quiet("")
	said.Hide()
	var fold *parts.Button
	fold = parts.NewButton(tr("identity.document.show"), "file", parts.Plain, func() {
		if shown.Hidden {
			fold.SetWords(tr("identity.document.hide"))
		} else {
			fold.SetWords(tr("identity.document.show"))
		}
		parts.Show(shown, shown.Hidden)
		d.w.relayout()
	})
	copied := parts.NewButton(tr("part.copy"), "copy", parts.Plain, func() {
		d.w.clip.Copy(string(id.Document))
		said.SetText(d.w.clip.Said())
		said.Show()
		d.w.relayout()
	})
	save := parts.NewButton(tr("identity.document.save"), "export", parts.Plain, func() {
		d.w.saveNew(wanted{title: tr("identity.document.save"), save: documentName}, append(bytes.Clone(id.Document), '\n'))
	})
	return parts.Column(look.SpaceSmall, parts.Heading(tr("identity.document")), parts.Say(tr("identity.document.what")),
		parts.Row(look.SpaceSmall, fold, copied, save), said, shown)
}

// documentName is what a file with a DID document is called when the person chooses no other name; the name of did:web.
const documentName = "did.json"

// pretty sets JSON for reading.
func pretty(document []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, document, "", "  "); err != nil {
		return app.Visible(string(document))
	}
	return out.String()
}

// saveNew asks where, and writes a new file there; one that is there already is never written over.
func (w *Window) saveNew(want wanted, data []byte) {
	w.browse(want, "", func(path string) {
		run(w, tr("identity.saving"), func(context.Context, *Job) (string, error) { return path, app.SaveNew(path, data) }, func(path string, err error) {
			if err != nil {
				w.fail(err)
				return
			}
			w.tell("success", tr("identity.saved.title"), tr("identity.saved", "path", app.Visible(path)))
		})
	})
}

// tell says something that needs no answer.
func (w *Window) tell(icon, title, words string) {
	d := &parts.Dialog{Title: title, Icon: icon, Body: parts.Say(words)}
	shut := parts.NewButton(tr("part.close"), "", parts.Plain, func() { w.dialogs.Hide(d) })
	d.Buttons, d.Focus, d.Default = []*parts.Button{shut}, shut, shut
	w.dialogs.Show(d)
}
