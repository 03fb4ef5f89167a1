package main

import (
	"errors"
	"fmt"
	"strings"

	"holdfast/internal/journey/shown"
)

// answers answers what the window asks, as the person who holds the keys: PINs are typed, touches given, a side chosen, until the page says until.
// Each kind of question is shot once a step.
func (s *stage) answers(until string) act {
	return s.answersTill(until, func(v shown.View) bool { return !v.Covered && v.Says(until) })
}

// answersTill is answers until something else than a page is there.
func (s *stage) answersTill(what string, there func(shown.View) bool) act {
	return func() error {
		asked := map[string]bool{}
		for range 60 {
			v, err := s.window.Await(s.ctx, fmt.Sprintf("it asks something, or says %q", what), func(v shown.View) bool {
				return there(v) || asks(v)
			})
			if err != nil {
				return err
			}
			if !asks(v) {
				return nil
			}
			if err := s.answer(v, asked); err != nil {
				return err
			}
		}
		return errors.New("it asks and asks")
	}
}

func asks(v shown.View) bool { return touching(v) || choosing(v) || len(secrets(v)) > 0 }

func (s *stage) answer(v shown.View, asked map[string]bool) error {
	switch {
	case touching(v):
		return s.touch(asked)
	case choosing(v):
		return s.chooseSide(v, asked)
	default:
		return s.typePIN(v, asked)
	}
}

// secrets are the fields for PINs that can be typed into.
func secrets(v shown.View) (list []shown.Item) {
	for _, i := range v.Items {
		if i.Kind == shown.Secret && i.Enabled {
			list = append(list, i)
		}
	}
	return list
}

// touching reports whether the prompt for a touch shows, choosing whether the window asks which side of a key shall be used.
func touching(v shown.View) bool { return v.Covered && v.Says("What for") && v.Says("Touch ") }
func choosing(v shown.View) bool { return v.Covered && v.Says("Which key?") }

func (s *stage) chooseSide(v shown.View, asked map[string]bool) error {
	if err := s.once(asked, "which key"); err != nil {
		return err
	}
	if err := s.window.Press(s.ctx, s.opener); err != nil {
		return err
	}
	return s.after(v, "the side is chosen")
}

// typePIN types what a field asks for, and the same again where that is asked.
func (s *stage) typePIN(v shown.View, asked map[string]bool) error {
	title := titleOf(v)
	pin, ok := pinOf(title)
	if !ok {
		return fmt.Errorf("nobody knows what to type where it says %q", title)
	}
	if err := s.once(asked, title); err != nil {
		return err
	}
	for _, f := range secrets(v) {
		if err := s.window.Fill(s.ctx, f.Words, pin); err != nil {
			return err
		}
	}
	if err := s.window.Press(s.ctx, "Continue"); err != nil {
		return err
	}
	_, err := s.window.Await(s.ctx, "the PIN is taken", func(now shown.View) bool {
		left := secrets(now)
		return len(left) == 0 || left[0].Length == 0 || titleOf(now) != title
	})
	return err
}

// titleOf is what a prompt for a PIN says on top.
func titleOf(v shown.View) string {
	for _, t := range v.Texts {
		if strings.HasPrefix(t.Words, "Type the ") || strings.HasPrefix(t.Words, "Choose a ") {
			return t.Words
		}
	}
	return ""
}

// pinOf is the PIN that a prompt of that title wants.
func pinOf(title string) (string, bool) {
	switch {
	case strings.Contains(title, "PUK"):
		return pukPIV, true
	case strings.Contains(title, "smart-card PIN"):
		return pinPIV, true
	case strings.Contains(title, "passkey PIN"):
		return pinFIDO2, true
	default:
		return "", false
	}
}

// touch touches the key that blinks. The prompt can outlive the touch by a moment: then nothing waits for one.
func (s *stage) touch(asked map[string]bool) error {
	if err := s.once(asked, "touch"); err != nil {
		return err
	}
	was := s.window.View()
	for _, k := range s.keys {
		if _, err := s.bench.Key(s.ctx, k, "touch"); err != nil && !strings.Contains(err.Error(), "nothing waits") {
			return err
		}
	}
	return s.after(was, "the touch is taken")
}

// after waits until something else shows.
func (s *stage) after(was shown.View, what string) error {
	_, err := s.window.Await(s.ctx, what, func(now shown.View) bool { return now.Number > was.Number })
	return err
}

// once keeps a picture of a question the first time that it is asked in a step.
func (s *stage) once(asked map[string]bool, question string) error {
	if asked[question] {
		return nil
	}
	asked[question] = true
	short, _, _ := strings.Cut(question, " (")
	short, _, _ = strings.Cut(short, " of ")
	if s.shotBefore[short] {
		return nil
	}
	s.shotBefore[short] = true
	_, err := s.shot("asks-" + short)
	return err
}
