package ui

import (
	"time"

	"holdfast/app"
)

// watchPresence hears that the machine goes to sleep or that the person's screen is locked.
func (w *Window) watchPresence() {
	if w.presences == nil {
		return
	}
	w.beside(func() {
		for p := range w.presences.Watch(w.ctx) {
			w.onUI(func() { w.presence(p) })
		}
	})
}

// watchRaise brings the window to the front when another start of the program asks for it. Nothing else comes of it.
func (w *Window) watchRaise() {
	if w.raise == nil {
		return
	}
	w.beside(func() {
		for {
			select {
			case <-w.raise:
				w.onUI(func() {
					w.win.Show()
					w.win.RequestFocus()
				})
			case <-w.ctx.Done():
				return
			}
		}
	})
}

// presence takes what the system says. Whatever is open or asked locks, and sleep is let go once the vault is closed. UI thread.
func (w *Window) presence(p app.Presence) {
	if w.told != p.Told {
		w.told = p.Told
		w.changed(SystemChanged)
	}
	if p.Why != "" {
		w.lockThen(p.Why, p.Locked)
	}
}

// stirEvery is how often a sign of the person is handed on: the mouse moves far more often.
const stirEvery = time.Second

// stir notices that the person is here, so that reading and typing are not idle. UI thread.
func (w *Window) stir() {
	if w.session == nil {
		return
	}
	if now := time.Now(); now.Sub(w.stirred) >= stirEvery {
		w.stirred = now
		w.session.Stir()
	}
}
