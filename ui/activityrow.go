package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// eventRow is a row of the record: how it ended, what was done, and when.
type eventRow struct {
	widget.BaseWidget
	icon        *widget.Icon
	words, time *widget.Label
}

func newEventRow() fyne.CanvasObject {
	r := &eventRow{icon: widget.NewIcon(nil), words: parts.Short(""), time: parts.Line(when(widestTime()))}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *eventRow) CreateRenderer() fyne.WidgetRenderer {
	icon := parts.Sized(look.IconBase, look.IconBase, r.icon)
	return widget.NewSimpleRenderer(parts.PadXY(0, look.SpaceSmall, parts.Row(look.SpaceSmall, icon, parts.Stretch(r.words), r.time, parts.Sized(look.SpaceTiny, 0, container.NewWithoutLayout()))))
}

func fillEventRow(e app.JournalLine, o fyne.CanvasObject) {
	r, ok := o.(*eventRow)
	if !ok {
		return
	}
	r.icon.SetResource(eventIcon(e))
	r.words.SetText(capital(e.Words))
	r.time.SetText(when(e.Time))
}

// eventIcon shows what kind of act it was, or that it did not end well; the words say the same.
func eventIcon(e app.JournalLine) fyne.Resource {
	switch {
	case e.Open || e.Result == "interrupted":
		return look.IconIn("warning", look.Warn)
	case e.Result == "failed" || e.Result == "refused":
		return look.IconIn("error", look.Bad)
	case e.Result == "cancelled":
		return look.IconIn("close", look.Muted)
	}
	return look.IconIn(groupIcon(app.GroupOf(e.Act)), look.Muted)
}

func groupIcon(g app.JournalGroup) string {
	switch g {
	case app.GroupOpening:
		return "unlock"
	case app.GroupKeys:
		return "key"
	case app.GroupIdentities:
		return "identities"
	case app.GroupUse:
		return "sign"
	case app.GroupRecovery:
		return "recovery"
	case app.GroupVault:
		return "vault"
	default:
		return "vault"
	}
}

// showEvent tells everything that an entry says.
func (w *Window) showEvent(e app.JournalLine) {
	number := strconv.FormatUint(e.Number, 10)
	if e.Entries > 1 {
		number = tr("activity.entries", "first", e.Last(), "last", e.Number)
	}
	result := "open"
	if !e.Open && e.Result != "" {
		result = e.Result
	}
	rows := []fyne.CanvasObject{
		parts.Say(capital(e.Words)),
		parts.Fact(tr("activity.number"), number),
		parts.Fact(tr("activity.time"), e.Time.Local().Format("2006-01-02 15:04:05")),
		parts.Fact(tr("activity.result"), tr("activity.result."+result)),
	}
	switch {
	case e.Open:
		rows = append(rows, parts.Notice(parts.Warns, tr("activity.open"), "", nil))
	case e.Result == "interrupted":
		rows = append(rows, parts.Notice(parts.Warns, tr("activity.interrupted"), "", nil))
	}
	for _, d := range e.Details {
		rows = append(rows, parts.Fact(d.Name, app.Visible(d.Value)))
	}
	d := &parts.Dialog{Title: tr("activity.entry"), Icon: "activity", Body: parts.Column(look.SpaceSmall, rows...)}
	w.showAndClose(d)
}

// showAndClose shows a dialog that only tells something.
func (w *Window) showAndClose(d *parts.Dialog) {
	ok := parts.NewButton(tr("part.close"), "", parts.Primary, func() { w.dialogs.Hide(d) })
	d.Buttons, d.Default, d.Focus = append(d.Buttons, ok), ok, ok
	w.dialogs.Show(d)
}
