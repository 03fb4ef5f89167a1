package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// shownNotices is how many notices show at most before the rest is folded, so that they never eat the page. Those that must be seen until they are no
// longer so are never folded.
const shownNotices = 2

// fold puts what must be seen first, and says how many of the others wait behind a button.
func (w *Window) fold(list []app.Notice) (shown []app.Notice, folded int) {
	lasting := func(n app.Notice) bool {
		return slices.Contains([]string{"read-only", "unverified-key", "not-armed", "not-backed-up"}, n.ID)
	}
	for _, n := range list {
		if lasting(n) {
			shown = append(shown, n)
		}
	}
	room := max(0, shownNotices-len(shown))
	for _, n := range list {
		switch {
		case lasting(n):
		case room > 0 || w.unfolded:
			shown = append(shown, n)
			room--
		default:
			folded++
		}
	}
	w.unfolded = w.unfolded && len(shown) > shownNotices
	return shown, folded
}

// foldButton shows the notices that are folded, or folds them again.
func (w *Window) foldButton(folded int) fyne.CanvasObject {
	words := tr("notice.fold")
	if folded > 0 {
		words = tr("notice.more", "count", folded)
	}
	return parts.Row(look.SpaceSmall, parts.NewButton(words, "", parts.Quietly, func() {
		w.unfolded = !w.unfolded
		w.showNotices()
	}))
}

// noticeWords says a lasting notice on one line; what it means stands on the page that it leads to. Others are told as the core tells them.
func (w *Window) noticeWords(n app.Notice) string {
	switch {
	case n.ID == "ended-branch" && w.status.EndedBranch > 0: // with the number as the window writes numbers
		return tr("notice.said.ended", "count", w.status.EndedBranch)
	case n.ID == "not-armed" && n.Why == app.NotArmedUnproven:
		return tr("notice.said.armed.unproven")
	case n.ID == "not-armed":
		return tr("notice.said.armed")
	case n.ID == "not-backed-up" && n.Why == "words":
		return tr("notice.said.words")
	case n.ID == "not-backed-up" && n.Why == "backup":
		return tr("notice.said.backup")
	case n.ID == "not-backed-up":
		return tr("notice.said.both")
	case n.ID == "unverified-key":
		return tr("notice.said.unverified")
	default:
		return n.Text
	}
}
