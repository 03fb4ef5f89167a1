package ui

import (
	"context"

	"holdfast/app"
)

// lock ends the open vault, by whatever reason: what is under way is cancelled, and every dialog, menu, result, copy and page of it is gone before
// this returns. Closing the vault itself waits for what is under way, beside the UI thread. Nothing brings any of it back: the way back is forgotten,
// and results that come later are dropped by their generation. UI thread.
func (w *Window) lock(why app.LockReason) {
	s := w.session
	w.generation++
	w.session, w.status, w.notices, w.history = nil, app.Status{}, nil, nil
	w.lockedWhy = why
	for _, j := range w.jobs {
		j.cancel()
		j.closePrompt()
	}
	w.jobs = nil
	w.dialogs.Clear()
	w.clip.Wipe()
	w.win.Canvas().Unfocus()
	w.showJobs()
	if s == nil {
		return
	}
	w.show(Route{Place: Locked})
	w.showNotices()
	w.beside(func() {
		if err := s.Lock(why); err != nil {
			w.onUI(func() { w.fail(err) })
		}
	})
}

// opened takes a vault that has just been opened. UI thread, and only from the end of a job.
func (w *Window) opened(s Session) {
	w.generation++
	w.session, w.status, w.notices, w.history = s, app.Status{}, nil, nil
	w.applyLocking()
	w.beside(func() {
		select {
		case <-s.Done():
		case <-w.ctx.Done():
			drop(s)
			return
		}
		w.onUI(func() {
			if w.session == s {
				why, _ := s.Locked()
				w.lock(why)
			}
		})
	})
	w.show(Route{Place: Home})
}

// closed is what can be shown of the vaults while none is open.
type closed struct {
	names   []string // every vault there is
	place   app.Place
	locked  app.LockedVault
	notices []app.Notice // as they were when it was open last
	err     error        // why no vault could be looked at
}

// inspect looks at the vault that would be opened. Beside the UI thread.
func (w *Window) inspect(ref string) closed {
	c := closed{}
	if c.names, c.err = w.wallet.Vaults(); c.err != nil {
		return c
	}
	if c.place, c.err = w.wallet.Find(ref); c.err != nil {
		return c
	}
	if c.locked, c.err = w.wallet.Locked(c.place); c.err != nil {
		return c
	}
	if list, err := w.wallet.Remembered(c.place); err == nil {
		c.notices = list
	}
	return c
}

// none reports whether there is no vault to open yet.
func (c closed) none() bool { return c.err != nil && app.Explain(c.err).Code == "no-vault" }

// showClosed shows the locked page, or the first one where there is no vault yet. UI thread.
func (w *Window) showClosed() {
	generation := w.generation
	w.beside(func() {
		c := w.inspect(w.vault)
		w.onUI(func() {
			if generation != w.generation || w.session != nil {
				return
			}
			if c.none() {
				w.show(Route{Place: First})
				return
			}
			w.show(Route{Place: Locked})
		})
	})
}

// unlock opens the vault with a token; token "" is the best that is plugged in.
func (w *Window) unlock(vault, token string) {
	run(w, tr("locked.opening"), func(ctx context.Context, j *Job) (Session, error) {
		return w.wallet.Unlock(ctx, app.Unlock{Vault: vault, Token: token, Wait: j.Wait()}, j.Prompts())
	}, func(s Session, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		w.opened(s)
	})
}

// applyLocking gives the open vault the owner's settings of locking.
func (w *Window) applyLocking() {
	w.session.LockOnIdle(w.settings.lockAfter)
	if w.settings.lockWithToken {
		w.session.LockWithToken(w.ctx)
	}
}
