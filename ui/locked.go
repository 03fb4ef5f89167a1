package ui

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// locked is the page that says that the vault is locked, and which keys open it, by the labels that this machine remembers.
type locked struct {
	w     *Window
	page  *Page
	vault string
	keys  *fyne.Container
	next  *parts.Button
	hint  fyne.CanvasObject
	slot  slot
	told  closed
	known bool // the vault has been looked at
}

func (w *Window) lockedPage(r Route) *Page {
	l := &locked{w: w, vault: w.vault, keys: parts.Column(look.SpaceSmall)}
	if r.Item != "" {
		l.vault = r.Item
	}
	l.next = parts.NewButton(tr("locked.unlock"), "unlock", parts.Primary, func() { w.unlock(unlocking{vault: l.vault}) })
	l.hint = parts.Quiet(tr("locked.hint"))
	rows := []fyne.CanvasObject{parts.Row(0, parts.IconSized(look.IconIn("lock", look.Accent), look.IconLarge)), parts.Title(tr("locked.title"))}
	if w.lockedWhy != "" && w.lockedWhy != app.LockedByOwner {
		rows = append(rows, parts.Lead(app.LockWords(w.lockedWhy)))
	}
	restore := parts.NewButton(tr("locked.restore"), "restore", parts.Plain, func() { w.Go(Route{Place: First, Act: "restore"}) }) // also for who lost every key
	verify := parts.NewButton(tr("locked.verify"), "verify", parts.Plain, func() { w.Go(Route{Place: Locked, Act: "verify"}) })
	rows = append(rows, l.keys, parts.Row(look.SpaceSmall, l.next, restore, verify), l.hint)
	l.page = &Page{Body: parts.Middle(look.Dialog, parts.Column(look.SpaceWide, rows...)), Focus: l.next, Shown: l.look}
	l.page.Changed = func(c Change) {
		if c == TokensChanged && l.known {
			l.show()
		}
	}
	return l.page
}

// look looks at the vault that would be opened, unless that has just been done.
func (l *locked) look() {
	w := l.w
	if c := w.looked; c != nil {
		w.looked = nil
		l.take(*c)
		return
	}
	fetch(w, l.page, &l.slot, func(context.Context, Session) (closed, error) { return w.inspect(l.vault), nil }, func(c closed, _ error) { l.take(c) })
}

// take shows what was seen of the vault.
func (l *locked) take(c closed) {
	l.told, l.known = c, true
	l.w.notices, l.w.remembered = c.notices, c.locked.Keyslots
	l.w.showNotices()
	l.show()
}

// show draws what is known of the vault, and each of its keys with whether it is plugged in.
func (l *locked) show() {
	l.keys.RemoveAll()
	switch {
	case len(l.told.names) > 1 && l.choosing():
		l.choose()
	case l.told.err != nil:
		x := app.Explain(l.told.err)
		l.keys.Add(parts.Failure(x, l.mend(x.Code)))
	default:
		l.ways()
	}
	open := l.told.err == nil
	parts.Show(l.next, open)
	parts.Show(l.hint, open)
	l.w.relayout()
}

// choosing reports whether the person must say first which vault is meant.
func (l *locked) choosing() bool {
	return l.told.err != nil && app.Explain(l.told.err).Code == "choose-vault"
}

// choose lists the vaults there are.
func (l *locked) choose() {
	l.keys.Add(parts.Lead(tr("locked.which")))
	for i, name := range l.told.names {
		b := parts.NewButton(app.Visible(name), "vault", parts.Plain, func() { l.w.Go(Route{Place: Locked, Item: name}) })
		l.keys.Add(b)
		if i == 0 && !l.w.dialogs.Covered() {
			l.w.win.Canvas().Focus(b)
		}
	}
}

// mend is the way out of a vault that cannot be used; nil where it is to bring one back, which stands below.
func (l *locked) mend(code string) *parts.Remedy {
	switch code {
	case "damaged", "substituted", "tampered":
		return nil
	default:
		return &parts.Remedy{Words: tr("again.try"), Do: l.look}
	}
}

// ways lists the keys that open the vault.
func (l *locked) ways() {
	here := 0
	rows := parts.Column(look.SpaceSmall)
	slots := slices.Clone(l.told.locked.Keyslots)
	slices.SortStableFunc(slots, func(a, b app.LockedKeyslot) int { return cmp.Compare(a.Role, b.Role) }) // everyday before recovery
	for _, k := range slots {
		label := app.Visible(k.Label)
		if label == "" {
			label = tr("locked.unnamed")
		}
		icon, state := look.IconIn("key", look.Muted), tr("locked.insert")
		if l.plugged(k) {
			here++
			icon, state = look.IconIn("plug", look.Good), tr("locked.here")
		}
		rows.Add(parts.Row(look.SpaceSmall, parts.Icon(icon), parts.Line(label), parts.Stretch(parts.Quiet(tr("locked.side", "side", sideName(app.TokenKind(k.Kind)), "role", roleName(k.Role)))), parts.Line(state)))
	}
	words := tr("locked.lead")
	if here > 0 {
		words = tr("locked.ready")
	}
	l.keys.Add(parts.Lead(words))
	if len(l.told.names) > 1 {
		l.keys.Add(parts.Row(look.SpaceSmall, parts.Icon(look.Icon("vault")), parts.Stretch(parts.Line(app.Visible(l.vault))),
			parts.NewButton(tr("locked.other"), "", parts.Quietly, func() { l.w.Go(Route{Place: Locked}) })))
	}
	l.keys.Add(rows)
	if !l.told.locked.Remembered {
		l.keys.Add(parts.Notice(parts.Informs, tr("locked.stranger"), "", nil))
	}
	if l.told.locked.ReadOnly != "" {
		l.keys.Add(parts.Notice(parts.Warns, tr("locked.readonly"), "", nil))
	}
}

// plugged reports whether the keyslot's key is plugged in now, as far as it says which one it is.
func (l *locked) plugged(k app.LockedKeyslot) bool {
	for _, t := range l.w.tokens {
		if on(k.Kind, k.Physical, t) {
			return true
		}
	}
	return false
}

// openers says which keys open the locked vault, where this machine remembers what they are called.
func (w *Window) openers() []string {
	var labels []string
	for _, k := range w.remembered {
		if label := app.Visible(k.Label); label != "" && !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	if len(labels) == 0 {
		return nil
	}
	return []string{tr("locked.openers", "count", len(labels), "labels", strings.Join(labels, ", "))}
}
