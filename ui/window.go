// Package ui is the wallet's window: it shows what the use cases of package app do, and decides nothing that they do not. One file is one screen.
//
// Every field of Window and of what it holds belongs to the UI thread. Work runs beside it (run, fetch) and crosses back in one place (onUI).
package ui

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
	"holdfast/ui/translations"
)

// tr gives the words of a key; see translations.T.
func tr(key string, pairs ...any) string { return translations.T(key, pairs...) }

// Options are what a window is made of.
type Options struct {
	Wallet     Wallet
	App        fyne.App
	Window     fyne.Window
	Dispatch   func(func()) // runs a function on the UI thread, at once or soon: fyne.Do
	Vault      string       // the vault that the start flag names; "" is the only one
	Unverified bool         // a start flag names devices that nothing vouches for
	Version    string

	Presences    app.Presences      // tell that the machine sleeps or the screen is locked; nil where nobody does
	Settings     app.WindowSettings // what the owner chose; zero is the defaults
	SettingsLost bool               // what he chose could not be read
	Raise        <-chan struct{}    // receives when another start of the program asks for this window; may be nil
}

// Window is the wallet's one window.
type Window struct {
	wallet     Wallet
	app        fyne.App
	win        fyne.Window
	dispatch   func(func())
	vault      string
	unverified bool
	version    string
	presences  app.Presences
	raise      <-chan struct{}

	ctx     context.Context // ends with the window
	cancel  context.CancelFunc
	working sync.WaitGroup                     // everything that runs beside the UI thread
	brief   atomic.Int64                       // how much of that ends soon, and by itself
	saving  sync.Mutex                         // held while settings are written
	chosen  atomic.Pointer[app.WindowSettings] // the newest settings, to be written

	// What follows belongs to the UI thread.
	generation uint64 // counts locks and unlocks: work of an earlier generation is dropped
	session    Session
	status     app.Status   // of the open vault, as it was told last
	asked      uint64       // counts the questions for it: an older answer than the last question's is dropped
	notices    []app.Notice // what the owner must know
	unfolded   bool         // all of them show
	tokens     []app.Token  // plugged in now
	jobs       []*Job       // under way, oldest first
	lockedWhy  app.LockReason
	locksAt    time.Time           // when the vault locks because its token is away; zero while that is there
	closing    chan struct{}       // closed once the vault that was locked last is closed; nil before the first
	stirred    time.Time           // when the person was noticed last
	told       bool                // the system tells when it sleeps
	remembered []app.LockedKeyslot // keys by the labels that this machine remembers, of the vault that was looked at last
	settings   settings
	back       *cameBack       // what a restore brought back; nil after the next lock
	found      *identityFinder // the list of identities as it was left; nil until it is shown
	marks      marks           // drawn for it
	looking    chan closed     // the vault, looked at while the window is made
	arriving   <-chan app.TokenEvent
	looked     *closed // what came of it, until a page has shown it

	route   Route
	page    *Page
	history []Route // where Back leads
	dialogs *parts.Dialogs
	clip    *parts.Clip
	keys    fyne.ShortcutHandler

	frame frame
}

// frame are the widgets around the page.
type frame struct {
	places  map[Place]*parts.Button
	nav     *fyne.Container
	notices *fyne.Container
	body    *fyne.Container
	jobs    *fyne.Container
}

// New makes the window's content; Start brings it to life.
func New(o Options) (*Window, error) {
	if err := translations.Load(); err != nil {
		return nil, err
	}
	w := &Window{
		wallet: o.Wallet, app: o.App, win: o.Window, dispatch: o.Dispatch, vault: o.Vault, unverified: o.Unverified, version: o.Version,
		presences: o.Presences, raise: o.Raise, settings: settingsFrom(o.Settings, o.SettingsLost),
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.dialogs = parts.NewDialogs(w.win.Canvas())
	w.dialogs.Moved = w.stir
	w.clip = parts.NewClip(w.app.Clipboard(), w.after)
	w.looking = make(chan closed, 1)
	w.arriving = w.wallet.WatchTokens(w.ctx) // before the first look: what leaves after it is told
	w.beside(func() { w.looking <- w.inspectFirst() })
	w.applySettings()
	w.build()
	w.shortcuts()
	w.showNotices()
	w.showFirst()
	return w, nil
}

// Start shows the first page, unless it shows already, and begins to watch for tokens. UI thread.
func (w *Window) Start() {
	if w.page == nil {
		w.showWhat(func() closed { return <-w.looking })
	}
	w.watchTokens()
	w.watchPresence()
	w.watchRaise()
}

// Close takes everything off the window and ends. UI thread; afterwards the window is not used again.
func (w *Window) Close() {
	w.keepSize()
	w.lock(app.LockedByOwner)
	w.leave()
	w.End()
}

// Quit closes the window as a person does who closes it by its frame.
func (w *Window) Quit() {
	w.Close()
	w.win.Close()
}

// endWait is how long End waits for work that does not listen, as long as a lock may take; the end of the process ends it.
const endWait = 2 * time.Second

// End locks the vault, cancels what is under way and waits for it. It touches no widget, so that it may be called by any goroutine, once the program
// is told to end; and after Close.
func (w *Window) End() {
	w.cancel()
	over := make(chan struct{})
	go func() {
		w.working.Wait()
		close(over)
	}()
	wait := time.NewTimer(endWait)
	defer wait.Stop()
	select {
	case <-over:
	case <-wait.C:
	}
}

// onUI is the one way from work back to the window.
func (w *Window) onUI(fn func()) {
	w.dispatch(func() {
		if w.ctx.Err() == nil {
			fn()
		}
	})
}

// beside runs a function beside the UI thread; Close waits for it.
func (w *Window) beside(fn func()) { w.working.Go(fn) }

// briefly is beside for what ends soon, and by itself: a page that waits for it is not settled.
func (w *Window) briefly(fn func()) {
	w.brief.Add(1)
	w.beside(func() {
		defer w.brief.Add(-1)
		fn()
	})
}

// after runs a function on the UI thread later, unless it is stopped before.
func (w *Window) after(d time.Duration, fn func()) (stop func()) {
	stopped := false // belongs to the UI thread
	timer := time.AfterFunc(d, func() {
		w.onUI(func() {
			if !stopped {
				fn()
			}
		})
	})
	return func() {
		stopped = true
		timer.Stop()
	}
}

// build makes the frame: places at the left, notices above the page, work under way below it.
func (w *Window) build() {
	w.frame.notices = parts.Column(look.SpaceTiny)
	w.frame.body = container.NewStack()
	w.frame.jobs = parts.Column(look.SpaceTiny)
	w.frame.nav = container.NewStack() // filled when the first vault is open
	w.frame.nav.Hide()
	main := parts.Frame(parts.PadXY(look.SpaceLarge, look.SpaceSmall, w.frame.notices), nil,
		parts.PadXY(look.SpaceLarge, 0, w.frame.body), nil, parts.PadXY(look.SpaceLarge, look.SpaceSmall, w.frame.jobs))
	least := parts.Sized(look.WindowWidth, look.WindowHeight, container.NewWithoutLayout())
	w.win.SetPadded(false)
	w.win.SetContent(container.NewStack(least, parts.NewSense(w.stir), parts.Frame(nil, w.frame.nav, main, nil, nil)))
}

// showNav shows the list of places while a vault is open. It is made for the first one: before, it would only delay the first picture.
func (w *Window) showNav() {
	if w.session != nil && len(w.frame.places) == 0 {
		w.frame.nav.Add(w.buildNav())
	}
	parts.Show(w.frame.nav, w.session != nil)
}

// buildNav makes the list of places.
func (w *Window) buildNav() fyne.CanvasObject {
	w.frame.places = map[Place]*parts.Button{}
	column := parts.Column(look.SpaceTiny)
	for _, p := range places() {
		b := parts.NewPlace(tr("nav."+string(p.place)), p.icon, func() { w.Go(Route{Place: p.place}) })
		w.frame.places[p.place] = b
		column.Add(b)
	}
	lock := parts.NewPlace(tr("nav.lock"), "lock", func() { w.lock(app.LockedByOwner) })
	inner := parts.Frame(nil, nil, column, nil, lock)
	return container.NewStack(parts.NewGround(look.Sidebar), parts.Sized(look.NavWidth, 0, container.NewWithoutLayout()), parts.Pad(look.SpaceSmall, inner))
}

// showNotices shows what the owner must know, until it is no longer so.
func (w *Window) showNotices() {
	list := slices.Clone(w.notices)
	if w.unverified && !slices.ContainsFunc(list, func(n app.Notice) bool { return n.ID == "unverified-key" }) {
		list = append(list, app.UnverifiedKey())
	}
	w.frame.notices.RemoveAll()
	if !w.locksAt.IsZero() {
		words := tr("notice.away", "key", w.tokenName(w.session.Token()), "time", clock(w.locksAt))
		w.frame.notices.Add(parts.Notice(parts.Informs, words, "", nil))
	}
	shown, folded := w.fold(list)
	for _, n := range shown {
		words, act := w.remedy(n)
		w.frame.notices.Add(parts.Notice(parts.Warns, w.noticeWords(n), words, act))
	}
	if folded > 0 || w.unfolded {
		w.frame.notices.Add(w.foldButton(folded))
	}
	w.frame.notices.Refresh()
	w.relayout()
}

// relayout measures the window again after a part around the page grew or shrank.
func (w *Window) relayout() { w.win.Content().Refresh() }

// remedy is the one press that leads to what mends a notice; while the vault is locked none does.
func (w *Window) remedy(n app.Notice) (words string, act func()) {
	if w.session == nil {
		return "", nil
	}
	to := func(r Route) func() { return func() { w.Go(r) } }
	switch n.ID {
	case "not-armed":
		if n.Why == app.NotArmedUnproven {
			return tr("notice.prove"), to(Route{Place: Keys})
		}
		return tr("notice.armed"), to(Route{Place: Keys, Act: "enrol"})
	case "not-backed-up":
		if n.Why == "backup" {
			return tr("notice.backup"), to(Route{Place: Recovery, Act: "backup"})
		}
		return tr("notice.words"), to(Route{Place: Recovery, Act: "words"})
	case "read-only":
		return tr("notice.readonly"), to(Route{Place: Recovery, Act: "branch"})
	case "pool-low":
		return tr("notice.pool"), to(Route{Place: Recovery, Act: "pool"})
	case "interrupted":
		return tr("notice.interrupted"), to(Route{Place: Activity})
	case "ended-branch":
		return tr("notice.ended"), to(Route{Place: Identities})
	default:
		return tr("notice.about"), to(Route{Place: About})
	}
}

// watchTokens keeps the list of tokens that are plugged in.
func (w *Window) watchTokens() {
	w.beside(func() {
		for e := range w.arriving {
			w.onUI(func() { w.tokenEvent(e) })
		}
	})
}

func (w *Window) tokenEvent(e app.TokenEvent) {
	if e.Kind != app.TokenArrived && e.Kind != app.TokenLeft && e.Kind != app.TokenChanged {
		return
	}
	if e.Kind == app.TokenArrived && slices.Contains(w.tokens, e.Token) {
		return // the first look saw it, too
	}
	w.tokens = slices.DeleteFunc(slices.Clone(w.tokens), func(t app.Token) bool { return t.ID == e.Token.ID })
	if e.Kind != app.TokenLeft {
		w.tokens = append(w.tokens, e.Token)
	}
	for _, j := range w.jobs {
		if e.Kind == app.TokenLeft && j.prompt != nil && j.prompt.left != nil {
			j.prompt.left(e.Token)
		}
	}
	w.changed(TokensChanged)
}

// changed tells the page that shows what is different now.
func (w *Window) changed(what Change) {
	if w.page != nil && w.page.Changed != nil {
		w.page.Changed(what)
	}
}

// reload asks the open vault for its state again; everybody who changes something calls it, and so does run when work ends. An older answer that
// comes after a newer question is dropped: the state it tells of may be past.
func (w *Window) reload() {
	s, generation := w.session, w.generation
	if s == nil {
		return
	}
	w.asked++
	asked := w.asked
	w.briefly(func() {
		status, err := s.Status(w.ctx)
		if err != nil {
			return // locked meanwhile, or told by the page that asks for the same
		}
		notices, err := s.Notices(w.ctx)
		if err != nil {
			notices = status.Notices
		}
		w.onUI(func() {
			if generation != w.generation || asked != w.asked {
				return
			}
			w.status, w.notices = status, notices
			w.showNotices()
			w.changed(StatusChanged)
		})
	})
}
