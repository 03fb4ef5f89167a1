package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
	"holdfast/ui/parts"
)

// picker lets a person choose the side of a key that a new keyslot is made on: a live list of what is plugged in, grouped by physical key, each
// side with what will happen there. What the keys tell of themselves is asked beside the UI thread, once for each that comes.
type picker struct {
	Object  fyne.CanvasObject
	w       *Window
	page    *Page
	slots   []app.KeyslotInfo // of the vault the keyslot is for; none while it is being made
	tiers   []app.Tier
	changed func() // the choice is another

	facts   map[string]app.TokenFacts
	silent  map[string]app.Explanation // why a side did not answer
	asking  map[string]*slot
	list    []app.Candidate
	tiles   map[string]*parts.Tile
	chosen  string     // id of the side that is chosen; "" is none
	own     bool       // the person chose
	held    *app.Token // what was chosen before the person went on: nothing takes its place when it is unplugged
	column  *fyne.Container
	service slot
	trouble string // why some sides cannot be seen at all
}

func (w *Window) newPicker(p *Page, slots []app.KeyslotInfo, tiers []app.Tier, changed func()) *picker {
	k := &picker{
		w: w, page: p, slots: slots, tiers: tiers, changed: changed, column: parts.Column(look.SpaceLarge),
		facts: map[string]app.TokenFacts{}, silent: map[string]app.Explanation{}, asking: map[string]*slot{},
	}
	k.Object = k.column
	return k
}

// Chosen is the side that is chosen, as far as it is still plugged in and can be used.
func (k *picker) Chosen() (app.Candidate, bool) {
	for _, c := range k.list {
		if c.Token.ID == k.chosen && c.Why == "" {
			return c, true
		}
	}
	return app.Candidate{}, false
}

// Hold keeps the choice while the person goes on with it, and lets it go when he is back at the list.
func (k *picker) Hold(on bool) {
	c, ok := k.Chosen()
	switch {
	case !on:
		k.held = nil
	case ok:
		k.held = &c.Token
	}
}

// again is the id of a side that was held: another one after it was plugged in anew, for a side that has no name of its own.
func (k *picker) again(held app.Token) string {
	for _, c := range k.list {
		if c.Token.Kind == held.Kind && held.Physical != "" && c.Token.Physical == held.Physical {
			return c.Token.ID
		}
	}
	return held.ID
}

// Anew forgets what the keys said, because an act may have changed it (tries left, a PIN that is set now), and asks them again.
func (k *picker) Anew() {
	clear(k.facts)
	clear(k.silent)
	clear(k.asking)
	k.Look()
}

// Look takes notice of what is plugged in now: keys that came are asked what they are, and what left is forgotten.
func (k *picker) Look() {
	here := map[string]bool{}
	for _, t := range k.w.tokens {
		here[t.ID] = true
		if k.asking[t.ID] == nil {
			k.ask(t)
		}
	}
	for id := range k.asking {
		if !here[id] {
			delete(k.asking, id)
			delete(k.facts, id)
			delete(k.silent, id)
		}
	}
	fetch(k.w, k.page, &k.service, func(ctx context.Context, _ Session) (string, error) {
		if _, err := k.w.wallet.Tokens(ctx); err != nil && ctx.Err() == nil {
			x := app.Explain(err)
			return x.What + " " + x.Now, nil
		}
		return "", nil
	}, func(trouble string, _ error) {
		if k.trouble != trouble {
			k.trouble = trouble
			k.show()
		}
	})
	k.show()
}

// ask asks a side what it tells without a PIN.
func (k *picker) ask(t app.Token) {
	mine := &slot{}
	k.asking[t.ID] = mine
	fetch(k.w, k.page, mine, func(ctx context.Context, _ Session) (app.TokenFacts, error) { return k.w.wallet.TokenFacts(ctx, t.ID) },
		func(f app.TokenFacts, err error) {
			if k.asking[t.ID] != mine {
				return // it left, and may have come again
			}
			if err != nil {
				k.silent[t.ID] = app.Explain(err)
			} else {
				k.facts[t.ID] = f
			}
			k.show()
		})
}

// show draws the list. What the person chose stays chosen while it can be; else the one sensible choice is.
func (k *picker) show() {
	focused := k.focused()
	k.list = app.Candidates(k.w.tokens, k.facts, k.slots)
	if k.held != nil {
		k.chosen = k.again(*k.held)
	} else if _, ok := k.Chosen(); !ok || !k.own {
		k.chosen, k.own = app.Recommended(k.list), false
	}
	k.column.RemoveAll()
	k.tiles = map[string]*parts.Tile{}
	if k.trouble != "" {
		k.column.Add(parts.Notice(parts.Warns, k.trouble, "", nil))
	}
	if k.undecided() {
		k.column.Add(parts.Notice(parts.Informs, tr("picker.several"), "", nil))
	}
	for _, group := range physical(k.list) {
		rows := parts.Column(look.SpaceSmall, parts.Heading(keyName(group)))
		best := app.Recommended(group)
		for _, c := range group {
			tile := parts.NewTile(keyName(group)+" "+sideName(c.Token.Kind), k.side(c, best), func() { k.choose(c.Token.ID) })
			if c.Why != "" {
				tile.Disable()
			}
			tile.Select(c.Token.ID == k.chosen && c.Why == "")
			k.tiles[c.Token.ID] = tile
			rows.Add(tile)
		}
		k.column.Add(rows)
	}
	if len(k.list) == 0 {
		k.column.Add(parts.Row(look.SpaceSmall, parts.Icon(look.IconIn("plug", look.Accent)), parts.Stretch(parts.Heading(tr("picker.none")))))
		k.column.Add(parts.Say(tr("picker.buy")))
	}
	k.changed()
	k.w.relayout()
	if t := k.tiles[focused]; t != nil {
		k.w.win.Canvas().Focus(t)
	}
}

// undecided reports whether more than one side would do and none has been chosen: the person must say which key is meant.
func (k *picker) undecided() bool {
	_, chosen := k.Chosen()
	usable := 0
	for _, c := range k.list {
		if c.Why == "" && c.Facts != nil {
			usable++
		}
	}
	return !chosen && usable > 1
}

// focused is the side whose tile has the focus, so that drawing the list anew does not take it away.
func (k *picker) focused() string {
	f := k.w.win.Canvas().Focused()
	for id, t := range k.tiles {
		if f == fyne.Focusable(t) {
			return id
		}
	}
	return ""
}

func (k *picker) choose(id string) {
	k.chosen, k.own = id, true
	for of, t := range k.tiles {
		t.Select(of == id)
	}
	k.show()
}

// side is what a tile says: which side, what it is like, what will happen there; best is the side of this key that is recommended.
func (k *picker) side(c app.Candidate, best string) fyne.CanvasObject {
	icon := look.IconIn("key", look.Muted)
	if c.Token.ID == k.chosen && c.Why == "" {
		icon = look.IconIn("success", look.Accent)
	}
	lines := []fyne.CanvasObject{parts.Line(capital(sideName(c.Token.Kind))), parts.Quiet(tr("picker.like." + string(c.Token.Kind)))}
	if best == c.Token.ID {
		words := tr("picker.recommended", "count", app.TouchesToEnrol(c.Token.Kind, k.tiers))
		lines = append(lines, parts.Row(look.SpaceSmall, parts.Icon(look.IconIn("success", look.Good)), parts.Stretch(parts.Say(words))))
	}
	for _, s := range k.told(c) {
		lines = append(lines, parts.Say(s))
	}
	return parts.RowTop(look.SpaceBase, parts.Icon(icon), parts.Stretch(parts.Column(look.SpaceTiny, lines...)))
}

// told is what will happen on a side, or why nothing can.
func (k *picker) told(c app.Candidate) []string {
	x, silent := k.silent[c.Token.ID]
	switch {
	case c.Why == app.CandidateEnrolled:
		return []string{tr("picker.enrolled", "label", c.Enrolled)}
	case c.Why != "":
		return []string{tr("picker.why." + c.Why)}
	case silent:
		return []string{x.What + " " + x.Now}
	case c.Facts == nil:
		return []string{tr("picker.asking")}
	}
	var list []string
	if c.Twin != "" {
		list = append(list, tr("picker.twin", "label", c.Twin))
	}
	return append(list, pinAhead(*c.Facts)...)
}

// pinAhead says which PIN will be asked for, and which the person is going to choose.
func pinAhead(f app.TokenFacts) []string {
	var list []string
	switch {
	case f.PIV != nil && f.PIV.FactoryPIN == answerYes:
		list = append(list, tr("picker.factory"))
	case f.PIV == nil && f.PINSet == answerNo:
		list = append(list, tr("picker.nopin"))
	case f.PINTries >= 0:
		list = append(list, tr("picker.tries", "count", f.PINTries))
	default:
		list = append(list, tr("picker.pin"))
	}
	if f.PIV != nil && f.PIV.FactoryPIN != answerYes && f.PIV.FactoryPUK == answerYes {
		list = append(list, tr("picker.puk"))
	}
	return list
}

// What a token answers to a question about itself.
const (
	answerYes = "yes"
	answerNo  = "no"
)

// physical groups sides by the physical key that they are on, as far as that can be told.
func physical(list []app.Candidate) [][]app.Candidate {
	var groups [][]app.Candidate
	for _, c := range list {
		at := slices.IndexFunc(groups, func(g []app.Candidate) bool {
			same, known := app.SamePhysical(g[0].Token, c.Token)
			return same && known
		})
		if at < 0 {
			groups = append(groups, []app.Candidate{c})
			continue
		}
		groups[at] = append(groups[at], c)
	}
	return groups
}

// keyName names a physical key: as its smart-card side does, which knows the serial number.
func keyName(group []app.Candidate) string {
	name := group[0].Token.Name
	for _, c := range group {
		if c.Facts != nil && c.Facts.Token.Name != "" && c.Token.Kind == app.SidePIV {
			name = c.Facts.Token.Name
		}
	}
	for _, c := range group {
		if c.Token.Firmware != "" {
			return tr("picker.key", "name", app.Visible(name), "firmware", app.Visible(c.Token.Firmware))
		}
	}
	return app.Visible(name)
}
