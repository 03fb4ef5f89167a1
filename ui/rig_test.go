package ui

import (
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"holdfast/app"
	"holdfast/keystore"
	"holdfast/ui/look"
)

// TestMain lets the garbage collector come less often: the toolkit's test driver forgets no widget, so that each time
// it looks through the windows of all tests before.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}

// inBubble is a subtest in a bubble of its own, as every test of a rig is in one: time there is virtual, and passes
// only where everything waits for it.
func inBubble(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// rig is a window over the fake, in the toolkit's test driver and in a bubble. The test's goroutine is the UI thread:
// what work hands back waits in a queue until the test pumps it.
type rig struct {
	*Window
	f *fake
	t *testing.T

	mu    sync.Mutex
	queue []func() // guarded by mu
}

// toolkit is the app of every rig. Each new one, and each theme that is set, makes the toolkit forget its fonts, its
// icons and what it measured (Fyne 2.8.0, test/app.go), and to read the fonts anew takes longer than most tests.
var toolkit = test.NewApp()

// rigApp is the toolkit's app as it is new to one rig: nothing is copied, and no theme is set.
type rigApp struct {
	fyne.App
	themed bool // the window has set its theme
}

func newRigApp() *rigApp {
	toolkit.Clipboard().SetContent("")
	return &rigApp{App: toolkit}
}

// Settings implements fyne.App.
func (a *rigApp) Settings() fyne.Settings { return rigSettings{a.App.Settings(), a} }

// rigSettings set a theme only where another one is in force.
type rigSettings struct {
	fyne.Settings
	of *rigApp
}

// SetTheme implements fyne.Settings.
func (s rigSettings) SetTheme(theme fyne.Theme) {
	s.of.themed = true
	if !reflect.DeepEqual(s.Theme(), theme) {
		s.Settings.SetTheme(theme)
	}
}

// newRig makes a window with one vault, locked; with no vault when names is empty.
func newRig(t *testing.T, names ...string) *rig {
	t.Helper()
	a := newRigApp()
	f := &fake{names: names, events: make(chan app.TokenEvent, 10)}
	f.locked = app.LockedVault{Vault: "aa", Remembered: true, OwnerWords: [4]string{"wa", "wb", "wc", "wd"}, Keyslots: []app.LockedKeyslot{
		{ID: "00aa", Kind: keystore.KindPIV, Role: app.RoleEveryday, Known: true, Master: true, Label: "blue 1", Physical: "soft:1"},
	}}
	f.session = newFakeSession(f)
	r := &rig{f: f, t: t}
	win := test.NewTempWindow(t, nil)
	w, err := New(Options{Wallet: f, App: a, Window: win, Dispatch: r.dispatch, Version: "0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if !a.themed {
		t.Error("the window has set no theme")
	}
	r.Window = w
	win.Resize(fyne.NewSize(look.WindowWidth, look.WindowHeight))
	w.Start()
	t.Cleanup(w.Close)
	r.until("the first page", func() bool { return w.page != nil })
	r.settle()
	return r
}

// openRig is newRig with the vault open and Home shown.
func openRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, "main")
	r.press(tr("locked.unlock"))
	r.until("the open vault", func() bool { return r.session != nil })
	r.settle()
	return r
}

func (r *rig) dispatch(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, fn)
}

// pump runs what waits in the queue once nothing beside the UI thread runs any more, and says whether there was
// anything.
func (r *rig) pump() bool {
	synctest.Wait()
	r.mu.Lock()
	list := r.queue
	r.queue = nil
	r.mu.Unlock()
	for _, fn := range list {
		fn()
	}
	return len(list) > 0
}

// beat is how much time passes where nothing can go on without it.
const beat = 10 * time.Millisecond

// until lets everything run, and time pass, until something is so: a minute at the most.
func (r *rig) until(what string, so func() bool) {
	r.t.Helper()
	for begun := time.Now(); !so(); {
		if r.pump() {
			continue
		}
		if time.Since(begun) > time.Minute {
			r.t.Fatalf("waited in vain for %s", what)
		}
		<-time.After(beat)
	}
}

// settle lets everything run until nothing that ends soon is under way. Time passes only where that takes time.
func (r *rig) settle() {
	r.t.Helper()
	if !r.settled(time.Minute) {
		r.t.Fatal("what ends soon does not end")
	}
}

// pass lets time pass, and runs what comes of it.
func (r *rig) pass(d time.Duration) {
	<-time.After(d)
	r.flow()
}

// flow pumps until nothing goes on without time.
func (r *rig) flow() {
	for r.pump() {
	}
}

// rest is settle where the test itself holds back what would end soon.
func (r *rig) rest() {
	r.t.Helper()
	if r.settled(time.Second) {
		r.t.Error("nothing is held back")
	}
}

// settled lets everything run until nothing that ends soon is under way, or until patience has passed.
func (r *rig) settled(patience time.Duration) bool {
	for begun := time.Now(); ; <-time.After(beat) {
		r.flow()
		if !r.underWay() {
			return true
		}
		if time.Since(begun) > patience {
			return false
		}
	}
}

// underWay reports whether something that ends without the person has not ended yet.
func (r *rig) underWay() bool {
	return r.brief.Load() > 0 || slices.ContainsFunc(r.jobs, func(j *Job) bool { return j.prompt == nil })
}

// top is what a person can reach: the dialog on top, else the page.
func (r *rig) top() fyne.CanvasObject {
	if o := r.win.Canvas().Overlays().Top(); o != nil {
		return o
	}
	return r.win.Content()
}
