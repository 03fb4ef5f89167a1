package journey

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"holdfast/internal/journey/shown"
)

// Effort is what something took the person.
type Effort struct {
	Presses int // things pressed, by whichever way: the clicks of somebody with a mouse
	Typed   int // characters typed
	Keys    int // other keys
	Clicks  int // of the mouse
}

// Since is the effort since an earlier one.
func (e Effort) Since(was Effort) Effort {
	return Effort{e.Presses - was.Presses, e.Typed - was.Typed, e.Keys - was.Keys, e.Clicks - was.Clicks}
}

// String tells the effort.
func (e Effort) String() string {
	if e == (Effort{}) {
		return "nothing to press"
	}
	var list []string
	for _, part := range []struct {
		n         int
		one, many string
	}{{e.Presses, "press", "presses"}, {e.Clicks, "of them by mouse", "of them by mouse"}, {e.Keys, "key", "keys"}, {e.Typed, "character typed", "characters typed"}} {
		switch {
		case part.n == 1:
			list = append(list, "1 "+part.one)
		case part.n > 1:
			list = append(list, fmt.Sprintf("%d %s", part.n, part.many))
		}
	}
	return strings.Join(list, ", ")
}

// pointerDelay is the time between reaching something with the pointer, pressing and letting go, in seconds: that of a quick hand. The toolkit drops
// a click that takes no time at all.
const pointerDelay = "0.06"

// Key presses keys by their X names: "Tab", "Return", "ctrl+l".
func (w *Window) Key(ctx context.Context, names ...string) error {
	w.Effort.Keys += len(names)
	return w.screen.Key(ctx, names...)
}

// Type types characters into what has the focus.
func (w *Window) Type(ctx context.Context, text string) error {
	w.Effort.Typed += len([]rune(text))
	return w.screen.Type(ctx, text)
}

// Press gives something the focus with the Tab key and presses it: Return for a button or a tile, the space bar for what is ticked or chosen.
func (w *Window) Press(ctx context.Context, words string) error {
	i, err := w.Focus(ctx, words, shown.Button, shown.Tile, shown.Check, shown.Choice, shown.Other)
	if err != nil {
		return err
	}
	w.Effort.Presses++
	if i.Kind == shown.Button || i.Kind == shown.Tile {
		return w.Key(ctx, "Return")
	}
	return w.Key(ctx, "space")
}

// Click clicks something that can be seen.
func (w *Window) Click(ctx context.Context, words string, kinds ...shown.Kind) error {
	var found shown.Item
	_, err := w.Await(ctx, fmt.Sprintf("%q is there and can be clicked", words), func(v shown.View) bool {
		i, ok := v.Find(words, kinds...)
		found = i
		return ok && i.Enabled && i.Seen
	})
	if err != nil {
		return err
	}
	w.Effort.Presses++
	w.Effort.Clicks++
	x, y := found.At.Middle()
	_, err = w.screen.xdotool(ctx, "mousemove", "--window", w.id, strconv.Itoa(x), strconv.Itoa(y), "sleep", pointerDelay, "mousedown", "1", "sleep", pointerDelay, "mouseup", "1")
	return err
}

// mostTabs is how many things a page can have that the Tab key leads to, and more.
const mostTabs = 400

// Focus leads the focus to something with the Tab key, forwards or backwards, whichever is shorter.
func (w *Window) Focus(ctx context.Context, words string, kinds ...shown.Kind) (shown.Item, error) {
	for range 5 { // a page that changes meanwhile moves the focus
		target, err := w.Item(ctx, words, kinds...)
		if err != nil || target.Focused {
			return target, err
		}
		v := w.View()
		steps, ok := tabs(v, words, kinds)
		if !ok {
			continue
		}
		if err := w.Key(ctx, steps...); err != nil {
			return target, err
		}
		settled := func(now shown.View) bool {
			i, ok := now.Find(words, kinds...)
			return ok && i.Focused || now.Number > v.Number && focusedWords(now) != focusedWords(v) && !sameOrder(now, v)
		}
		short, cancel := context.WithTimeout(ctx, Patience/10)
		_, err = w.Await(short, fmt.Sprintf("%q has the focus", words), settled)
		cancel()
		if ctx.Err() != nil {
			return target, err
		}
		if i, ok := w.View().Find(words, kinds...); ok && i.Focused {
			return i, nil
		}
	}
	return shown.Item{}, fmt.Errorf("the Tab key does not lead to %q\n%s", words, w.View())
}

// tabs are the keys that lead from what has the focus to the wanted item.
func tabs(v shown.View, words string, kinds []shown.Kind) (keys []string, ok bool) {
	target, ok := v.Find(words, kinds...)
	if !ok {
		return nil, false
	}
	from, to, all := -1, -1, 0
	for _, i := range v.Items {
		if !i.Focusable() {
			continue
		}
		if i.Focused {
			from = all
		}
		if i == target {
			to = all
		}
		all++
	}
	if to < 0 || all > mostTabs {
		return nil, false
	}
	if from < 0 {
		return repeated("Tab", to+1), true
	}
	forward := (to - from + all) % all
	if back := all - forward; back < forward {
		return repeated("shift+Tab", back), true
	}
	return repeated("Tab", forward), true
}

func repeated(key string, n int) []string {
	return strings.Fields(strings.Repeat(key+" ", n))
}

func focusedWords(v shown.View) string {
	i, _ := v.Focused()
	return string(i.Kind) + i.Words
}

// sameOrder reports whether the Tab key leads to the same things.
func sameOrder(a, b shown.View) bool { return order(a) == order(b) }

func order(v shown.View) string {
	var s strings.Builder
	for _, i := range v.Items {
		if i.Focusable() {
			fmt.Fprintf(&s, "%s %q\n", i.Kind, i.Words)
		}
	}
	return s.String()
}

// Fill leads the focus to a field, types into it in place of what was there, and waits until it has arrived.
func (w *Window) Fill(ctx context.Context, words, text string) error {
	i, err := w.Focus(ctx, words, shown.Entry, shown.Secret)
	if err != nil {
		return err
	}
	switch {
	case i.Kind == shown.Secret && i.Length > 0:
		if err := w.Key(ctx, repeated("BackSpace", i.Length)...); err != nil {
			return err
		}
	case i.Value != "":
		if err := w.Key(ctx, "ctrl+a"); err != nil {
			return err
		}
	}
	if err := w.Type(ctx, text); err != nil {
		return err
	}
	_, err = w.Await(ctx, fmt.Sprintf("%q holds what was typed", words), func(v shown.View) bool {
		i, ok := v.Find(words, shown.Entry, shown.Secret)
		return ok && (i.Kind == shown.Secret && i.Length == len(text) || i.Kind == shown.Entry && i.Value == text)
	})
	return err
}
