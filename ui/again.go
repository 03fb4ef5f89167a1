package ui

import (
	"errors"
	"slices"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// again begins an act anew: with the token that the person chose, "" for the one from before; why is what the next PIN prompt must tell him first.
type again func(token, why string)

// failAgain tells an error of an act that can be begun anew, as fail does; and where that helps, it begins the act anew: with a token that the
// person chooses, with a PIN that he types once more, or at the press of a button. No PIN is ever sent twice.
func (w *Window) failAgain(err error, again again) {
	if w.resume(err, again) {
		return
	}
	if x := app.Explain(err); worthAnother(x.Code) {
		w.dialogs.Show(parts.FailureDialog(x, &parts.Remedy{Words: tr("again.try"), Do: func() { again("", "") }}, w.dialogs.Hide))
		return
	}
	w.fail(err)
}

// resume begins an act anew where nothing but an answer of the person is missing, and reports whether it did: which token, or a PIN that was wrong.
func (w *Window) resume(err error, again again) bool {
	var choose *app.ChooseTokenError
	if errors.As(err, &choose) {
		w.chooseToken(choose.Tokens, func(t app.Token) { again(t.ID, "") })
		return true
	}
	x := app.Explain(err)
	if x.Code == "wrong-pin" {
		again("", x.What+" "+x.Safe)
	}
	return x.Code == "wrong-pin"
}

// worthAnother reports whether the same act may do better the next time, once the person has done what he is told.
func worthAnother(code string) bool {
	return slices.Contains([]string{"touch-timeout", "touch-required", "removed", "reset", "busy", "frozen", "pin-auth-blocked", "pin-required", "pin-expired", "no-token", "no-service", "not-permitted", "service-failed", "malformed", "in-use"}, code)
}

// chooseToken asks which of several tokens shall be used. Cancelling ends the act.
func (w *Window) chooseToken(tokens []app.Token, chosen func(app.Token)) {
	d := &parts.Dialog{Title: tr("again.choose"), Icon: "keys"}
	column := parts.Column(look.SpaceSmall)
	for _, t := range tokens {
		words := parts.Column(look.SpaceTiny, parts.Say(w.tokenName(t)), parts.Quiet(tr("again.side", "side", sideName(t.Kind), "name", app.Visible(t.Name))))
		tile := parts.NewTile(w.tokenName(t)+" "+sideName(t.Kind), parts.Row(look.SpaceSmall, parts.Icon(look.IconIn("key", look.Accent)), parts.Stretch(words)), func() {
			w.dialogs.Hide(d)
			chosen(t)
		})
		if d.Focus == nil {
			d.Focus = fyne.Focusable(tile)
		}
		column.Add(tile)
	}
	d.Body = column
	d.Buttons = []*parts.Button{parts.NewButton(tr("part.cancel"), "", parts.Plain, func() { w.dialogs.Hide(d) })}
	w.dialogs.Show(d)
}

// tokenName is the label of a token's keyslot where the vault has one, else its own name.
func (w *Window) tokenName(t app.Token) string {
	for _, k := range w.status.Keyslots {
		if k.Revoked.IsZero() && on(k.Kind, k.Physical, t) {
			return k.Label
		}
	}
	for _, k := range w.remembered {
		if w.session == nil && k.Label != "" && on(k.Kind, k.Physical, t) {
			return app.Visible(k.Label)
		}
	}
	return app.Visible(t.Name)
}

// known names a token as its owner does, where its keyslot has a label: with the label before its own name. kind is the side; "" is any.
func (w *Window) known(name string, kind app.TokenKind) string {
	for _, t := range w.tokens {
		if label := w.tokenName(t); t.Name == name && (kind == "" || kind == t.Kind) && label != app.Visible(name) {
			return tr("again.known", "label", label, "name", app.Visible(name))
		}
	}
	return app.Visible(name)
}

// on reports whether a keyslot is on this side of this token, as far as it is known.
func on(kind app.KeyslotKind, physical string, t app.Token) bool {
	return string(kind) == string(t.Kind) && physical != "" && physical == t.Physical
}
