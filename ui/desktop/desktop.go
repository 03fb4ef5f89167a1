// Package desktop shows the wallet's window on this machine's display: the one place that needs OpenGL and C code.
package desktop

import (
	"errors"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"holdfast/app"
	"holdfast/assets"
	"holdfast/ui"
	"holdfast/ui/translations"
)

// ID names the program to the desktop; FyneApp.toml says the same.
const ID = "invalid.holdfast.wallet"

// class is what an X server calls the window for good, by its first title (the toolkit gives no other, 2.8.0): packaging/holdfast.desktop says the same, so
// that the desktop knows whose window it is. Which page is first, and its language, make no difference.
const class = "Holdfast"

// Options are what the start of the program says.
type Options struct {
	App        *app.App
	Vault      string    // which vault; "" is the only one
	Unverified bool      // devices were named by a start flag
	Version    string    // "" is unknown
	Errs       io.Writer // where a window that cannot be shown says so

	Presences app.Presences   // tell that the machine sleeps; nil where nobody does
	Raise     <-chan struct{} // receives when another start asks for this window
	Exit      func()          // ends the process at once, where the toolkit does not
}

// settled is when the first picture has been drawn, which waits for nothing of what follows: the window gets its icon, which takes the UI thread some
// 30 ms, and memory is collected sooner from then on.
const settled = time.Second

// garbage is how much memory may be let go of before it is collected, in percent of what is held. Most of what is held are the toolkit's fonts, which
// stay: the usual 100 would keep as much again, for nothing.
const garbage = 25

// ErrNoWindow says that no window could be shown, and that Run has said so in words.
var ErrNoWindow = errors.New("no window can be shown")

// Run shows the window until it is closed. It must be called on the main goroutine. Where no window can be shown it says so on Errs, in words, and
// ends the program or returns an error.
func Run(o Options) (err error) {
	refused := watchLog(o.Errs)
	if err := translations.Load(); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			refused.tell(fmt.Sprint(r))
			err = ErrNoWindow
		}
	}()
	fyneapp.SetMetadata(fyne.AppMetadata{ID: ID, Name: translations.T("window.title"), Version: o.Version, Migrations: map[string]bool{"fyneDo": !checksThreads}})
	a := makeStill(fyneapp.NewWithID(ID))
	unhook(a.Lifecycle())
	refused.end(func() { fyne.Do(a.Quit) })
	win := a.NewWindow(translations.T("window.title"))
	win.SetMaster()
	chosen, lost := o.App.WindowSettings()
	w, err := ui.New(ui.Options{
		Wallet: ui.UseCases{App: o.App}, App: a, Window: win, Dispatch: here(fyne.Do).dispatch, Vault: o.Vault, Unverified: o.Unverified, Version: o.Version,
		Presences: o.Presences, Raise: o.Raise, Settings: chosen, SettingsLost: lost != nil,
	})
	if err != nil {
		return err
	}
	win.Resize(w.Size())
	titled := classed(win)
	a.Lifecycle().SetOnStarted(func() {
		titled()
		w.Start()
		tell(win)
		time.AfterFunc(settled, func() {
			debug.SetGCPercent(garbage)
			fyne.Do(func() { win.SetIcon(fyne.NewStaticResource("holdfast.svg", assets.Program)) })
		})
	})
	win.SetCloseIntercept(w.Quit)
	whenTold(func() {
		w.End()
		o.Exit()
	})
	win.ShowAndRun()
	w.End() // told to end by the system: nobody has closed the window. The toolkit's own word of its end comes, or does not, or crashes it (2.8.0).
	return refused.err()
}

// classed gives a window that is not shown yet its class for a title. What it returns is called once it shows: the window has its title again, unless
// another page has given it one since.
func classed(win fyne.Window) (shown func()) {
	title := win.Title()
	win.SetTitle(class)
	return func() {
		if win.Title() == class {
			win.SetTitle(title)
		}
	}
}

// noWindow are the toolkit's words for a display or an OpenGL that is not there; it logs them and ends the program.
func noWindow() []string {
	return []string{"failed to initialise GLFW", "window creation error", "failed to initialise OpenGL"}
}

// refusal passes the log on and notices when the toolkit says that it cannot show a window.
type refusal struct {
	out io.Writer

	mu   sync.Mutex
	said bool   // guarded by mu
	skip int    // lines of the log that belong to one that was left out; guarded by mu
	quit func() // ends the program; guarded by mu
}

// end says how the program ends once no window can be shown: where a display has no OpenGL the toolkit itself would go on for ever, unseen.
func (r *refusal) end(quit func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quit = quit
}

func watchLog(out io.Writer) *refusal {
	r := &refusal{out: out}
	log.SetOutput(r)
	return r
}

// Write implements io.Writer for the log. The words come at once: the toolkit may end the program right after its own.
func (r *refusal) Write(p []byte) (int, error) {
	if r.idle(string(p)) {
		return len(p), nil
	}
	for _, sign := range noWindow() {
		if strings.Contains(string(p), sign) {
			r.tell(sign)
		}
	}
	return r.out.Write(p)
}

// idle reports whether a line of the log tells nobody anything: the toolkit complains, in three lines each time, that the locale C names no language.
func (r *refusal) idle(line string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case strings.Contains(line, "Error parsing user locale"):
		r.skip = 2
		return true
	case r.skip > 0 && (strings.Contains(line, "Cause:") || strings.Contains(line, "At:")):
		r.skip--
		return true
	default:
		r.skip = 0
		return false
	}
}

// tell says once that no window can be shown, and what does the same without one.
func (r *refusal) tell(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.said {
		return
	}
	r.said = true
	for _, words := range []string{translations.T("window.none", "why", why), translations.T("window.none.safe"), translations.T("window.none.now")} {
		if _, err := fmt.Fprintln(r.out, words); err != nil {
			break
		}
	}
	if r.quit != nil {
		go r.quit() // the toolkit is in the middle of making its window
	}
}

// err is why no window was shown; nil when one was.
func (r *refusal) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.said {
		return ErrNoWindow
	}
	return nil
}
