package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"holdfast/token/virtual"
)

// fake is the other end of a key's socket.
type fake struct {
	mu     sync.Mutex
	status []string // guarded by mu
	orders []string // guarded by mu
}

func (f *fake) order(_ context.Context, words []string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Equal(words, []string{"status"}) {
		return f.status, nil
	}
	f.orders = append(f.orders, strings.Join(words, " "))
	if words[0] == "touch" && slices.Contains(f.status, "waiting 0") {
		return nil, errors.New("nothing waits for a touch")
	}
	return nil, nil
}

func (f *fake) set(lines ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = lines
}

func (f *fake) got() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.orders)
}

// rig is a card over a fake key. Everything that crosses to the UI thread waits in ui until the test, which is that thread, lets it happen.
type rig struct {
	t    *testing.T
	fake *fake
	key  *key
	card fyne.CanvasObject
	ui   chan func()
}

func newRig(t *testing.T) *rig {
	test.NewTempApp(t)
	r := &rig{t: t, fake: &fake{}, ui: make(chan func(), 100)}
	r.fake.set("serial 10000001", "plugged true", "waiting 0")
	r.key = newKey("key1", filepath.Join(t.TempDir(), "s"))
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		_ = virtual.ServeOrders(ctx, r.key.socket, r.fake.order, func() {}) // it ends with the context's error
	}()
	t.Cleanup(func() { cancel(); <-ended })
	r.card = card(ctx, r.key, func(f func()) { r.ui <- f })
	go r.key.watch(ctx, func(f func()) { r.ui <- f })
	return r
}

// says lets things happen until the card says words.
func (r *rig) says(words string) {
	r.t.Helper()
	over := time.After(20 * time.Second)
	for !strings.Contains(strings.Join(r.texts(), "\n"), words) {
		select {
		case f := <-r.ui:
			f()
		case <-over:
			r.t.Fatalf("it does not say %q but %q", words, r.texts())
		}
	}
}

func (r *rig) texts() (list []string) {
	r.walk(func(o fyne.CanvasObject) {
		if text, ok := o.(*canvas.Text); ok {
			list = append(list, text.Text)
		}
	})
	return list
}

func (r *rig) walk(visit func(fyne.CanvasObject)) {
	var see func(o fyne.CanvasObject)
	see = func(o fyne.CanvasObject) {
		visit(o)
		switch o := o.(type) {
		case *fyne.Container:
			for _, inner := range o.Objects {
				see(inner)
			}
		case fyne.Widget:
			for _, inner := range test.WidgetRenderer(o).Objects() {
				see(inner)
			}
		}
	}
	r.card.Resize(fyne.NewSize(panelWidth, 300))
	see(r.card)
}

func (r *rig) press(words string) {
	r.t.Helper()
	var found *widget.Button
	r.walk(func(o fyne.CanvasObject) {
		if b, ok := o.(*widget.Button); ok && b.Text == words {
			found = b
		}
	})
	if found == nil {
		r.t.Fatalf("no button %q", words)
	}
	test.Tap(found)
}

func TestCardFollowsItsKey(t *testing.T) {
	r := newRig(t)
	r.says("key1, number 10000001")
	r.says("Plugged in.")
	r.fake.set("serial 10000001", "plugged true", "waiting 1")
	r.says("waits for your")
	r.fake.set("serial 10000001", "plugged false", "waiting 0")
	r.says("Not plugged in.")
}

func TestCardGivesOrders(t *testing.T) {
	r := newRig(t)
	r.says("Plugged in.")
	r.press("Unplug")
	r.fake.set("serial 10000001", "plugged false", "waiting 0")
	r.says("Not plugged in.")
	r.press("Plug in")
	r.fake.set("serial 10000001", "plugged true", "waiting 1")
	r.says("waits for your")
	r.press("Touch")
	for want := []string{"unplug", "plug", "touch"}; ; {
		got := r.fake.got()
		if slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			return
		}
		if len(got) > len(want) {
			t.Fatalf("orders %q", got)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatalf("orders %q", got)
		}
	}
}

func TestATouchInVainIsSaid(t *testing.T) {
	r := newRig(t)
	r.says("Plugged in.")
	r.press("Touch")
	r.says("nothing waits for a touch")
}

func TestALostKeyIsSaid(t *testing.T) {
	test.NewTempApp(t)
	k := newKey("key1", filepath.Join(t.TempDir(), "nowhere"))
	r := &rig{t: t, key: k, card: card(t.Context(), k, func(f func()) { f() })}
	k.set(k.ask(t.Context()))
	if !strings.Contains(strings.Join(r.texts(), "\n"), "Lost") {
		t.Errorf("%q", r.texts())
	}
}

func TestUsage(t *testing.T) {
	var said strings.Builder
	if code := run(nil, &said); code != 2 || !strings.Contains(said.String(), "Usage") {
		t.Errorf("%d %q", code, said.String())
	}
}
