// Package desktop shows the wallet's window on this machine's display: the one place that needs OpenGL and C code.
package desktop

import (
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"holdfast/app"
	"holdfast/ui"
	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// ID names the program to the desktop; FyneApp.toml says the same.
const ID = "invalid.holdfast.wallet"

// Options are what the start of the program says.
type Options struct {
	App        *app.App
	Vault      string    // which vault; "" is the only one
	Unverified bool      // devices were named by a start flag
	Version    string    // "" is unknown
	Errs       io.Writer // where a window that cannot be shown says so
}

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
	a := fyneapp.NewWithID(ID)
	win := a.NewWindow(translations.T("window.title"))
	win.SetMaster()
	w, err := ui.New(ui.Options{Wallet: ui.UseCases{App: o.App}, App: a, Window: win, Dispatch: fyne.Do, Vault: o.Vault, Unverified: o.Unverified, Version: o.Version})
	if err != nil {
		return err
	}
	win.Resize(fyne.NewSize(look.WindowWidth, look.WindowHeight))
	a.Lifecycle().SetOnStarted(w.Start)
	win.SetCloseIntercept(func() {
		w.Close()
		win.Close()
	})
	a.Lifecycle().SetOnStopped(w.End) // told to end by the system: the UI thread is gone by then
	win.ShowAndRun()
	return refused.err()
}

// noWindow are the toolkit's words for a display or an OpenGL that is not there; it logs them and ends the program.
func noWindow() []string {
	return []string{"failed to initialise GLFW", "window creation error", "failed to initialise OpenGL"}
}

// refusal passes the log on and notices when the toolkit says that it cannot show a window.
type refusal struct {
	out io.Writer

	mu   sync.Mutex
	said bool // guarded by mu
	skip int  // lines of the log that belong to one that was left out; guarded by mu
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
			return
		}
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
