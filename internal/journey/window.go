package journey

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/internal/child"
	"holdfast/internal/journey/shown"
)

// Patience is how long the window may take to show something, on a machine that has much else to do.
const Patience = 60 * time.Second

// Window is the wallet's window, as a person sees it and reaches it.
type Window struct {
	screen  *Screen
	id      string          // the X server's number of the window
	at      image.Rectangle // where it stands on the screen, without its frame
	process *child.Child
	log     *os.File // what the wallet said on standard error
	Effort  Effort   // what it took the person so far

	mu      sync.Mutex
	view    shown.View    // guarded by mu
	changed chan struct{} // closed and replaced with each view; guarded by mu
	broken  error         // why no view comes any longer; guarded by mu
}

// Program says how to start the wallet.
type Program struct {
	Path string   // of the journey build
	Args []string // flags
	Env  []string // all of it but the display
	Log  string   // file that gets what it says on standard error
}

// Open starts the wallet and waits until its window shows something. Close ends it.
func (s *Screen) Open(ctx context.Context, p Program) (w *Window, err error) {
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	told, tell, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = append(append([]string{}, p.Env...), s.Env()...)
	cmd.Stdout, cmd.Stderr = tell, log
	w = &Window{screen: s, log: log, changed: make(chan struct{})}
	w.process, err = child.Start("the wallet", cmd)
	if err = errors.Join(err, tell.Close()); err != nil {
		return nil, errors.Join(err, told.Close(), log.Close())
	}
	go w.read(told)
	if err := w.appear(ctx); err != nil {
		return nil, errors.Join(err, w.Kill())
	}
	return w, nil
}

// longestLine is room for a view with a list of rows and a document in it.
const longestLine = 4 << 20

// read takes the views that the wallet tells until it ends.
func (w *Window) read(told *os.File) {
	in := bufio.NewScanner(told)
	in.Buffer(nil, longestLine)
	for in.Scan() {
		v, ok, err := shown.Read(in.Bytes())
		if err != nil {
			w.set(nil, err)
			break
		}
		if ok {
			w.set(&v, nil)
		}
	}
	err := errors.Join(in.Err(), told.Close())
	if err == nil {
		err = io.EOF
	}
	w.set(nil, fmt.Errorf("the wallet tells nothing any longer: %w", err))
}

func (w *Window) set(v *shown.View, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v != nil {
		w.view = *v
	}
	w.broken = errors.Join(w.broken, err)
	close(w.changed)
	w.changed = make(chan struct{})
}

// appear waits for the first view, and finds the window on the display.
func (w *Window) appear(ctx context.Context) error {
	if _, err := w.Await(ctx, "the window shows something", func(v shown.View) bool { return len(v.Texts) > 0 }); err != nil {
		return err
	}
	if err := until(ctx, "the window is not on the display", func() (bool, error) {
		ids, err := w.screen.xdotool(ctx, "search", "--onlyvisible", "--pid", fmt.Sprint(w.process.Pid()))
		if list := strings.Fields(ids); err == nil && len(list) > 0 {
			w.id = list[len(list)-1]
		}
		if w.id == "" {
			return false, ctx.Err()
		}
		active, err := w.screen.xdotool(ctx, "getwindowfocus")
		return err == nil && active != "", ctx.Err()
	}); err != nil {
		return err
	}
	return w.stand(ctx)
}

// stand finds out where the window stands, by the pointer: what the X server says of its place is true of a window without a frame only. Then the
// pointer goes to the corner of the screen, where it covers nothing.
func (w *Window) stand(ctx context.Context) error {
	said, err := w.screen.xdotool(ctx, "mousemove", "--sync", "--window", w.id, "0", "0", "getmouselocation", "mousemove", strconv.Itoa(ScreenWidth-1), strconv.Itoa(ScreenHeight-1))
	if err != nil {
		return err
	}
	var x, y int
	if _, err := fmt.Sscanf(said, "x:%d y:%d", &x, &y); err != nil {
		return fmt.Errorf("the pointer is nowhere: %q: %w", said, err)
	}
	v := w.View()
	w.at = image.Rect(x, y, x+v.Width, y+v.Height)
	return nil
}

// View is what the window showed last.
func (w *Window) View() shown.View {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.view
}

// Await waits until the window shows what is awaited, and returns that view. It fails with the last view when the time is over, and at once when the
// wallet has ended.
func (w *Window) Await(ctx context.Context, what string, so func(shown.View) bool) (shown.View, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	for {
		w.mu.Lock()
		v, changed, broken := w.view, w.changed, w.broken
		w.mu.Unlock()
		if v.Number > 0 && so(v) {
			return v, nil
		}
		if broken != nil {
			return v, fmt.Errorf("waiting until %s: %w\n%s", what, broken, v)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return v, fmt.Errorf("waiting until %s: %w\n%s", what, ctx.Err(), v)
		}
	}
}

// Sees waits until all of the words can be read.
func (w *Window) Sees(ctx context.Context, words ...string) (shown.View, error) {
	return w.Await(ctx, fmt.Sprintf("it says %q", words), func(v shown.View) bool {
		for _, s := range words {
			if !v.Says(s) {
				return false
			}
		}
		return true
	})
}

// Item waits until something of those words is there and can be used.
func (w *Window) Item(ctx context.Context, words string, kinds ...shown.Kind) (shown.Item, error) {
	var found shown.Item
	_, err := w.Await(ctx, fmt.Sprintf("%q is there and can be used", words), func(v shown.View) bool {
		i, ok := v.Find(words, kinds...)
		found = i
		return ok && i.Enabled
	})
	return found, err
}

// Close closes the window as a person does, with the keys of the window manager, and waits for the wallet's end.
func (w *Window) Close(ctx context.Context) error {
	_, err := w.screen.xdotool(ctx, "key", "--clearmodifiers", "alt+F4")
	if err == nil && !w.process.Wait(endPatience) {
		err = fmt.Errorf("the wallet did not end within %s of its window's being closed", endPatience)
	}
	if err != nil {
		return errors.Join(err, w.Kill())
	}
	return errors.Join(w.process.Err(), w.log.Close(), w.Complaints())
}

// Kill ends the wallet, whatever it does.
func (w *Window) Kill() error { return errors.Join(end("the wallet", w.process), w.log.Close()) }

// bad are the words of a log that no run may have: work on the wrong thread, a crash, an error that the toolkit kept to itself.
func bad() []string {
	return []string{"Error in Fyne call thread", "Fyne error", "panic:", "goroutine ", "fatal error", "DATA RACE"}
}

// harmless is what the toolkit says without anything being wrong: on a display without a session bus, such as this one; in the locale C, before the
// wallet can keep it quiet; and when it reads its own file of preferences, which the wallet does not use, while it writes it at the end.
var harmless = regexp.MustCompile(`Fyne error:  (failed to watch theme settings|Error parsing user locale C|Preferences load error:\n[0-9/: ]+  Cause: EOF)\n`)

// Complaints is an error when the wallet's log holds what no run may have.
func (w *Window) Complaints() error {
	log, err := os.ReadFile(w.log.Name())
	if err != nil {
		return err
	}
	text := harmless.ReplaceAllString(string(log), "")
	for _, words := range bad() {
		if at := strings.Index(text, words); at >= 0 {
			return fmt.Errorf("the wallet's log says %q:\n%s", words, text[at:min(len(text), at+2000)])
		}
	}
	return nil
}
