package ui

import (
	"context"
	"time"

	"holdfast/app"
)

// lock ends the open vault, by whatever reason: what is under way is cancelled, and every dialog, menu, result, copy and page of it is gone before
// this returns. Closing the vault itself waits for what is under way, beside the UI thread. Nothing brings any of it back: the way back is forgotten,
// and results that come later are dropped by their generation. UI thread.
func (w *Window) lock(why app.LockReason) { w.lockThen(why, func() {}) }

// lockWait is how long whoever waits for a lock waits: a use case that does not listen holds nobody up longer.
const lockWait = 2 * time.Second

// lockThen is lock; locked is called once the vault is closed, by any goroutine, and in any case after lockWait.
func (w *Window) lockThen(why app.LockReason, locked func()) {
	s := w.session
	w.generation++
	w.session, w.status, w.notices, w.history, w.back = nil, app.Status{}, nil, nil, nil
	w.lockedWhy, w.found, w.marks, w.locksAt = why, nil, nil, time.Time{}
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
		w.lockClosed()
		locked()
		return
	}
	w.show(Route{Place: Locked})
	w.showNotices()
	closed := make(chan struct{})
	w.closing = closed
	late := time.AfterFunc(lockWait, locked)
	w.beside(func() {
		err := s.Lock(why)
		close(closed)
		if late.Stop() {
			locked()
		}
		if err != nil {
			w.onUI(func() { w.fail(err) })
		}
	})
}

// lockClosed takes away what a person was typing while no vault was open: the words of a recovery, the name of a new vault.
func (w *Window) lockClosed() {
	if w.page != nil {
		w.show(Route{Place: w.route.Place})
	}
}

// awaitClosed waits until the vault that was locked last is closed, so that who unlocks at once is not told that somebody has it open.
func (w *Window) awaitClosed(ctx context.Context, closing chan struct{}) {
	if closing == nil {
		return
	}
	select {
	case <-closing:
	case <-ctx.Done():
	}
}

// opened takes a vault that has just been opened, and shows Home. UI thread, and only from the end of a job.
func (w *Window) opened(s Session) { w.openedAt(s, Route{Place: Home}) }

// openedAt is opened with another page than Home.
func (w *Window) openedAt(s Session, r Route) {
	w.generation++
	w.session, w.status, w.notices, w.history = s, app.Status{}, nil, nil
	w.applyLocking()
	w.beside(func() { w.follow(s) })
	w.show(r)
}

// follow shows when a vault locks because its token is away, and locks the window once the vault has locked by itself. Beside the UI thread.
func (w *Window) follow(s Session) {
	for {
		locks, changed := s.Away()
		w.onUI(func() {
			if w.session == s && !w.locksAt.Equal(locks) {
				w.locksAt = locks
				w.showNotices()
			}
		})
		select {
		case <-changed:
		case <-s.Done():
			w.onUI(func() {
				if w.session == s {
					why, _ := s.Locked()
					w.lock(why)
				}
			})
			return
		case <-w.ctx.Done():
			drop(s)
			return
		}
	}
}

// closed is what can be shown of the vaults while none is open.
type closed struct {
	names   []string // every vault there is
	place   app.Place
	locked  app.LockedVault
	notices []app.Notice // as they were when it was open last
	tokens  []app.Token  // plugged in, as far as was known; of the first look alone
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

// inspectFirst is inspect with the tokens that are known by then: it waits for none, since one may take long to say which it is. Beside the UI thread.
func (w *Window) inspectFirst() closed {
	c := w.inspect(w.vault)
	known, stop := context.WithCancel(w.ctx)
	stop()
	c.tokens, _ = w.wallet.Tokens(known) // the error is of those that are not known
	return c
}

// none reports whether there is no vault to open yet.
func (c closed) none() bool { return c.err != nil && app.Explain(c.err).Code == "no-vault" }

// showClosed shows the locked page, or the first one where there is no vault yet. UI thread.
func (w *Window) showClosed() { w.showWhat(func() closed { return w.inspect(w.vault) }) }

// showWhat is showClosed for what look has seen of the vault.
func (w *Window) showWhat(look func() closed) {
	generation := w.generation
	w.briefly(func() {
		c := look()
		w.onUI(func() {
			if generation == w.generation && w.session == nil {
				w.showSeen(c)
			}
		})
	})
}

// showSeen shows the page for what was seen of the vaults.
func (w *Window) showSeen(c closed) {
	if c.none() {
		w.show(Route{Place: First})
		return
	}
	w.looked = &c
	w.show(Route{Place: Locked})
}

// firstLook is how long the window waits to be shown for the look at the vault, which has run since it was begun to be made.
const firstLook = 20 * time.Millisecond

// showFirst shows the first page where the vault has been looked at by now: the toolkit draws a window while it makes it, and draws it all again for a
// page that comes later.
func (w *Window) showFirst() {
	late := time.NewTimer(firstLook)
	defer late.Stop()
	select {
	case c := <-w.looking:
		w.tokens = c.tokens
		w.showSeen(c)
	case <-late.C:
	}
}

// unlock opens a vault. What hinders it, and what a person can do about that, is told by notOpened.
func (w *Window) unlock(u unlocking) {
	which, closing := w.openers(), w.closing
	run(w, tr("locked.opening"), func(ctx context.Context, j *Job) (Session, error) {
		w.awaitClosed(ctx, closing)
		return w.wallet.Unlock(ctx, app.Unlock{Vault: u.vault, Token: u.token, OwnerWords: u.words, Wait: j.Wait(which...)}, j.Prompts())
	}, func(s Session, err error) {
		if err != nil {
			w.notOpened(u, err)
			return
		}
		w.opened(s)
	}).why = u.why
}

// applyLocking makes the open vault keep the owner's settings of locking. Where they cannot be read the defaults hold, and the person is told.
func (w *Window) applyLocking() {
	s, generation := w.session, w.generation
	w.briefly(func() {
		if _, err := s.Hold(w.ctx, 0); err != nil {
			w.onUI(func() {
				if generation == w.generation {
					w.fail(err)
				}
			})
		}
	})
}
