package parts

import (
	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// Remedy is one way out of an error.
type Remedy struct {
	Words string
	Do    func()
}

// Failure tells an error in the core's words: what happened, what is safe, what to do now, with the remedy as a button.
func Failure(x app.Explanation, remedy *Remedy) fyne.CanvasObject {
	rows := []fyne.CanvasObject{
		Notice(Fails, x.What, "", nil),
		Row(look.SpaceSmall, Icon(look.IconIn("shield", look.Good)), Stretch(Say(x.Safe))),
		Row(look.SpaceSmall, Icon(look.IconIn("forward", look.Accent)), Stretch(Say(x.Now))),
	}
	if remedy != nil {
		rows = append(rows, Row(0, NewButton(remedy.Words, "", Primary, remedy.Do)))
	}
	return Column(look.SpaceBase, rows...)
}

// FailureDialog tells an error above the page.
func FailureDialog(x app.Explanation, remedy *Remedy, hide func(*Dialog)) *Dialog {
	d := &Dialog{Title: translations.T("part.failure.title"), Icon: "error", Body: Failure(x, nil)}
	shut := NewButton(translations.T("part.close"), "", Plain, func() { hide(d) })
	d.Buttons, d.Focus, d.Default = []*Button{shut}, shut, shut
	if remedy != nil {
		d.Buttons = append(d.Buttons, NewButton(remedy.Words, "", Primary, func() {
			hide(d)
			remedy.Do()
		}))
	}
	return d
}

// ConfirmDialog asks before something is done. What destroys is a Danger and is never confirmed by Enter alone: the focus is on Cancel then.
func ConfirmDialog(title, words, act string, danger bool, hide func(*Dialog), do func()) *Dialog {
	d := &Dialog{Title: title, Icon: "info", Body: Column(0, Say(words))}
	rank := Primary
	if danger {
		rank, d.Icon = Danger, "warning"
	}
	no := NewButton(translations.T("part.cancel"), "", Plain, func() { hide(d) })
	yes := NewButton(act, "", rank, func() {
		hide(d)
		do()
	})
	d.Buttons, d.Focus = []*Button{no, yes}, yes
	if danger {
		d.Focus = no
	}
	return d
}
