package ui

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// lockingSettings are the settings that the vault keeps: when it locks by itself.
type lockingSettings struct {
	w      *Window
	page   *Page
	object fyne.CanvasObject
	after  *parts.Choice
	key    *parts.Check
	system *widget.Label // whether the system tells when it sleeps

	slot    slot
	now     app.Locking
	times   []int // what can be chosen, in seconds
	filling bool  // what changes is not the person's doing
}

// lockTimes are the times that are offered, in seconds; never stands after them.
func lockTimes() []int { return []int{60, 120, 300, 600, 1800} }

func (w *Window) lockingSettings(p *Page) *lockingSettings {
	l := &lockingSettings{w: w, page: p, now: app.DefaultLocking(), system: parts.Quiet("")}
	l.after = parts.NewChoice(nil, -1, func(i int) {
		next := l.now
		next.Idle = 0
		if i < len(l.times) {
			next.Idle = time.Duration(l.times[i]) * time.Second
		}
		l.set(next)
	})
	l.key = parts.NewCheck(tr("settings.lock.key"), func(on bool) {
		next := l.now
		next.WithToken = on
		l.set(next)
	})
	l.tell()
	l.fill(l.now)
	l.enable(false)
	l.object = parts.Column(look.SpaceBase, parts.Heading(tr("settings.lock")), parts.Quiet(tr("settings.lock.lead")),
		setting(tr("settings.lock.after"), l.after), l.key, l.system)
	return l
}

// tell says whether the vault locks when the computer sleeps.
func (l *lockingSettings) tell() {
	words := tr("settings.lock.deaf")
	if l.w.told {
		words = tr("settings.lock.system")
	}
	l.system.SetText(words)
}

// load shows what is in force.
func (l *lockingSettings) load() {
	fetch(l.w, l.page, &l.slot, func(ctx context.Context, s Session) (app.Locking, error) { return s.Locking(ctx) }, func(now app.Locking, err error) {
		if err != nil {
			l.w.fail(err)
			return
		}
		l.fill(now)
		l.enable(true)
		if c := l.w.win.Canvas(); c.Focused() == nil && !l.w.dialogs.Covered() {
			c.Focus(l.after)
		}
	})
}

// fill shows settings without setting anything.
func (l *lockingSettings) fill(now app.Locking) {
	l.filling = true
	defer func() { l.filling = false }()
	l.now, l.times = now, lockTimes()
	if now.Idle != 0 {
		l.times = with(l.times, int(now.Idle/time.Second))
	}
	var words []string
	for _, n := range l.times {
		words = append(words, timeWords(n))
	}
	l.after.SetOptions(append(words, tr("settings.lock.never")))
	at := len(l.times)
	if now.Idle != 0 {
		at = slices.Index(l.times, int(now.Idle/time.Second))
	}
	l.after.SetSelectedIndex(at)
	l.key.SetChecked(now.WithToken)
}

func (l *lockingSettings) enable(on bool) {
	if on {
		l.after.Enable()
		l.key.Enable()
		return
	}
	l.after.Disable()
	l.key.Disable()
}

// set changes the settings: tighter at once, looser after a touch. Until that is done what is in force shows.
func (l *lockingSettings) set(next app.Locking) {
	if l.filling || next == l.now {
		return
	}
	was := l.now
	l.fill(was)
	l.enable(false)
	run(l.w, tr("settings.lock.changing"), func(ctx context.Context, j *Job) (app.Locking, error) {
		return next, j.Session.SetLocking(ctx, next, j.Wait(), j.Prompts())
	}, func(set app.Locking, err error) {
		l.enable(true)
		if err != nil {
			l.w.fail(err)
			return
		}
		l.fill(set)
	})
}

// timeWords says a number of seconds in the largest unit that tells it exactly.
func timeWords(n int) string {
	switch {
	case n%3600 == 0:
		return tr("settings.hours", "count", n/3600)
	case n%60 == 0:
		return tr("settings.minutes", "count", n/60)
	default:
		return tr("settings.seconds", "count", n)
	}
}
