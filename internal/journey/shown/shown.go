// Package shown says what a person can see of the wallet's window: the words, what can be pressed and typed into, and where. The wallet's journey
// build tells it, one line of JSON each time something is different; whoever plays the journey reads it. Nothing here gives the window an order.
package shown

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Mark begins each line that tells a view. The ordinary wallet holds it nowhere.
const Mark = "holdfast-window-shows "

// View is what shows: the dialog or menu on top, else the page with all that is around it. Only what is on top can be reached.
type View struct {
	Number  int     `json:"number"` // counts the views that were told
	Scale   float32 `json:"scale"`  // pixels for one unit of the toolkit
	Width   int     `json:"width"`  // of the window, in pixels
	Height  int     `json:"height"`
	Covered bool    `json:"covered"` // a dialog or a menu is on top
	Texts   []Text  `json:"texts"`   // in the order of reading
	Items   []Item  `json:"items"`   // in the order of the Tab key
}

// Rect is a rectangle in pixels of the window.
type Rect struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// Middle is the point where one clicks.
func (r Rect) Middle() (x, y int) { return r.X + r.W/2, r.Y + r.H/2 }

// Text is one line of words that can be seen. What is scrolled out of sight is not among them.
type Text struct {
	Words string `json:"words"`
	At    Rect   `json:"at"`
}

// Kind says what an item is.
type Kind string

// The kinds. A row and a word cannot have the focus.
const (
	Button Kind = "button"
	Entry  Kind = "entry"  // a line to type in
	Secret Kind = "secret" // a line to type a secret in
	Check  Kind = "check"  // a box to tick
	Choice Kind = "choice" // a list to choose one from
	Radio  Kind = "radio"  // a few choices that all show
	Tile   Kind = "tile"   // a card to press
	Blank  Kind = "blank"  // a line to type one recovery word in
	List   Kind = "list"
	Row    Kind = "row"  // of a list or a menu: what can be clicked and is nothing of the above
	Word   Kind = "word" // a recovery word, drawn letter by letter
	Other  Kind = "other"
)

// Item is something that one can press, choose, type into, or must be read letter by letter.
type Item struct {
	Kind    Kind   `json:"kind"`
	Words   string `json:"words"`   // what it says; for a tile or a field its name or hint
	At      Rect   `json:"at"`      // the part of it that can be seen
	Seen    bool   `json:"seen"`    // it is not scrolled out of sight
	Enabled bool   `json:"enabled"` // it can be used now
	Focused bool   `json:"focused"`
	On      bool   `json:"on"`     // ticked, chosen, or the place that shows
	Value   string `json:"value"`  // what is typed or chosen; nothing of a secret
	Length  int    `json:"length"` // bytes typed into a secret
}

// Focusable reports whether the Tab key can lead there.
func (i Item) Focusable() bool { return i.Kind != Row && i.Kind != Word && i.Enabled }

// Line is the line that tells a view.
func (v View) Line() ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	return append([]byte(Mark), append(data, '\n')...), nil
}

// Read reads a line; ok is false for a line that tells something else.
func Read(line []byte) (v View, ok bool, err error) {
	data, ok := bytes.CutPrefix(line, []byte(Mark))
	if !ok {
		return v, false, nil
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, true, fmt.Errorf("view: %w", err)
	}
	return v, true, nil
}

// Says reports whether words can be read, in one line or across the lines that they were broken into.
func (v View) Says(words string) bool { return strings.Contains(v.Words(), plain(words)) }

// Words are all words that can be read.
func (v View) Words() string {
	list := make([]string, 0, len(v.Texts))
	for _, t := range v.Texts {
		list = append(list, t.Words)
	}
	return plain(strings.Join(list, " "))
}

// plain has one blank wherever there is any space.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }

// Like finds the first item of a kind that can be used and whose words hold all of some.
func (v View) Like(kind Kind, words ...string) (Item, bool) {
	for _, i := range v.Items {
		if i.Kind != kind || !i.Enabled {
			continue
		}
		all := true
		for _, w := range words {
			all = all && strings.Contains(plain(i.Words), plain(w))
		}
		if all {
			return i, true
		}
	}
	return Item{}, false
}

// Find finds an item by what it says; of several that say the same, the one that can be used, then the one that can be seen.
func (v View) Find(words string, kinds ...Kind) (found Item, ok bool) {
	best := -1
	for _, i := range v.Items {
		if plain(i.Words) != plain(words) || !among(i.Kind, kinds) {
			continue
		}
		worth := 0
		if i.Enabled {
			worth += 2
		}
		if i.Seen {
			worth++
		}
		if worth > best {
			found, best = i, worth
		}
	}
	return found, best >= 0
}

// Focused is the item that has the focus.
func (v View) Focused() (Item, bool) {
	for _, i := range v.Items {
		if i.Focused {
			return i, true
		}
	}
	return Item{}, false
}

func among(k Kind, kinds []Kind) bool {
	for _, want := range kinds {
		if k == want {
			return true
		}
	}
	return len(kinds) == 0
}

// String tells the view to somebody who looks for why something was not found.
func (v View) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "view %d (%dx%d, covered %t)\n  says: %s\n", v.Number, v.Width, v.Height, v.Covered, v.Words())
	for _, i := range v.Items {
		if i.Kind == Word {
			continue // no recovery word in a failure that is shown or kept
		}
		fmt.Fprintf(&b, "  %s %q", i.Kind, i.Words)
		for _, is := range []struct {
			on    bool
			words string
		}{{!i.Seen, "out of sight"}, {!i.Enabled, "disabled"}, {i.Focused, "focused"}, {i.On, "on"}, {i.Length > 0, fmt.Sprintf("%d typed", i.Length)}, {i.Value != "", fmt.Sprintf("%q", i.Value)}} {
			if is.on {
				fmt.Fprintf(&b, ", %s", is.words)
			}
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}
