package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/internal/journey/shown"
	"holdfast/token/virtual/pcscd"
)

// act is one thing that is done or looked at. Chapters are lists of them.
type act = func() error

// inOrder does one after the other until one fails.
func inOrder(acts ...act) error {
	for _, do := range acts {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// step does what a person wants, tells what it took, and keeps a picture of what shows then. No picture is taken of recovery words.
func (s *stage) step(name string, acts ...act) act {
	return func() error {
		was, begun := s.effort(), time.Now()
		if err := inOrder(acts...); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		took := time.Since(begun).Seconds()
		picture := "no picture: secrets show"
		if !secretShown(s.window.View()) {
			var err error
			if picture, err = s.shot(name); err != nil {
				return err
			}
		}
		s.say("  - %s: %s, %.1f s (%s)\n", name, s.effort().Since(was), took, picture)
		return nil
	}
}

// secretShown reports whether recovery words show.
func secretShown(v shown.View) bool {
	for _, i := range v.Items {
		if i.Kind == shown.Word && i.Words != "" || i.Kind == shown.Blank && i.Length > 0 {
			return true
		}
	}
	return false
}

// press leads the focus there by the Tab key and presses.
func (s *stage) press(words string) act {
	return func() error { return s.window.Press(s.ctx, words) }
}

// clicks clicks something, and once more where that brings nothing about: on a machine that has much else to do the toolkit drops a click that it
// hears of too late.
func (s *stage) clicks(words string, kind shown.Kind, brings func(shown.View) bool) act {
	return func() error {
		for range 3 {
			if err := s.window.Click(s.ctx, words, kind); err != nil {
				return err
			}
			if brought, err := s.shortly(brings); brought || err != nil {
				return err
			}
		}
		return fmt.Errorf("a click on %q brings nothing about", words)
	}
}

// shortly waits a moment for something that need not come.
func (s *stage) shortly(so func(shown.View) bool) (bool, error) {
	short, cancel := context.WithTimeout(s.ctx, 2*time.Second)
	defer cancel()
	_, err := s.window.Await(short, "something comes of it", so)
	if short.Err() != nil && s.ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

// fill types into the field of that name or hint, in place of what was there.
func (s *stage) fill(field, text string) act {
	return func() error { return s.window.Fill(s.ctx, field, text) }
}

// key presses keys, and gives the window a moment to show what comes of them: whoever looks for the focus before that finds it where it was.
func (s *stage) key(names ...string) act {
	return func() error {
		was := s.window.View()
		if err := s.window.Key(s.ctx, names...); err != nil {
			return err
		}
		_, err := s.shortly(func(v shown.View) bool { return v.Number > was.Number })
		return err
	}
}

// find looks for identities.
func (s *stage) find(text string) act {
	return func() error {
		return inOrder(s.key("ctrl+2"), s.sees("Identities", "Verify a signature"), s.key("ctrl+f"), s.focused(findField, shown.Entry), s.fill(findField, text))
	}
}

func (s *stage) sees(words ...string) act {
	return func() error {
		_, err := s.window.Sees(s.ctx, words...)
		return err
	}
}

// focused waits until something has the focus.
func (s *stage) focused(words string, kind shown.Kind) act {
	return func() error {
		_, err := s.window.Await(s.ctx, fmt.Sprintf("%s %q has the focus", kind, words), func(v shown.View) bool {
			i, ok := v.Find(words, kind)
			return ok && i.Focused
		})
		return err
	}
}

// tile presses the tile whose name holds all of the words.
func (s *stage) tile(words ...string) act {
	return func() error {
		name, err := s.named(shown.Tile, words...)
		if err != nil {
			return err
		}
		return s.window.Press(s.ctx, name)
	}
}

// named waits for something of a kind whose words hold all of some, and gives its words.
func (s *stage) named(kind shown.Kind, words ...string) (string, error) {
	var found shown.Item
	_, err := s.window.Await(s.ctx, fmt.Sprintf("a %s of %q is there", kind, words), func(v shown.View) (ok bool) {
		found, ok = v.Like(kind, words...)
		return ok
	})
	return found.Words, err
}

// choose takes one of a list that opens when it is pressed; now is what is chosen.
func (s *stage) choose(now, option string) act {
	return func() error {
		return inOrder(s.press(now), s.clicks(option, shown.Row, func(v shown.View) bool { return !v.Covered }))
	}
}

// pick takes one of a few choices that all show, with the arrow keys.
func (s *stage) pick(option string) act {
	return func() error {
		words, err := s.named(shown.Radio, option)
		if err != nil {
			return err
		}
		for _, key := range []string{"Down", "Up"} {
			for {
				i, err := s.window.Focus(s.ctx, words, shown.Radio)
				if err != nil || strings.Contains(i.Value, option) {
					return err
				}
				was := i.Value
				if err := s.key(key)(); err != nil {
					return err
				}
				if i, _ = s.window.View().Find(words, shown.Radio); i.Value == was {
					break // the end of the list
				}
			}
		}
		return fmt.Errorf("%q cannot be picked", option)
	}
}

func (s *stage) plug(key string) act   { return s.order(key, "plug") }
func (s *stage) unplug(key string) act { return s.order(key, "unplug") }

// pause lets time pass.
func (s *stage) pause(d time.Duration) act {
	return func() error {
		select {
		case <-time.After(d):
			return nil
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// asksFor answers what is asked until a key is asked for in these words.
func (s *stage) asksFor(words string) act {
	return s.answersTill(words, func(v shown.View) bool { return v.Says(words) })
}

// order gives an emulated key an order.
func (s *stage) order(key string, words ...string) act {
	return func() error {
		_, err := s.bench.Key(s.ctx, key, words...)
		return err
	}
}

// start puts a new emulated key on the table, and plugs it in.
func (s *stage) start(name, firmware string) act { return s.startIn(name, firmware, 0) }

// startIn is start, in a port counted from 1; 0 is any.
func (s *stage) startIn(name, firmware string, port int) act {
	return func() error {
		s.keys = append(s.keys, name)
		o := keyOf(name, firmware)
		o.Reader = port
		return s.bench.StartKey(s.ctx, o)
	}
}

// takeOut pulls a key out of its port, which another may take then: its process ends, once every program has seen that it is gone. putIn plugs it
// into a port.
func (s *stage) takeOut(key string) act {
	return func() error {
		if err := s.unplug(key)(); err != nil {
			return err
		}
		return s.end("stop", key)
	}
}

// end ends a key's process, by an order of the bench.
func (s *stage) end(order, key string) error {
	s.keys = slices.DeleteFunc(s.keys, func(k string) bool { return k == key })
	_, err := s.bench.Order(s.ctx, order, key)
	return err
}

func (s *stage) putIn(key string, port int) act {
	return func() error {
		s.keys = append(s.keys, key)
		return s.bench.StartKey(s.ctx, pcscd.KeyOptions{Name: key, Reader: port})
	}
}

// forgets empties a key's record.
func (s *stage) forgets(key string) act { return func() error { return s.forget(key) } }

// lock locks the vault by hand, so that the command line can open it.
func (s *stage) lock() error {
	return inOrder(s.key("ctrl+l"), s.sees("Locked", "Unlock"))
}

// unlock opens the vault with whatever side is the opener.
func (s *stage) unlock() error {
	return inOrder(s.press("Unlock"), s.answers("What happened last"))
}

// outside locks the vault, lets the command line look at it, and opens it again.
func (s *stage) outside(looks ...act) act {
	return func() error { return inOrder(append(append([]act{s.lock}, looks...), s.unlock)...) }
}
